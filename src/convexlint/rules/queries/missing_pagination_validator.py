"""`.paginate(args.paginationOpts)` needs `paginationOptsValidator` among the arguments."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Object
from convexlint.findings import Category, Finding, Fix, Level, Related, Span
from convexlint.program.convex.pagination import PaginationMistake, mistake_of
from convexlint.program.model import QueryStep, RegisteredFunction
from convexlint.program.modules.nodes import bare
from convexlint.program.places.clients.paging import paging_client
from convexlint.program.places.clients.scripts import ScriptUse
from convexlint.program.places.origins import origins
from convexlint.program.places.sites import query_steps
from convexlint.program.places.validator_sites import argument_validator
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.program.writing.editing import insert_property_before
from convexlint.program.writing.imports import ensure_import
from convexlint.rules.rule import NoOptions, rule
from convexlint.structs import replace


@rule(category=Category.QUERIES, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    found: dict[tuple[str, Span], Finding] = {}
    for step in query_steps(program):
        if step.method != "paginate" or not step.args:
            continue
        for function, key, written in _arguments(program, step):
            declared = function.args.validator
            if function.args.state != "declared" or not isinstance(declared, ObjectValidator):
                continue
            field = declared.fields.get(key)
            if field is None:
                if declared.complete and not function.custom and not written:
                    cause = (function.module.path, function.builder_span)
                    found.setdefault(cause, _undeclared(step, function, key))
                continue
            wrong = mistake_of(field.validator)
            if wrong is not None and wrong.field in written:
                wrong = replace(wrong, certain=False, field="")
            if wrong is None:
                continue
            module, span = argument_validator(program, function, key) or (step.place.module, step.place.span)
            if not program.reports(module):
                continue
            client = None
            if wrong.refuses_id and key == "paginationOpts":
                client = paging_client(program, function)
            earlier = found.get((module.path, span))
            # One validator, one finding: of the first function, or of the first that a client pages through.
            if earlier is None or (earlier.level is not None and (wrong.certain or client is not None)):
                found[module.path, span] = Finding(
                    path=module.path,
                    span=span,
                    message=_message(program, function, key, wrong, client),
                    level=None if wrong.certain or client is not None else Level.WARNING,
                    help=_help(key),
                    function=function.path,
                    related=()
                    if client is None
                    else (Related(client.module.path, client.place, "it pages here"),),
                )
    yield from found.values()


def _arguments(program: Program, step: QueryStep) -> Iterator[tuple[RegisteredFunction, str, frozenset[str]]]:
    """The arguments of functions that `paginate` gets, or spreads, with the fields that are written beside."""
    node, written = step.args[0], frozenset[str]()
    whole = bare(node)
    if isinstance(whole, Object):
        spread = [prop.value for prop in whole.props if prop.kind == "spread"]
        if len(spread) != 1:
            return
        node, written = spread[0], frozenset(prop.key for prop in whole.props if prop.key is not None)
    for origin in origins(program).of(step.place.module, node):
        # Of helpers nothing is told: with a focus, not all of them are looked at.
        is_whole = written.issuperset(
            origin.taken
        )  # `const { numItems, ...rest }`, and `numItems` written again
        if len(origin.path) == 1 and is_whole and origin.function is step.place.inside:
            yield origin.function, origin.path[0], written


def _undeclared(step: QueryStep, function: RegisteredFunction, key: str) -> Finding:
    return Finding.at(
        step.place,
        f"`args` declares no `{key}`: every call that passes it is refused, and without it `paginate` fails",
        help=_help(key),
        fix=_fix(step, function, key),
    )


def _help(key: str) -> str:
    return f"`args: {{ {key}: paginationOptsValidator }}`, imported from `convex/server`"


def _message(
    program: Program,
    function: RegisteredFunction,
    key: str,
    wrong: PaginationMistake,
    client: ScriptUse | None,
) -> str:
    name = f"the validator of `{key}` is not `paginationOptsValidator`"
    if client is not None:
        return f"{name}: it refuses the `id` that `{client.name}` sends, so `{function.path}` fails for this client"
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
