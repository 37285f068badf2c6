"""What tests tell of a variable where an expression stands: `if (!board) throw ...; return board`.

This half reads the code alone: which tests lead to a place, how they come out there, and what each says
(`conditions.py`) of one variable or of a member of it. `narrow.py` holds it against values.

As in TypeScript, what is told of a variable that is never assigned again holds in functions that are written inside of
its block, too; what is told of a member, or of a variable that is assigned somewhere, ends at the function.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation.conditions import Constraint, Tests, either
from convexlint.program.evaluation.values import Closure, External
from convexlint.program.modules.index import Given
from convexlint.program.modules.nodes import bodies, entered_by, statements_in
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module
    from convexlint.program.modules.index import ModuleIndex


_MAY_BE_NOTHING = re.compile(r"\b(?:null|undefined|void|any|unknown)\b")
_ASSERTIONS = frozenset({"assert", "invariant"})
_ASSERTING = frozenset({"assert", "tiny-invariant", "invariant", "ts-invariant"})


class Reset(Struct, frozen=True):
    """From here up nothing more is known: the variable was given `value` (None: by some path, not by every), or, where
    there is an `otherwise`, it is what it was before and that holds of it: `if (!row) row = await create()`."""

    value: ir.Expr | None
    otherwise: Constraint | None = None


def constraints_at(
    ev: Evaluator, module: Module, node: ir.Expr, ref: int, *, deep: bool
) -> list[Constraint | Reset]:
    """What is told of variable `ref` where `node` stands, the nearest first; a `Reset` ends it. `deep`: functions
    around `node` are left, as long as the variable is never assigned again."""
    index = ev.world.index(module)
    assigned = index.facts.bindings[ref].assigned
    reader = _Reader(ev, module, index, ref, assigned, deep)
    if assigned and not reader.is_local(node):
        return []
    found: list[Constraint | Reset] = []
    child: Any = node
    parent = index.parent(child)
    while parent is not None:
        found.extend(reader.entering(parent, child))
        for statements in bodies(parent):
            for item in reader.before(statements, child):
                found.append(item)
                if isinstance(item, Reset):
                    return found
        if assigned and reader.may_be_set_on_the_way(parent, child):
            return [*found, Reset(None)]
        if isinstance(parent, ir.Function):
            number = index.functions[id(parent)]
            outer = index.lambdas.get(number)
            if assigned or not deep or outer is None or index.facts.bindings[ref].function == number:
                return found
            child, parent = outer, index.parent(outer)
            continue
        child, parent = parent, index.parent(parent)
    return found


_NEVER = Given([], [], frozenset())


class _Reader:
    """Reads tests and statements for what they tell of one variable."""

    def __init__(
        self, ev: Evaluator, module: Module, index: ModuleIndex, ref: int, assigned: bool, whole: bool
    ) -> None:
        """`whole`: it is about the variable itself, not about a member of it."""
        self._ev = ev
        self._module = module
        self._index = index
        self._tests = Tests(index, ref, assigned, whole)
        self._ref = ref
        self._assigned = assigned
        self._whole = whole
        self._asked = False
        """Whether something was asked of the evaluator."""
        self._given = index.given_to(ref) if assigned else _NEVER

    def is_local(self, node: ir.Expr) -> bool:
        """Whether the variable is assigned in the function of `node` alone, which is its own."""
        owner = self._index.owner(node)
        return self._index.facts.bindings[self._ref].function == owner and self._given.owners <= {owner}

    def assigns(self, node: ir.Node) -> bool:
        """Whether the variable is assigned somewhere inside of `node`."""
        starts = self._given.starts
        at = bisect_left(starts, node.start)
        return at < len(starts) and starts[at] < node.end

    def may_be_set_on_the_way(self, parent: Any, child: Any) -> bool:
        """Whether `parent` may assign the variable before control comes to `child`, but for the statements that stand
        in one list with it."""
        if isinstance(parent, (ir.Loop, ir.Switch)):
            return self.assigns(parent)
        if isinstance(parent, ir.If):
            return self.assigns(parent.test)
        if isinstance(parent, ir.Try):
            tried = not any(statement is child for statement in parent.body)
            return tried and any(
                self.assigns(statement) for statement in parent.body + (parent.handler or ())
            )
        if isinstance(parent, (ir.Function, ir.Block, ir.Case)):
            return False
        first, end = (bisect_left(self._given.starts, at) for at in (parent.start, child.start))
        return any(self._given.values[number].end <= child.start for number in range(first, end))

    # ------------------------------------------------------------------------------------------- statements

    def entering(self, parent: Any, child: Any) -> Iterator[Constraint]:
        """What the test tells that `parent` makes before control comes to `child`."""
        entered = entered_by(parent, child)
        if entered is not None:
            yield from self._tests.constraints(*entered)
        elif isinstance(parent, ir.Loop) and parent.kind in ("while", "for") and parent.source is not None:
            if any(statement is child for statement in parent.body):
                yield from self._tests.constraints(parent.source, True)
        elif isinstance(parent, ir.Switch) and isinstance(child, ir.Case):
            yield from self._case(parent, child)

    def _case(self, switch: ir.Switch, case: ir.Case) -> Iterator[Constraint]:
        """`switch (event.kind) { case "a": ... }`; a case that the one above it falls into has the labels of both."""
        labels: list[ir.Expr | None] = []
        for other in switch.cases:
            labels.append(other.test)
            if other is case:
                break
            if other.body and self._leaves(other.body):
                labels.clear()
        if None in labels:
            others = [c.test for c in switch.cases if c.test is not None and c.test not in labels]
            for label in others:
                yield from self._tests.equality(switch.subject, label, False, loose=False)
            return
        found = [
            list(self._tests.equality(switch.subject, label, True, loose=False)) for label in labels if label
        ]
        yield from either(found)

    def before(self, statements: tuple[ir.Stmt, ...], child: Any) -> Iterator[Constraint | Reset]:
        """What the statements in front of `child` tell, if it stands among them: the last one first."""
        position = self._index.position(statements, child)
        if position <= 0:
            return
        constraints = self._index.constraints
        for number in self._telling(statements, position):
            statement = statements[number]
            key = (id(statement), self._ref, self._assigned, self._whole)
            found: tuple[Constraint | Reset, ...] | None = constraints.get(key)
            if found is None:
                self._asked = False
                found = tuple(self._behind(statement))
                if not self._asked:  # else it depends on more than this module
                    constraints[key] = found
            yield from found

    def _telling(self, statements: tuple[ir.Stmt, ...], end: int) -> Sequence[int]:
        """Which of the first `end` statements may tell something of the variable, the last one first."""
        tests = self._index.tests_in(statements)
        found = tests[: bisect_left(tests, end)]
        if self._assigned:
            first, last = statements[0].start, statements[end].start
            starts = self._given.starts
            places = starts[bisect_left(starts, first) : bisect_left(starts, last)]
            declared = self._index.facts.bindings[self._ref].start
            if first <= declared < last:
                places.append(declared)
            found = sorted({*found, *(self._index.number_at(statements, place) for place in places)})
        return found[::-1]

    def _behind(self, statement: ir.Stmt) -> Iterator[Constraint | Reset]:
        """What one statement tells to those behind it."""
        if isinstance(statement, ir.If):
            yes, no = self._leaves(statement.yes), self._leaves(statement.no)
            if yes != no:
                yield from self._tests.constraints(statement.test, not yes)
        elif isinstance(statement, ir.Loop) and statement.source is not None:
            if statement.kind in ("while", "do", "for") and not _breaks(statement):
                # That it came to be nothing tells no more: the code that goes on with it knows better.
                after = self._tests.constraints(statement.source, False)
                yield from (t for t in after if (t.kind, t.holds) in (("truth", True), ("nothing", False)))
        elif isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Call):
            yield from self._asserted(statement.value)
        if self._assigned:
            yield from self._set_by(statement)

    def _set_by(self, statement: ir.Stmt) -> Iterator[Constraint | Reset]:
        """What a statement makes of an assigned variable."""
        if isinstance(statement, ir.Declare):
            if isinstance(statement.pattern, ir.BindName) and statement.pattern.ref == self._ref:
                yield Reset(statement.init)
            return
        if not self.assigns(statement):
            return
        reset = self._assignment(statement)
        if reset is not None:
            yield reset
            return
        if isinstance(statement, ir.If) and not statement.no:
            kept = [
                constraint
                for constraint in self._tests.constraints(statement.test, False)
                if constraint.path == ()
            ]
            inner = self._assignment(statement.yes[-1]) if statement.yes else None
            if kept and inner is not None and inner.otherwise is None:
                yield Reset(inner.value, kept[0])
                return
        if isinstance(statement, ir.If) and self._leaves(statement.yes) != self._leaves(statement.no):
            left = statement.yes if self._leaves(statement.yes) else statement.no
            if all(any(s.start <= e.start < s.end for s in left) for e in self._inside(statement)):
                return  # only where control does not come on
        yield Reset(None)

    def _inside(self, node: ir.Node) -> list[ir.Expr]:
        first, end = (bisect_left(self._given.starts, at) for at in (node.start, node.end))
        return self._given.values[first:end]

    def _assignment(self, statement: ir.Stmt) -> Reset | None:
        """`x = value;`, `x ??= value;`"""
        if not isinstance(statement, ir.Evaluate) or not isinstance(statement.value, ir.Assign):
            return None
        node = statement.value
        if not isinstance(node.target, (ir.Name, ir.BindName)) or node.target.ref != self._ref:
            return None
        if node.op == "=":
            return Reset(node.value)
        kept = {"??=": Constraint((), "nothing", False), "||=": Constraint((), "truth", True)}.get(node.op)
        return None if kept is None else Reset(node.value, kept)

    def _leaves(self, statements: tuple[ir.Stmt, ...]) -> bool:
        """Whether control never comes to the end of these statements."""
        return any(self._leaves_one(statement) for statement in statements)

    def _leaves_one(self, statement: ir.Stmt) -> bool:
        if isinstance(statement, (ir.Return, ir.Throw, ir.Jump)):
            return True
        if isinstance(statement, ir.If):
            return bool(statement.no) and self._leaves(statement.yes) and self._leaves(statement.no)
        if isinstance(statement, ir.Block):
            return self._leaves(statement.body)
        if isinstance(statement, ir.Try):
            handled = statement.handler is None or self._leaves(statement.handler)
            return (self._leaves(statement.body) and handled) or self._leaves(statement.final)
        if isinstance(statement, ir.Evaluate):
            result = self._result_type(statement.value)
            return isinstance(result, ir.TypeKeyword) and result.name == "never"
        return False

    def _result_type(self, node: ir.Expr) -> ir.Type | None:
        """The declared result of the function that an expression calls."""
        function = self._called(node)
        return None if function is None else function[1].result

    def _called(self, node: ir.Expr) -> tuple[Module, ir.Function] | None:
        if not isinstance(node, ir.Call) or not isinstance(node.callee, ir.Name) or node.callee.ref < 0:
            return None
        self._asked = True
        value = self._ev.binding(self._module, node.callee.ref)
        return (
            (value.module, value.module.facts.functions[value.index]) if isinstance(value, Closure) else None
        )

    def _asserted(self, call: ir.Call) -> Iterator[Constraint]:
        """`invariant(board, "gone")` of `function invariant(x: unknown, why: string): asserts x`."""
        called = self._called(call)
        if called is None:
            if call.args and self._is_assertion(call.callee):
                yield from self._tests.constraints(call.args[0], True)
            return
        module, function = called
        if not isinstance(function.result, ir.TypeOther) or function.result.kind != "asserts":
            return
        words = module.source[function.result.start : function.result.end].decode().split(maxsplit=3)
        for param, arg in zip(function.params, call.args, strict=False):
            if isinstance(param.pattern, ir.BindName) and words[1:2] == [param.pattern.name]:
                if len(words) == 2:
                    yield from self._tests.constraints(arg, True)
                elif words[2] == "is" and len(words) == 4 and _is_something(module, param, words[3]):
                    yield from self._tests.nothing(arg, False)

    def _is_assertion(self, callee: ir.Expr) -> bool:
        """Whether a package's function throws unless what it is given holds: `assert` of convex-helpers or Node.js,
        `invariant`."""
        if not isinstance(callee, ir.Name) or callee.ref < 0:
            return False
        value = self._ev.binding(self._module, callee.ref)
        if not isinstance(value, External):
            return False
        named = value.path[-1] if value.path else ""
        package = value.package.removeprefix("node:").rpartition("/")[2]
        return named in _ASSERTIONS or (named in ("", "default", "ok", "strict") and package in _ASSERTING)


def _is_something(module: Module, param: ir.Param, asserted: str) -> bool:
    """Whether the type that a parameter is asserted to be leaves out null and undefined: `NonNullable<T>`,
    `Doc<"boards">`, and the `T` of `value: T | null`."""
    if asserted.startswith("NonNullable<"):
        return True
    if _MAY_BE_NOTHING.search(asserted):
        return False
    if asserted.startswith(("Doc<", "Id<")):
        return True
    note = param.annotation
    text = "" if note is None else module.source[note.start : note.end].decode()
    return asserted in re.split(r"[:|\s]+", text) and "null" in text


def _breaks(loop: ir.Loop) -> bool:
    return any(isinstance(inner, ir.Jump) and inner.kind == "break" for inner in statements_in(loop.body))
