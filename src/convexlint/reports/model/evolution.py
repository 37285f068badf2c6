"""A change as a page for a pull request: what is added, changed and removed since a revision, and what it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexlint.findings import Finding, Level
from convexlint.program.evolution.comparison import (
    Change,
    Changed,
    ChangedIndex,
    Comparison,
    Detail,
    comparison,
)
from convexlint.program.program import Program
from convexlint.reports.escape import visible
from convexlint.reports.places import Places
from convexlint.rules import loader
from convexlint.rules.rule import NoOptions

MOST_ROWS = 200
"""Rows of a table; a page of a service has its bounds."""

_RULES = ("breaking-schema-change", "breaking-function-change", "dropped-table", "index-rebuilt")
_WIDEST = 120
_SIGNS: dict[Change, str] = {"added": "+ added", "changed": "~ changed", "removed": "− removed"}


def evolution(programs: Sequence[Program], cwd: str, revision: str) -> str:
    """The page, as markdown. `cwd`: the folder that paths are relative to; `revision`: as it was asked for."""
    lines: list[str] = []
    for program in programs:
        places = Places({m.path: m.source for m in program.modules}, cwd)
        folder = places.path(program.project.functions_dir)
        lines += [f"## Convex: `{_code(folder)}` since `{_code(revision)}`", ""]
        lines += [*_project(program, comparison(program), places, revision)]
    return "\n".join(lines).rstrip() + "\n"


def _project(program: Program, found: Comparison, places: Places, revision: str) -> Iterator[str]:
    if found.revision is None:
        yield from (f"`{_code(revision)}` has no Convex project here: everything is new.", "")
    changes = (found.tables, found.indexes, found.functions, found.routes)
    if not any(changes):
        yield from ("Nothing changes in tables, indexes, functions or routes.", "")
        return
    findings = list(_findings(program)) if found.revision is not None else []
    errors = sum(level is Level.ERROR for level, _ in findings)
    warnings = sum(level is Level.WARNING for level, _ in findings)
    if errors or warnings:
        counts = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
        yield from (f"**This change breaks what is out there** ({counts}).", "")
    else:
        yield from ("**This change breaks nothing that is out there.**", "")
    for level, finding in findings:
        line = places.at(finding.path, finding.span.start)[0]
        where = f"`{_code(places.path(finding.path))}:{line}`"
        yield f"- **{level.value}** {where}: {_text(finding.message)}."
        if finding.help:
            yield f"  {_text(finding.help[:1].upper() + finding.help[1:])}."
    if findings:
        yield ""
    yield from _table(
        "Tables", ("table", "change", "fields", "breaking"), [_changed(one) for one in found.tables]
    )
    yield from _table(
        "Indexes", ("index", "change", "fields", "at the push"), [_index(one) for one in found.indexes]
    )
    functions = sorted(found.functions, key=lambda one: (not one.what.startswith("public"), one.name))
    rows = [(row[0], one.what, *row[1:]) for one, row in ((one, _changed(one)) for one in functions)]
    yield from _table("Functions", ("function", "kind", "change", "what changes", "breaking"), rows)
    routes = [
        (f"`{_code(one.name)}`", _SIGNS[one.change], "**yes**" if one.breaking else "no")
        for one in found.routes
    ]
    yield from _table("HTTP routes", ("route", "change", "breaking"), routes)


def _findings(program: Program) -> Iterator[tuple[Level, Finding]]:
    """What the rules on evolution say, the gravest first."""
    known = {rule.name: rule for rule in loader.load_rules()}
    found = [
        (finding.level or known[name].level or Level.WARNING, finding)
        for name in _RULES
        for finding in known[name].check(program, NoOptions())
    ]
    yield from sorted(found, key=lambda one: (-one[0].rank, one[1].path, one[1].span))


def _changed(one: Changed) -> tuple[str, str, str, str]:
    details = "<br>".join(_detail(detail, one.change) for detail in one.details)
    return f"`{_code(one.name)}`", _SIGNS[one.change], details, "**yes**" if one.breaking else "no"


def _detail(detail: Detail, change: Change) -> str:
    name = f"`{_code(detail.name)}`" if detail.name else "the whole"
    if change != "changed":
        return f"{name}: `{_short(detail.new or detail.old)}`"
    if detail.change == "added":
        return f"+ {name}: `{_short(detail.new)}`"
    if detail.change == "removed":
        return f"− {name}: `{_short(detail.old)}`"
    return f"~ {name}: {_pair(detail.old, detail.new)}"


def _index(one: ChangedIndex) -> tuple[str, str, str, str]:
    change = f"renamed, was `{_code(one.was)}`" if one.was else _SIGNS[one.change]
    both = one.old and one.new and one.old != one.new
    fields = _pair(one.old, one.new) if both else f"`{_short(one.new or one.old)}`"
    push = "built over all documents" if one.built else "dropped" if one.change == "removed" else "built"
    return (
        f"`{_code(one.table)}.{_code(one.name)}`",
        change,
        fields,
        push + (", and waited for" if one.waits else ""),
    )


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    yield from (f"### {title}", "", f"| {' | '.join(head)} |", "|" + " --- |" * len(head))
    yield from (
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows[:MOST_ROWS]
    )
    if len(rows) > MOST_ROWS:
        yield from ("", f"... and {len(rows) - MOST_ROWS} more.")
    yield ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _pair(old: str, new: str) -> str:
    """Two texts side by side; long ones from a little before where they part."""
    start = 0
    if max(len(old), len(new)) > _WIDEST:
        start = max(
            0, next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0) - _WIDEST // 4
        )
    cut = "..." if start else ""
    return f"`{_short(cut + old[start:])}` → `{_short(cut + new[start:])}`"


def _short(text: str) -> str:
    return _code(text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "...")


def _code(text: str) -> str:
    """Text inside of backticks: it ends neither them nor the line."""
    return visible(text).replace("`", "'")


def _text(text: str) -> str:
    """A message of ours, in which a name may hold what markdown or HTML would take for its own."""
    return visible(text).replace("<", "&lt;").replace("\n", " ").rstrip(".")
