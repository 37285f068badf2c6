"""Where text goes: stdout, stderr or a file; whether it may have colour; and how errors are worded."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from convexlint.reports.escape import visible_lines
from convexlint.reports.paint import Line, coloured, plain


def wants_colour(choice: str, stream: TextIO) -> bool:
    """`choice`: auto, always or never. auto: not where NO_COLOR is set (https://no-color.org), always where
    FORCE_COLOR or CLICOLOR_FORCE is (logs of CI show colour and are not a terminal), else on terminals."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE")
    if forced:
        return forced.lower() not in ("0", "false")
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(lines: Iterable[Line], choice: str, stream: TextIO) -> str:
    """Lines as text for `stream`."""
    return coloured(lines) if wants_colour(choice, stream) else plain(lines)


def write_text(text: str, stream: TextIO) -> None:
    """Write all of `text`; what the stream's encoding cannot hold is written as escapes."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def write_bytes(data: bytes, stream: TextIO) -> None:
    """Write bytes as they are (JSON, diffs, fixed sources)."""
    stream.flush()
    stream.buffer.write(data)
    stream.buffer.flush()


def write_file(path: str, data: bytes) -> None:
    """Write a whole file at once: readers see the old text or the new, never half. Raises OSError."""
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with target.open("wb") as device:  # a pipe or /dev/null must not be replaced by a file
            device.write(data)
        return
    import tempfile  # most runs write no file

    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask if mode is None else stat.S_IMODE(mode))
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def complain(error: str, help_: str | None = None) -> None:
    """`error: ...` and `help: ...` on stderr. A `; did you mean ...` at the end of the error is the help."""
    error, separator, hint = error.rpartition("; did you mean ")
    if not separator:
        error, hint = hint, ""
    lines = [f"error: {line}" if i == 0 else f"  {line}" for i, line in enumerate(visible_lines(error))]
    if hint:
        lines.append(f"help: did you mean {' '.join(visible_lines(hint))}")
    elif help_ is not None:
        lines += [f"help: {line}" for line in visible_lines(help_)]
    _tell("".join(line + "\n" for line in lines))


def note(text: str) -> None:
    """`note: ...` on stderr: worth knowing, no failure."""
    _tell(f"note: {' '.join(visible_lines(text))}\n")


def _tell(text: str) -> None:
    """Write to stderr. Where it takes no more, nobody can be told so; the exit status still says what it has to."""
    with contextlib.suppress(OSError, ValueError):
        write_text(text, sys.stderr)


def quietly_closed() -> None:
    """The reader of stdout went away (`| head`): let Python's own flush at exit find nothing to fail on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
