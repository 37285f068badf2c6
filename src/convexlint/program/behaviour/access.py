"""Access checks: whether a registered function reaches something that decides who may go on.

A check decides when its outcome matters (`gates`), in the handler or through what it calls (`callees`), in the
customizations of its builder, in a wrapper.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from convexlint.facts import ir
from convexlint.program.behaviour.callees import is_checked
from convexlint.program.behaviour.effects import Effects, effects
from convexlint.program.behaviour.gates import Flow
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.secret_names import names_person
from convexlint.program.behaviour.summaries import DATA, Key
from convexlint.program.behaviour.trust import (
    NOTHING,
    NOTHING_SENT,
    SENT,
    Guard,
    Trust,
    Worth,
)
from convexlint.program.circles import Circles
from convexlint.program.evaluation import builder_calls, known
from convexlint.program.evaluation.values import (
    Closure,
    External,
    present,
)
from convexlint.program.model import AccessCheck, Module, Place, RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.modules.index import Definition

_MADE = (ir.Call, ir.New, ir.Binary, ir.Template, ir.Cast)
MAX_DEPTH = 24
"""Nested functions; each takes some Python frames for each level of its code."""

MAX_VARIANTS = 24
"""Kinds of arguments with which a function is read; further ones are taken together."""

State = tuple[Key, tuple[Worth, ...], Trust]


class Access(Judge):
    """Lazy, memoised judgement of functions."""

    def __init__(self, ev: Evaluator, effects: Effects, configured: frozenset[str]) -> None:
        super().__init__(ev, effects, configured)
        self._guards = Circles(NOTHING, MAX_DEPTH)
        self._variants: dict[Key, set[State]] = {}
        self._consts: dict[Key, Trust] = {}

    def check(self, function: RegisteredFunction) -> AccessCheck | None:
        """The access check that `function` reaches, None if there is none."""
        here = Place(function.module, function.builder_span, function.owner_function, None)
        guard = self.registered(function, 0, SENT)
        if is_checked(function, guard):
            return AccessCheck(guard.how, guard.place or here)
        return AccessCheck("runs", here) if self._only_runs_checked(function) else None

    def is_shown(self, function: RegisteredFunction) -> bool:
        """Whether the author decided who may have what a function touches, although nobody is asked: a query gives only
        what is published, or is found by the address of a page or the code of a link; others refuse callers without
        such code."""
        declared = function.args.validator
        if isinstance(declared, ObjectValidator) and any(map(names_person, declared.fields)):
            return False  # somebody's rows among what is published
        guard = self.registered(function, 0, SENT)
        return guard.gives in (Trust.SHOWN, Trust.SHARED) if function.kind == "query" else guard.linked

    def proofs(self, function: RegisteredFunction) -> tuple[tuple[int, str], ...]:
        """Where the handler of a function verifies what its client sent: offsets in its module, and what that is."""
        if function.handler is None:
            return ()
        key = (function.handler.module.path, function.handler.index)
        return self.guard(key, (NOTHING_SENT, SENT), Trust.NONE, 1).proofs

    def verifies(self, key: Key) -> bool:
        """Whether a facts function verifies something of what it is given."""
        return bool(self.guard(key, (NOTHING_SENT, SENT), Trust.NONE, 1).proofs)

    def _only_runs_checked(self, function: RegisteredFunction) -> bool:
        """Whether all that the function does to data is to run functions that ask for their caller themselves, with
        what its own client sent."""
        deeds = [e for e in self.effects.of(function) if e.kind in DATA and not e.guarded]
        return bool(deeds) and all(self.runs.get((d.place.module.path, d.place.span.start)) for d in deeds)

    def all_of(self, function: RegisteredFunction) -> Iterator[tuple[str, Guard]]:
        """What each part of a registered function says: its customizations ("builder", also where one cannot be read,
        then as if it asked for anything), and the wrapper and the handler ("handler")."""
        ctx_trust = Trust.CALLER if function.authenticated else Trust.NONE
        read = 0
        for customization in function.customizations:
            entered = builder_calls.customization_input(self.ev, customization)
            if entered is None:
                continue
            read += 1
            guard = self.guard((entered.module.path, entered.index), (NOTHING_SENT, SENT), ctx_trust, 1)
            if self.guards_rows(entered):
                guard = replace(guard, tie=Trust.OWN, tied=guard.place, asks=Trust.OWN)
            yield "builder", guard
            ctx_trust = max(ctx_trust, guard.gives if guard.gives > Trust.CLIENT else ctx_trust)
        if function.custom and not read:
            yield "builder", replace(NOTHING, asks=Trust.OWN)
        inner = [(r.module.path, r.index) for r in (function.wrapper, function.handler) if r is not None]
        for key in (*inner, *self.effects.wrapped(function)):
            yield "handler", self.guard(key, (NOTHING_SENT, SENT), ctx_trust, 1)

    # ----------------------------------------------------------------------------------------------- guards

    def guard(self, key: Key, given: tuple[Worth, ...], ctx_trust: Trust, depth: int) -> Guard:
        state = (key, given, ctx_trust)
        variants = self._variants.setdefault(key, set())
        if state not in variants and len(variants) >= MAX_VARIANTS:
            best = max((trust for worth in given for trust in worth.parts()), default=Trust.NONE)
            state = (key, (Worth(best),) * len(given), ctx_trust)
        variants.add(state)
        module = self.ev.world.modules[key[0]]
        found = self._guards.guarded(
            state, self._guards.memo, lambda: Flow(self, module, key[1], state[1], ctx_trust, depth).read()
        )
        assert isinstance(found, Guard)
        if self._guards.unplaced:
            self.ev.place(self._guards.unplaced, module, module.facts.functions[key[1]].start)
        return found

    def registered(self, function: RegisteredFunction, depth: int, sent: Worth) -> Guard:
        """What runs when a registered function is called with the arguments `sent`: its customizations, the wrapper
        around its handler, the handler."""
        if function.authenticated:
            place = Place(function.module, function.builder_span, function.owner_function, None)
            return Guard(throws=True, how="builder", place=place)
        ctx_trust = Trust.NONE
        customized: Guard = NOTHING
        for customization in function.customizations:
            entered = builder_calls.customization_input(self.ev, customization)
            if entered is None:
                continue
            guard = self.guard(
                (entered.module.path, entered.index), (NOTHING_SENT, sent), ctx_trust, depth + 1
            )
            if guard.stops or self.guards_rows(entered):
                # What the handler asks for besides is not looked at: it may be anything.
                return replace(
                    NOTHING,
                    throws=True,
                    how="builder",
                    place=guard.place,
                    tie=guard.tie,
                    tied=guard.tied,
                    asks=Trust.OWN,
                )
            if guard.gives > max(ctx_trust, Trust.CLIENT):
                ctx_trust, customized = guard.gives, guard
        best = NOTHING
        inner = [(r.module.path, r.index) for r in (function.wrapper, function.handler) if r is not None]
        for key in (*inner, *self.effects.wrapped(function)):
            guard = self.guard(key, (NOTHING_SENT, sent), ctx_trust, depth + 1)
            if guard.throws:
                return _placed(guard, customized)
            said, known = (guard.decides, guard.gives, guard.proofs), (best.decides, best.gives, best.proofs)
            if (*said, guard.linked) > (*known, best.linked):
                best = guard
        return _placed(best, customized)

    def guards_rows(self, entered: Closure) -> bool:
        """Whether a customization wraps the database with rules for rows."""
        index = self.ev.world.index(entered.module)
        for site in index.calls_by_owner.get(entered.index, ()):
            value = present(self.ev.expr(entered.module, site.expr.callee))
            guards = (
                known.package_of(value.package).guards_rows if isinstance(value, External) else frozenset()
            )
            if isinstance(value, External) and value.path and value.path[-1] in guards:
                return True
        return False

    # ------------------------------------------------------------------------------------------------ calls

    def constant(self, module: Module, binding: int) -> Trust:
        """KEPT for a constant of a module that is made of a secret of the environment."""
        key = (module.path, binding)
        found = self._consts.get(key)
        if found is None:
            self._consts[key] = Trust.NONE
            definition = self.ev.world.index(module).definitions.get(binding)
            if definition is not None and definition.kind == "import":
                target = self.ev.world.follow(module, binding)
                if target is not None and target.module is not None and target.binding >= 0:
                    self._consts[key] = self.constant(target.module, target.binding)
            elif definition is not None and self._is_made_const(module, definition):
                made = Flow(self, module, 0, (), Trust.NONE, 0).trust(cast("ir.Expr", definition.expr))
                self._consts[key] = Trust.KEPT if made is Trust.KEPT else Trust.NONE
            found = self._consts[key]
        return found

    def _is_made_const(self, module: Module, definition: Definition) -> bool:
        if definition.path or definition.keyword != "const" or not isinstance(definition.expr, _MADE):
            return False
        return self.ev.world.index(module).owner(definition.expr) == 0


def _placed(guard: Guard, customized: Guard) -> Guard:
    """With the place that the customization knows, where the handler only reads what it was told."""
    if guard.place is not None or customized.place is None:
        return guard
    return replace(guard, how="builder", place=customized.place)


@query
def access_judge(program: Program) -> Access:
    """What judges the functions of the program."""
    return Access(program.ev, effects(program), frozenset(program.settings.auth_functions))


@query
def access_of(program: Program, function: RegisteredFunction) -> AccessCheck | None:
    """The access check that a registered function reaches, None if there is none."""
    return access_judge(program).check(function)


@query
def is_shown(program: Program, function: RegisteredFunction) -> bool:
    """See `Access.is_shown`; asked where `access_of` is None."""
    return access_judge(program).is_shown(function)
