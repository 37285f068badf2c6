"""A missing field sorts before every value: an upper bound lets such rows in, equality with `false` leaves them out."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Suggestion
from convexlint.program.places.field_tests import FieldTest, field_tests
from convexlint.program.places.unset_fields import may_lack
from convexlint.program.program import Program
from convexlint.program.validators import LiteralValidator, ScalarValidator
from convexlint.program.writing.editing import insert, quoted
from convexlint.rules.rule import NoOptions, rule

_UPPER = frozenset({"lt", "lte"})
_FLAGS = (
    ScalarValidator("boolean"),
    LiteralValidator(True),
    LiteralValidator(False),
    ScalarValidator("null"),
)


@rule(category=Category.QUERIES, concern=Concern.FAILURE, level=None, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for test in field_tests(program):
        if not test.optional or not test.takes or test.others:
            continue
        if test.how != "search" and test.method in _UPPER:
            finding = _bound(test)
        elif test.method == "eq" and test.known is False and all(one in _FLAGS for one in test.takes):
            finding = _flag(test)
        else:
            continue
        if may_lack(program, test.table.name, test.field.split(".")[0], test.beside):
            yield finding


def _bound(test: FieldTest) -> Finding:
    module, field = test.place.module, test.field
    message = (
        f"`{field}` of `{test.table.name}` is optional, and a missing value is below all others: rows without "
        f"`{field}` match this bound"
    )
    if test.how == "filter":
        way = f'let them out with `q.gt(q.field("{field}"), undefined)` beside it, unless they are meant'
        return Finding.at(test.place, message, help=way)
    lower = f"gt({quoted(module, field)}, undefined)"
    edit = insert(module, test.place.span.start, lower + ".")
    return Finding.at(
        test.place,
        message,
        help=f"write `.{lower}` before `.{test.method}(...)`, unless they are meant",
        suggestions=(Suggestion(f"leave out rows without `{field}`", (edit,)),),
    )


def _flag(test: FieldTest) -> Finding:
    field = test.field
    if test.how == "filter":
        way = f'write `q.neq(q.field("{field}"), true)`, which holds for rows without it too'
    else:
        way = "give every row the field (the schema then need not say `v.optional`), or read those with `undefined` too"
    return Finding.at(
        test.place,
        f"`{field}` of `{test.table.name}` is optional: equality with `false` does not find rows without `{field}`",
        help=way,
    )
