"""A reference to a function of another kind than its use wants, or by the wrong one of `api` and `internal`."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level, Related, Span
from convexlint.program.model import Reference, RegisteredFunction
from convexlint.program.places.handed_args import handed_args
from convexlint.program.places.references import references
from convexlint.program.places.unchecked import unchecked
from convexlint.program.program import Program
from convexlint.program.writing.closing import closing, swap_roots
from convexlint.rules.rule import NoOptions, rule

# What a use takes (convex-facts 7); a cron's target is invalid-cron's matter.
TAKES = {
    "runQuery": ("query",),
    "runMutation": ("mutation",),
    "runAction": ("action",),
    "runAfter": ("mutation", "action"),
    "runAt": ("mutation", "action"),
}
RUNS = {"query": "runQuery", "mutation": "runMutation", "action": "runAction"}
# Uses in which `api` is use-internal-references' matter.
RUN_USES = frozenset({"runQuery", "runMutation", "runAction", "runAfter", "runAt", "cron"})
OTHER = {"api": "internal", "internal": "api"}


_ENQUEUES = {"query": "enqueueQuery", "mutation": "enqueueMutation", "action": "enqueueAction"}


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    yield from _handed(program)
    for reference in references(program):
        target = reference.target
        if target is None:
            continue
        takes = TAKES.get(reference.use, (target.kind,))
        wrong_kind = target.kind not in takes
        if not wrong_kind and not _wrong_visibility(reference, target):
            continue
        free = not wrong_kind and bool(unchecked(reference.place.module, reference.place.span))
        yield Finding.at(
            reference.place,
            _kind(reference, target, takes) if wrong_kind else _visibility(reference, target, free),
            help=_help(reference, target, wrong_kind),
            related=(
                Related(target.module.path, target.builder_span, f"`{target.path}` is registered here"),
            ),
            fix=None if wrong_kind else _fix(program, reference),
            suggestions=() if wrong_kind or reference.root != "internal" else closing(program, target),
            level=Level.WARNING if free else None,
        )


def _handed(program: Program) -> Iterator[Finding]:
    """References that a package's method is given, which runs functions of one kind."""
    seen: set[tuple[str, Span]] = set()
    for call in handed_args(program):
        module, target = call.place.module, call.target
        if not call.takes or target.kind in call.takes or not program.reports(module):
            continue
        if (module.path, call.reference) in seen:
            continue  # a batch
        seen.add((module.path, call.reference))
        takes = "a workflow" if call.use == "start" else " or ".join(map(_a, call.takes))
        better = f"`{_ENQUEUES[target.kind]}` takes it" if call.use.startswith("enqueue") else ""
        yield Finding.at(
            call.place,
            f"`{call.path}` is {_a(target.kind)}, and `{call.use}` takes {takes}: the job fails when it runs",
            span=call.reference,
            help=better or f"give `{call.use}` {takes}",
            related=(
                Related(target.module.path, target.builder_span, f"`{target.path}` is registered here"),
            ),
        )


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "action" else f"a {kind}"


def _wrong_visibility(reference: Reference, target: RegisteredFunction) -> bool:
    wanted = {"api": "public", "internal": "internal"}.get(reference.root)
    return wanted is not None and target.visibility != "" and target.visibility != wanted


def _kind(reference: Reference, target: RegisteredFunction, takes: tuple[str, ...]) -> str:
    wants = " or ".join(map(_a, takes))
    return f"`{reference.path}` is {_a(target.kind)}, and `{reference.use}` takes {wants}"


def _visibility(reference: Reference, target: RegisteredFunction, free: bool) -> str:
    article = "an internal" if target.visibility == "internal" else "a public"
    runs = " in its types; no type objects here, so it runs" if free else ""
    return f"`{reference.path}` is {article} function, which `{reference.root}` does not have{runs}"


def _help(reference: Reference, target: RegisteredFunction, wrong_kind: bool) -> str:
    if not wrong_kind and target.is_public and reference.use in RUN_USES:
        return "register it with the internal builder where no client calls it, else refer to it by `api`"
    if not wrong_kind:
        return f"refer to it by `{OTHER[reference.root]}`, or register it with the other builder"
    if reference.use in ("runAfter", "runAt") or target.kind not in RUNS:
        return "schedule a mutation or an action"
    return f"`{RUNS[target.kind]}` runs it"


def _fix(program: Program, reference: Reference) -> Fix | None:
    """All of the module's references that are wrong in this way change together: the import can go with the last."""
    module, other = reference.place.module, OTHER[reference.root]
    if reference.root_span is None:
        return None
    if other == "api" and reference.use in RUN_USES:
        return None  # use-internal-references would object to what this fix writes
    written = module.text(reference.root_span)
    spans = [
        r.root_span
        for r in references(program)
        if r.place.module is module
        and r.root == reference.root
        and r.root_span is not None
        and r.target is not None
        and _wrong_visibility(r, r.target)
        and not (other == "api" and r.use in RUN_USES)
        and module.text(r.root_span) == written
    ]
    edits = swap_roots(module, spans, other)
    return None if edits is None else Fix.safe(f"refer to it by `{other}`", *edits)
