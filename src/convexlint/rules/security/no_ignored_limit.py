"""A rate limit that nobody looks at limits nothing."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Suggestion
from convexlint.program.places.rate_limits import IgnoredLimit, ignored_limits
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert, insert_property_before
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SECURITY, level=None, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for limit in ignored_limits(program):
        if not limit.place.module.reported:
            continue
        what = f"the limit `{limit.name}`" if limit.name is not None else "the limit"
        does = "counts, and stops nobody" if limit.consumes else "is asked for nothing"
        yield Finding.at(
            limit.place,
            f"nothing checks what `{limit.callee}` answers: {what} {does}",
            help="pass `throws: true`, or stop where the answer is not `ok`: "
            "`const { ok, retryAfter } = await ...; if (!ok) ...`",
            suggestions=_suggested(limit),
        )


def _suggested(limit: IgnoredLimit) -> tuple[Suggestion, ...]:
    edit = _edit(limit)
    return (Suggestion("throw where the limit is exceeded", (edit,)),) if edit is not None else ()


def _edit(limit: IgnoredLimit) -> Edit | None:
    if not limit.fixable or not limit.module.reported:
        return None
    if limit.options is not None:
        return insert_property_before(limit.module, limit.options, len(limit.options.props), "throws: true")
    return insert(limit.module, limit.asked.args[-1].end, ", { throws: true }")
