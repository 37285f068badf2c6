"""Access checks: whether a registered function reaches something that decides who may go on.

A check decides when its outcome matters (`gates`). Through helpers, customizations of builders, wrappers, and
functions run by reference; known libraries and configured names are taken at their word, and a name alone counts
only where the callee cannot be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from convexlint.facts import ir
from convexlint.program.behaviour.effects import DATA, Effects, Key, asks_identity, effects
from convexlint.program.behaviour.environment_gates import EnvironmentGates
from convexlint.program.behaviour.gates import Flow
from convexlint.program.behaviour.levels import (
    CHOSEN,
    FINDS,
    NOTHING,
    NOTHING_SENT,
    SENT,
    Answer,
    Guard,
    Level,
    Worth,
)
from convexlint.program.behaviour.proofs import (
    COMPARES,
    PASSWORDS,
    REQUEST_VERIFIER,
    VERIFY_NAME,
    answered,
    compared,
    is_digest_of_content,
    passed_on,
)
from convexlint.program.behaviour.secret_names import names_person
from convexlint.program.circles import Circles
from convexlint.program.evaluation import known, registration
from convexlint.program.evaluation.values import (
    Bound,
    ClassOf,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    Global,
    Part,
    RefPath,
    RegisteredOf,
    Unknown,
    Value,
    members,
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

# Names that count where the callee cannot be read: the official rule's pattern, and questions about the caller.
_CHECK_NAME = re.compile(r"^(require|assert|check|ensure|can|verify|validate|invariant)([A-Z_]|$)|^has[A-Z_]")
_AUTH_WORD = re.compile(
    r"auth|identity|session|permission|admin|access|user|owner|role|member", re.IGNORECASE
)
_ASKS_NAME = re.compile(
    r"^(get|load|fetch|read)?_?(current|auth|viewer|signedIn|loggedIn)|[iI]dentity|"
    r"^is_?(Auth|Admin|Member|Owner|Signed|Logged|Allowed)"
)
_REQUEST = re.compile(r"^_?(req|request)$")
# What changes data, or lets something happen.
_CHANGES = frozenset({"db-write", "schedule", "storage-write", "run-mutation", "run-action"})
_MADE = (ir.Call, ir.New, ir.Binary, ir.Template, ir.Cast)
MAX_DEPTH = 24
"""Nested functions; each takes some Python frames for each level of its code."""

MAX_VARIANTS = 24
"""Levels of its arguments with which a function is read; further ones are taken together."""

State = tuple[Key, tuple[Worth, ...], Level]


class Access:
    """Lazy, memoised judgement of functions."""

    def __init__(self, ev: Evaluator, effects: Effects, configured: frozenset[str]) -> None:
        self.ev = ev
        self.effects = effects
        self.configured = configured
        self._guards = Circles(NOTHING, MAX_DEPTH)
        self._variants: dict[Key, set[State]] = {}
        self._reaches: dict[Key, bool] = {}
        self._changing: dict[Key, bool] = {}
        self._runs: dict[
            tuple[str, int], bool
        ] = {}  # where something is run: whether each of these runs is checked
        self._consts: dict[Key, Level] = {}
        self.gates = EnvironmentGates(ev)

    def check(self, function: RegisteredFunction) -> AccessCheck | None:
        """The access check that `function` reaches, None if there is none."""
        here = Place(function.module, function.builder_span, function.owner_function, None)
        guard = self._registered(function, 0, SENT)
        if guard.throws or guard.decides or guard.gives >= _selects(function):
            return AccessCheck(guard.how, guard.place or here)
        return AccessCheck("runs", here) if self._only_runs_checked(function) else None

    def is_shown(self, function: RegisteredFunction) -> bool:
        """Whether the author decided who may have what a function touches, although nobody is asked: a query gives only
        what is published, or is found by the address of a page or the code of a link; others refuse who has no such
        code."""
        declared = function.args.validator
        if isinstance(declared, ObjectValidator) and any(map(names_person, declared.fields)):
            return False  # somebody's rows among what is published
        guard = self._registered(function, 0, SENT)
        return guard.gives in (Level.SHOWN, Level.SHARED) if function.kind == "query" else guard.linked

    def proofs(self, function: RegisteredFunction) -> tuple[tuple[int, str], ...]:
        """Where the handler of a function verifies what its client sent: offsets in its module, and what that is."""
        if function.handler is None:
            return ()
        key = (function.handler.module.path, function.handler.index)
        return self.guard(key, (NOTHING_SENT, SENT), Level.NONE, 1).proofs

    def verifies(self, key: Key) -> bool:
        """Whether a facts function verifies something of what it is given."""
        return bool(self.guard(key, (NOTHING_SENT, SENT), Level.NONE, 1).proofs)

    def _only_runs_checked(self, function: RegisteredFunction) -> bool:
        """Whether all that the function does to data is to run functions that ask for their caller themselves, with
        what its own client sent."""
        deeds = [e for e in self.effects.of(function) if e.kind in DATA and not e.guarded]
        return bool(deeds) and all(self._runs.get((d.place.module.path, d.place.span.start)) for d in deeds)

    # ----------------------------------------------------------------------------------------------- guards

    def guard(self, key: Key, given: tuple[Worth, ...], told: Level, depth: int) -> Guard:
        """What facts function `key` says when called with arguments of these levels. Within a cycle nothing is
        claimed."""
        state = (key, given, told)
        variants = self._variants.setdefault(key, set())
        if state not in variants and len(variants) >= MAX_VARIANTS:
            best = max((level for worth in given for level in worth.parts()), default=Level.NONE)
            state = (key, (Worth(best),) * len(given), told)
        variants.add(state)
        module = self.ev.world.modules[key[0]]
        found = self._guards.guarded(
            state, self._guards.memo, lambda: Flow(self, module, key[1], state[1], told, depth).read()
        )
        assert isinstance(found, Guard)
        if self._guards.unplaced:
            self.ev.place(self._guards.unplaced, module, module.facts.functions[key[1]].start)
        return found

    def _registered(self, function: RegisteredFunction, depth: int, sent: Worth) -> Guard:
        """What runs when a registered function is called with the arguments `sent`: its customizations, the wrapper
        around its handler, the handler."""
        if function.authenticated:
            place = Place(function.module, function.builder_span, function.owner_function, None)
            return Guard(throws=True, how="builder", place=place)
        told = Level.NONE
        customized: Guard = NOTHING
        for customization in function.customizations:
            entered = registration.customization_input(self.ev, customization)
            if entered is None:
                continue
            guard = self.guard((entered.module.path, entered.index), (NOTHING_SENT, sent), told, depth + 1)
            if guard.throws or self._guards_rows(entered):
                return Guard(throws=True, how="builder", place=guard.place)
            if guard.gives > max(told, Level.CLIENT):
                told, customized = guard.gives, guard
        best = NOTHING
        inner = [(r.module.path, r.index) for r in (function.wrapper, function.handler) if r is not None]
        for key in (*inner, *self.effects.wrapped(function)):
            guard = self.guard(key, (NOTHING_SENT, sent), told, depth + 1)
            if guard.throws:
                return _placed(guard, customized)
            if (guard.decides, guard.gives, guard.proofs) > (best.decides, best.gives, best.proofs):
                best = guard
        return _placed(best, customized)

    def _guards_rows(self, entered: Closure) -> bool:
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

    def place(self, module: Module, node: ir.Node, owner: int) -> Place:
        return self.effects.places.at(module, node.start, node.end, owner)

    def answer(self, flow: Flow, node: ir.Call | ir.New, receiver: Level, given: tuple[Worth, ...]) -> Answer:
        """What one call says about access."""
        if isinstance(node.callee, ir.Atom):
            return Answer()
        module = flow.module
        place = self.place(module, node, flow.where.owner(node))
        name = registration.callee_name(node.callee)[0]
        if name in self.configured:
            return Answer(Level.CALLER, True, how="configured", place=place, proves="secret")
        best = Answer()
        proves = ""
        for arg in node.args:
            # Checks handed to a helper that calls them, by name or in a list; those written there are read.
            if isinstance(arg, (ir.Name, ir.Array)):
                for key in self.effects.handed_over(module, arg):
                    guard = self.guard(key, (), flow.told, flow.depth + 1)
                    if guard.throws or not best.throws:
                        best = Answer(Level.NONE, guard.throws, how=guard.how, place=guard.place)
        for value in members(present(self.ev.expr(module, node.callee))):
            answer = self._value(flow, node, value, name, receiver, given, place)
            proves = proves or answer.proves
            if (answer.throws, answer.decides, answer.level) > (best.throws, best.decides, best.level):
                best = answer
        return best if best.proves == proves else replace(best, proves=proves)

    def _value(
        self,
        flow: Flow,
        node: ir.Call | ir.New,
        value: Value,
        name: str,
        receiver: Level,
        given: tuple[Worth, ...],
        place: Place,
    ) -> Answer:
        if isinstance(value, Bound) and name not in COMPARES:
            if isinstance(value.receiver, Part) and value.receiver.name == "auth":
                return Answer(Level.CALLER, how="ctx.auth", place=_unless_discarded(flow, node, place))
            if isinstance(value.receiver, CtxOf):
                if value.name in ("runQuery", "runMutation", "runAction") and node.args:
                    return self._run(flow, node, given, place)
                return Answer()
            return Answer(flow.lookup(node, value, receiver, given))
        best = max((w.level for w in given), default=Level.NONE)
        if (
            not isinstance(value, Closure)
            and isinstance(node.callee, ir.Member)
            and name in COMPARES
            and given
        ):
            found = compared(
                receiver, given[0].level, flow.is_literal(node.callee.object), flow.is_literal(node.args[0])
            )
            if found is not Level.NONE:
                return Answer(found, how="secret", place=place, proves="secret")
        if isinstance(value, Closure):
            if self.effects.is_callback(flow.module, node.callee, value):
                return Answer(self._unread(flow, node, max(receiver, best), given))
            key = (value.module.path, value.index)
            answer = self._called(flow, node, self.guard(key, given, flow.told, flow.depth + 1), place)
            if (
                answer.level is Level.SECRET
                and best is Level.CLIENT
                and is_digest_of_content(name, node.args)
            ):
                answer = replace(answer, level=best)
            # A method of what depends on the caller: `result.isOk()`, `new Policy(user).allows(doc)`.
            return replace(answer, level=max(answer.level, receiver))
        if isinstance(value, ClassOf):
            for member in value.module.facts.classes[value.index].members:
                if member.kind == "constructor" and member.function >= 0:
                    key = (value.module.path, member.function)
                    guard = self.guard(key, given, flow.told, flow.depth + 1)
                    answer = self._called(flow, node, guard, place)
                    return replace(answer, level=max(answer.level, best))
            return Answer(best)
        if isinstance(value, RegisteredOf):
            sent = given[1] if len(given) > 1 else NOTHING_SENT
            return self._called(flow, node, self._registered(value.function, flow.depth + 1, sent), place)
        passed = passed_on(name, receiver, given, node.args)
        if isinstance(value, Global):
            return self._global(flow, node, value, passed, given, place)
        answer = self._foreign(flow, node, value, name, passed, given, place)
        if not answer.proves and self._verifies_by_name(node, name, (receiver, *(w.level for w in given))):
            return replace(answer, proves="secret")
        return answer

    def _foreign(
        self,
        flow: Flow,
        node: ir.Call | ir.New,
        value: Value,
        name: str,
        passed: Level,
        given: tuple[Worth, ...],
        place: Place,
    ) -> Answer:
        """What a callee says that the project does not write."""
        if VERIFY_NAME.search(name) and len(given) >= 2:
            verified = compared(
                given[0].level, given[1].level, _is_text(node.args[0]), _is_text(node.args[1])
            )
            if verified is not Level.NONE:
                return Answer(verified, how="secret", place=place, proves="secret")
        if isinstance(value, (External, ExternalResult)):
            return self._external(flow, node, value, name, passed, place)
        if name == "getUserIdentity":  # of a ctx with a type of the project's own
            return Answer(Level.CALLER, how="ctx.auth", place=_unless_discarded(flow, node, place))
        if isinstance(value, Unknown):
            passed = self._unread(flow, node, passed, given)
            return self._by_name(flow, node, name, passed, place, _ASKS_NAME.search(name) is not None)
        return Answer(passed)

    def _global(
        self,
        flow: Flow,
        node: ir.Call | ir.New,
        value: Global,
        passed: Level,
        given: tuple[Worth, ...],
        place: Place,
    ) -> Answer:
        if VERIFY_NAME.search(value.name) and len(given) >= 2:
            verified = compared(
                given[0].level, given[1].level, _is_text(node.args[0]), _is_text(node.args[1])
            )
            if verified is not Level.NONE:
                return Answer(verified, how="secret", place=place, proves="secret")
        if value.name in ("crypto.getRandomValues", "crypto.subtle.generateKey"):
            return Answer(Level.CLIENT)  # kept by nobody: a signature made with it proves nothing by itself
        if value.name == "fetch":
            written = flow.module.source[node.start : node.end].decode("utf-8", "replace")
            level = answered(written, given)
            if level is Level.FOUND:
                return Answer(level, how="asked", place=place, proves="secret")
            return Answer(max(level, Level.CALLER if passed is Level.CALLER else Level.NONE))
        if value.name == "crypto.subtle.verify" and any(w.chosen() is not Level.NONE for w in given):
            return Answer(Level.CALLER, how="secret", place=place, proves="secret")
        if value.name == "Boolean" and node.args:
            return Answer(flow.truth(node.args[0]))
        return Answer(passed)

    def _unread(self, flow: Flow, node: ir.Call | ir.New, passed: Level, given: tuple[Worth, ...]) -> Level:
        """The level of what a callee gives that cannot be read. One that gets the ctx and a secret or a session of the
        client's is taken to look that up."""
        if passed >= Level.FOUND or not any(self._is_ctx(flow.module, a) for a in node.args):
            return passed
        sent = max((worth.chosen() for worth in given), default=Level.NONE)
        if sent not in FINDS:
            return passed
        how = "session" if sent is Level.SESSION else "secret"
        flow.note(how, self.place(flow.module, node, flow.where.owner(node)))
        flow.proven(how, node)
        return Level.FOUND

    def _verifies_by_name(self, node: ir.Call | ir.New, name: str, levels: tuple[Level, ...]) -> bool:
        """Whether a callee that cannot be read verifies what it gets, by its name or because it gets the request."""
        if any(isinstance(a, ir.Name) and _REQUEST.match(a.name) for a in node.args):
            return True
        sent = any(level in CHOSEN or level is Level.MAC for level in levels)
        return sent and bool(node.args) and REQUEST_VERIFIER.search(name) is not None

    def _called(self, flow: Flow, node: ir.Call | ir.New, guard: Guard, place: Place) -> Answer:
        """What a call of a function with this guard means to the caller. One that decides over all that the
        caller does, decides for it."""
        decides = (guard.decides or guard.gives is Level.CALLER) and self._does_all(flow, node)
        known = guard.throws or guard.decides or guard.gives >= Level.FOUND
        found = (guard.place or place) if known else None
        return Answer(guard.gives, guard.throws, decides, guard.how or "helper", found, guard.proves)

    def _does_all(self, flow: Flow, node: ir.Call | ir.New) -> bool:
        """Whether the function around `node` does nothing to data but by this call."""
        owner = flow.where.owner(node)
        if owner != flow.index:
            return False  # in a callback: what it decides is what the callee makes of its answer
        summary = self.effects.summary((flow.module.path, owner))
        if any(d.kind in DATA and d.node is not node for d in summary.deeds):
            return False
        return all(e.node is node for e in summary.edges)

    def _run(self, flow: Flow, node: ir.Call | ir.New, given: tuple[Worth, ...], place: Place) -> Answer:
        """`ctx.runQuery(ref, args)`: the identity goes along, the callee gets what is sent, and what it throws or gives
        comes back."""
        sent = given[1] if len(given) > 1 else NOTHING_SENT
        reference = present(self.ev.expr(flow.module, node.args[0]))
        passed = Level.CALLER if sent.level is Level.CALLER else Level.NONE
        path = registration.run_path(reference)
        if path is not None:
            status, value = registration.reference_target(self.ev, path)
            if status == "function" and isinstance(value, RegisteredOf):
                guard = self._registered(value.function, flow.depth + 1, sent)
                checked = guard.throws or guard.decides or guard.gives >= _selects(value.function)
                span = (flow.module.path, node.callee.start)
                self._runs[span] = checked and self._runs.get(span, True)
                answer = self._called(flow, node, guard, place)
                if passed is Level.CALLER and answer.level is not Level.CALLER:
                    return replace(answer, level=passed)
                return answer
        if passed is Level.NONE and isinstance(reference, (RefPath, ExternalResult, External)):
            chosen = sent.chosen()
            if (
                chosen in FINDS
                and isinstance(reference, RefPath)
                and reference.root not in ("api", "internal")
            ):
                how = "secret" if chosen is Level.SECRET else "session"
                return Answer(Level.FOUND, how=how, place=place, proves=how)
        return Answer(passed)

    def _external(
        self,
        flow: Flow,
        node: ir.Call | ir.New,
        value: External | ExternalResult,
        name: str,
        passed: Level,
        place: Place,
    ) -> Answer:
        source = value if isinstance(value, External) else value.source
        last = value.path[-1] if value.path else ""
        if asks_identity(last):
            throws = last in known.package_of(source.package).requires_identity
            return Answer(Level.CALLER, throws, how="auth library", place=place)
        of_password = passed in CHOSEN and PASSWORDS.search(source.package) is not None
        if (of_password or passed in (Level.SECRET, Level.MAC)) and VERIFY_NAME.search(name):
            return Answer(Level.CALLER, how="secret", place=place, proves="secret")
        if name in ("wrapDB", "wrapDatabaseReader", "wrapDatabaseWriter") and passed is Level.CALLER:
            return Answer(
                Level.CALLER, True, how="builder", place=place
            )  # rules for rows that know the caller
        if source.package.startswith(("convex", "_generated")):
            return Answer(passed)
        if source.package.startswith("@convex-dev/") and not _AUTH_WORD.search(source.package):
            return Answer(passed)
        return self._by_name(flow, node, name, passed, place, False)

    def _by_name(
        self, flow: Flow, node: ir.Call | ir.New, name: str, passed: Level, place: Place, asks: bool
    ) -> Answer:
        """A callee that cannot be read: its name must do, where it is told of the caller."""
        if asks:
            return Answer(Level.CALLER, how="name", place=place)
        if passed in (Level.SECRET, Level.MAC) and VERIFY_NAME.search(name):
            return Answer(Level.CALLER, how="secret", place=place, proves="secret")
        if _CHECK_NAME.search(name):
            told = passed is Level.CALLER or any(self._is_ctx(flow.module, a) for a in node.args)
            if told or (_AUTH_WORD.search(name) and isinstance(node.callee, ir.Name)):
                return Answer(Level.CALLER, True, how="name", place=place)
        return Answer(passed)

    def _is_ctx(self, module: Module, node: ir.Expr) -> bool:
        return isinstance(present(self.ev.expr(module, node)), CtxOf)

    def const_level(self, module: Module, binding: int) -> Level:
        """KEPT for a constant of a module that is made of a secret of the environment."""
        key = (module.path, binding)
        found = self._consts.get(key)
        if found is None:
            self._consts[key] = Level.NONE
            definition = self.ev.world.index(module).definitions.get(binding)
            if definition is not None and definition.kind == "import":
                target = self.ev.world.follow(module, binding)
                if target is not None and target.module is not None and target.binding >= 0:
                    self._consts[key] = self.const_level(target.module, target.binding)
            elif definition is not None and self._is_made_const(module, definition):
                made = Flow(self, module, 0, (), Level.NONE, 0).level(cast("ir.Expr", definition.expr))
                self._consts[key] = Level.KEPT if made is Level.KEPT else Level.NONE
            found = self._consts[key]
        return found

    def _is_made_const(self, module: Module, definition: Definition) -> bool:
        if definition.path or definition.keyword != "const" or not isinstance(definition.expr, _MADE):
            return False
        return self.ev.world.index(module).owner(definition.expr) == 0

    def in_production(self, module: Module, test: ir.Expr) -> bool | None:
        """How a test comes out in production, None where not the environment alone decides."""
        return self.gates.outcome(module, test)

    def changes(self, module: Module, index: int) -> set[int]:
        """Offsets of what a facts function, with those written in it, changes itself or by calls."""
        key = (module.path, index)
        summary = self.effects.summary(key)
        places = {d.node.start for d in summary.deeds if d.kind in _CHANGES}
        for edge in summary.edges:
            if edge.hop is None:
                places |= self.changes(self.ev.world.modules[edge.target[0]], edge.target[1])
            elif self._reaches_kind(edge.target, _CHANGES, self._changing):
                places.add(edge.node.start)
        return places

    def touches(self, module: Module, index: int, start: int, end: int) -> bool:
        """Whether facts function `index` (or one written in it) touches data between two offsets."""
        return any(start <= place < end for place in self._data_places((module.path, index)))

    def _data_places(self, key: Key) -> tuple[int, ...]:
        """Offsets of what a facts function, with those written in it, does to data itself or by calls."""
        summary = self.effects.summary(key)
        places = [d.node.start for d in summary.deeds if d.kind in DATA]
        for edge in summary.edges:
            if edge.hop is None:
                places.extend(self._data_places(edge.target))
            elif self._reaches_data(edge.target):
                places.append(edge.node.start)
        return tuple(places)

    def _reaches_data(self, start: Key) -> bool:
        return self._reaches_kind(start, DATA, self._reaches)

    def _reaches_kind(self, start: Key, kinds: frozenset[str], known_: dict[Key, bool]) -> bool:
        found = known_.get(start)
        if found is None:
            seen = {start}
            queue = [start]
            for key in queue:
                summary = self.effects.summary(key)
                if any(d.kind in kinds for d in summary.deeds):
                    found = True
                    break
                for edge in summary.edges:
                    if edge.target not in seen:
                        seen.add(edge.target)
                        queue.append(edge.target)
            found = known_[start] = found is True
        return found

    def only_throws(self, module: Module, node: ir.Call, depth: int) -> bool:
        """Whether the callee is a function of the project that always throws."""
        value = present(self.ev.expr(module, node.callee))
        if not isinstance(value, Closure):
            return False
        return self.guard((value.module.path, value.index), (), Level.NONE, depth + 1).always

    def is_async(self, module: Module, node: ir.Expr) -> bool:
        """Whether the callee of a call is an async function of the project."""
        if not isinstance(node, ir.Call) or isinstance(node.callee, ir.Atom):
            return False
        value = present(self.ev.expr(module, node.callee))
        return isinstance(value, Closure) and value.module.facts.functions[value.index].is_async


def _selects(function: RegisteredFunction) -> Level:
    """What the result must be worth to count as selected by a check: a query that gives away only what a session of the
    client's own leads to has selected by it."""
    return Level.FOUND if function.kind == "query" else Level.CALLER


def _is_text(node: ir.Expr) -> bool:
    return isinstance(node, (ir.Text, ir.Number, ir.Atom))


def _unless_discarded(flow: Flow, node: ir.Call | ir.New, place: Place) -> Place | None:
    """An identity that is thrown away is not where the check stands."""
    parent = flow.where.parent(node)
    while isinstance(parent, (ir.Await, ir.Cast)):
        parent = flow.where.parent(parent)
    return None if isinstance(parent, ir.Evaluate) else place


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
