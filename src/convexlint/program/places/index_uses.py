"""Where database indexes are used, and what must change when one gets another name or goes away."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from convexlint.findings import Span
from convexlint.program.evaluation import known
from convexlint.program.model import IndexDef, Module, QueryStep
from convexlint.program.modules.nodes import is_string_literal
from convexlint.program.places.elsewhere import Bare
from convexlint.program.places.sites import SiteFinder, all_query_steps
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator, UnionValidator, Validator
from convexlint.structs import Struct

_QUOTED_WORD = re.compile(rb"""["'`](\w+)["'`]""")
_ARGUMENT = re.compile(rb"[(,]\s*\Z")
_INDEXED = frozenset({"withIndex", "withSearchIndex"})
_NOT_LITERAL = re.compile(rb"""\bwith(?:Search)?Index\b(?!\s*\(\s*(?:"[^"\\]*"|'[^'\\]*'|`[^`$\\]*`))""")
_WITH_INDEX = re.compile(rb"\bwithIndex\s*\(\s*\Z")


class IndexUses(Struct, frozen=True):
    """`steps`: the `.withIndex` calls that name the index.

    `doubt`: why there may be more of them, as the end of the sentence "unsafe because ..."; None when these
    are all. `lost`: some use cannot be rewritten: it names an index of another table too, or by a variable, or is
    an argument of a helper that is not understood, or a test may name it.
    """

    steps: tuple[QueryStep, ...]
    doubt: str | None
    lost: bool


def _field_names(validator: Validator) -> Iterator[str]:
    if isinstance(validator, ObjectValidator):
        yield from validator.fields
    elif isinstance(validator, UnionValidator):
        for member in validator.members:
            yield from _field_names(member)


@query
def ledger_of(program: Program) -> IndexLedger:
    """The uses of all indexes: in queries, in other text, in tests."""
    return IndexLedger(program)


class IndexLedger:
    """The uses of the indexes of a program, read once: with a focus, of those that are defined in it."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def uses_of(self, index: IndexDef) -> IndexUses:
        """The uses of `index` in the project's modules."""
        self._require(index)
        steps: list[QueryStep] = []
        doubt: str | None = None
        lost = False
        for step in _named_steps(self.program).get(index.name, ()):
            tables = {state.table for state in step.before}
            literal = step.index_span is not None and is_string_literal(step.place.module, step.index_span)
            if tables == {index.table} and literal:
                steps.append(step)
            elif index.table in tables or not tables:
                lost = True
            elif None in tables:
                doubt = f"a query whose table is not known names an index `{index.name}`"
        for step in _named_steps(self.program).get(None, ()):
            if {index.table, None} & {state.table for state in step.before}:
                doubt = f"a query of `{index.table}` may compute the name of its index"
        lost = lost or index.name in _given(self.program) or index.name in _quoted_in_tests(self.program)
        return IndexUses(tuple(steps), doubt or self._other_mention(index.name), lost)

    def may_be_used(self, index: IndexDef) -> bool:
        """Whether some query of the project's modules names the index, or some code might (tests do not count)."""
        self._require(index)
        if index.name in _mentions(self.program):
            return True
        named = (
            state
            for step in _named_steps(self.program).get(index.name, ())
            for state in step.before or (None,)
        )
        computed = (
            state for step in _named_steps(self.program).get(None, ()) for state in step.before or (None,)
        )
        return any(state is None or state.table in (index.table, None) for state in (*named, *computed))

    def is_own(self, index: IndexDef) -> bool:
        """Whether the definition is this table's alone and its name a literal, so that it can change."""
        spot = (index.module.path, index.name_span)
        return is_string_literal(index.module, index.name_span) and all(
            other is index for other in _defined_at(self.program).get(spot, ())
        )

    def _require(self, index: IndexDef) -> None:
        focus = self.program.focus
        if focus is not None and index.module.path not in focus:
            raise ValueError(
                f"the index {index.name} is defined outside of the focus, so its uses are not known"
            )

    def _other_mention(self, name: str) -> str | None:
        """A place that quotes `name` and is neither an index's definition nor a query that was understood.

        Helpers of packages take index names too; what is not understood must not be lost.
        """
        if name in _mentions(self.program):
            module, at = _mentions(self.program)[name][0]
            line = module.source.count(b"\n", 0, at) + 1
            return f"`{name}` is also written in `{module.name}`, line {line}"
        return None


@query
def indexed_steps(program: Program) -> tuple[QueryStep, ...]:
    """The `withIndex` and `withSearchIndex` calls of all modules; with a focus, those that may name an index which is
    defined in it, without their consumers and without what they are inside of."""
    if program.focus is None:
        return tuple(step for step in all_query_steps(program) if step.method in _INDEXED)
    finder = SiteFinder(program.ev, Bare(program.ev.registry), _naming(program), _INDEXED)
    return tuple(step for step in finder.steps if step.method in _INDEXED)


@query
def _naming(program: Program) -> tuple[Module, ...]:
    """The modules that may name an index of the focus: literally, or in a way that their text does not tell."""
    if program.focus is None:
        return program.modules
    names = sorted(_names(program))
    if not names:
        return ()
    quoted = re.compile(rb"[\"'`](?:%b)[\"'`]" % b"|".join(map(re.escape, names)))
    return tuple(m for m in program.modules if m.holds(quoted) or m.holds(_NOT_LITERAL))


@query
def _names(program: Program) -> frozenset[bytes]:
    """The names of all indexes; with a focus, of those that are defined in it."""
    focus = program.focus
    return frozenset(
        index.name.encode() for index in _indexes(program) if focus is None or index.module.path in focus
    )


@query
def _named_steps(program: Program) -> dict[str | None, list[QueryStep]]:
    found: dict[str | None, list[QueryStep]] = defaultdict(list)
    for step in indexed_steps(program):
        if step.method == "withIndex":
            found[step.index_name].append(step)
    return found


@query
def _defined_at(program: Program) -> dict[tuple[str, Span], list[IndexDef]]:
    """The indexes of all tables by the place of their name: a shared definition has several."""
    found: dict[tuple[str, Span], list[IndexDef]] = defaultdict(list)
    for table in program.schema.tables.values():
        for index in table.indexes:
            found[index.module.path, index.name_span].append(index)
    return found


@query
def _quoted_in_tests(program: Program) -> frozenset[str]:
    """Words that the project's tests quote."""
    words = (match[1] for text in program.tests for match in _QUOTED_WORD.finditer(text))
    return frozenset(word.decode("ascii", "replace") for word in words)


@query
def _mentions(program: Program) -> dict[str, list[tuple[Module, int]]]:
    """For each name of an index, the places that quote it and were not understood as naming one."""
    known, fields = _understood(program)
    names = _names(program)
    mentions: dict[str, list[tuple[Module, int]]] = defaultdict(list)
    for module in _naming(program):
        spans = sorted(fields[module.path])
        for match in _QUOTED_WORD.finditer(module.source):
            if match[1] not in names:
                continue
            at = match.start()
            before = bisect_right(spans, (at, at))
            named = before > 0 and at < spans[before - 1][1]
            if not named and (module.path, at) not in known:
                mentions[match[1].decode("ascii", "replace")].append((module, at))
    return mentions


@query
def _given(program: Program) -> frozenset[str]:
    """Names of indexes that some call takes as such, for all that can be told from its text: the argument of a
    `withIndex` on who knows what (a stream of convex-helpers), or any argument that names no field."""
    fields = {name for t in program.schema.tables.values() for name in _field_names(t.validator)}
    given = set()
    for word, places in _mentions(program).items():
        for module, at in places:
            before = module.source[max(0, at - 60) : at]
            if _WITH_INDEX.search(before) or (word not in fields and _ARGUMENT.search(before)):
                given.add(word)
    return frozenset(given)


@query
def _understood(program: Program) -> tuple[set[tuple[str, int]], dict[str, list[tuple[int, int]]]]:
    """Where index names stand that were understood, and the ranges of code that only name fields."""
    known: set[tuple[str, int]] = set()
    fields: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index in _indexes(program):
        known.add((index.module.path, index.name_span.start))
        if index.fields_span is not None:
            fields[index.module.path].append((index.fields_span.start, index.fields_span.end))
    for steps in _named_steps(program).values():
        for step in steps:
            path = step.place.module.path
            if step.index_span is not None and None not in {state.table for state in step.before}:
                known.add((path, step.index_span.start))
            fields[path] += [(argument.start, argument.end) for argument in step.args[1:]]
    return known, fields


def _indexes(program: Program) -> Iterator[IndexDef]:
    schema = program.schema
    defined = [t.indexes for t in schema.tables.values()] + [d.indexes for d in schema.definitions]
    return chain.from_iterable(defined)


@query
def read_by_packages(program: Program) -> frozenset[tuple[str, str]]:
    """(table, index) that the code of the packages which bring tables reads by, also where the project defines such a
    table itself."""
    packages = sorted({table.origin for table in program.schema.tables.values() if table.origin != "schema"})
    return frozenset[tuple[str, str]]().union(*map(known.read_by_packages, packages))
