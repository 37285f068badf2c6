"""The project that config tests stand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from .common import Place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A project in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "convex").mkdir()
    return Place(str(tmp_path), str(tmp_path / "convex"))
