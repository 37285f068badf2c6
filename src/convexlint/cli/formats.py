"""The formats of a report, and where reports go: known before any of them is imported."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click
from msgspec import Struct

FORMATS = ("text", "concise", "json", "agent", "sarif", "github", "gitlab", "junit", "rdjson", "html")
"""What --output-format takes."""

DATA = ("json", "sarif", "github", "gitlab", "junit", "rdjson", "html")
"""Those that are UTF-8 whatever the terminal's encoding is."""


class Target(Struct, frozen=True):
    """A report: its format, and the file that it goes to (None: stdout)."""

    format: str
    file: str | None


def targets(chosen: str | None, files: Iterable[str]) -> tuple[Target, ...]:
    """The reports of a run: `chosen` by --output-format, `files` as --output-file names them.

    A plain FILE takes the chosen format and leaves stdout empty; FORMAT=FILE leaves it as it is. Without a choice the
    format is text, or github where GitHub Actions runs us and no plain FILE asks. Raises click.UsageError where two
    reports would go to one file.
    """
    named: list[Target] = []
    plain: list[str] = []
    for value in files:
        format_, equals, file = value.partition("=")
        if equals and format_ in FORMATS:
            if not file:
                raise click.UsageError(f"--output-file {value} names no file")
            named.append(Target(format_, file))
        else:
            plain.append(value)
    if chosen is None:
        in_actions = os.environ.get("GITHUB_ACTIONS", "").lower() == "true"
        chosen = "github" if in_actions and not plain else "text"
    first = [Target(chosen, file) for file in plain] or [Target(chosen, None)]
    _refuse_doubles([one.file for one in (*first, *named) if one.file is not None])
    return (*first, *named)


def _refuse_doubles(files: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for file in files:
        real = os.path.normcase(os.path.realpath(file))
        if real in seen:
            raise click.UsageError(f"--output-file names one file for two reports: {seen[real]} and {file}")
        seen[real] = file
