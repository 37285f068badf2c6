"""What the program knows of one module, place by place: `python -m tools.look path/to/convex/messages.ts`.

For people who write rules. Every query is asked, whatever it is called, and what it answers of the module is shown in
the order of the file: line and column, the query, the source that it marks, and its fields that
say something. Then what functions do and how they check access, and what could not be followed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from convexlint.facts.ir import Node
from convexlint.findings import Span
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.places.notes import notes
from convexlint.program.program import Program
from convexlint.reports.positions import Positions
from convexlint.session import NoProjectError, PathError, Request, programs
from tools.queries import queries

_WIDTH = 60
"""Characters of source that one value may take."""

_DEPTH = 2
"""How many structs within structs are spelled out."""

_SPANS = ("span", "builder_span", "name_span", "key_span", "argument_span")
"""Where a thing without a place stands: the first of these that it has."""


class Line(NamedTuple):
    offset: int
    kind: str
    text: str


def look(path: str) -> str:
    """The text for the module at `path`. Raises NoProjectError, PathError, or LookupError if it is in no program."""
    wanted = Path(path).resolve().as_posix()
    for program in programs(Request((path,))):
        for module in program.modules:
            if module.path == wanted:
                return _page(program, module)
        if wanted in program.unreadable:
            raise LookupError(f"{path} cannot be read: {program.unreadable[wanted]}")
    raise LookupError(f"{path} is not a module of a Convex project")


def _page(program: Program, module: Module) -> str:
    positions = Positions(module.source)
    runtime = ' ("use node")' if module.node else ""
    out = [f"{module.path}: {module.role.value}{runtime}", ""]
    for line in sorted(_lines(program, module), key=lambda line: (line.offset, line.kind)):
        at = positions.at(line.offset)
        out.append(f"{at.line:>5}:{at.column:<3} {line.kind:<18} {line.text}")
    return "\n".join(out) + "\n"


def _lines(program: Program, module: Module) -> Iterator[Line]:
    for function in program.functions:
        if function.module is module:
            yield _line("functions", function, module)
    for one in queries():
        if not one.given:
            answer = one.ask(program)
            for item in answer if isinstance(answer, tuple) else ():
                found = _where(item)
                if found is not None and found[0] is module:
                    yield _line(one.name, item, module)
        elif one.given == ("function",):
            for function in program.functions:
                if function.module is module:
                    answer = _shown(one.ask(program, function), module)
                    yield Line(
                        function.builder_span.start,
                        one.name,
                        f"{function.path or function.builder}: {answer}",
                    )
    for note in notes(program):
        if note.path == module.path:
            yield Line(note.start, "not followed", note.kind)


def _line(kind: str, item: Any, module: Module) -> Line:
    found = _where(item)
    assert found is not None
    text = f"{_source(module, found[1])}  {_fields(item, module)}"
    return Line(found[1].start, kind, text.rstrip())


def _where(item: Any) -> tuple[Module, Span] | None:
    if isinstance(item, Place):
        return item.module, item.span
    place = getattr(item, "place", None)
    if isinstance(place, Place):
        return place.module, place.span
    module = getattr(item, "module", None)
    spans = (getattr(item, name, None) for name in _SPANS)
    span = next((span for span in spans if isinstance(span, Span)), None)
    return (module, span) if isinstance(module, Module) and span is not None else None


def _fields(item: Any, module: Module, depth: int = 0) -> str:
    """The fields of a struct that differ from their defaults and from "nothing", without where it stands."""
    parts = []
    names = item.__struct_fields__
    defaults = dict(zip(reversed(names), reversed(item.__struct_defaults__), strict=False))
    for name in names:
        value = getattr(item, name)
        if name in ("place", "module", "owner", *_SPANS) or not value or value == defaults.get(name):
            continue
        parts.append(f"{name}={_shown(value, module, depth)}")
    if isinstance(getattr(item, "place", None), Place) and item.place.inside is not None and not depth:
        parts.append(f"inside={_shown(item.place.inside, module)}")
    return " ".join(parts)


def _shown(value: Any, module: Module, depth: int = 0) -> str:
    if isinstance(value, Span):
        return _source(module, value)
    if isinstance(value, Node):
        return _source(module, Span(value.start, value.end))
    if isinstance(value, Module):
        return value.name
    if isinstance(value, RegisteredFunction):
        return value.path or value.builder
    if isinstance(value, Place):
        at = Positions(value.module.source).at(value.span.start)
        return f"{value.module.name}:{at.line}:{at.column}"
    if isinstance(value, (tuple, list)):
        shown = [_shown(one, module, depth) for one in value[:5]]
        return f"[{', '.join(shown)}{', ...' if len(value) > 5 else ''}]"
    if isinstance(value, (frozenset, set)):
        return "{" + ", ".join(sorted(map(str, value))) + "}"
    if isinstance(value, Mapping):
        pairs = [f"{key}: {_shown(one, module, depth)}" for key, one in list(value.items())[:5]]
        return "{" + ", ".join(pairs) + (", ..." if len(value) > 5 else "") + "}"
    if isinstance(value, msgspec.Struct):
        inner = _fields(value, module, depth + 1) if depth < _DEPTH else "..."
        return f"{type(value).__name__}({inner})"
    return str(value)


def _source(module: Module, span: Span) -> str:
    line = " ".join(module.text(span).split())
    return f"`{line if len(line) <= _WIDTH else line[: _WIDTH - 3] + '...'}`"


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1]:
        raise SystemExit("error: name a module: make look FILE=path/to/convex/messages.ts")
    try:
        print(look(sys.argv[1]), end="")
    except (NoProjectError, PathError, LookupError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
