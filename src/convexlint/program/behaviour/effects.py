"""What functions do, through helpers however deep.

`Effects.of` walks from a registered function breadth first, so each deed comes with a shortest chain of calls that
proves it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.branches import possible
from convexlint.program.behaviour.summaries import Key, Summaries
from convexlint.program.evaluation import builder_calls
from convexlint.program.model import Effect, Module, Place, RegisteredFunction, Step
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import Locator, placing
from convexlint.program.program import Program
from convexlint.program.queries import Memo, query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


class Effects(Summaries):
    """Lazy effects of registered functions."""

    def __init__(self, ev: Evaluator, places: Locator, memo: Memo) -> None:
        super().__init__(ev, places, memo)
        self._effects: dict[int, tuple[Effect, ...]] = {}
        self._calls_at: dict[Key, dict[tuple[int, int], ir.Call | ir.New]] = {}

    def roots(self, function: RegisteredFunction) -> list[Key]:
        """The facts functions that run when a registered function is called: its customizations, the wrapper
        around its handler, the handler."""
        keys: list[Key] = []
        if function.handler is not None:
            keys.append((function.handler.module.path, function.handler.index))
        keys.extend(self.wrapped(function))
        if function.wrapper is not None:
            keys.append((function.wrapper.module.path, function.wrapper.index))
        for customization in function.customizations:
            entered = builder_calls.customization_input(self.ev, customization)
            if entered is not None:
                keys.append((entered.module.path, entered.index))
        return keys

    def wrapped(self, function: RegisteredFunction) -> list[Key]:
        """The functions inside of `handler: withUser(async (ctx) => ...)` or `query(withUser(...))`."""
        module = function.module
        if function.config is not None:
            nodes = [p.value for p in function.config.props if p.key == "handler"]
        else:
            call = self._call_at(module, function.owner_function, function.call_span)
            nodes = [] if call is None else [*call.args[:1]]
        found: list[Key] = []
        for node in nodes:
            wrapper = bare(node)
            while isinstance(wrapper, ir.Call):
                inner = [a for a in wrapper.args if isinstance(bare(a), ir.Call)]
                for arg in wrapper.args:
                    found.extend(self.handed_over(module, arg))
                if not inner:
                    break
                wrapper = bare(inner[0])
        return found

    def _call_at(self, module: Module, owner: int, span: Span) -> ir.Call | ir.New | None:
        key = (module.path, owner)
        found = self._calls_at.get(key)
        if found is None:
            sites = self.ev.world.index(module).calls_by_owner.get(owner, ())
            found = self._calls_at[key] = {(s.expr.start, s.expr.end): s.expr for s in reversed(sites)}
        return found.get((span.start, span.end))

    def of(self, function: RegisteredFunction) -> tuple[Effect, ...]:
        """All that happens when the function is called, directly or through helpers; each deed once. What its
        customizations and wrappers do is reached through its builder."""
        found = self._effects.get(id(function))
        if found is None:
            found = self._effects[id(function)] = tuple(self._reach(function))
        return found

    def _reach(self, function: RegisteredFunction) -> Iterator[Effect]:
        """Breadth first; where only a test for the kind of ctx leads, or a callback that somebody keeps, last."""
        seen: set[Key] = set()
        queue: deque[tuple[Key, tuple[Step, ...]]] = deque()
        behind: deque[tuple[Key, tuple[Step, ...], bool, bool]] = deque()
        place = Place(function.module, function.builder_span, function.owner_function, None)
        through = Step(place, f"calls `{function.builder}`")
        own = [*self.wrapped(function)]
        if function.handler is not None:
            own.append((function.handler.module.path, function.handler.index))
        for key in self.roots(function):
            if key not in seen:
                seen.add(key)
                queue.append((key, () if key in own else (through,)))
        guarded = kept = False
        while queue or behind:
            if not queue:
                key, chain, guarded, kept = behind.popleft()
                if key in seen:
                    continue
                seen.add(key)
            else:
                key, chain = queue.popleft()
            summary = self.summary(key)
            for deed in summary.deeds:
                yield Effect(
                    deed.kind,
                    deed.what,
                    deed.place,
                    chain,
                    guarded or not possible(deed.conditions, function.kind),
                    kept,
                )
            for edge in summary.edges:
                step = chain if edge.hop is None else (*chain, edge.hop)
                barred = not guarded and not possible(edge.conditions, function.kind)
                if barred or (edge.kept and not kept):
                    behind.append((edge.target, step, guarded or barred, kept or edge.kept))
                elif edge.target not in seen:
                    seen.add(edge.target)
                    if edge.hop is None:
                        queue.appendleft((edge.target, step))
                    else:
                        queue.append((edge.target, step))


@query
def effects(program: Program) -> Effects:
    """What sums up functions, each when it is asked for."""
    return Effects(program.ev, placing(program), program.memo)


@query
def effects_of(program: Program, function: RegisteredFunction) -> tuple[Effect, ...]:
    """What a registered function does, directly or through helpers, each deed with a shortest chain of calls."""
    return effects(program).of(function)
