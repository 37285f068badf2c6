"""`throw new Error(...)` that a client's call ends in, directly or through helpers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.effects import Effects, effects
from convexlint.program.behaviour.internals import internals
from convexlint.program.model import Place, RegisteredFunction, Step
from convexlint.program.modules.enclosing import is_caught
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import Locator, placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

Key = tuple[str, int]


class PlainThrow(Struct, frozen=True, eq=False):
    """`place.span`: the name `Error`. `function`: a public function that ends in it; `chain`: the calls that lead
    there, none of which is in a `try` that catches. `inside`: the part of the text that clients should not read, as
    written (a caught error, a stack, the body of a response); None where there is none."""

    place: Place
    function: RegisteredFunction
    chain: tuple[Step, ...]
    inside: str | None = None


class Thrown:
    """Finds each such throw once, with the nearest public function that reaches it."""

    def __init__(
        self,
        ev: Evaluator,
        effects: Effects,
        places: Locator,
        functions: tuple[RegisteredFunction, ...],
    ) -> None:
        self._ev = ev
        self._effects = effects
        self._places = places
        self._functions = functions
        self._known: dict[Key, _Body] = {}

    def all(self) -> Iterator[PlainThrow]:
        found: dict[tuple[str, int], PlainThrow] = {}
        for function in self._functions:
            if function.is_public and function.path is not None:
                for thrown in self._of(function):
                    key = (thrown.place.module.path, thrown.place.span.start)
                    best = found.get(key)
                    if best is None or len(thrown.chain) < len(best.chain):
                        found[key] = thrown
        yield from (found[key] for key in sorted(found))

    def _of(self, function: RegisteredFunction) -> Iterator[PlainThrow]:
        seen: set[Key] = set()
        queue: deque[tuple[Key, tuple[Step, ...]]] = deque((key, ()) for key in self._effects.roots(function))
        while queue:
            key, chain = queue.popleft()
            if key in seen:
                continue
            seen.add(key)
            body = self._body(key)
            for place, text in body.throws:
                yield PlainThrow(place, function, chain, text)
            for target, step in body.edges:
                queue.append((target, chain + step))

    def _body(self, key: Key) -> _Body:
        """What the body of one function throws, and calls outside of any `try`. Many functions lead to one helper."""
        known = self._known.get(key)
        if known is not None:
            return known
        module = self._ev.world.modules[key[0]]
        index = self._ev.world.index(module)
        throws = []
        for made, name in _errors(module.facts.functions[key[1]].body):
            if not is_caught(index, name):
                inside = internals(self._ev, module, made.args)
                text = None if inside is None else module.text(Span(inside.start, inside.end))
                throws.append((self._places.at(module, name.start, name.end, key[1]), text))
        edges = [
            (edge.target, () if edge.hop is None else (edge.hop,))
            for edge in self._effects.summary(key).edges
            if not edge.kept and not is_caught(index, edge.node)
        ]
        body = self._known[key] = _Body(tuple(throws), tuple(edges))
        return body


class _Body(Struct, frozen=True, eq=False):
    """Of one function: the throws with their texts, and the calls with the steps that they are."""

    throws: tuple[tuple[Place, str | None], ...]
    edges: tuple[tuple[Key, tuple[Step, ...]], ...]


def _errors(body: tuple[ir.Stmt, ...]) -> Iterator[tuple[ir.New | ir.Call, ir.Name]]:
    """The `new Error(...)` of the `throw` statements of a function's body, each with the name `Error`."""
    for statement in body:
        if isinstance(statement, ir.Throw):
            value = bare(statement.value)
            callee = value.callee if isinstance(value, (ir.New, ir.Call)) else None
            if isinstance(callee, ir.Name) and callee.name == "Error" and callee.ref < 0:
                assert isinstance(value, (ir.New, ir.Call))
                yield value, callee
        elif isinstance(statement, ir.If):
            yield from _errors(statement.yes)
            yield from _errors(statement.no)
        elif isinstance(statement, (ir.Loop, ir.Block)):
            yield from _errors(statement.body)
        elif isinstance(statement, ir.Try):
            yield from _errors(statement.body)
            yield from _errors(statement.handler or ())
            yield from _errors(statement.final)
        elif isinstance(statement, ir.Switch):
            for case in statement.cases:
                yield from _errors(case.body)


@listed
def plain_throws(program: Program) -> Iterator[PlainThrow]:
    """The `throw new Error(...)` that clients' calls end in, by module and place."""
    yield from Thrown(program.ev, effects(program), placing(program), program.functions).all()
