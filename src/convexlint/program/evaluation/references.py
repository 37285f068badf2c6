"""References at work: the function that one names, and what running it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.program.evaluation.documents import validator_value
from convexlint.program.evaluation.values import (
    UNKNOWN,
    Closure,
    Lit,
    RefName,
    RefPath,
    RegisteredOf,
    Value,
    present,
    unwrap,
)
from convexlint.program.model import (
    ReferenceStatus,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def reference_target(ev: Evaluator, path: str) -> tuple[ReferenceStatus, Value]:
    """What a function path ("a/b:f", "a/b" for the default export) names.

    ("function", RegisteredOf) | ("other", value) for an export that may be a function of a package |
    ("missing", UNKNOWN) | ("unknown", UNKNOWN) where the module re-exports from files that are not read.
    """
    name, _, export = path.partition(":")
    module = ev.world.by_name(name.removesuffix(".js"))
    if module is None:
        return "missing", UNKNOWN
    export = export or "default"
    target = ev.world.export(module, export)
    if target is None:
        return ("unknown" if ev.world.has_open_star(module) else "missing"), UNKNOWN
    value = ev.target_value(target)
    made = None if isinstance(value, RegisteredOf) else ev.registry.made(module, export)
    if made is not None:
        value = RegisteredOf(made)
    return ("function", value) if isinstance(value, RegisteredOf) else ("other", value)


def reference_path(value: Value) -> str | None:
    """The function path of a reference value, None for components and anything else."""
    if isinstance(value, RefPath) and value.root in ("api", "internal") and len(value.parts) >= 2:
        return "/".join(value.parts[:-1]) + ":" + value.parts[-1]
    if isinstance(value, RefName):
        return value.name
    return None


def run_path(value: Value) -> str | None:
    """The function path of what `ctx.run*` is given: a reference, or the path itself as a text."""
    if isinstance(value, Lit) and isinstance(value.value, str) and ":" in value.value:
        return value.value
    return reference_path(value)


def reference_result(ev: Evaluator, reference: Value) -> Value:
    """What running the referenced function gives: by its `returns` validator, else by its handler."""
    path = run_path(present(reference))
    if path is None:
        return UNKNOWN
    status, value = reference_target(ev, path)
    if status != "function" or not isinstance(value, RegisteredOf):
        return UNKNOWN
    function = value.function
    if function.returns.validator is not None:
        declared = validator_value(function.returns.validator)
        if declared is not UNKNOWN:
            return declared
    if function.handler is None:
        return UNKNOWN
    return unwrap(ev.return_value(Closure(function.handler.module, function.handler.index)))
