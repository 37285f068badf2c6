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
from convexlint.program.places.clients.calls import NamedCall
from convexlint.program.places.clients.scripts import ScriptUse
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
    """`text`: what is wrong, a clause. `span`: where it stands in the client. `paths`: the arguments that are refused,
    missing or too many, each as the fields down to it, "[]" for elements; () is the whole."""

    span: Span
    text: str
    paths: tuple[tuple[str, ...], ...]


def argument_problem(program: Program, named: NamedCall) -> ArgumentProblem | None:
    """Why the function refuses the arguments of a call; None where it takes them, or where that is not known."""
    return next(argument_problems(program, named), None)


def argument_problems(program: Program, named: NamedCall) -> Iterator[ArgumentProblem]:
    """All that the function refuses of the arguments of a call, what is missing before all else."""
    function = named.function
    validator = function.args.validator if function is not None and not function.custom else None
    if not isinstance(validator, ObjectValidator):
        return
    if named.call is not None:
        yield from _sent(named, validator)
    elif named.use is not None and function is not None and named.kind == function.kind:
        yield from _given(program, named.use, validator)


def _missing(names: Sequence[str]) -> str:
    said = f"{', '.join(f'`{name}`' for name in names[:-1])} and " if len(names) > 1 else ""
    return f"{said}`{names[-1]}` {'is' if len(names) == 1 else 'are'} missing"


def _refusals(validator: ObjectValidator, value: Given) -> list[Refusal]:
    """All that is wrong, what is missing before all else."""
    refusals = accepts(validator, value).refusals
    return sorted(refusals, key=lambda r: (r.kind, r.path) != ("missing", ()))


def _problem(span: Span, refusal: Refusal, validator: ObjectValidator) -> ArgumentProblem:
    own = refusal.kind in ("missing", "extra")
    paths = tuple((*refusal.path, name) for name in refusal.names) if own else (refusal.path,)
    return ArgumentProblem(span, _text(refusal, validator), paths)


def _text(refusal: Refusal, validator: ObjectValidator) -> str:
    if refusal.kind == "missing" and not refusal.path:
        return _missing(refusal.names)
    if refusal.kind == "extra" and not refusal.path:
        return f"it has no argument `{refusal.names[0]}`"
    if refusal.kind == "type" and len(refusal.path) == 1:
        name = refusal.path[0]
        return f"`{name}` takes `{type_text(validator.fields[name].validator)}`, not {shown(refusal.given).strip('`')}"
    return f"it {refusal_text(refusal)}"


def _sent(named: NamedCall, validator: ObjectValidator) -> Iterator[ArgumentProblem]:
    """In Python."""
    call = named.call
    if call is None or call.args is None:
        return
    entries = {name: Entry(from_json(value)) for name, value in call.args.items()}
    value = SomeObject(entries=entries, others=None if call.complete else UNKNOWN)
    for refusal in _refusals(validator, value):
        yield _problem(call.args_span, refusal, validator)


def _given(program: Program, use: ScriptUse, validator: ObjectValidator) -> Iterator[ArgumentProblem]:
    taker, ev = use.taker, program.scripts().ev
    if taker is None or ev is None:
        return
    if taker.paginated:
        options = validator.fields.get("paginationOpts")
        said = None
        if options is None and validator.complete:
            said = f"`{use.name}` sends `paginationOpts`, which it does not take"
        elif options is not None and takes(options.validator, _PAGES) is False:
            said = f"`{use.name}` sends pagination options that its `paginationOpts` refuses"
        if said is not None:
            yield ArgumentProblem(use.place, said, (("paginationOpts",),))
        others = {name: field for name, field in validator.fields.items() if name != "paginationOpts"}
        validator = ObjectValidator(others, validator.complete)
    if not use.args_known or use.call is None:
        return
    if taker.more:
        fields = {name: FieldValidator(f.validator, True) for name, f in validator.fields.items()}
        validator = ObjectValidator(fields, validator.complete)
    if use.args is None:
        lacking = [name for name, field in validator.fields.items() if not field.optional]
        where = use.place if use.name_span is None else use.name_span
        if lacking and validator.complete:
            yield ArgumentProblem(where, _missing(lacking), tuple((name,) for name in lacking))
        return
    for leaf in _leaves(ev, use, use.args, taker.reactive, 0):
        for refusal in _refusals(validator, Reader(ev, False).read(use.module, leaf, None)):
            at = place_of(refusal, use.module, leaf) or Span(leaf.start, leaf.end)
            here = Span(use.args.start, use.args.end)
            yield _problem(at if here.contains(at) else here, refusal, validator)


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
