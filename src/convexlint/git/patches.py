"""The lines that a patch of git adds, file by file."""

from __future__ import annotations

import re
from collections.abc import Iterable

Lines = tuple[tuple[int, int], ...]
"""Ranges of lines: first and last, counted from 1, in order. Lines end with `\\n`, as git counts them."""

_HUNK = re.compile(rb"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def added_lines(text: bytes) -> Iterable[tuple[bytes, Lines | None]]:
    """For each file of `git diff -z --raw -p -U0 --no-prefix` its name and the lines that are new in it."""
    raw, _, patches = text.partition(b"\0\0")
    at = 0
    # The patches come in the order of the names, each under its own; where a file became a link, two of them.
    for name in dict.fromkeys(raw.split(b"\0")[1::2]):
        head = b"diff --git %b %b\n" % (name, name)
        found = patches.find(head, at)
        if found < 0:  # a name that breaks the line: all of it counts
            yield name, None
            continue
        at = found
        lines: list[tuple[int, int]] = []
        while at < len(patches) and (
            patches.startswith(head, at) or not patches.startswith(b"diff --git ", at)
        ):
            hunk = _HUNK.match(patches, at)
            at = _after_line(patches, at)
            if hunk is not None:
                old, first, new = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
                at = _after_hunk(patches, at, old + new)
                if new:
                    lines.append((first, first + new - 1))
        yield name, tuple(lines)


def _after_hunk(patches: bytes, at: int, lines: int) -> int:
    """Where the text goes on after so many lines of files; a remark of git between them is none."""
    while lines and at < len(patches):
        lines -= not patches.startswith(b"\\", at)
        at = _after_line(patches, at)
    return at


def _after_line(text: bytes, at: int) -> int:
    end = text.find(b"\n", at)
    return len(text) if end < 0 else end + 1
