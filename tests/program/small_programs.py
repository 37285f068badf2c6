"""The table of small programs: `phenomena/*.md`, one family a page, one phenomenon a heading.

A page is headings and code blocks. Before the first heading stands what all its programs share. Each heading
says what must hold; its blocks are the program's files (the info string is the language and the path).
What is expected stands in the code as marks, each a comment `/*kind what*/`:

    id users        the innermost database call around it knows this table of its id ("?": must name none)
    db none         no database call is around it
    fn public query a:b   the innermost registration around it ("none"; path "-": not exported)
    made public action a:b    the nearest function before it, for those that a package made
    args x:id(users) y?:string    the declared args of the registration, or "missing", "unknown"
    q t by_a(eq a) +2 ordered     the states before the innermost query step around it, joined by "|":
                    table, index with its range, number of filters, whether it is ordered
    ends collect    the consumers of the innermost query step around it, joined by ","
    ref a:b function runQuery     the reference right before it: path, status, use; "none" if there is none
    does db-read, auth    the kinds of effects of the innermost registration, sorted, without the following
    kept network    those in callbacks that a package may keep
    guarded db-read       those that happen only behind a test for the kind of ctx
    access ctx.auth       how the registration decides who may go on, "none" where it does not
    shown yes       whether the registration gives only what its author shows to everybody ("checked": it has a check)
    reads all rows of `t`    what the innermost registration reads, in words; "nothing"
    writes one insert into `t`    what it writes
    standing owner by a === b     what it asks of its caller, and what decides, as written
    via a > b       the calls that lead to its first database write (else read), as written

A block `tables` says what the schema is, a line a table: `users: name, email?; by_email(email)`, and a last
line "open" where not every table is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from convexlint.config.settings import Settings
from convexlint.discovery.discover import discover
from convexlint.findings import Span
from convexlint.program.behaviour.access import access_of, is_shown
from convexlint.program.behaviour.bounds import reads_of, writes_of
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.model import QueryState, QueryStep, RegisteredFunction
from convexlint.program.places.references import references
from convexlint.program.places.sites import database_calls, query_steps
from convexlint.program.program import Program
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.reports.model.costs import reads_in_words, writes_in_words
from convexlint.session.clock import Stopwatch
from convexlint.session.facts_store import FactsStore
from convexlint.session.files import Files
from convexlint.session.gather import Gatherer

T = TypeVar("T")

PAGES = Path(__file__).parent / "phenomena"
MARK = re.compile(
    r"/\*(id|db|fn|made|args|q|ends|ref|does|kept|guarded|access|shown|standing|reads|writes|via) (.*?)\*/",
    re.DOTALL,
)
_BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass
class Phenomenon:
    """A small program. `files`: path in the project -> text."""

    page: str
    title: str
    files: dict[str, str] = field(default_factory=dict)
    tables: str | None = None


def phenomena() -> Iterator[Phenomenon]:
    """Every program of the table, page by page."""
    for page in sorted(PAGES.glob("*.md")):
        shared, *sections = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        given = Phenomenon(page.stem, "")
        _read_blocks(shared, given)
        for section in sections:
            title, _, text = section.partition("\n")
            one = Phenomenon(page.stem, title.strip(), dict(given.files), given.tables)
            _read_blocks(text, one)
            yield one


def _read_blocks(text: str, into: Phenomenon) -> None:
    for language, path, code in _BLOCK.findall(text):
        if language == "tables":
            into.tables = code
        else:
            into.files[path] = code


def program_of(
    root: Path,
    files: dict[str, str],
    settings: Settings | None = None,
    focus: str | None = None,
    record: bool = False,
) -> Program:
    """The program that these files make, under the default settings unless others are given; a package.json is
    added when there is none. `focus`: the one file that is asked for."""
    for path, text in {"package.json": "{}", **files}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    targets = discover([str(root)]).targets
    assert len(targets) == 1, [t.project.functions_dir for t in targets]
    project = targets[0].project
    chosen = settings or Settings(str(root), {})
    gatherer = Gatherer(project, chosen, FactsStore(None, 1, str(root)), Stopwatch(), record=record)
    return gatherer.gather(Files({}), frozenset({str(root / focus)}) if focus else None).program


def surprises(root: Path, one: Phenomenon) -> list[str]:
    """What is not as the marks of a program say, one line each."""
    program = program_of(root, one.files)
    found: list[str] = []
    marks = 0
    for path, text in one.files.items():
        seen = _Seen(program, str(root / path), text)
        for mark in MARK.finditer(text):
            marks += 1
            expected = " ".join(mark[2].split())
            at = len(text[: mark.start()].encode())
            actual = seen.read(mark[1], at)
            if actual != expected:
                line = text.count("\n", 0, mark.start()) + 1
                found.append(f"{path}:{line}: {mark[1]} is {actual!r}, should be {expected!r}")
    if one.tables is not None:
        marks += 1
        actual = _tables(program)
        if actual != one.tables:
            found.append(f"tables are\n{actual}")
    if not marks:
        found.append("nothing is expected of it")
    return found


class _Seen:
    """What the program knows about the places of one file."""

    def __init__(self, program: Program, path: str, text: str) -> None:
        self.program = program
        self.path = path
        self.text = text.encode()

    def read(self, kind: str, at: int) -> str:
        return str(getattr(self, f"_{kind}")(at))

    def _id(self, at: int) -> str:
        calls = [
            c
            for c in database_calls(self.program)
            if c.place.module.path == self.path and _inside(c.call_span, at)
        ]
        if not calls:
            return "no database call"
        return _innermost(calls, [c.call_span for c in calls]).id_table or "?"

    def _db(self, at: int) -> str:
        calls = [
            f"{c.method} of {c.table}"
            for c in database_calls(self.program)
            if c.place.module.path == self.path and _inside(c.call_span, at)
        ]
        return ", ".join(calls) or "none"

    def _function(self, at: int) -> RegisteredFunction | None:
        functions = [
            f for f in self.program.functions if f.module.path == self.path and _inside(f.call_span, at)
        ]
        return _innermost(functions, [f.call_span for f in functions]) if functions else None

    def _fn(self, at: int) -> str:
        return _function_text(self._function(at))

    def _made(self, at: int) -> str:
        before = [
            f for f in self.program.functions if f.module.path == self.path and f.builder_span.end <= at
        ]
        return _function_text(max(before, key=lambda f: f.builder_span.end, default=None))

    def _args(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        if function.args.state != "declared" or function.args.validator is None:
            return function.args.state if function.args.state != "declared" else "not Convex validators"
        return _validator_text(function.args.validator).removeprefix("{").removesuffix("}")

    def _step(self, at: int) -> QueryStep | None:
        steps = [
            s
            for s in query_steps(self.program)
            if s.place.module.path == self.path and _inside(s.step_span, at)
        ]
        return _innermost(steps, [s.step_span for s in steps]) if steps else None

    def _q(self, at: int) -> str:
        step = self._step(at)
        return "no step" if step is None else " | ".join(sorted(_state_text(s) for s in step.before))

    def _ends(self, at: int) -> str:
        step = self._step(at)
        return "no step" if step is None else ",".join(sorted(step.consumers))

    def _ref(self, at: int) -> str:
        before = [
            r for r in references(self.program) if r.place.module.path == self.path and r.place.span.end <= at
        ]
        last = max(before, key=lambda r: r.place.span.end, default=None)
        if last is None or self.text[last.place.span.end : at].strip(b" )!;"):
            return "none"
        return " ".join(filter(None, (last.path or last.root, last.status, last.use)))

    def _does(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        done = effects_of(self.program, function)
        return ", ".join(sorted({e.kind for e in done if not e.kept})) or "nothing"

    def _kept(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        done = effects_of(self.program, function)
        return ", ".join(sorted({e.kind for e in done if e.kept})) or "nothing"

    def _guarded(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        effects = effects_of(self.program, function)
        return ", ".join(sorted({e.kind for e in effects if e.guarded})) or "nothing"

    def _access(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        check = access_of(self.program, function)
        return "none" if check is None else check.how

    def _standing(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        found = standing_of(self.program, function)
        by = "" if found.place is None else f" by {found.place.module.text(found.place.span)}"
        return " ".join(f"{found.level}{by}".split())

    def _shown(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        if access_of(self.program, function) is not None:
            return "checked"
        return "yes" if is_shown(self.program, function) else "no"

    def _reads(self, at: int) -> str:
        function = self._function(at)
        return (
            "no function"
            if function is None
            else reads_in_words(reads_of(self.program, function)) or "nothing"
        )

    def _writes(self, at: int) -> str:
        function = self._function(at)
        return (
            "no function"
            if function is None
            else writes_in_words(writes_of(self.program, function)) or "nothing"
        )

    def _via(self, at: int) -> str:
        function = self._function(at)
        if function is None:
            return "no function"
        effects = effects_of(self.program, function)
        deeds = [e for e in effects if e.kind == "db-write"] or [e for e in effects if e.kind == "db-read"]
        if not deeds:
            return "nothing"
        return " > ".join(re.sub(r"^\w+ `(.*?)`.*", r"\1", step.text) for step in deeds[0].chain) or "itself"


def _inside(span: Span, at: int) -> bool:
    return span.start <= at < span.end


def _innermost(items: list[T], spans: list[Span]) -> T:
    return min(zip(items, spans, strict=True), key=lambda pair: pair[1].end - pair[1].start)[0]


def _function_text(function: RegisteredFunction | None) -> str:
    if function is None:
        return "none"
    return " ".join(filter(None, (function.visibility, function.kind, function.path or "-")))


def _state_text(state: QueryState) -> str:
    text = state.table or "?"
    if state.index != "":
        parts = "?" if state.range is None else ", ".join(f"{p.method} {p.field or '?'}" for p in state.range)
        text += f" {state.index or '?'}({parts})"
    if state.filters:
        text += f" +{state.filters}"
    return text + (" ordered" if state.ordered else "")


def _validator_text(validator: Validator) -> str:
    if isinstance(validator, ScalarValidator):
        return validator.kind
    if isinstance(validator, IdValidator):
        return f"id({validator.table or '?'})"
    if isinstance(validator, LiteralValidator):
        return repr(validator.value)
    if isinstance(validator, ArrayValidator):
        return f"{_validator_text(validator.element)}[]"
    if isinstance(validator, RecordValidator):
        return f"record({_validator_text(validator.key)}, {_validator_text(validator.value)})"
    if isinstance(validator, UnionValidator):
        return " | ".join(_validator_text(m) for m in validator.members)
    if isinstance(validator, ObjectValidator):
        fields = [
            f"{name}{'?' if f.optional else ''}:{_validator_text(f.validator)}"
            for name, f in validator.fields.items()
        ]
        return "{" + " ".join([*fields, *(() if validator.complete else ("...",))]) + "}"
    return "any" if isinstance(validator, AnyValidator) else "?"


def _tables(program: Program) -> str:
    lines = []
    for table in program.schema.tables.values():
        validator = table.validator
        if isinstance(validator, ObjectValidator):
            fields = ", ".join(f"{n}{'?' if f.optional else ''}" for n, f in validator.fields.items())
        else:
            fields = _validator_text(validator)
        indexes = [f"{i.name}({', '.join(i.fields or ('?',))})" for i in table.indexes]
        lines.append("; ".join([f"{table.name}: {fields}", *indexes]))
    if not program.schema.complete:
        lines.append("open")
    return "".join(f"{line}\n" for line in lines)
