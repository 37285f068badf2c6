"""How far convexlint agrees with Convex's own ESLint plugin on real projects.

    python -m benchmarks.agreement FOLDER...

Both run over one copy of each project's functions folders (the projects are not touched), the plugin untyped,
convexlint with its stricter option values. A finding of the plugin counts as ours too when a finding of the
same rule in the same file starts inside the plugin's range; for require-args-validator that range, the object
`{...}`, is taken with the name of the builder that is called with it, where convexlint's finding stands.
Documented exceptions (see `exceptions.py`) and require-access-control, which differs by design, are
counted apart. Every other difference is listed with its place. Exit status 1 below --at-least percent.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from bisect import bisect_left
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import official
from benchmarks.exceptions import Sources, builder_before, exception
from benchmarks.official import Official
from benchmarks.projects import copy_sources, source_files
from tools.linter import convexlint

SHARED = (
    "explicit-table-ids",
    "no-collect-in-query",
    "no-duplicate-indexes",
    "no-filter-in-query",
    "no-old-registered-function-syntax",
    "no-top-of-hour-crons",
    "require-access-control",
    "require-args-validator",
)
APART = "require-access-control"

# ECMAScript's line ends, which are fewer than Python's.
_LINE_END = re.compile("\r\n|[\r\n\u2028\u2029]")

# The option values under which convexlint judges as the plugin does.
STRICTER = """\
extends = ["none"]

[rules]
no-filter-in-query = { level = "warning", paginated = "flag" }
no-collect-in-query = { level = "warning", indexed = "flag" }
require-args-validator = { level = "error", unused = "flag" }
"""


@dataclass(frozen=True, slots=True)
class Ours:
    """One finding of convexlint; `offset` counts bytes from the start of the file."""

    rule: str
    path: str
    line: int
    column: int
    offset: int
    message: str


@dataclass(slots=True)
class Comparison:
    """What was compared in one project, by rule; differences as lines for people."""

    official: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    excepted: Counter[str] = field(default_factory=Counter)
    ours: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    def add(self, other: Comparison) -> None:
        for mine, theirs in (
            (self.official, other.official),
            (self.agreed, other.agreed),
            (self.excepted, other.excepted),
            (self.ours, other.ours),
        ):
            mine.update(theirs)
        self.missed += other.missed
        self.excused += other.excused
        self.extra += other.extra


def ours_in(folder: Path) -> list[Ours]:
    """convexlint's findings of the shared rules in `folder`, with paths relative to it."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as config:
        config.write(STRICTER)
        config.flush()
        options = [
            "--config",
            config.name,
            "--select",
            ",".join(SHARED),
            "--no-cache",
            "--output-format",
            "json",
        ]
        ran = convexlint("check", ".", *options, folder=folder)
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"convexlint failed: {ran.stderr.strip()[-2000:]}")
    found = []
    for finding in json.loads(ran.stdout)["diagnostics"]:
        if finding["rule"] in SHARED:
            start_at = finding["range"]["start"]
            place = start_at["line"], start_at["column"], start_at["offset"]
            found.append(Ours(finding["rule"], finding["path"], *place, finding["message"]))
    return found


class Places:
    """ESLint's places in a file as byte offsets."""

    def __init__(self, data: bytes) -> None:
        self._mark = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0
        self._text = data[self._mark :].decode("utf-8", "replace")
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(self._text))]

    def offset(self, line: int, column: int) -> int:
        """The byte offset of a 1-based line and a 1-based column in UTF-16 units."""
        units = self._text[self._starts[line - 1] :].encode("utf-16-le")[: 2 * (column - 1)]
        before = self._text[: self._starts[line - 1]] + units.decode("utf-16-le", "ignore")
        return self._mark + len(before.encode("utf-8"))


def compare(folder: Path, theirs: Sequence[Official], ours: Sequence[Ours], project: str) -> Comparison:
    """Match the findings of both in the sources of `folder`."""
    result = Comparison()
    sources = Sources(folder)
    starts: dict[tuple[str, str], list[int]] = {}
    for finding in ours:
        result.ours[finding.rule] += 1
        starts.setdefault((finding.rule, finding.path), []).append(finding.offset)
    for offsets in starts.values():
        offsets.sort()
    files: dict[str, Places] = {}
    covered: set[tuple[str, str, int]] = set()
    for item in theirs:
        if item.rule not in SHARED:
            continue
        result.official[item.rule] += 1
        source = sources.bytes_of(item.path)
        if item.path not in files:
            files[item.path] = Places(source)
        start = files[item.path].offset(item.line, item.column)
        end = files[item.path].offset(item.end_line, item.end_column)
        if item.rule == "require-args-validator":
            start = builder_before(source, start)
        offsets = starts.get((item.rule, item.path), [])
        inside = [at for at in offsets[bisect_left(offsets, start) :] if at < end]
        covered.update((item.rule, item.path, at) for at in inside)
        said = f"{project}/{item.path}:{item.line}:{item.column}: {item.rule}"
        if inside:
            result.agreed[item.rule] += 1
        elif (why := exception(item, start, end, sources)) is not None:
            result.excepted[item.rule] += 1
            result.excused.append(f"{said}: {why}")
        elif item.rule != APART:
            result.missed.append(f"{said}: {item.message.splitlines()[0]}")
    for finding in ours:
        if (finding.rule, finding.path, finding.offset) not in covered and finding.rule != APART:
            place = f"{project}/{finding.path}:{finding.line}:{finding.column}"
            result.extra.append(f"{place}: {finding.rule}: {finding.message}")
    return result


def table(result: Comparison) -> str:
    """Rule by rule: official, excepted, agreed, percent of what is not excepted, and all of ours."""
    rows = [("rule", "official", "excepted", "agreed", "%", "ours")]
    for rule in SHARED:
        if rule != APART:
            rows.append((rule, *_figures(result, [rule])))
    rows.append(("all of these", *_figures(result, [rule for rule in SHARED if rule != APART])))
    rows.append((f"{APART} (apart)", *_figures(result, [APART])))
    widths = [max(len(row[at]) for row in rows) for at in range(6)]
    return "\n".join(
        row[0].ljust(widths[0])
        + "".join(f"{cell:>{width + 2}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )


def share(result: Comparison, rules: Sequence[str]) -> float:
    """Percent of the official findings of `rules`, exceptions left out, that are ours too."""
    due = sum(result.official[rule] - result.excepted[rule] for rule in rules)
    return 100.0 * sum(result.agreed[rule] for rule in rules) / due if due else 100.0


def _figures(result: Comparison, rules: Sequence[str]) -> tuple[str, str, str, str, str]:
    counts = (
        sum(c[rule] for rule in rules) for c in (result.official, result.excepted, result.agreed, result.ours)
    )
    found, excepted, agreed, ours = counts
    return str(found), str(excepted), str(agreed), f"{share(result, rules):.2f}", str(ours)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement", description=__doc__)
    parser.add_argument("projects", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--at-least", type=float, default=99.0, metavar="PERCENT")
    options = parser.parse_args()
    total = Comparison()
    for project in options.projects:
        files = source_files(project)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch).resolve()
            copy_sources(project, files, folder)
            ours = ours_in(folder)
            results = official.run(folder)
            result = compare(folder, official.findings(results), ours, project.name)
        agreed = share(result, [rule for rule in SHARED if rule != APART])
        print(f"{project.name}: {len(files)} files, {agreed:.2f}% agreed")
        for line in official.unreadable(results):
            print(f"  not parsed by ESLint: {line}")
        total.add(result)
    print(f"\n{table(total)}")
    for title, listed in (
        ("Official findings that are not ours", total.missed),
        ("Documented exceptions", total.excused),
        ("Ours alone", total.extra),
    ):
        print(f"\n{title}: {len(listed)}")
        for line in listed:
            print(f"  {line}")
    if share(total, [rule for rule in SHARED if rule != APART]) < options.at_least:
        sys.exit(1)


if __name__ == "__main__":
    main()
