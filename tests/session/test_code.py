"""What tells one build of convexlint from another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import convexlint
from convexlint.session.code import code_version


def version_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr(convexlint, "__file__", str(home / "__init__.py"))
    return code_version.__wrapped__()


def test_a_frozen_program_is_told_apart_by_its_compiled_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no sources: only `.pyc` beside each other."""
    module = tmp_path / "rules.pyc"
    module.write_bytes(b"one")
    before = version_of(tmp_path, monkeypatch)
    assert before == version_of(tmp_path, monkeypatch)
    module.write_bytes(b"other")
    assert version_of(tmp_path, monkeypatch) != before


def test_what_python_keeps_beside_sources_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules.py").write_bytes(b"")
    before = version_of(tmp_path, monkeypatch)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "rules.cpython-311.pyc").write_bytes(b"kept")
    assert version_of(tmp_path, monkeypatch) == before
    os.utime(tmp_path / "rules.py", ns=(1, 1))
    assert version_of(tmp_path, monkeypatch) != before
