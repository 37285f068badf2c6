"""The examples of the rule cards compile, or the compiler refuses them with the codes that they name."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

import pytest

from convexlint.rules.card import OLD, Source, cards_folder, load_card
from tests.typescript.compiler import CompileError, check

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("typescript"), pytest.mark.usefixtures("typescript")]

CARDS = sorted(path.stem for path in cards_folder().glob("*.md"))
SOURCES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


def project(files: Mapping[str, Source]) -> dict[str, str]:
    """An example's files as a project: the card's paths are relative to the functions folder."""
    return {
        posixpath.normpath(f"convex/{path}"): source.text
        for path, source in files.items()
        if path.endswith(SOURCES) and not path.startswith(OLD)
    }


@pytest.fixture(scope="module")
def verdicts() -> dict[str, tuple[CompileError, ...]]:
    """What the compiler says of every example of every card, before and after the fix, in one run."""
    projects = {}
    for card in CARDS:
        for example in load_card(card).examples:
            projects[f"{card}: {example.title}"] = project(example.files)
            if example.fixed:
                projects[f"{card}: {example.title}, fixed"] = project(example.fixed_files)
    return check(projects)


@pytest.mark.parametrize("card", CARDS)
def test_examples_give_the_errors_they_name_and_no_other(
    card: str, verdicts: dict[str, tuple[CompileError, ...]]
) -> None:
    wrong = []
    for example in load_card(card).examples:
        errors = verdicts[f"{card}: {example.title}"]
        if {error.code for error in errors} != set(example.codes):
            named = " ".join(example.codes) or "no error"
            wrong.append(f"{example.title} names {named}, and gives {[str(error) for error in errors]}")
        if example.fixed and (errors := verdicts[f"{card}: {example.title}, fixed"]):
            wrong.append(f"{example.title}, fixed, gives {[str(error) for error in errors]}")
    assert not wrong, "\n".join(wrong)


def test_there_are_cards() -> None:
    assert CARDS
