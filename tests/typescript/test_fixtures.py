"""Every clean fixture is a project that TypeScript accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.typescript.compiler import check, read_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("typescript"), pytest.mark.usefixtures("typescript")]

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def test_clean_fixtures_compile() -> None:
    clean = sorted(FIXTURES.glob("*/clean"))
    assert clean, "fixtures/ holds no clean project"
    errors = check({folder.parent.name: read_project(folder) for folder in clean})
    assert errors == {folder.parent.name: () for folder in clean}
