"""What only the backend runs need not be open to everyone: it is referred to by `internal`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.discovery.mentions import YES
from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.model import RegisteredFunction
from convexlint.program.places.references import references
from convexlint.program.places.runs import runs
from convexlint.program.program import Program
from convexlint.program.writing.closing import closing
from convexlint.rules.rule import rule

_CONTEXTS = {"cron": "cron", "runAfter": "scheduler", "runAt": "scheduler"}
_ALONE = (
    "make it an internal function and refer to it by `internal`; code that a public function shares with it "
    "belongs into a plain helper"
)
_SHARED = (
    "clients call it too: move what it does into a plain helper, register that as an internal function as well, and "
    "refer to it by `internal`"
)
_RUN_RULES = ("no-run-in-transaction", "no-run-action", "no-sequential-run", "no-run-in-loop")
"""What they ask for (a plain call, or one run for several) does away with the reference, too."""
_TAKERS = {"cron": "a cron job", "runAfter": "`scheduler.runAfter`", "runAt": "`scheduler.runAt`"}


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule looks at.

    Attributes:
        contexts: where `api` is reported: any of "cron", "scheduler", "run" (`ctx.runQuery` and its like).
    """

    contexts: tuple[str, ...] = ("cron", "scheduler", "run")


@rule(category=Category.SECURITY, level=Level.WARNING, fix="suggestion", options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    if program.project.component:
        return
    methods = {(r.place.module.path, r.node_expr.start): r.place.span for r in runs(program)}
    for reference in references(program):
        module, use = reference.place.module, reference.use
        # What does not exist is unknown-function-reference's.
        if reference.root != "api" or not use or reference.status == "missing":
            continue
        context = _CONTEXTS.get(use, "run")
        target = reference.target
        # An internal function behind `api` is wrong-function-reference's.
        if context not in options.contexts or (target is not None and target.visibility == "internal"):
            continue
        call = reference.call_span
        method = methods.get((module.path, call.start)) if call is not None else None
        path = reference.path or module.text(reference.place.span)
        taker = _TAKERS.get(use, f"`ctx.{use}`")
        open_ = target is not None and target.path is not None and program.named_outside(target.path) == YES
        yield Finding.at(
            reference.place,
            f"{taker} runs `{path}` through `api`, so it must stay open to everyone",
            help=_SHARED if open_ else _ALONE,
            related=_registered_here(target),
            suggestions=closing(program, target),
            unless=tuple((name, method) for name in _RUN_RULES) if method is not None else (),
        )


def _registered_here(target: RegisteredFunction | None) -> tuple[Related, ...]:
    if target is None or target.path is None:
        return ()
    return (Related(target.module.path, target.builder_span, f"`{target.path}` is registered here"),)
