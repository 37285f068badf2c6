"""Validators that are written without complaint and fail later, or quietly mean less than they say."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span
from convexlint.program.convex.identifiers import identifier_problem
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.places.unchecked import promised
from convexlint.program.places.validator_sites import validator_fields, validator_sites
from convexlint.program.places.validator_uses import ValidatorPart, ValidatorSite
from convexlint.program.program import Program
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.rules.rule import NoOptions, rule

METHODS = frozenset(
    (
        *("id", "null", "number", "float64", "int64", "bigint", "commitTs", "boolean", "string", "bytes"),
        *("literal", "array", "object", "record", "union", "any", "optional", "nullable"),
    )
)
KNOWN_RELEASE = (1, 48)
"""The release of convex whose validators these are; later ones may have more."""

# What somebody who writes these is after (none of them exists, convex-facts 6).
_INSTEAD = {
    "date": "store a time as `v.number()`, milliseconds since 1970",
    "timestamp": "store a time as `v.number()`, milliseconds since 1970",
    "email": "use `v.string()` and check the form in the handler",
    "uuid": "use `v.string()`",
    "url": "use `v.string()` and check the form in the handler",
    "map": "use `v.record(keys, values)`",
    "set": "use `v.array(element)`",
    "tuple": "use `v.array(element)` or `v.object({...})`",
    "enum": 'use `v.union(v.literal("a"), v.literal("b"))`',
    "undefined": "use `v.optional(...)` for a field that may be missing, `v.null()` for null",
    "unknown": "use `v.any()`, or say what it is",
    "never": "use `v.union()` without members",
    "int": "use `v.number()`, or `v.int64()` for bigint values",
    "integer": "use `v.number()`, or `v.int64()` for bigint values",
    "float": "use `v.number()`",
    "double": "use `v.number()`",
    "bool": "use `v.boolean()`",
    "json": "use `v.any()`, or say what it is",
    "text": "use `v.string()`",
    "list": "use `v.array(element)`",
    "nullish": "use `v.optional(v.nullable(...))`",
    "file": 'use `v.id("_storage")`',
    "buffer": "use `v.bytes()`",
}
_INSIDE = {"array": "an array", "union": "a union", "nullable": "`v.nullable`", "record": "a record"}
_KINDS: dict[type[object], str] = {
    ArrayValidator: "an array",
    IdValidator: "an id",
    LiteralValidator: "a literal",
    ObjectValidator: "an object",
    RecordValidator: "a record",
    UnionValidator: "a union",
}


@rule(category=Category.SCHEMA, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    version = program.project.convex_version
    newer = version is not None and version[:2] > KNOWN_RELEASE
    for site in validator_sites(program):
        if site.method not in METHODS:
            if site.own and site.method.isidentifier() and not newer:
                yield _nonexistent(site)
        elif site.method in ("array", "union", "nullable", "record"):
            yield from _optional_inside(program, site)
            yield from _record_key(site)
        elif site.method == "optional":
            yield from _optional_result(site)
    yield from _keys(program)
    for function in program.functions:
        if not function.custom:
            yield from _whole(function)


def _nonexistent(site: ValidatorSite) -> Finding:
    instead = _INSTEAD.get(site.method.lower())
    return _finding(
        site.module,
        site.place.span,
        f"`v.{site.method}` does not exist: the module fails when it is loaded",
        instead or f"the validators of `v` are {', '.join(sorted(METHODS - {'bigint'}))}",
        site.place.inside,
    )


def _optional_inside(program: Program, site: ValidatorSite) -> Iterator[Finding]:
    """`v.optional` outside of an object's field loses its meaning, or throws."""
    for part in site.parts:
        if not part.optional:
            continue
        if site.method == "record":
            effect = "throws when the module is loaded: a key is there or not"
            instead = "take `v.optional` away; a key that has no value is simply not in the record"
        else:
            effect = "loses its meaning: only a field of an object can be missing"
            instead = {
                "array": "take it away, or allow null: `v.array(v.nullable(...))`",
                "union": "put it around the union, where that is a field: `v.optional(v.union(...))`",
                "nullable": "put it around, where that is a field: `v.optional(v.nullable(...))`",
            }[site.method]
        module = site.module
        inner = (s for s in validator_sites(program) if s.module is module and s.call_span == part.span)
        span = next((s.place.span for s in inner), part.span)
        message = f"an optional validator in {_INSIDE[site.method]} {effect}"
        level = promised(module, span) if site.method != "record" else None
        yield _finding(module, span, message, instead, site.place.inside, level)


def _optional_result(site: ValidatorSite) -> Iterator[Finding]:
    """`returns: v.optional(...)`: a function that returns undefined gives null, which is then refused."""
    for use in site.uses:
        function = use.function
        if use.role == "returns" and function is not None and function.returns.span == site.call_span:
            yield _finding(
                site.module,
                site.place.span,
                f"`{function.path or function.export}` cannot return an optional value: undefined becomes "
                "null, which the validator refuses",
                "use `v.nullable(...)`, or `v.union(..., v.null())`",
                function,
            )
            return


def _record_key(site: ValidatorSite) -> Iterator[Finding]:
    """The push refuses keys that are not an open set of strings; one that is never pushed is left alone."""
    if site.method != "record" or len(site.parts) < 2 or not site.uses:
        return
    part: ValidatorPart = site.parts[0]
    if part.optional or part.validator is None:
        return
    wrong = _wrong_key(part.validator)
    if wrong is None:
        return
    if wrong == "literals":
        message = "a record cannot have literal keys: Convex refuses to push it"
        instead = "list the keys as optional fields of a `v.object({...})`, or take `v.string()` as key"
    else:
        message = f"the keys of a record are strings, not {wrong}: Convex refuses to push it"
        instead = "take `v.string()` or `v.id(...)` as key"
    yield _finding(site.module, part.span, message, instead, None)


def _wrong_key(key: Validator) -> str | None:
    if isinstance(key, UnionValidator):
        found = [wrong for member in key.members if (wrong := _wrong_key(member)) is not None]
        return found[0] if found else None
    if isinstance(key, LiteralValidator):
        return "literals"
    if isinstance(key, ScalarValidator):
        return None if key.kind == "string" else f"`{key.kind}`"
    return _KINDS.get(type(key)) if not isinstance(key, IdValidator) else None


def _keys(program: Program) -> Iterator[Finding]:
    """Keys of objects that are pushed. The fields of a table itself are invalid-schema's."""
    seen: set[tuple[str, Span]] = set()
    for field in validator_fields(program):
        spot = (field.module.path, field.key_span)
        if spot in seen or (field.use.role == "schema" and len(field.use.path) == 1):
            continue
        problem = identifier_problem(field.key)
        if problem is None:
            continue
        seen.add(spot)
        yield _finding(
            field.module,
            field.key_span,
            f"the key `{field.key}` {problem}: Convex refuses to push it",
            "rename it, or make the object a `v.record(v.string(), ...)`, whose keys are free",
            field.use.function,
        )


def _whole(function: RegisteredFunction) -> Iterator[Finding]:
    """What stands for the arguments as a whole."""
    args = function.args
    name = f"`{function.path or function.export}`"
    validator = args.validator
    fine = (ObjectValidator, AnyValidator, UnknownValidator, type(None))
    if args.span is not None and not isinstance(validator, fine):
        kind = _KINDS.get(type(validator)) or "a single value"
        yield _finding(
            function.module,
            args.span,
            f"the arguments of {name} are {kind}: Convex refuses to push what is not an object",
            "give the arguments names: `args: { value: ... }`",
            function,
        )


def _finding(
    module: Module,
    span: Span,
    message: str,
    instead: str,
    function: RegisteredFunction | None,
    level: Level | None = None,
) -> Finding:
    return Finding(
        path=module.path,
        span=span,
        message=message,
        help=instead,
        function=function.path if function else None,
        level=level,
    )
