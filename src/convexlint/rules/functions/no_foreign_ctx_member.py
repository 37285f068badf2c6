"""A member of `ctx` that this kind of function does not have: it is undefined, and calling it throws."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level
from convexlint.program.behaviour.chains import beginnings, chain, deed_of, named
from convexlint.program.convex.ctx_members import lacks, member_of
from convexlint.program.places.foreign_members import ForeignMember, foreign_members
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert, replace
from convexlint.rules.rule import NoOptions, rule

_KINDS = ("run-action", "vector-search", "storage-read", "storage-write")
_WHO = {"httpAction": "an HTTP action", "action": "an action"}


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="unsafe", by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in foreign_members(program):
        yield Finding.at(
            found.place,
            _message(found),
            function=found.function.path,
            help=_help(found.member, found.function.kind, found.why),
            fix=_scheduled(found),
        )
    for function in program.functions:
        if function.kind not in ("query", "mutation"):
            continue
        for beginning in beginnings(program, function, _KINDS):
            effect = beginning.effect
            member = member_of(effect.what)
            why = lacks(function.kind, member, program.project.convex_version)
            elsewhere = effect.kind in ("run-action", "storage-write") and function.kind == "query"
            if not effect.chain or why is None or elsewhere:
                continue
            yield Finding.at(
                beginning.place,
                f"{named(function)} is a {function.kind}, whose `ctx` has no `{member}`{_since(why)}: "
                "this call reaches it",
                span=beginning.span,
                help=_help(member, function.kind, why),
                function=function.path,
                related=chain(effect),
                deed=deed_of(effect),
            )


def _message(found: ForeignMember) -> str:
    kind = found.function.kind
    who = f"{named(found.function)} is {_WHO.get(kind, f'a {kind}')}"
    if found.why == "nowhere":
        builder = found.function.builder
        return f"`{builder}` gives {named(found.function)} no `ctx.{found.member}`: Convex has no such member"
    ending = "calling it throws" if found.call is not None else "it is undefined"
    return f"{who}, whose `ctx` has no `{found.member}`{_since(found.why)}: {ending}"


def _since(why: str) -> str:
    return "" if why in ("kind", "nowhere") else f" before convex {why}"


def _help(member: str, kind: str, why: str) -> str:
    if why == "nowhere":
        return {
            "env": "read `process.env`",
            "fetch": "call the global `fetch`, in an action",
            "user": "ask `ctx.auth.getUserIdentity()`, or register the function with a builder that adds it",
            "request": "an HTTP action is given the request as its second parameter",
        }.get(
            member,
            "pass what is needed as an argument, or register the function with a builder that adds it",
        )
    if why != "kind":
        return f"update convex to {why}, or do it in an action"
    if member == "runAction":
        return "schedule it: `ctx.scheduler.runAfter(0, ...)`; only actions wait for actions"
    if member == "vectorSearch":
        return "search in an action, and read the documents by `ctx.runQuery`"
    if member in ("db", "scheduler"):
        return (
            "run a mutation as a step: `step.runMutation(internal....)`"
            if kind == "workflow"
            else "use a mutation"
        )
    return "do it in a mutation or an action" if kind == "query" else "do it in a query or a mutation"


def _scheduled(found: ForeignMember) -> Fix | None:
    """`ctx.scheduler.runAfter(0, ...)` for `ctx.runAction(...)` whose result nobody uses."""
    call = found.call
    if found.member != "runAction" or found.function.kind != "mutation" or call is None or not call.args:
        return None
    if not found.dropped:
        return None
    module = found.place.module
    if module.text(found.place.span) != "runAction":
        return None  # `ctx["runAction"]`
    return Fix.unsafe(
        "schedule it at once",
        replace(module, found.place.span, "scheduler.runAfter"),
        insert(module, call.args[0].start, "0, "),
        because="the action then runs after the mutation has committed, and its failure does not reach this caller",
    )
