"""The model for people at a terminal: how much there is, what stands open, what costs, what runs by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from convexlint.reports.escape import visible
from convexlint.reports.paint import Line, Piece
from convexlint.reports.summary import counted
from convexlint.reports.wrap import wrap

Data = dict[str, Any]

# Of each list no more than these are printed; JSON and the page have all.
_LEVELS = ("open", "signed in", "role", "owner", "secret")
_MOST = 12
_WIDTH = 100


def overview(projects: Sequence[Data], *, width: int | None = None) -> list[Line]:
    """The projects one after another. `width`: columns of the terminal."""
    lines: list[Line] = []
    for project in projects:
        if lines:
            lines.append([])
        lines += _project(project)
    lines += [
        [],
        [("`convexlint model --output-format html --output-file model.html` makes a page of it.", "dim")],
    ]
    return [part for line in lines for part in wrap(line, width or _WIDTH, 4)]


def _project(project: Data) -> list[Line]:
    functions = [one for one in project["functions"] if one["path"] is not None]
    public = [
        one
        for one in functions
        if one["visibility"] == "public" and one["kind"] != "httpAction" and not project["component"]
    ]
    unchecked = [one for one in public if one["access"] is None]
    unused = [
        f"{table['name']}.{index['name']}"
        for table in project["tables"]
        for index in table["indexes"]
        if not index["uses"] and index["kind"] != "vector"
    ]
    version = (
        f"convex {project['convex_version']}" if project["convex_version"] else "convex of unknown version"
    )
    lines: list[Line] = [[(visible(project["functions_dir"]), "path"), (f"  {version}", "dim")]]
    lines += _section(f"{counted(len(project['tables']), 'table')}", "", map(_table, project["tables"]))
    lines.append([])
    kinds = Counter(f"{one['visibility'] or ''} {one['kind']}".strip() for one in functions)
    words = ", ".join(counted(number, kind) for kind, number in sorted(kinds.items()))
    lines.append([(counted(len(functions), "function"), "path"), (f"  {words}", "")])
    asked = Counter(one["standing"]["level"] for one in public)
    if asked:
        levels = ", ".join(f"{asked[level]} {level}" for level in _LEVELS if asked[level])
        lines.append([("public functions ask for", "path"), (f"  {levels}", "")])
    lines += _section(
        f"{counted(len(unchecked), 'public function')} without an access check",
        "warning",
        map(_function, unchecked),
    )
    lines += _section(
        f"{counted(len(project['unbounded_reads']), 'read')} without a bound",
        "warning",
        map(_read, project["unbounded_reads"]),
    )
    lines += _section(
        f"{counted(len(unused), 'index')} that no query uses",
        "warning",
        ([(visible(name), "")] for name in unused),
    )
    lines += _section(counted(len(project["crons"]), "cron job"), "", map(_cron, project["crons"]))
    lines += _section(counted(len(project["routes"]), "HTTP route"), "", map(_route, project["routes"]))
    for gap in project["schema"]["gaps"]:
        lines.append([("not followed: ", "warning"), (visible(gap), "")])
    return lines


def _section(title: str, style: str, items: Iterable[list[Piece]]) -> list[Line]:
    entries = list(items)
    if not entries:
        return []
    lines: list[Line] = [[], [(title, style or "path")]]
    lines += [[("  ", ""), *entry] for entry in entries[:_MOST]]
    if len(entries) > _MOST:
        lines.append([(f"  and {len(entries) - _MOST} more", "dim")])
    return lines


def _table(table: Data) -> list[Piece]:
    words = [counted(len(table["fields"]), "field"), counted(len(table["indexes"]), "index")]
    words += [f"read by {len(table['read_by'])}", f"written by {len(table['written_by'])}"]
    points = f", points to {', '.join(table['references'])}" if table["references"] else ""
    return [(visible(table["name"]), ""), (visible(f"  {', '.join(words)}{points}"), "dim")]


def _function(function: Data) -> list[Piece]:
    does = []
    for effect in function["effects"]:
        if effect["table"] is not None:
            does.append(f"{'writes' if effect['kind'] == 'db-write' else 'reads'} {effect['table']}")
        else:
            does.append(effect["kind"])
    words = ", ".join(dict.fromkeys(does))
    return [
        (visible(function["path"]), ""),
        (visible(f"  {function['kind']}: {words or 'does nothing known'}"), "dim"),
    ]


def _read(read: Data) -> list[Piece]:
    place = read["place"]
    where = f"{place['path']}:{place['line']}:{place['column']}"
    return [(visible(where), ""), (visible(f"  all of {read['table'] or 'a table'}"), "dim")]


def _cron(job: Data) -> list[Piece]:
    runs = f" runs {job['function']}" if job["function"] else ""
    return [
        (visible(job["name"] or "?"), ""),
        (visible(f"  {job['method']} {job['schedule'] or ''}{runs}"), "dim"),
    ]


def _route(route: Data) -> list[Piece]:
    path = f"{route['path'] or '?'}{'*' if route['prefix'] else ''}"
    runs = f"  runs {route['function']}" if route["function"] else ""
    return [(visible(f"{route['method'] or '?'} {path}"), ""), (visible(runs), "dim")]
