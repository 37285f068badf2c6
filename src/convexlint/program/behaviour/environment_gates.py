"""Tests of the environment alone: `if (process.env.NODE_ENV !== "development") throw ...` is a gate for everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.secret_names import words
from convexlint.program.evaluation.values import Closure, External, Global, Lit, members, present
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_MAX_HOPS = 6  # constants and helpers between a test and the variable that it asks for
_EQUALITIES = frozenset({"===", "!==", "==", "!="})
_PRODUCTION = frozenset({"production", "prod", "live"})
_ELSEWHERE = frozenset(
    {
        "development",
        "dev",
        "test",
        "testing",
        "tests",
        "local",
        "staging",
        "stage",
        "preview",
        "ci",
        "e2e",
        "debug",
    }
)
_ON = frozenset({"true", "1", "on", "yes", "enabled"})
_LOCAL = re.compile(r"localhost|127\.0\.0\.1|0\.0\.0\.0|:3210")
# Words of variables that open what is closed by default, and of those that hold something else.
_SWITCHES = frozenset(
    {
        "enable",
        "enabled",
        "allow",
        "allowed",
        "is",
        "test",
        "testing",
        "tests",
        "dev",
        "development",
        "debug",
        "e2e",
    }
    | {"seed", "seeding", "local", "ci", "staging", "preview", "mode", "demo", "dangerous", "unsafe"}
)
_NO_SWITCHES = frozenset(
    {
        "key",
        "secret",
        "token",
        "url",
        "uri",
        "id",
        "password",
        "disable",
        "disabled",
        "skip",
        "no",
        "maintenance",
    }
    | {"domain", "host", "email", "client", "dsn", "webhook", "mock", "name", "path", "port"}
)


class EnvironmentGates:
    """How tests come out in production, where only the environment decides."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev

    def outcome(self, module: Module, node: ir.Expr, hops: int = 0) -> bool | None:
        """Whether a test holds in production; None where something else decides as well, or that is not known."""
        node = bare(node)
        if hops > _MAX_HOPS:
            return None
        if isinstance(node, ir.Unary) and node.op == "!":
            inner = self.outcome(module, node.value, hops)
            return None if inner is None else not inner
        if isinstance(node, ir.Await):
            return self.outcome(module, node.value, hops)
        if isinstance(node, ir.Binary):
            return self._binary(module, node, hops)
        if isinstance(node, ir.Call):
            return self._call(module, node, hops)
        name = self._variable(module, node)
        if name is not None:
            return _switched_on(name)
        if isinstance(node, ir.Member):
            held = self._held(module, bare(node.object))
            value = None if held is None else _property(held[1], node.name)
            return None if held is None or value is None else self.outcome(held[0], value, hops + 1)
        return self._constant(module, node, hops) if isinstance(node, ir.Name) else None

    def _binary(self, module: Module, node: ir.Binary, hops: int) -> bool | None:
        if node.op in ("&&", "||"):
            sides = (self.outcome(module, node.left, hops), self.outcome(module, node.right, hops))
            settled = node.op == "||"
            if settled in sides:
                return settled
            return None if None in sides else not settled
        if node.op not in _EQUALITIES:
            return None
        for one, other in ((node.left, node.right), (node.right, node.left)):
            name, text = self._variable(module, one), self._text(module, other)
            if name is not None and text is not None:
                equal = _equals(name, text)
                return None if equal is None else equal is (node.op in ("===", "=="))
        return None

    def _call(self, module: Module, node: ir.Call, hops: int) -> bool | None:
        callee = node.callee
        if (
            isinstance(callee, ir.Member)
            and callee.name in ("includes", "startsWith", "endsWith", "has", "match", "test")
            and len(node.args) == 1
        ):
            asked, said = callee.object, node.args[0]
            if callee.name == "test":
                asked, said = said, asked  # `/localhost/.test(process.env.CONVEX_CLOUD_URL ?? "")`
            name = self._variable(module, asked)
            text = self._text(module, said) or _pattern(module, said)
            if name is not None and text is not None:
                return False if _LOCAL.search(text) else None
            return self._is_among(module, callee.object, node.args[0])
        if isinstance(callee, ir.Atom):
            return None
        value = present(self.ev.expr(module, callee))
        if not isinstance(value, Closure):
            return None
        function = value.module.facts.functions[value.index]
        if function.expression is not None:
            return self.outcome(value.module, function.expression, hops + 1)
        if (
            len(function.body) == 1
            and isinstance(function.body[0], ir.Return)
            and function.body[0].value is not None
        ):
            return self.outcome(value.module, function.body[0].value, hops + 1)
        return None

    def live_case(self, module: Module, node: ir.Switch) -> ir.Case | None:
        """The case of a `switch (process.env.NODE_ENV)` that control comes to in production; None where that is not
        known."""
        name = self._variable(module, node.subject)
        default = None
        for case in node.cases if name is not None else ():
            if case.test is None:
                default = case
                continue
            text = self._text(module, case.test)
            equal = None if text is None or name is None else _equals(name, text)
            if equal is not False:
                return case if equal else None
        return default

    def _is_among(self, module: Module, among: ir.Expr, asked: ir.Expr) -> bool | None:
        """`["development", "test"].includes(process.env.NODE_ENV)`."""
        name = self._variable(module, asked)
        listed = bare(among)
        if isinstance(listed, ir.Name):
            definition = self.ev.world.index(module).definitions.get(listed.ref)
            listed = (
                bare(definition.expr) if definition is not None and definition.expr is not None else listed
            )
        if isinstance(listed, ir.New) and len(listed.args) == 1:
            listed = bare(listed.args[0])
        if name is None or not isinstance(listed, ir.Array):
            return None
        texts = [self._text(module, item) for item in listed.items]
        found = {None if text is None else _equals(name, text) for text in texts}
        return next(iter(found)) if len(found) == 1 else None

    def _constant(self, module: Module, node: ir.Name, hops: int) -> bool | None:
        """A test that a constant holds, of this module or an imported one."""
        held = self._held(module, node)
        return None if held is None else self.outcome(held[0], held[1], hops + 1)

    def _held(self, module: Module, node: ir.Expr) -> tuple[Module, ir.Expr] | None:
        """What is written behind the constant that an expression names, and in which module."""
        if not isinstance(node, ir.Name) or node.ref < 0:
            return None
        held = self.ev.world.constant(module, node.ref)
        if held is not None:
            return held
        target = self.ev.world.follow(module, node.ref)  # `export default process.env.STAGE === "dev"`
        if target is None or target.kind != "expr" or target.module is None or target.expr is None:
            return None
        return target.module, target.expr

    def _variable(self, module: Module, node: ir.Expr) -> str | None:
        """The name of the variable of the environment that an expression is."""
        bare_node = bare(node)
        if isinstance(bare_node, ir.Binary) and bare_node.op in ("??", "||"):
            bare_node = bare(bare_node.left)
        if not isinstance(bare_node, (ir.Name, ir.Member, ir.Index)):
            return None
        for value in members(present(self.ev.expr(module, bare_node))):
            if isinstance(value, Global) and value.name.startswith("process.env."):
                return value.name.removeprefix("process.env.")
            if isinstance(value, External) and len(value.path) == 2 and value.path[0] == "env":
                return value.path[1]
        return None

    def _text(self, module: Module, node: ir.Expr) -> str | None:
        value = present(self.ev.expr(module, node))
        return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None


def _property(node: ir.Expr, name: str) -> ir.Expr | None:
    """What an object, as it is written, holds by that name."""
    node = bare(node)
    if (
        isinstance(node, ir.Call)
        and node.args
        and isinstance(node.callee, ir.Member)
        and node.callee.name == "freeze"
    ):
        node = bare(node.args[0])
    if not isinstance(node, ir.Object) or any(prop.key is None for prop in node.props):
        return None
    return next((prop.value for prop in node.props if prop.key == name), None)


def _pattern(module: Module, node: ir.Expr) -> str | None:
    """The source of a regular expression, without the backslashes."""
    node = bare(node)
    if not isinstance(node, ir.Atom) or node.kind != "regex":
        return None
    return module.text(Span(node.start, node.end)).replace("\\", "")


def _equals(name: str, text: str) -> bool | None:
    """Whether the variable `name` has the value `text` in production."""
    said = text.lower()
    if said in _PRODUCTION:
        return True
    if said in _ELSEWHERE:
        return False
    return False if said in _ON and _switched_on(name) is False else None


def _switched_on(name: str) -> bool | None:
    """Whether a switch is on in production, by its name."""
    parts = words(name)
    if not parts or any(part in _NO_SWITCHES for part in parts):
        return None
    if any(part in _PRODUCTION for part in parts):
        return True
    return False if any(part in _SWITCHES for part in parts) else None
