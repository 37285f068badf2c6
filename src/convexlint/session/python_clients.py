"""Python programs around a backend, read for what they ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from convexlint.discovery.around import MAX_BYTES
from convexlint.reading import read_regular
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.callers import ClientFile


def read_programs(
    sources: Mapping[str, bytes], top: str, *, alone: bool, unreadable: list[str] | None = None
) -> tuple[ClientFile, ...]:
    """Those that can be read and call something. What libcst cannot parse is not our code, and no finding; `unreadable`
    takes its path."""
    if not sources:
        return ()
    from convexlint.clients.python import UnreadableError, read, text_constants

    known: dict[str, Mapping[str, str]] = {}

    def constants_of(folder: str, name: str, dots: int) -> Mapping[str, str]:
        base = folder
        for _ in range(dots - 1):
            base = base.rpartition("/")[0]
        inner = name.replace(".", "/")
        for place in (
            f"{base}/{inner}.py",
            *(() if dots else (f"{top}/{inner}.py", f"{top}/src/{inner}.py")),
        ):
            if place not in known:
                try:
                    known[place] = text_constants(read_regular(place, MAX_BYTES))
                except (OSError, UnreadableError, ValueError):
                    known[place] = {}
            if known[place]:
                return known[place]
        return {}

    found = []
    for path, source in sources.items():
        folder = path.rpartition("/")[0]
        try:
            file = read(path, source, partial(constants_of, folder))
        except UnreadableError:
            if unreadable is not None:
                unreadable.append(path)
            continue
        if file.calls:
            found.append(replace(file, alone=alone))
    return tuple(found)
