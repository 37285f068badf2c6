"""`.paginate(args.paginationOpts)` needs `paginationOptsValidator` among the arguments."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import BindName, Cast, Expr, Member, Name, Object, ObjectPattern, Spread
from convexlint.findings import Category, Finding, Fix, Level
from convexlint.program.model import QueryStep, RegisteredFunction
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.program.validators import (
    FieldValidator,
    ObjectValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.program.writing.editing import insert_property_before
from convexlint.program.writing.imports import ensure_import
from convexlint.rules.rule import NoOptions, rule

# What usePaginatedQuery and the other clients may send (convex-facts 4.4).
_SENT = frozenset({"numItems", "cursor", "endCursor", "id", "maximumRowsRead", "maximumBytesRead"})

_NEEDED = frozenset({"numItems", "cursor"})


@rule(category=Category.QUERIES, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
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
        if field is not None and _takes_all(field.validator) is not False:
            continue
        yield Finding.at(
            step.place,
            _message(key, field),
            level=Level.WARNING
            if field is not None and _is_between_functions(program, function, field)
            else None,
            help=f"`args: {{ {key}: paginationOptsValidator }}`, imported from `convex/server`",
            function=function.path,
            fix=_fix(step, function, key) if field is None else None,
        )


def _is_between_functions(program: Program, function: RegisteredFunction, field: FieldValidator) -> bool:
    """Whether functions alone are the callers, and may pass all that `paginate` needs: it then works."""
    if function.visibility != "internal" and not program.project.component:
        return False
    return isinstance(field.validator, ObjectValidator) and field.validator.fields.keys() >= _NEEDED


def _message(key: str, field: FieldValidator | None) -> str:
    if field is None:
        return f"`args` declares no `{key}`: every call that passes it is refused, and without it `paginate` fails"
    return (
        f"the validator of `{key}` is not `paginationOptsValidator`: it does not match what "
        "`usePaginatedQuery` and `paginate` agree on"
    )


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


def _takes_all(validator: Validator) -> bool | None:
    """Whether a validator takes all that clients send; None when it is not known."""
    if isinstance(validator, UnknownValidator):
        return None
    if isinstance(validator, UnionValidator):
        answers = [_takes_all(member) for member in validator.members]
        return True if True in answers else (None if None in answers else False)
    if isinstance(validator, ObjectValidator):
        if validator.fields.keys() >= _SENT:
            return True
        return False if validator.complete else None
    return False


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
