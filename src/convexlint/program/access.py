"""Access checks: whether a registered function reaches something that decides who may go on.

A check decides when its outcome matters: the identity is used (tested, compared, looked up by), or the callee throws
for strangers. Reading the identity and throwing it away is no check. Through helpers, customizations of builders,
wrappers, and functions run by reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program import registration
from convexlint.program.effects import IDENTITY_CALLS, Effects, Key
from convexlint.program.model import AccessCheck, Module, Place, RegisteredFunction
from convexlint.program.values import (
    Bound,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    Global,
    Part,
    RegisteredOf,
    Unknown,
    Value,
    members,
    present,
)

if TYPE_CHECKING:
    from convexlint.program.evaluate import Evaluator

# Names that count where the callee cannot be read: the official rule's pattern, and auth words.
_CHECK_NAME = re.compile(r"^(require|assert|check|ensure|can|verify|validate)([A-Z_]|$)|^has[A-Z_]")
_AUTH_WORD = re.compile(r"auth|identity|session|permission|admin|access|user", re.IGNORECASE)
_SECRET_WORD = re.compile(
    r"token|secret|session|api_?key|password|signature|nonce|otp|passcode", re.IGNORECASE
)
MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Guard:
    """What a facts function says about access.

    `throws`: it stops strangers itself. `tells`: what it returns (or does) depends on the identity, so its caller
    can decide by the result. `place`: where the identity is asked for.
    """

    throws: bool
    tells: bool
    how: str
    place: Place | None


_NONE = Guard(False, False, "", None)


class Access:
    """Lazy, memoised judgement of functions."""

    def __init__(self, ev: Evaluator, effects: Effects, configured: frozenset[str]) -> None:
        self.ev = ev
        self.effects = effects
        self.configured = configured
        self._guards: dict[Key, Guard] = {}
        self._active: set[Key] = set()

    def check(self, function: RegisteredFunction) -> AccessCheck | None:
        """The access check that `function` reaches, None if there is none."""
        here = Place(function.module, function.builder_span, function.owner_function, None)
        if function.authenticated:
            return AccessCheck("builder", here)
        for number, key in enumerate(self.effects.roots(function)):
            guard = self.guard(key)
            if guard.throws or guard.tells:
                how = guard.how if number == 0 else "builder"
                return AccessCheck(how, guard.place or here)
        return None

    # ---------------------------------------------------------------------------------------------- guards

    def guard(self, key: Key, depth: int = 0) -> Guard:
        found = self._guards.get(key)
        if found is not None:
            return found
        if key in self._active or depth > MAX_DEPTH:
            return _NONE
        self._active.add(key)
        try:
            guard = self._judge(key, depth)
        finally:
            self._active.discard(key)
        if not self._active or guard.throws:
            self._guards[key] = guard
        return guard

    def _judge(self, key: Key, depth: int) -> Guard:
        module = self.ev.world.modules[key[0]]
        index = self.ev.world.index(module)
        best = _NONE
        for site in index.calls_by_owner.get(key[1], ()):
            guard = self._site(module, site.expr, key[1], depth)
            if guard.throws:
                return guard
            if guard.tells and not best.tells:
                best = guard
        secret = self._secret(module, key[1])
        if secret is not None:
            return Guard(True, True, "secret", secret)
        if best.tells and self._can_stop(module, key[1]):
            return Guard(True, True, best.how, best.place)
        return best

    def _can_stop(self, module: Module, owner: int) -> bool:
        """Whether the function (or a callback in it) throws anywhere: with a used identity, that is a gate."""
        body = module.facts.functions[owner]
        return any(_throws(s) for s in body.body)

    def _site(self, module: Module, node: ir.Call | ir.New, owner: int, depth: int) -> Guard:
        """What one call says about access."""
        if isinstance(node.callee, ir.Atom):
            return _NONE
        used = not self._discarded(module, node)
        place = self.effects.places.at(module, node.start, node.end, owner)
        name = registration.callee_name(node.callee)[0]
        if name in self.configured:
            return Guard(True, True, "configured", place)
        best = _NONE
        for value in members(present(self.ev.expr(module, node.callee))):
            guard = self._value(module, node, value, name, used, place, depth)
            if guard.throws:
                return guard
            if guard.tells:
                best = guard
        for arg in node.args:
            if isinstance(arg, ir.Lambda):
                inner = self.guard((module.path, arg.index), depth + 1)
                if inner.throws or inner.tells:
                    best = inner if not best.tells else best
                    if inner.throws:
                        return inner
        return best

    def _value(
        self,
        module: Module,
        node: ir.Call | ir.New,
        value: Value,
        name: str,
        used: bool,
        place: Place,
        depth: int,
    ) -> Guard:
        if isinstance(value, Bound):
            receiver = value.receiver
            if isinstance(receiver, Part) and receiver.name == "auth":
                return Guard(False, True, "ctx.auth", place) if used else _NONE
            if (
                isinstance(receiver, CtxOf)
                and value.name in ("runQuery", "runMutation", "runAction")
                and node.args
            ):
                return self._run(module, node, used, place, depth)
            return _NONE
        if isinstance(value, Closure):
            inner = self.guard((value.module.path, value.index), depth + 1)
            return self._passed_on(inner, used, place)
        if isinstance(value, RegisteredOf):
            return self._function(value.function, used, place, depth)
        if isinstance(value, (External, ExternalResult)):
            last = value.path[-1] if value.path else ""
            if last in ("getAuthUser", "getAuthUserId", "getAuthSessionId") or last in IDENTITY_CALLS:
                throws = last == "getAuthUser"
                return Guard(throws, True, "auth library", place) if used or throws else _NONE
            return self._by_name(name, used, place)
        if isinstance(value, Unknown):
            return self._by_name(name, used, place)
        return _NONE

    def _by_name(self, name: str, used: bool, place: Place) -> Guard:
        """A callee that cannot be read: its name must do."""
        if _CHECK_NAME.search(name):
            return Guard(True, True, "name", place)
        if _AUTH_WORD.search(name) and re.match(r"get|current|load|is|auth", name) and used:
            return Guard(False, True, "name", place)
        return _NONE

    @staticmethod
    def _passed_on(inner: Guard, used: bool, place: Place) -> Guard:
        if inner.throws:
            return Guard(True, True, inner.how, inner.place or place)
        if inner.tells and used:
            return Guard(False, True, inner.how, inner.place or place)
        return _NONE

    def _run(self, module: Module, node: ir.Call | ir.New, used: bool, place: Place, depth: int) -> Guard:
        """`ctx.runQuery(ref)`: the identity goes along, and what the callee throws comes back."""
        path = registration.reference_path(present(self.ev.expr(module, node.args[0])))
        if path is None:
            return _NONE
        status, value = registration.reference_target(self.ev, path)
        if status != "function" or not isinstance(value, RegisteredOf):
            return _NONE
        return self._function(value.function, used, place, depth)

    def _function(self, function: RegisteredFunction, used: bool, place: Place, depth: int) -> Guard:
        if function.authenticated:
            return Guard(True, True, "builder", place)
        for key in self.effects.roots(function):
            found = self._passed_on(self.guard(key, depth + 1), used, place)
            if found.throws or found.tells:
                return found
        return _NONE

    def _discarded(self, module: Module, node: ir.Expr) -> bool:
        """Whether a call's result is thrown away."""
        index = self.ev.world.index(module)
        child: ir.Expr = node
        parent = index.parent(child)
        while isinstance(parent, (ir.Await, ir.Cast)) or (
            isinstance(parent, ir.Unary) and parent.op == "void"
        ):
            child, parent = parent, index.parent(parent)
        if isinstance(parent, ir.Evaluate):
            return True
        if isinstance(parent, ir.Declare):
            pattern = parent.pattern
            return isinstance(pattern, ir.BindName) and not index.uses.get(pattern.ref)
        return False

    # --------------------------------------------------------------------------------------------- secrets

    def _secret(self, module: Module, owner: int) -> Place | None:
        """A comparison with an environment variable, or a look-up by a token or session argument."""
        body = module.facts.functions[owner]
        for node in _expressions(body):
            if isinstance(node, ir.Binary) and node.op in ("===", "!==", "==", "!="):
                if self._is_env(module, node.left) or self._is_env(module, node.right):
                    other = node.right if self._is_env(module, node.left) else node.left
                    if not isinstance(other, (ir.Text, ir.Atom)):
                        return self.effects.places.at(module, node.start, node.end, owner)
            elif (
                isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) and node.callee.name == "eq"
            ):
                if len(node.args) == 2 and self._is_secret_arg(module, node.args[1]):
                    return self.effects.places.at(module, node.start, node.end, owner)
        return None

    def _is_env(self, module: Module, node: ir.Expr) -> bool:
        value = self.ev.expr(module, node)
        return (isinstance(value, Global) and value.name.startswith("process.env.")) or (
            isinstance(value, External) and value.path[:1] == ("env",)
        )

    def _is_secret_arg(self, module: Module, node: ir.Expr) -> bool:
        while isinstance(node, (ir.Cast, ir.Await)):
            node = node.value
        if isinstance(node, ir.Member) and isinstance(node.object, ir.Name):
            definition = self.ev.world.index(module).definitions.get(node.object.ref)
            return (
                definition is not None
                and definition.kind == "param"
                and definition.position == 1
                and _SECRET_WORD.search(node.name) is not None
            )
        if isinstance(node, ir.Name):
            definition = self.ev.world.index(module).definitions.get(node.ref)
            return (
                definition is not None
                and definition.kind == "param"
                and _SECRET_WORD.search(node.name) is not None
            )
        return False


def _throws(statement: ir.Stmt) -> bool:
    if isinstance(statement, ir.Throw):
        return True
    if isinstance(statement, ir.If):
        return any(_throws(s) for s in (*statement.yes, *statement.no))
    if isinstance(statement, (ir.Block, ir.Loop)):
        return any(_throws(s) for s in statement.body)
    if isinstance(statement, ir.Try):
        parts = (*statement.body, *(statement.handler or ()), *statement.final)
        return any(_throws(s) for s in parts)
    if isinstance(statement, ir.Switch):
        return any(_throws(s) for c in statement.cases for s in c.body)
    return False


def _expressions(function: ir.Function) -> list[ir.Node]:
    """All expressions of a function's own body, without those of nested functions."""
    found: list[ir.Node] = []
    if function.expression is not None:
        _collect(function.expression, found)
    for statement in function.body:
        _collect(statement, found)
    return found


def _collect(node: object, found: list[ir.Node]) -> None:
    if isinstance(node, tuple):
        for item in node:
            _collect(item, found)
    elif isinstance(node, ir.Node):
        found.append(node)
        for name in node.__struct_fields__[2:]:
            value = getattr(node, name)
            if isinstance(value, (tuple, ir.Node)):
                _collect(value, found)


__all__ = ["Access", "Guard"]
