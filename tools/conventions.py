"""The conventions of the house styles as a page: what each asks for, which rules look at it, where it is tested.

`fixtures/conventions.toml` has the rows; comments with a row's id in the fixture projects have the places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomli

from tools.expected import FIXTURES

ROWS = FIXTURES / "conventions.toml"
# In which project of its house a row of a class is shown.
SHOWN_IN = {"flag": "broken", "accept": "clean"}

_COMMENT = re.compile(r"^\s*//")
_IDS = re.compile(r"^\s*// (S\d-\d\d(?:, S\d-\d\d)*)")


@dataclass(frozen=True, slots=True)
class Row:
    """One convention. `kind` is `flag`, `accept` or `out`; `why` is given for `out` alone, `rules` for the others."""

    name: str
    preset: str
    kind: str
    says: str
    rules: tuple[str, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A comment that names a row, and the lines it speaks for: from its own to the next line of code, 1-based."""

    row: str
    path: Path
    first: int
    last: int

    @property
    def place(self) -> str:
        """Where it stands, from the root of the repository."""
        return f"fixtures/{self.path.relative_to(FIXTURES).as_posix()}:{self.first}"


@dataclass(frozen=True, slots=True)
class Found:
    """A kept finding of a fixture project. `line` is 1-based."""

    rule: str
    path: Path
    line: int

    def at(self, mark: Mark) -> bool:
        """Whether `mark` speaks for the line of this finding."""
        return self.path == mark.path and mark.first <= self.line <= mark.last


def rows() -> list[Row]:
    """All conventions, house by house."""
    houses = tomli.loads(ROWS.read_text(encoding="utf-8"))
    return [
        Row(name, preset, row["class"], row["says"], tuple(row.get("rules", ())), row.get("why"))
        for preset, table in houses.items()
        for name, row in table.items()
    ]


def marks(project: Path) -> Iterator[Mark]:
    """The marks in the modules of a fixture project, in the order of paths and lines."""
    for path in sorted([*project.rglob("*.ts"), *project.rglob("*.tsx")]):
        lines = path.read_text(encoding="utf-8").splitlines()
        for at, line in enumerate(lines):
            if named := _IDS.match(line):
                code = next(n for n in range(at, len(lines)) if not _COMMENT.match(lines[n]))
                for row in named[1].split(", "):
                    yield Mark(row, path, at + 1, code + 1)


def findings(project: Path) -> list[Found]:
    """The expected findings of a fixture project, as they are kept on disk."""
    kept = project.parent / "expected" / f"{project.name}.json"
    return found_in(kept.read_text(encoding="utf-8"), project.parent)


def found_in(report: str, folder: Path) -> list[Found]:
    """The findings of a report in JSON, whose paths start at `folder`."""
    return [
        Found(each["rule"], folder / each["path"], each["range"]["start"]["line"])
        for each in json.loads(report)["diagnostics"]
    ]


def page() -> str:
    """The conventions as markdown: one table a house."""
    every = rows()
    out = [
        "# Conventions of the house styles",
        "",
        "*flag*: the preset reports what goes against it. *accept*: the preset is silent on it. *out*: not checked.",
    ]
    for preset in dict.fromkeys(row.preset for row in every):
        shown = [mark for kind in ("broken", "clean") for mark in marks(FIXTURES / preset / kind)]
        out += ["", f"## {preset}", "", "| id | convention | class | rules | test |", "|---|---|---|---|---|"]
        for row in every:
            if row.preset == preset:
                rules = ", ".join(f"`{rule}`" for rule in row.rules) or row.why or ""
                places = ", ".join(f"`{mark.place}`" for mark in shown if mark.row == row.name)
                out.append(f"| {row.name} | {row.says} | {row.kind} | {rules} | {places} |")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    print(page(), end="")
