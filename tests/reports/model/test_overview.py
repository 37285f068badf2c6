"""The model for people at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from convexlint.cli.app import run
from tests.reports.model.test_model import printed, project  # noqa: F401

TEXT = ("--output-format", "text")


def test_a_terminal_gets_a_summary_and_a_pipe_json(
    project: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert printed(capsys).startswith("{")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    text = printed(capsys)
    assert "3 tables\n" in text and all(cell_len(line) <= 60 for line in text.splitlines())
    assert printed(capsys, "--output-format", "json").startswith("{")
    assert printed(capsys, "--output-file", "model.json") == ""
    assert (project / "model.json").read_text("utf-8").startswith("{")


def test_the_summary_says_what_there_is_and_what_stands_open(
    project: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys, *TEXT)
    for line in (
        "convex  convex of unknown version",
        "  notes  3 fields, 1 index, read by 0, written by 0, points to rooms, people",
        " functions  ",
        "1 internal mutation, 1 public query",
        "1 public function without an access check",
        "  rooms:find  query: reads rooms",
        "1 index that no query uses",
        "  notes.by_room",
        "  freshen  interval { minutes: 5 } runs rooms:rename",
        "  POST /ping",
    ):
        assert line in text, line
    assert "without a bound" not in text


def test_long_lists_are_cut(
    project: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    body = "".join(
        f"export const q{n} = query({{ args: {{}}, handler: async (ctx) => await ctx.db.query('rooms').collect() }});\n"
        for n in range(20)
    )
    (project / "convex/many.ts").write_text('import { query } from "./_generated/server";\n' + body)
    text = printed(capsys, *TEXT)
    assert "21 public functions without an access check" in text and "  and 9 more" in text
    assert "20 reads without a bound" in text and "  and 8 more" in text
    assert run(["model", "--isolated", "--no-cache", *TEXT, "--output-file", "m.txt"]) == 0
    assert "20 reads without a bound" in (project / "m.txt").read_text("utf-8")
