"""The benchmark of what clients cost tells both kinds of runs, and whether they are within the bound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import clients

_LINE = re.compile(
    r"(?:cold|warm): backend \d+\.\d\d, with clients \d+\.\d\d: they add -?\d+\.\d\d \(-?\d+%\), bound \d+\.\d\d"
)


def project(folder: Path) -> Path:
    (folder / "convex").mkdir()
    (folder / "package.json").write_text('{"dependencies": {"convex": "1.31.0"}}')
    (folder / "convex" / "tasks.ts").write_text(
        'import { query } from "./_generated/server";\n'
        "export const list = query({ args: {}, handler: async () => 1 });\n"
    )
    (folder / "page.tsx").write_text(
        'import { useQuery } from "convex/react";\nimport { api } from "./convex/_generated/api";\n'
        "export const Page = () => <p>{useQuery(api.tasks.list)}</p>;\n"
    )
    return folder


def test_both_kinds_of_runs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = clients.main([str(project(tmp_path)), "--runs", "1"])
    head, *lines = capsys.readouterr().out.splitlines()
    assert "2 scripts" in head
    assert [line.partition(":")[0] for line in lines] == ["cold", "warm"]
    assert all(_LINE.fullmatch(line) for line in lines)
    assert status in (0, 1)


def test_a_run_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="error"):
        clients.main([str(tmp_path), "--runs", "1"])
