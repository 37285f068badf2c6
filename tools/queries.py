"""Which query answers what: `make queries` prints a table in markdown, found by walking `convexlint.program`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import convexlint.program
from convexlint.program.queries import is_query


class Query(NamedTuple):
    """`file`: below `program/`. `given`: its arguments besides the program. `what`: its docstring's first sentence."""

    name: str
    given: tuple[str, ...]
    what: str
    file: str
    ask: Callable[..., Any]


def queries() -> Iterator[Query]:
    """The public queries, by file and place. Raises LookupError for one that does not say what it answers."""
    package = convexlint.program
    for info in sorted(pkgutil.walk_packages(package.__path__, f"{package.__name__}."), key=lambda i: i.name):
        if info.ispkg:
            continue
        module = importlib.import_module(info.name)
        for name, thing in vars(module).items():
            if name.startswith("_") or not is_query(thing) or thing.__module__ != info.name:
                continue
            doc = inspect.getdoc(thing)
            if not doc:
                raise LookupError(f"{info.name}.{name}: a query needs a docstring that says what it answers")
            given = tuple(inspect.signature(thing).parameters)[1:]
            file = info.name.removeprefix(f"{package.__name__}.").replace(".", "/") + ".py"
            yield Query(name, given, _first(doc), file, thing)


def _first(doc: str) -> str:
    return " ".join(doc.split("\n\n", 1)[0].split())


def page() -> str:
    """The table."""
    lines = ["| query | answers | file |", "|---|---|---|"]
    for one in queries():
        given = ", ".join(("program", *one.given))
        lines.append(f"| `{one.name}({given})` | {one.what.replace('|', chr(92) + '|')} | `{one.file}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
