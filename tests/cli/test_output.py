"""Encodings, escapes and the progress bar."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pytest

from convexlint.cli import progress
from convexlint.cli.output import complain, write_file, write_text


def test_characters_that_the_stream_cannot_hold_are_escaped() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    write_text("a é\n", stream)
    assert stream.buffer.getvalue() == b"a \\xe9\n"


def test_errors_never_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    complain("no \x1b[31mfile\nsecond \udcff", "look\x07")
    assert capsys.readouterr().err == "error: no \\x1b[31mfile\n  second \\xff\nhelp: look\\x07\n"


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report"
    target.write_bytes(b"old")

    def fail(self: Path, other: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_file(str(target), b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("report", b"old")]


def test_a_link_keeps_pointing_to_the_file_that_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "report", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_file(str(link), b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(seconds: float) -> None:
    with progress.shown(wanted=True) as report:
        report("parse", 0, 10)
        time.sleep(seconds)
        report("parse", 5, 10)


def test_long_work_shows_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 0.02)
    monkeypatch.setattr(progress, "_INTERVAL", 0)
    monkeypatch.setenv("TERM", "xterm")
    work(0.05)
    assert "parse" in terminal.getvalue() and "5/10" in terminal.getvalue()


def test_short_work_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    work(0)
    assert terminal.getvalue() == ""


def test_no_bar_is_drawn_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    work(0.02)
    assert pipe.getvalue() == ""
    assert progress.last_stage() == "parse"
