"""The unified diff of what fixes do, byte for byte, in the form that `git apply` and `patch -p1` take."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import unified_diff

from convexlint.discovery.listing import parent
from convexlint.reports.escape import visible
from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line


def diff(outcome: Results, cwd: str) -> bytes:
    """All changes of a run, by path; empty when there are none. Names are relative to `home(outcome, cwd)`."""
    prefix = home(outcome, cwd).rstrip("/") + "/"  # of no home only "/", which no path on a drive begins with
    return b"".join(
        file_diff(path.removeprefix(prefix), outcome.before[path], outcome.sources[path])
        for path in _changed(outcome)
    )


def home(outcome: Results, cwd: str) -> str:
    """The folder in which the patch is to be applied: `cwd`, or the nearest one above it that holds all changed
    files, since no name in a patch may lead upwards. Empty where there is none, since they lie on several drives: names
    are then whole paths."""
    try:
        return os.path.commonpath([cwd, *map(parent, _changed(outcome))]).replace(os.sep, "/")
    except ValueError:
        return ""


def _changed(outcome: Results) -> list[str]:
    return [path for path in sorted(outcome.before) if outcome.before[path] != outcome.sources[path]]


def file_diff(name: str, before: bytes, after: bytes) -> bytes:
    """The change of one file; `name` is relative to the folder in which the diff is to be applied."""
    lines = unified_diff(_lines(before), _lines(after), lineterm="\n")
    header = b"--- " + _quoted(b"a/", name) + b"\n+++ " + _quoted(b"b/", name) + b"\n"
    return header + b"".join(_body(lines))


def painted(text: bytes) -> list[Line]:
    """A diff as a terminal shows it: coloured, and with nothing in it that could steer the terminal."""
    lines: list[Line] = []
    for line in text.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        style = {"+": "added", "-": "removed", "@": "info"}.get(line[:1], "")
        if line.startswith(("--- ", "+++ ")):
            style = "path"
        shown = "".join(part if part == "\t" else visible(part) for part in _tabs(line))
        lines.append([(shown, style)])
    return lines


def _tabs(line: str) -> Iterable[str]:
    first, *rest = line.split("\t")
    yield first
    for part in rest:
        yield "\t"
        yield part


def _lines(text: bytes) -> list[str]:
    """Lines as git sees them: only `\\n` ends one. Bytes become the code points of the same number."""
    pieces = text.decode("latin-1").split("\n")
    last = pieces.pop()
    return [piece + "\n" for piece in pieces] + ([last] if last else [])


def _body(lines: Iterable[str]) -> Iterable[bytes]:
    for index, line in enumerate(lines):
        if index < 2:  # the header that we write ourselves, with git's quoting
            continue
        encoded = line.encode("latin-1")
        yield encoded if line.endswith("\n") else encoded + b"\n\\ No newline at end of file\n"


def _quoted(prefix: bytes, name: str) -> bytes:
    """A name as git writes it: in C quotes when it holds a quote, a backslash or a control character; or one that
    reorders the text around it."""
    raw = prefix + name.encode("utf-8", "surrogateescape")
    steers = visible(name) != name
    if steers or any(byte in b'"\\' for byte in raw):
        escaped = b"".join(
            b"\\" + bytes([byte])
            if byte in b'"\\'
            else b"\\%03o" % byte
            if byte < 0x20 or byte == 0x7F or (steers and byte > 0x7F)
            else bytes([byte])
            for byte in raw
        )
        return b'"' + escaped + b'"'
    # After a name with a space git ends the name by a tab, else it would read the rest as a date.
    return raw + b"\t" if b" " in raw else raw
