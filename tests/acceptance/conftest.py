"""The real command line, run inside of the test on a small project in a temporary folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from convexlint.cli.app import run


class Ran(NamedTuple):
    """What a run left."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON that it printed."""
        read: dict[str, Any] = json.loads(self.out)
        return read

    @property
    def found(self) -> list[tuple[str, str, int, int]]:
        """(path, rule, line, column) of each finding of a JSON report."""
        return [
            (d["path"], d["rule"], d["range"]["start"]["line"], d["range"]["start"]["column"])
            for d in self.report["diagnostics"]
        ]


class Project:
    """A folder that is the working folder: `write` puts files there, `run` starts the command line."""

    def __init__(self, root: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capture = capture

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def run(self, *arguments: str) -> Ran:
        status = run(arguments)
        out, err = self._capture.readouterr()
        return Ran(status, out, err)

    def check(self, *arguments: str) -> Ran:
        """`check` with a JSON report and no cache."""
        return self.run("check", "--no-cache", "--output-format", "json", *arguments)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, capfd)
