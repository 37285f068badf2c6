"""Arguments that the called function's validator refuses: the call throws, and a job fails when its time has come."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related, Span, Suggestion
from convexlint.program.convex.acceptance import accepts
from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import SomeObject
from convexlint.program.convex.given_text import plain_form, refusal_text
from convexlint.program.convex.near import nearest
from convexlint.program.convex.types_text import type_text
from convexlint.program.places.delays import delay_problem
from convexlint.program.places.givens import given, name_of, place_of
from convexlint.program.places.handed_args import HandedArgs, handed_args
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for call in handed_args(program):
        if not program.reports(call.place.module):
            continue
        if call.delay is not None:
            yield from _delay(program, call)
        if call.args is None and call.validator is None:
            continue
        sent = SomeObject() if call.args is None else given(program, call.place.module, call.args)
        refusals = accepts(call.validator, sent).refusals
        for refusal in refusals:
            if not _is_misspelled(refusal, refusals):
                yield _finding(call, refusal)


def _is_misspelled(missing: Refusal, refusals: tuple[Refusal, ...]) -> bool:
    """Whether what is missing is there under a near name, which is reported already."""
    beside = [r for r in refusals if r.kind == "extra" and r.path == missing.path]
    near = {nearest(name, missing.names) for r in beside for name in r.names}
    return missing.kind == "missing" and near.issuperset(missing.names)


def _finding(call: HandedArgs, refusal: Refusal) -> Finding:
    module, target = call.place.module, call.target
    span = place_of(refusal, module, call.args) or call.reference
    then = (
        "the job fails when it runs"
        if call.later and refusal.kind not in ("value", "key")
        else "the call throws"
    )
    related = Related(target.module.path, target.builder_span, f"`{call.path}` is registered here")
    near = _meant(refusal)
    meant = "" if near is None else f"; did you mean `{near}`?"
    return Finding.at(
        call.place,
        f"`{call.path}` {refusal_text(refusal, 'argument')}: {then}{meant}",
        span=name_of(refusal, span),
        help=_help(call, refusal),
        related=(related,),
        suggestions=_suggestions(call, refusal),
    )


def _help(call: HandedArgs, refusal: Refusal) -> str:
    if refusal.kind == "value":
        return f"send {plain_form(refusal.given)}"
    if refusal.kind == "key" or call.validator is None:
        return "name the field in plain ASCII, without a `$` before it"
    return f"it takes {type_text(call.validator)}"


def _meant(refusal: Refusal) -> str | None:
    """The argument that is named nearly so, and is not given."""
    sent, wanted = refusal.given, refusal.wanted
    if refusal.kind != "extra" or len(refusal.names) != 1:
        return None
    if not isinstance(sent, SomeObject) or not isinstance(wanted, ObjectValidator):
        return None
    return nearest(refusal.names[0], [field for field in wanted.fields if field not in sent.entries])


def _suggestions(call: HandedArgs, refusal: Refusal) -> tuple[Suggestion, ...]:
    near, at = _meant(refusal), refusal.at
    if near is None or at is None or at.module is not call.place.module:
        return ()
    name = refusal.names[0]
    span = name_of(refusal, at.span)
    if at.module.text(span).strip("\"'") != name:
        return ()
    text = f"{near}: {name}" if span == at.span else near
    return (Suggestion(f"name it `{near}`", (replace(at.module, span, text),)),)


def _delay(program: Program, call: HandedArgs) -> Iterator[Finding]:
    assert call.delay is not None
    problem = delay_problem(program, call.place.module, call.use, call.delay)
    if problem is not None:
        relative = call.use == "runAfter"
        yield Finding.at(
            call.place,
            f"the {'delay' if relative else 'date'} of `{call.path}` {problem}: `{call.use}` throws",
            span=Span(call.delay.start, call.delay.end),
            help="give milliseconds, zero or more"
            if call.use == "runAfter"
            else "give a date within five years of now",
        )
