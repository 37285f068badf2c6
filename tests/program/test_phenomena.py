"""What the model must know of odd and ordinary code; the programs stand in `phenomena/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.small_programs import Phenomenon, phenomena, surprises


@pytest.mark.parametrize("one", [pytest.param(p, id=f"{p.page}: {p.title}") for p in phenomena()])
def test_the_program_is_understood(one: Phenomenon, tmp_path: Path) -> None:
    assert not surprises(tmp_path, one)


def test_no_two_phenomena_of_a_page_have_the_same_name() -> None:
    names = [(p.page, p.title) for p in phenomena()]
    assert len(names) == len(set(names))
