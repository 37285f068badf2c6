"""What is asked of modules that a run does not look at: only those of them are read that can have the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convexlint.discovery.project import Role
from convexlint.program.model import DatabaseCall, Module, Place, QueryStep, RegisteredFunction
from convexlint.program.places.sites import Locator, SiteFinder, is_held, placing, sites
from convexlint.program.program import Program
from convexlint.program.queries import query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DYNAMIC = re.compile(rb"\b(?:query|insert)\s*(?:<[^()>]*>)?\s*\(\s*[^\"'`\s]")


class CallsAt:
    """The database call that ends at a place, in whatever module: `CallsAt(...)(place)`.

    `found`: the places of the modules that were looked at; others are looked at when a call in them is asked for.
    """

    def __init__(self, ev: Evaluator, places: Locator, found: SiteFinder) -> None:
        self._ev = ev
        self._places = places
        self._found = found
        self._by_place: dict[tuple[str, int], DatabaseCall] | None = None
        self._known = {module.path for module in ev.world.looked_at}

    def __call__(self, place: Place) -> DatabaseCall | None:
        module = place.module
        if self._by_place is None:
            self._by_place = _by_place(self._found)
        if module.path not in self._known:
            self._known.add(module.path)
            self._by_place.update(_by_place(SiteFinder(self._ev, self._places, (module,))))
        return self._by_place.get((module.path, place.span.end))


class CallsOn:
    """The query steps and database calls on some tables that have one of some names: `CallsOn(...)(tables, *names)`.
    Calls on other tables may be among them, and such whose table is not known; what they are inside of is not.

    `found`: what is known of all modules; None = look for it, when somebody asks.
    """

    def __init__(self, ev: Evaluator, found: SiteFinder | None) -> None:
        self._ev = ev
        self._found = found

    def __call__(
        self, tables: frozenset[str], *names: str
    ) -> tuple[Sequence[QueryStep], Sequence[DatabaseCall]]:
        found = self._found
        if found is None:
            bare = Bare(self._ev.registry)
            found = SiteFinder(self._ev, bare, self._speaking_of(tables), frozenset(names))
        steps = [step for step in found.steps if step.method in names]
        return steps, [call for call in found.database_calls if call.method in names]

    def _speaking_of(self, tables: frozenset[str]) -> list[Module]:
        """The modules that have a query of one of the tables: they name it, or take what they query from elsewhere,
        or they are given a query by a module that they import or that imports them."""
        world = self._ev.world
        quoted = re.compile(rb"[\"'`](?:%s)[\"'`]" % b"|".join(re.escape(t.encode()) for t in tables))
        naming = frozenset(
            m.path
            for m in world.modules.values()
            if m.role is not Role.SCHEMA and (m.holds(quoted) or m.holds(_DYNAMIC) or is_held(m, b"insert"))
        )
        reached = world.importers(naming) | world.imports(naming)
        return [module for path, module in world.modules.items() if path in reached]


def _by_place(found: SiteFinder) -> dict[tuple[str, int], DatabaseCall]:
    return {(call.place.module.path, call.place.span.end): call for call in found.database_calls}


class Bare(Locator):
    """A locator that does not tell what places are inside of: to know that, all registrations of a module are read."""

    def inside(self, module: Module, owner: int) -> RegisteredFunction | None:
        return None


@query
def _calls_at(program: Program) -> CallsAt:
    return CallsAt(program.ev, placing(program), sites(program))


@query
def call_at(program: Program, place: Place) -> DatabaseCall | None:
    """The database call whose method's name ends where the place does, as the places of effects do; in whatever
    module."""
    return _calls_at(program)(place)


@query
def _calls_on(program: Program) -> CallsOn:
    return CallsOn(program.ev, sites(program) if program.focus is None else None)


@query
def calls_on(
    program: Program, tables: frozenset[str], *methods: str
) -> tuple[Sequence[QueryStep], Sequence[DatabaseCall]]:
    """The query steps (without their consumers) and database calls of all modules that have one of these methods,
    without what they are inside of; those on other tables are left out where that spares work."""
    return _calls_on(program)(tables, *methods)
