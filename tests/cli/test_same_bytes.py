"""Every report that programs read is the same, cold or from the cache, however many processes work."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.cli.app import run
from convexlint.cli.formats import FORMATS
from tests.checkout import fixtures

PROJECT = fixtures() / "notes" / "broken"


def test_cold_warm_and_on_two_processes_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONVEXLINT_CACHE_DIR", str(tmp_path / "cache"))

    def written(name: str, *options: str) -> dict[str, bytes]:
        folder = tmp_path / name
        folder.mkdir()
        files = [part for form in FORMATS for part in ("--output-file", f"{form}={folder / form}")]
        assert run(["check", str(PROJECT), "--output-format", "concise", *files, *options]) == 1
        return {form: (folder / form).read_bytes() for form in FORMATS}

    cache = ("--cache-dir", str(tmp_path / "cache"))
    cold = written("cold", *cache)
    assert all(cold.values())
    assert written("warm", *cache) == cold
    assert written("two", "--no-cache", "--jobs", "2") == cold
