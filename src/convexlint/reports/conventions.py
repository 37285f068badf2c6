"""What `convexlint init` shows and writes: the habits found, and a config under which the majority is the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tomli

from convexlint.program.conventions import Conventions, IndexHabit, Share
from convexlint.reports.summary import counted

SCHEMA = "https://github.com/convexlint/convexlint/releases/latest/download/convexlint.schema.json"
"""Where editors find what `convexlint config --schema` prints."""

ENOUGH = 4  # fewer cases than this are not a habit


def found(conventions: Conventions, clients: Sequence[tuple[str, int]]) -> list[tuple[str, str]]:
    """(matter, what was found) in the order of the config."""
    c = conventions
    prefix, separator = c.indexes.style
    rows = [
        (
            "index names",
            f"{c.indexes.any_form} list their fields; {c.indexes.exact} exactly as {_example(prefix, separator)}",
        ),
        ("args validators", f"{c.args_all} functions, {c.args_public} public ones"),
        ("returns validators", f"{c.returns_all} functions, {c.returns_public} public ones"),
        ("table names in ctx.db calls", str(c.table_names)),
        ("access checks", f"{c.access} public functions"),
        ("public functions run by the server", f"{c.public_calls_from_server} references"),
    ]
    if c.access_helpers:
        names = ", ".join(f"{name} ({count})" for name, count in c.access_helpers[:8])
        rows.append(("helpers that check access", names))
    for builder in c.builders:
        what = f"{builder.visibility} {builder.kind}" if builder.known else "not understood"
        checks = ", checks access" if builder.authenticated else ""
        rows.append((f"builder {builder.name}", f"{builder.uses} uses: {what}{checks}"))
    rows += [(f"clients {glob}", f"{count} files") for glob, count in clients]
    return rows


def stricter(text: str, findings: Mapping[str, tuple[int, int]], off: Sequence[str]) -> list[tuple[str, str]]:
    """(what to write, what it would bring) for each rule that the config `text` holds back, and for the preset
    `strict`. `findings`: for each rule what it would find at its default, and how much of that `--fix` mends. `off`:
    the rules that are off by default."""
    rows = []
    for name, entry in tomli.loads(text).get("rules", {}).items():
        if _holds_back(entry):
            rows.append((f"delete the line of {name}", _cost(*findings.get(name, (0, 0)))))
    counts = [findings.get(name, (0, 0)) for name in off]
    more = sum(count for count, _ in counts), sum(mended for _, mended in counts)
    rows.append(('extends = ["strict"]', f"{len(off)} rules more: {_cost(*more)}"))
    return rows


def _holds_back(entry: object) -> bool:
    if isinstance(entry, dict):
        return entry.get("scope") == "public" or entry.get("fields") == "first"
    return entry in ("off", "info")


def _cost(count: int, mended: int) -> str:
    if not count:
        return "nothing to do"
    return counted(count, "finding") + (f", {mended} of them mended by --fix" if mended else "")


def _example(prefix: str, separator: str) -> str:
    return f'"{prefix}a{separator}b"'


def config_text(conventions: Conventions, clients: Sequence[tuple[str, int]]) -> str:
    """The commented convexlint.toml."""
    c = conventions
    lines = [
        f"#:schema {SCHEMA}",
        "# Written by `convexlint init` from what this project does; every number is a count made then.",
        "# `convexlint rule NAME` explains a rule, `convexlint config` shows what is in force.",
        "",
        'extends = ["recommended"]',
        "",
        "[rules]",
    ]
    lines += _indexes(c.indexes)
    lines += _args(c)
    lines += _returns(c)
    lines += _table_names(c.table_names)
    lines += _access(c.access)
    lines += _builders(c)
    lines += _clients(clients)
    return "\n".join(lines) + "\n"


def _indexes(habit: IndexHabit) -> list[str]:
    if habit.any_form.total < ENOUGH:
        return []
    prefix, separator = habit.style
    if habit.exact.most:
        return [
            f"# {habit.exact} indexes are named {_example(prefix, separator)} after their fields.",
            f'index-naming = {{ prefix = "{prefix}", separator = "{separator}", casing = "exact" }}',
        ]
    if habit.any_form.most:
        return [f"# {habit.any_form} indexes name all their fields, in one form or another: the default."]
    if habit.first.most:
        return [
            f"# {habit.first} indexes name at least their first field; {habit.any_form} name all.",
            'index-naming = { fields = "first" }',
        ]
    return [f"# Only {habit.first} indexes name their fields.", 'index-naming = "off"']


def _args(c: Conventions) -> list[str]:
    if c.args_all.total < ENOUGH or c.args_all.most:
        return [f"# {c.args_all} functions validate their arguments: the default asks all to."]
    return [
        f"# {c.args_all} functions validate their arguments, {c.args_public} public ones.",
        'require-args-validator = { scope = "public" }',
    ]


def _returns(c: Conventions) -> list[str]:
    if c.returns_all.total >= ENOUGH and c.returns_all.most:
        return [
            f"# {c.returns_all} functions declare what they return.",
            'require-returns-validator = { scope = "all" }',
        ]
    if c.returns_public.total >= ENOUGH and c.returns_public.most:
        return [f"# {c.returns_public} public functions declare what they return: the default asks them to."]
    return [
        f"# Only {c.returns_public} public functions declare what they return.",
        'require-returns-validator = "off"',
    ]


def _table_names(share: Share) -> list[str]:
    if share.total < ENOUGH or share.most:
        return [f"# {share} ctx.db calls by id name their table: the default asks all to."]
    return [
        f"# Only {share} ctx.db calls by id name their table. To adopt the form: delete this line, then run",
        "# `convexlint check --select explicit-table-ids --fix`.",
        'explicit-table-ids = "off"',
    ]


def _access(share: Share) -> list[str]:
    if share.total < ENOUGH or share.most:
        return [f"# {share} public functions check who calls them: the default asks all that touch data to."]
    return [
        f"# Only {share} public functions check who calls them; the others are shown as advice.",
        'require-access-control = "info"',
    ]


def _builders(c: Conventions) -> list[str]:
    lines: list[str] = []
    if c.access_helpers:
        names = ", ".join(name for name, _ in c.access_helpers[:8])
        lines += [
            "",
            "[auth]",
            f"# Understood without being named here: {names}.",
            "# functions = []",
            "# public = []",
        ]
    unknown = [b for b in c.builders if not b.known]
    if unknown:
        lines += [
            "",
            "# These look like builders, but what they build cannot be seen: say it here.",
            "[builders]",
        ]
        lines += [
            f'# {b.name} = {{ kind = "query", visibility = "public", authenticated = false }}  # {b.uses} uses'
            for b in unknown
        ]
    return lines


def _clients(clients: Sequence[tuple[str, int]]) -> list[str]:
    if not clients:
        return []
    globs = ", ".join(f'"{glob}"' for glob, _ in clients)
    return ["", "# Files outside of the functions folder that call it.", "[clients]", f"paths = [{globs}]"]
