"""Calls of packages that give promises: clients of Convex components, ents, and what the project awaits elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.program.evaluation.values import (
    CtxOf,
    External,
    ExternalResult,
    Part,
    Value,
    members,
    present,
)
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare
from convexlint.program.program import Program
from convexlint.program.queries import query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# Packages of Convex whose clients' methods are async where they get ctx (their READMEs and sources), but for these. Of
# others (`launchdarkly.sdk(ctx)` makes a client) only what the project itself awaits is known.
_CLIENTS = frozenset(
    f"@convex-dev/{name}"
    for name in """action-cache action-retrier agent aggregate crons expo-push-notifications geospatial migrations
    persistent-text-streaming polar presence prosemirror-sync r2 rag rate-limiter resend sharded-counter stripe twilio
    workflow workpool""".split()  # noqa: SIM905
)
_NO_PROMISES = frozenset({"iter", "iterBatched", "trigger", "idempotentTrigger", "adapter"})
_OTHERS = ("@convex-dev/better-auth", "@convex-dev/auth")
_ENTS = "convex-ents"
_ENTS_WRITES = frozenset({"insert", "insertMany", "patch", "replace", "delete"})
_MAX_CHAIN = 12


def gives_promise(
    ev: Evaluator, module: Module, node: ir.Call, callee: Value
) -> Literal["component", "ents", ""]:
    """What kind of promise a call of a package surely gives: "component", "ents" (a lazy one, that does nothing without
    an `await`), "" where it is none or not known."""
    if isinstance(callee, External):
        package, name = callee.package, callee.path[-1] if callee.path else ""
    elif isinstance(callee, ExternalResult):
        package, name = callee.source.package, callee.path[-1] if callee.path else ""
        if package == _ENTS and name in _ENTS_WRITES:
            return "ents"
    else:
        return "ents" if _writes_ents(ev, module, node) else ""
    if (
        "/".join(package.split("/")[:2]) in _CLIENTS
        and name
        and name not in _NO_PROMISES
        and _is_given_ctx(ev, module, node)
    ):
        return "component" if isinstance(callee, ExternalResult) and callee.path[:-1] == () else ""
    return ""


def is_awaited_elsewhere(program: Program, module: Module, node: ir.Call, callee: Value) -> bool:
    """Whether the project awaits this function of a package somewhere, and hands ctx to it there as here."""
    name = _name_of(callee)
    if name is None or name[0].startswith(_OTHERS) or not _is_given_ctx(program.ev, module, node):
        return False
    return name in _awaited(program)


@query
def _awaited(program: Program) -> frozenset[tuple[str, ...]]:
    ev = program.ev
    found = set()
    for module in program.modules:
        index = ev.world.index(module)
        for site in index.code_calls:
            node = site.expr
            if isinstance(node, ir.Call) and not isinstance(node.callee, ir.Atom):
                if not isinstance(index.parent(node), ir.Await) or not _is_given_ctx(ev, module, node):
                    continue
                for value in members(present(ev.expr(module, node.callee))):
                    name = _name_of(value)
                    if name is not None:
                        found.add(name)
    return frozenset(found)


def _name_of(callee: Value) -> tuple[str, ...] | None:
    """A package's function, or a member of what it made, as one key."""
    if isinstance(callee, External):
        return (callee.package, *callee.path)
    if isinstance(callee, ExternalResult) and callee.path:
        return (callee.source.package, *callee.source.path, "()", *callee.path)
    return None


def _is_given_ctx(ev: Evaluator, module: Module, node: ir.Call) -> bool:
    if not node.args or isinstance(node.args[0], ir.Spread):
        return False
    value = present(ev.expr(module, node.args[0]))
    return isinstance(value, CtxOf) or (isinstance(value, Part) and value.name == "db" and value.certain)


def goes_on(node: object) -> bool:
    """Whether a member that is read off an ents' write is part of it: `insert(...).get()` gives what it wrote."""
    return isinstance(node, ir.Member) and node.name == "get"


def _writes_ents(ev: Evaluator, module: Module, node: ir.Call) -> bool:
    """`ctx.table("tasks").insert(...)` where the project uses ents: `ctx.table` is there for nobody else."""
    callee = bare(node.callee)
    if not isinstance(callee, ir.Member) or not _has_ents(ev):
        return False
    if goes_on(callee):
        written = bare(callee.object)
        return isinstance(written, ir.Call) and _writes_ents(ev, module, written)
    if callee.name not in _ENTS_WRITES:
        return False
    below: ir.Expr = callee.object
    for _ in range(_MAX_CHAIN):
        below = bare(below)
        if isinstance(below, ir.Call):
            below = below.callee
        elif isinstance(below, ir.Member):
            if below.name == "table" and isinstance(present(ev.expr(module, below.object)), CtxOf):
                return True
            below = below.object
        else:
            return False
    return False


def _has_ents(ev: Evaluator) -> bool:
    return any(
        specifier.text.startswith(_ENTS)
        for module in ev.world.modules.values()
        for specifier in module.head.specifiers
    )
