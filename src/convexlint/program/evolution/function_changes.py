"""How functions and routes differ from what is deployed, where clients that are out there, and jobs that wait, are at
stake (docs/convex.md 14.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from convexlint.findings import Span
from convexlint.program.convex.breaks import Break, breaks
from convexlint.program.deployed import OldFunction
from convexlint.program.evolution.snapshot import route_name
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.places.function_paths import function_paths, may_be_function
from convexlint.program.places.routes import route_registrars, routes
from convexlint.program.places.validator_sites import validator_fields
from convexlint.program.places.validator_uses import FieldSite
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct


class FunctionBreak(Struct, frozen=True, eq=False):
    """A function that clients (or, where `old.visibility` is internal, jobs that wait) call in a way that fails now.

    kind: "gone", "internal" (it is no longer public), "kind" (a query became a mutation ...), "args", "returns"
    (`found` says how). It stands at `span` of `module`; module None: its file is gone. `renamed`: the path of a
    function that is new and looks the same.
    """

    old: OldFunction
    now: RegisteredFunction | None
    module: Module | None
    span: Span
    kind: Literal["gone", "internal", "kind", "args", "returns"]
    found: Break | None = None
    renamed: str | None = None


@listed
def function_breaks(program: Program) -> Iterator[FunctionBreak]:
    """Public functions, and internal ones that jobs wait for, which no longer do what was asked of them, by path. Of
    components, those that a package offers to others: what is mounted from source changes along with its app."""
    before = program.before()
    if before is None or (program.project.component and not program.project.published):
        return
    now = function_paths(program)
    for path, old in sorted(before.functions.items()):
        if old.kind == "httpAction" or (old.visibility != "public" and not old.queued):
            continue
        function = now.get(path)
        if function is None:
            if not may_be_function(program, path):
                yield _gone(program, old, now)
        elif old.visibility == "public" and not function.is_public:
            yield FunctionBreak(old, function, function.module, function.builder_span, "internal")
        elif function.kind != old.kind and (
            old.visibility == "public" or function.kind not in ("mutation", "action")
        ):
            yield FunctionBreak(old, function, function.module, function.builder_span, "kind")
        else:
            yield from _stricter(program, old, function)


@listed
def gone_routes(program: Program) -> Iterator[str]:
    """HTTP routes of the revision that are no more, as "POST /mail", sorted; none where some route is not known."""
    before = program.before()
    if before is None or route_registrars(program):
        return
    names = [route_name(route) for route in routes(program)]
    if None not in names:
        yield from sorted(before.routes.difference(name for name in names if name is not None))


def _gone(program: Program, old: OldFunction, now: dict[str, RegisteredFunction]) -> FunctionBreak:
    before = program.before()
    assert before is not None
    module = program.ev.world.by_name(old.path.partition(":")[0])
    fresh = [f for p, f in now.items() if p not in before.functions and f.kind == old.kind]
    alike = [f for f in fresh if f.visibility == old.visibility and _accepts_the_same(old, f)]
    same_name = [f for f in alike if (f.path or "").rpartition(":")[2] == old.path.rpartition(":")[2]]
    name = old.path.partition(":")[0]
    beside = [f for f in alike if f.module.name == name]
    found = same_name if len(same_name) == 1 else beside
    renamed = found[0].path if len(found) == 1 else None
    return FunctionBreak(old, None, module, Span(0, 0), "gone", None, renamed)


def _accepts_the_same(old: OldFunction, function: RegisteredFunction) -> bool:
    if old.args is None or function.args.validator is None:
        return False
    return not any(True for _ in breaks(old.args, function.args.validator)) and not any(
        True for _ in breaks(function.args.validator, old.args)
    )


def _stricter(program: Program, old: OldFunction, function: RegisteredFunction) -> Iterator[FunctionBreak]:
    fields = _field_sites(program)
    if (
        old.args_known
        and old.args is not None
        and function.args.validator is not None
        and not function.custom
    ):
        for found in breaks(old.args, function.args.validator):
            module, span = _at(function, fields, "args", found)
            yield FunctionBreak(old, function, module, span, "args", found)
    new = function.returns.validator
    if old.visibility == "public" and old.returns is not None and new is not None:
        for found in breaks(new, old.returns, loose=True):
            module, span = _at(function, fields, "returns", found)
            yield FunctionBreak(old, function, module, span, "returns", found)


def _at(
    function: RegisteredFunction,
    fields: dict[tuple[str, int, tuple[str, ...]], FieldSite],
    role: str,
    found: Break,
) -> tuple[Module, Span]:
    lacks = "gone" if role == "args" else "required"
    path = found.place
    path = path[:-1] if found.kind == lacks and path == found.path else path
    for end in range(len(path), 0, -1):
        site = fields.get((role, id(function), path[:end]))
        if site is not None:
            return site.module, site.key_span
    config = function.config
    prop = next((p for p in config.props if p.key == role), None) if config is not None else None
    span = function.builder_span if prop is None else Span(prop.key_start, prop.key_end)
    return function.module, span


@query
def _field_sites(program: Program) -> dict[tuple[str, int, tuple[str, ...]], FieldSite]:
    return {
        (site.use.role, id(site.use.function), site.use.path): site
        for site in validator_fields(program)
        if site.use.function is not None
    }
