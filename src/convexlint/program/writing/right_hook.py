"""The hook or fetcher for functions of another kind, in place of one that a client calls."""

from __future__ import annotations

import re

from convexlint.findings import Edit, Span
from convexlint.program.places.clients.calls import NamedCall
from convexlint.program.writing.editing import replace
from convexlint.program.writing.imports import ensure_import, imported_as, swap_import
from convexlint.structs import Struct

_GROUPS = (
    {"mutation": "useMutation", "action": "useAction"},
    {"mutation": "useConvexMutation", "action": "useConvexAction"},
    {"mutation": "useSessionMutation", "action": "useSessionAction"},
    {"query": "fetchQuery", "mutation": "fetchMutation", "action": "fetchAction"},
)
"""Exports of one package that are used alike: they take the same, and what they give is used in the same way."""
_QUERIES = {"useQuery": 0, "useConvexQuery": 1, "useSessionQuery": 2}
"""Hooks that ask a query, and the group of those that give a function."""
_OPTIMISTIC = re.compile(rb"\bwithOptimisticUpdate\b")


class RightHook(Struct, frozen=True):
    """`name`: the export. `edits`: the import, the name, and the arguments where they are given later. `used_alike`:
    nothing else must change."""

    name: str
    edits: tuple[Edit, ...]
    used_alike: bool


def right_hook(named: NamedCall, kind: str) -> RightHook | None:
    """What takes a function of that kind where `named` calls it; None where that is not one export of the same
    package."""
    use = named.use
    found = imported_as(use.module, named.by) if use is not None and use.call is not None else None
    if use is None or use.call is None or found is None:
        return None
    specifier, exported = found
    group = next((one for one in _GROUPS if exported in one.values()), None)
    alike = group is not None and not use.module.holds(_OPTIMISTIC)
    if group is None and exported in _QUERIES:
        group = _GROUPS[_QUERIES[exported]]
    name = group.get(kind) if group is not None else None
    # What TanStack and other packages call alike is another thing.
    if name is None or "convex" not in specifier:
        return None
    module = use.module
    edits = swap_import(module, named.by, name, [named.by_span])
    if edits is None:
        present = ensure_import(module, specifier, name)
        if present is None:
            return None
        edits = [*present.edits, replace(module, named.by_span, present.text)]
    args = use.call.args
    if exported in _QUERIES and len(args) > 1:
        edits.append(replace(module, Span(args[0].end, args[-1].end), ""))
    return RightHook(name, tuple(edits), alike)
