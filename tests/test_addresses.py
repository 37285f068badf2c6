"""The one constant by which rules get a page: set, everything follows; unset, nothing names an address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convexlint import addresses
from convexlint.reports.json import json_report
from convexlint.session import Request, check
from tests.checkout import ROOT

SOURCE = 'import { query } from "./_generated/server";\nexport const list = query(async () => 1);\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "convex").mkdir()
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "convex" / "notes.ts").write_text(SOURCE)
    return tmp_path


def urls(project: Path) -> set[str | None]:
    found = json.loads(json_report(check(Request((str(project),))), str(project), fixing=False))[
        "diagnostics"
    ]
    assert found
    return {one["url"] for one in found if one["rule"] == "no-old-registered-function-syntax"}


def test_before_a_release_there_is_no_address(project: Path) -> None:
    assert addresses.HOME is None
    assert urls(project) == {None}


def test_with_a_home_each_finding_names_the_page_of_its_rule(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "HOME", "https://lint.invalid/")
    assert urls(project) == {"https://lint.invalid/rules/no-old-registered-function-syntax/"}


def test_no_other_place_names_an_address_of_ours() -> None:
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert "convexlint.dev" not in text and "convexlint.io" not in text and "github.io" not in text, path
