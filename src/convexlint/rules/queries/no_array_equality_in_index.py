"""An index over an array compares it whole: `q.eq("tags", [tag])` does not find rows that have the tag among others."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Span
from convexlint.program.places.field_tests import FieldTest, field_tests
from convexlint.program.program import Program
from convexlint.program.validators import ArrayValidator, IdValidator, LiteralValidator, ScalarValidator
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, concern=Concern.FAILURE, level=None)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for test in field_tests(program):
        if test.how == "filter" or test.method != "eq" or not _is_array(test):
            continue
        value = " ".join(test.place.module.text(Span(test.value.start, test.value.end)).split())
        field, table = test.field, test.table.name
        if test.items == 1:
            message = f"finds rows of `{table}` whose `{field}` is exactly `{value}`: those that have more are missed"
        elif test.alone:
            message = f"`{field}` of `{table}` is an array, and no array equals `{value}`: finds nothing"
        else:
            continue
        yield Finding.at(
            test.place,
            message,
            help="an index compares arrays whole: keep one row for each entry in a table of its own, with an index, "
            f"or read the rows and look into `{field}`",
        )


def _is_array(test: FieldTest) -> bool:
    """Whether the field holds arrays, and nothing that stands alone."""
    arrays = [one for one in test.takes if isinstance(one, ArrayValidator)]
    alone = (ScalarValidator, IdValidator, LiteralValidator)
    others = [one for one in test.takes if isinstance(one, alone) and one != ScalarValidator("null")]
    return (
        bool(arrays)
        and not others
        and len(arrays) == len(test.takes) - test.takes.count(ScalarValidator("null"))
    )
