"""`.paginate(args.paginationOpts)` needs `paginationOptsValidator` among the arguments."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import BindName, Cast, Expr, Member, Name, Object, ObjectPattern, Spread
from convexlint.findings import Category, Finding, Fix, Level, Span
from convexlint.program.convex.pagination import PaginationMistake, mistake_of
from convexlint.program.model import QueryStep, RegisteredFunction
from convexlint.program.places.sites import query_steps
from convexlint.program.places.validator_sites import argument_validator
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.program.writing.editing import insert_property_before
from convexlint.program.writing.imports import ensure_import
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    seen: set[tuple[str, Span]] = set()
    for step in query_steps(program):
        function = step.place.inside
        if step.method != "paginate" or function is None or not step.args:
            continue
        key = _argument(function, step.args[0])
        declared = function.args.validator
        if key is None or function.args.state != "declared" or not isinstance(declared, ObjectValidator):
            continue
        field = declared.fields.get(key)
        if field is None and (not declared.complete or function.custom):
            continue
        wrong = None if field is None else mistake_of(field.validator)
        if field is not None and wrong is None:
            continue
        module, span = step.place.module, step.place.span
        if field is not None:
            module, span = argument_validator(program, function, key) or (module, span)
        cause = (module.path, span if field is not None else function.builder_span)
        if cause in seen or not program.reports(module):
            continue
        seen.add(cause)
        yield Finding(
            path=module.path,
            span=span,
            message=_message(program, function, key, wrong),
            level=None if wrong is None or wrong.certain else Level.WARNING,
            help=f"`args: {{ {key}: paginationOptsValidator }}`, imported from `convex/server`",
            function=function.path,
            fix=_fix(step, function, key) if field is None else None,
        )


def _message(
    program: Program, function: RegisteredFunction, key: str, wrong: PaginationMistake | None
) -> str:
    if wrong is None:
        return f"`args` declares no `{key}`: every call that passes it is refused, and without it `paginate` fails"
    name = f"the validator of `{key}` is not `paginationOptsValidator`"
    if wrong.certain:
        takes = f"no `{wrong.field}` that `paginate` takes" if wrong.field else "no pagination options"
        return f"{name} and lets {takes} pass: every call fails"
    if wrong.field:
        return f"{name}: a call without `{wrong.field}`, which `paginate` needs, passes it and fails there"
    if function.visibility == "internal" or program.project.component:
        return (
            f"{name}: options that a client sent, and that are passed on, hold fields that it refuses (`id`)"
        )
    return f"{name}: it works for `useQuery`, and refuses `usePaginatedQuery`, which adds an `id`"


def _argument(function: RegisteredFunction, node: Expr) -> str | None:
    """The name of the function's argument that `node` is (or spreads)."""
    if isinstance(node, Object):
        spread = [p.value for p in node.props if p.kind == "spread"]
        return _argument(function, spread[0]) if len(spread) == 1 else None
    while isinstance(node, (Cast, Spread)):
        node = node.value
    handler = function.handler
    if handler is None:
        return None
    params = handler.module.facts.functions[handler.index].params
    pattern = params[1].pattern if len(params) > 1 else None
    if isinstance(pattern, BindName):
        if isinstance(node, Member) and isinstance(node.object, Name) and node.object.ref == pattern.ref:
            return node.name
    elif isinstance(pattern, ObjectPattern) and isinstance(node, Name) and node.ref >= 0:
        for field in pattern.fields:
            if isinstance(field.pattern, BindName) and field.pattern.ref == node.ref:
                return field.key
    return None


def _fix(step: QueryStep, function: RegisteredFunction, key: str) -> Fix | None:
    module = function.module
    if function.config is None or function.args.by_spread or step.place.module is not module:
        return None
    args = next((p.value for p in function.config.props if p.key == "args"), None)
    imported = ensure_import(module, "convex/server", "paginationOptsValidator")
    if not isinstance(args, Object) or imported is None:
        return None
    prop = insert_property_before(module, args, len(args.props), f"{key}: {imported.text}")
    return Fix.safe(f"declare `{key}`", prop, *imported.edits)
