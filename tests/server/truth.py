"""What `check` says of the bytes that an editor holds: the measure of every published diagnostic."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from convexlint.reports.positions import Positions
from convexlint.session import NoProjectError, Request, check

Seen = tuple[str, int, int, int, int, str, str]
"""Rule, start line and column, end line and column (from 1, in code points), level, message with its help."""
LEVELS = {1: "error", 2: "warning", 3: "info"}


def checked(folder: Path, texts: Mapping[str, str]) -> dict[str, list[Seen]]:
    """By path below the folder: a fresh check of a copy of the folder in which the texts stand on disk."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary).resolve() / folder.name
        shutil.copytree(folder, copy, symlinks=True)
        for path, text in texts.items():
            there = copy / Path(path).relative_to(folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(text.encode("utf-8", "replace"))
        try:
            outcome = check(Request(paths=(str(copy),), jobs=1))
        except NoProjectError:
            return {}
        found: dict[str, list[Seen]] = {}
        for diagnostic in outcome.diagnostics:
            finding = diagnostic.finding
            place = Positions(outcome.sources[finding.path]).range(finding.span.start, finding.span.end)
            message = finding.message if finding.help is None else f"{finding.message}\n{finding.help}"
            name = Path(finding.path).relative_to(copy).as_posix()
            found.setdefault(name, []).append(
                (
                    diagnostic.rule,
                    place.start.line,
                    place.start.column,
                    place.end.line,
                    place.end.column,
                    diagnostic.level.value,
                    message.replace(copy.as_posix(), folder.as_posix()),
                )
            )
        return {name: sorted(some) for name, some in found.items()}


def published(folder: Path, diagnostics: Mapping[str, list[dict[str, object]]]) -> dict[str, list[Seen]]:
    """The same of what a server published in units of code points."""
    found: dict[str, list[Seen]] = {}
    for path, some in diagnostics.items():
        seen = []
        for one in some:
            place: dict[str, dict[str, int]] = one["range"]  # type: ignore[assignment]
            start, end = place["start"], place["end"]
            seen.append(
                (
                    str(one["code"]),
                    start["line"] + 1,
                    start["character"] + 1,
                    end["line"] + 1,
                    end["character"] + 1,
                    LEVELS[one["severity"]],  # type: ignore[index]
                    str(one["message"]),
                )
            )
        if seen:
            found[Path(path).relative_to(folder).as_posix()] = sorted(seen)
    return found
