"""What one reading of a function (`gates`) must ask of others: of its callees, and of the program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.effects import Effects
from convexlint.program.behaviour.environment_gates import EnvironmentGates
from convexlint.program.behaviour.events import event_tables
from convexlint.program.behaviour.reach import Reach
from convexlint.program.behaviour.summaries import Key
from convexlint.program.behaviour.trust import Guard, Trust, Worth
from convexlint.program.evaluation.never import never_comes_back
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.evaluation.written import called
from convexlint.program.model import Module, Place, RegisteredFunction

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


class Judge(ABC):
    """Knows what functions say about access. `configured`: names of functions that count as a check. `runs`: for each
    `ctx.run*`, by module and offset, whether what it runs is checked each time. `written`: for each
    `insert`, `patch` and `replace`, likewise, the best that is written into a field that does not only note who changed
    the row. `rows`: for each write of a row, likewise, the best that its id is worth. `events`: see `events`."""

    def __init__(self, ev: Evaluator, effects: Effects, configured: frozenset[str]) -> None:
        self.ev = ev
        self.effects = effects
        self.configured = configured
        self.reach = Reach(effects)
        self.runs: dict[tuple[str, int], bool] = {}
        self.written: dict[tuple[str, int], Trust] = {}
        self.rows: dict[tuple[str, int], Trust] = {}
        self.events = event_tables(ev.tables)
        self._environment = EnvironmentGates(ev)

    @abstractmethod
    def guard(self, key: Key, given: tuple[Worth, ...], ctx_trust: Trust, depth: int) -> Guard:
        """What facts function `key` says when called with such arguments. Within a cycle nothing is claimed."""

    @abstractmethod
    def registered(self, function: RegisteredFunction, depth: int, sent: Worth) -> Guard:
        """What runs when a registered function is called with the arguments `sent`."""

    @abstractmethod
    def constant(self, module: Module, binding: int) -> Trust:
        """KEPT for a constant of a module that is made of a secret of the environment."""

    def place(self, module: Module, node: ir.Node, owner: int) -> Place:
        return self.effects.places.at(module, node.start, node.end, owner)

    def in_production(self, module: Module, test: ir.Expr) -> bool | None:
        """How a test comes out in production, None where not the environment alone decides."""
        return self._environment.outcome(module, test)

    def live_case(self, module: Module, node: ir.Switch) -> ir.Case | None:
        """The case of a switch over a variable of the environment that production comes to."""
        return self._environment.live_case(module, node)

    def only_throws(self, module: Module, node: ir.Call, depth: int) -> bool:
        """Whether the callee is a function of the project that always throws, or is declared as one."""
        value = present(called(self.ev, module, node.callee))
        if not isinstance(value, Closure):
            return never_comes_back(self.ev, module, node)
        return self.guard((value.module.path, value.index), (), Trust.NONE, depth + 1).always

    def is_async(self, module: Module, node: ir.Expr) -> bool:
        """Whether the callee of a call is an async function of the project."""
        if not isinstance(node, ir.Call) or isinstance(node.callee, ir.Atom):
            return False
        value = present(called(self.ev, module, node.callee))
        return isinstance(value, Closure) and value.module.facts.functions[value.index].is_async
