"""A client that sends arguments which the function's validator refuses: the call fails at run time."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.convex.sent import refused
from convexlint.program.convex.types_text import type_text
from convexlint.program.convex.values import written
from convexlint.program.places.client_calls import NamedCall, at_name, client_calls
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for named in client_calls(program):
        function = named.function
        validator = function.args.validator if function is not None and not function.custom else None
        if named.call.args is None or not isinstance(validator, ObjectValidator):
            continue
        problem = _problem(named, validator)
        if problem is not None:
            yield at_name(
                named,
                f"`{named.path}` refuses these arguments: {problem}",
                span=named.call.args_span,
                help=f"it takes {type_text(validator)}",
            )


def _problem(named: NamedCall, validator: ObjectValidator) -> str | None:
    args, call = named.call.args or {}, named.call
    if call.complete:
        lacking = [
            name for name, field in validator.fields.items() if not field.optional and name not in args
        ]
        if lacking and validator.complete:
            return f"{' and '.join(f'`{name}`' for name in lacking)} {'is' if len(lacking) == 1 else 'are'} missing"
    for name, value in args.items():
        field = validator.fields.get(name)
        if field is None:
            if validator.complete:
                return f"it has no argument `{name}`"
        elif refused(field.validator, value):
            return f"`{name}` takes `{type_text(field.validator)}`, not {written(value)}"
    return None
