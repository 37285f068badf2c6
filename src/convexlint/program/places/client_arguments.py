"""Whether a function certainly refuses what a client sends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.acceptance import accepts, takes
from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import UNKNOWN, Entry, Given, SomeObject, from_json
from convexlint.program.convex.given_text import refusal_text, shown
from convexlint.program.convex.types_text import type_text
from convexlint.program.convex.values import Json
from convexlint.program.modules.nodes import bare
from convexlint.program.places.client_calls import NamedCall, scripts_of
from convexlint.program.places.client_scripts import ScriptUse
from convexlint.program.places.givens import Reader, place_of
from convexlint.program.program import Program
from convexlint.program.validators import FieldValidator, ObjectValidator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DEPTH = 6
_WRAPPERS = frozenset({"computed", "reactive", "ref", "useMemo", "toRef", "readonly"})
_PAGES: Json = {"numItems": 10.0, "cursor": None, "id": 1.0}
"""What usePaginatedQuery sends as pagination options."""


class ArgumentProblem(Struct, frozen=True):
    """`text`: what is wrong, a clause. `span`: where it stands in the client."""

    span: Span
    text: str


def argument_problem(program: Program, named: NamedCall) -> ArgumentProblem | None:
    """Why the function refuses the arguments of a call; None where it takes them, or where that is not known."""
    function = named.function
    validator = function.args.validator if function is not None and not function.custom else None
    if not isinstance(validator, ObjectValidator):
        return None
    if named.call is not None:
        return _sent(named, validator)
    if named.use is not None and function is not None and named.kind == function.kind:
        return _given(program, named.use, validator)
    return None


def _missing(names: Sequence[str]) -> str:
    said = f"{', '.join(f'`{name}`' for name in names[:-1])} and " if len(names) > 1 else ""
    return f"{said}`{names[-1]}` {'is' if len(names) == 1 else 'are'} missing"


def _first(validator: ObjectValidator, value: Given) -> Refusal | None:
    """The first thing that is wrong, what is missing before all else."""
    refusals = accepts(validator, value).refusals
    return next((r for r in refusals if r.kind == "missing" and not r.path), next(iter(refusals), None))


def _text(refusal: Refusal, validator: ObjectValidator) -> str:
    if refusal.kind == "missing" and not refusal.path:
        return _missing(refusal.names)
    if refusal.kind == "extra" and not refusal.path:
        return f"it has no argument `{refusal.names[0]}`"
    if refusal.kind == "type" and len(refusal.path) == 1:
        name = refusal.path[0]
        return f"`{name}` takes `{type_text(validator.fields[name].validator)}`, not {shown(refusal.given).strip('`')}"
    return f"it {refusal_text(refusal)}"


def _sent(named: NamedCall, validator: ObjectValidator) -> ArgumentProblem | None:
    """In Python."""
    call = named.call
    if call is None or call.args is None:
        return None
    entries = {name: Entry(from_json(value)) for name, value in call.args.items()}
    refusal = _first(validator, SomeObject(entries=entries, others=None if call.complete else UNKNOWN))
    return None if refusal is None else ArgumentProblem(call.args_span, _text(refusal, validator))


def _given(program: Program, use: ScriptUse, validator: ObjectValidator) -> ArgumentProblem | None:
    taker, ev = use.taker, scripts_of(program).ev
    if taker is None or ev is None:
        return None
    if taker.paginated:
        options = validator.fields.get("paginationOpts")
        if options is None and validator.complete:
            return ArgumentProblem(use.place, f"`{use.name}` sends `paginationOpts`, which it does not take")
        if options is not None and takes(options.validator, _PAGES) is False:
            return ArgumentProblem(
                use.place, f"`{use.name}` sends pagination options that its `paginationOpts` refuses"
            )
        others = {name: field for name, field in validator.fields.items() if name != "paginationOpts"}
        validator = ObjectValidator(others, validator.complete)
    if not use.args_known or use.call is None:
        return None
    if taker.more:
        fields = {name: FieldValidator(f.validator, True) for name, f in validator.fields.items()}
        validator = ObjectValidator(fields, validator.complete)
    if use.args is None:
        lacking = [name for name, field in validator.fields.items() if not field.optional]
        where = use.place if use.name_span is None else use.name_span
        return ArgumentProblem(where, _missing(lacking)) if lacking and validator.complete else None
    for leaf in _leaves(ev, use, use.args, taker.reactive, 0):
        refusal = _first(validator, Reader(ev, False).read(use.module, leaf, None))
        if refusal is not None:
            at = place_of(refusal, use.module, leaf) or Span(leaf.start, leaf.end)
            here = Span(use.args.start, use.args.end)
            return ArgumentProblem(at if here.contains(at) else here, _text(refusal, validator))
    return None


def _leaves(ev: Evaluator, use: ScriptUse, node: ir.Expr, lazy: bool, depth: int) -> Iterator[ir.Object]:
    """The objects that may be sent, as far as they are written out: behind `ready ? {...} : "skip"`, and behind
    functions that make them where the hook calls them."""
    node = bare(node)
    index = ev.world.index(use.module)
    inner: tuple[ir.Expr, ...] = ()
    if isinstance(node, ir.Object):
        yield node
    elif isinstance(node, ir.Conditional):
        inner = (node.yes, node.no)
    elif isinstance(node, ir.Binary) and node.op in ("&&", "||", "??"):
        inner = (node.right,) if node.op == "&&" else (node.left, node.right)
    elif isinstance(node, ir.Lambda) and lazy:
        inner = tuple(index.returns.get(node.index, ()))
    elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) and node.callee.name in _WRAPPERS:
        inner, lazy = node.args[:1], True
    elif isinstance(node, ir.Name) and node.ref >= 0:
        held = index.constant(node.ref)
        changed = node.ref in index.assignments or node.ref in index.writes or node.ref in index.pushes
        if held is not None and not changed:
            inner = (held,)
    for one in inner if depth < _DEPTH else ():
        yield from _leaves(ev, use, one, lazy, depth + 1)
