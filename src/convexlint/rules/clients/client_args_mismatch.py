"""A client that sends arguments which the function's validator refuses: the call fails at run time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convexlint.findings import Category, Finding, Level
from convexlint.program.convex.acceptance import accepts
from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import UNKNOWN, Entry, SomeObject, from_json
from convexlint.program.convex.types_text import type_text
from convexlint.program.convex.values import Json, written
from convexlint.program.places.client_calls import NamedCall, at_name, client_calls
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for named in client_calls(program):
        function = named.function
        validator = function.args.validator if function is not None and not function.custom else None
        if named.call.args is None or not isinstance(validator, ObjectValidator):
            continue
        refusal = _refusal(named, validator)
        if refusal is not None:
            yield at_name(
                named,
                f"`{named.path}` refuses these arguments: {_problem(refusal, validator, named.call.args)}",
                span=named.call.args_span,
                help=f"it takes {type_text(validator)}",
            )


def _refusal(named: NamedCall, validator: ObjectValidator) -> Refusal | None:
    """The first thing that is wrong, what is missing before all else."""
    entries = {name: Entry(from_json(value)) for name, value in (named.call.args or {}).items()}
    sent = SomeObject(entries=entries, others=None if named.call.complete else UNKNOWN)
    refusals = accepts(validator, sent).refusals
    return next((r for r in refusals if r.kind == "missing" and not r.path), next(iter(refusals), None))


def _problem(refusal: Refusal, validator: ObjectValidator, args: Mapping[str, Json]) -> str:
    if refusal.kind == "missing" and not refusal.path:
        names = refusal.names
        return f"{' and '.join(f'`{name}`' for name in names)} {'is' if len(names) == 1 else 'are'} missing"
    if refusal.kind == "extra" and not refusal.path:
        return f"it has no argument `{refusal.names[0]}`"
    name = refusal.path[0]
    return f"`{name}` takes `{type_text(validator.fields[name].validator)}`, not {written(args[name])}"
