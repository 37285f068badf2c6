"""What tests that lead to a `return` leave of a value, and literals that are meant: as inferred validators show it.

`narrowing.txt` has a line for the body of a handler, then one for the validator that is inferred."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.test_inference import inferred

LINES = (Path(__file__).parent / "narrowing.txt").read_text(encoding="utf-8").splitlines()
CASES = [(body, line.removeprefix("    => ")) for body, line in zip(LINES[::2], LINES[1::2], strict=True)]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_what_is_ruled_out_is_not_in_the_validator(tmp_path: Path, body: str, expected: str) -> None:
    assert inferred(tmp_path, body) == (expected, None)
