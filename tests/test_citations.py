"""What the code says about Convex can be looked up: every section that it cites is one of docs/convex.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.checkout import ROOT

PAGE = (ROOT / "docs" / "convex.md").read_text(encoding="utf-8")
CITED = re.compile(r"(?:convex-facts|docs/convex\.md) ((?:\d+(?:\.\d+)?(?:,\s+and\s+|,\s+|\s+and\s+)?)+)")
PARTS = ("src", "rules", "tests", "fixtures/conventions.toml")


def headings(page: str) -> set[str]:
    return set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", page, re.MULTILINE))


def citations(text: str) -> list[str]:
    """The numbers cited in a text, also where a list of them goes on in the next line of a comment."""
    flat = re.sub(r"\n\s*#?\s*", " ", text)
    return [number for found in CITED.findall(flat) for number in re.findall(r"\d+(?:\.\d+)?", found)]


def files() -> list[Path]:
    found = [
        path
        for part in PARTS
        for path in ([ROOT / part] if (ROOT / part).is_file() else (ROOT / part).rglob("*"))
    ]
    return sorted(p for p in found if p.suffix in (".py", ".md", ".toml") and p != Path(__file__))


def test_every_cited_section_is_a_heading() -> None:
    known = headings(PAGE)
    cited = {path: citations(path.read_text(encoding="utf-8")) for path in files()}
    missing = {str(p.relative_to(ROOT)): sorted(set(c) - known) for p, c in cited.items() if set(c) - known}
    assert missing == {}
    assert sum(map(len, cited.values())) >= 30, "the pattern no longer finds citations"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ('"""Chains (docs/convex.md 4.1, 4.4): steps"""', ["4.1", "4.4"]),
        ("# Sources: convex-facts 2.1, 6 and 10. Whatever", ["2.1", "6", "10"]),
        ('"""Made (docs/convex.md 2.3,\n2.4)."""', ["2.3", "2.4"]),
        ("# see docs/convex.md 3,\n    # 9.3: both", ["3", "9.3"]),
        ("docs/convex.md is the page", []),
    ],
)
def test_citations_are_found_however_they_are_written(text: str, numbers: list[str]) -> None:
    assert citations(text) == numbers


def test_sections_are_numbered_in_order_and_each_once() -> None:
    numbers = re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", PAGE, re.MULTILINE)
    assert numbers == sorted(set(numbers), key=lambda n: [int(part) for part in n.split(".")])


def test_section_pages_link_to_the_documentation_of_convex() -> None:
    """Every chapter but the list of what is deprecated names its source there."""
    chapters = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    silent = [c.split("\n")[0] for c in chapters if "https://docs.convex.dev/" not in c]
    assert silent == ["13. Deprecated"]
