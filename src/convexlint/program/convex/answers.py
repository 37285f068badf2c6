"""What is answered to "does this validator take this value" (`acceptance.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from convexlint.program.convex.given import Given, Source
from convexlint.program.validators import Validator
from convexlint.structs import Struct

Kind = Literal["missing", "extra", "type", "value", "key"]


class Refusal(Struct, frozen=True, eq=False):
    """One thing that is refused.

    kind: "missing" (required fields `names` are not there), "extra" (fields `names` that the validator lacks), "type"
    (another value than `wanted`), "value" (no Convex value at all), "key" (no name of a field). `path`: the fields down
    to it, "[]" for elements, the names of missing and extra fields not included. `given`: what stands there, `wanted`:
    the validator there. `at`: where that is written. `table`: the fields are those of a document of that table.
    `certain`: False where some of what may be given passes.
    """

    kind: Kind
    path: tuple[str, ...]
    at: Source | None
    given: Given
    wanted: Validator | None
    names: tuple[str, ...] = ()
    table: str = ""
    certain: bool = True

    @property
    def place(self) -> str:
        """The field as messages call it: `a.b`, `list[].name`; "" for the whole value, and for its elements."""
        text = ""
        for step in self.path:
            text += step if step == "[]" else f".{step}"
        return text.removeprefix("[]").removeprefix(".")


class Answer(Struct, frozen=True, eq=False):
    """`taken`: True, False, or None where nobody knows. `refusals`: all that is wrong, in the order in which it is
    written; what is missing comes last in its object. `doubts`: where `taken` is None, what would be refused of some of
    the values that may be given (documents that have an optional field)."""

    taken: bool | None
    refusals: tuple[Refusal, ...] = ()
    doubts: tuple[Refusal, ...] = ()


YES = Answer(True)
UNKNOWN = Answer(None)


def no(refusals: Iterable[Refusal]) -> Answer:
    return Answer(False, tuple(refusals))
