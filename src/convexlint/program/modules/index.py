"""What one pass over a module's facts has found: definitions, uses, calls, parents. `walk.py` makes it.

All indices are by object identity (`id`) of facts nodes, which live as long as the module.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Literal

from convexlint.facts import ir
from convexlint.facts.by_node import ByNode
from convexlint.structs import Struct, field

OF_CTX = frozenset({"db", "storage", "scheduler", "runQuery", "runMutation", "runAction", "vectorSearch"})
"""Members of a ctx that only functions of some kinds have: a helper may ask whether they are there."""


class Definition(Struct, gc=False):
    """How a binding gets its value.

    kind: var, param, loop, function, class, import, catch, enum. `path`: the way through a destructuring
    pattern: ("key", name), ("item", i), ("rest", names), ("tail", i), ("default", expr). `expr`: initialiser
    (var) or iterated expression (loop). `index`: function or class index, for params the function's index;
    `position`: the parameter's number. `loop`: the loop's kind.
    """

    kind: Literal["var", "param", "loop", "function", "class", "import", "catch", "enum"]
    path: tuple[tuple[str, Any], ...] = ()
    expr: ir.Expr | None = None
    annotation: ir.Type | None = None
    index: int = -1
    position: int = 0
    loop: str = ""
    keyword: str = ""
    imported: ir.ImportName | None = None
    statement: ir.Import | None = None


LONG_TEXT = 16
"""Bytes of a literal, quotes included, from which on it may hold more than a word or two."""


class CallSite(Struct, gc=False):
    """A call or construction and the facts function it stands in."""

    expr: ir.Call | ir.New
    owner: int


class Given(Struct, gc=False):
    """What a variable is assigned: by place, with the place where each begins; and the functions in which it is."""

    values: list[ir.Expr]
    starts: list[int]
    owners: frozenset[int]


class ModuleIndex(Struct):
    """See the fields: by binding number, by function index, or by id() of nodes.

    `code_calls`, and `calls_by_owner`: without `v.string()` and its like, which are more than half of all calls.
    `comparisons`: by `==` and its relatives. `long_texts`: literals of at least `LONG_TEXT` bytes.
    `tests_ctx`: some test may ask for one of `OF_CTX`. `optional`: chains of which a `?.` may leave the whole
    undefined, by id().
    """

    facts: ir.ModuleFacts
    definitions: dict[int, Definition] = field(default_factory=dict)
    assignments: dict[int, list[tuple[tuple[tuple[str, Any], ...], ir.Expr]]] = field(default_factory=dict)
    uses: dict[int, list[ir.Name]] = field(default_factory=dict)
    globals: list[tuple[ir.Name, int]] = field(default_factory=list)
    calls: list[CallSite] = field(default_factory=list)
    code_calls: list[CallSite] = field(default_factory=list)
    calls_by_owner: dict[int, list[CallSite]] = field(default_factory=dict)
    comparisons: list[ir.Binary] = field(default_factory=list)
    long_texts: list[ir.Text | ir.Template] = field(default_factory=list)
    tests_ctx: bool = False
    optional: set[int] = field(default_factory=set)
    returns: dict[int, list[ir.Expr]] = field(default_factory=dict)
    bare_returns: dict[int, int] = field(default_factory=dict)
    exported: dict[int, list[ir.Export]] = field(default_factory=dict)  # by binding, what exports it
    functions: dict[int, int] = field(default_factory=dict)  # the number of each facts function, by id()
    parents: ByNode[Any] = field(default_factory=ByNode)
    lambdas: dict[int, ir.Lambda] = field(default_factory=dict)
    inner: dict[int, list[int]] = field(default_factory=dict)
    default_export: ir.Expr | None = None
    assigned_exports: dict[str, ir.Expr] = field(default_factory=dict)
    module_exports: ir.Expr | None = None
    loops: list[tuple[ir.Loop, int]] = field(default_factory=list)
    pushes: dict[int, list[tuple[str, tuple[ir.Expr, ...]]]] = field(default_factory=dict)
    this_fields: dict[tuple[int, str], list[ir.Expr]] = field(default_factory=dict)
    writes: dict[int, list[tuple[str | None, ir.Expr]]] = field(default_factory=dict)
    aliases: dict[int, list[int]] = field(default_factory=dict)
    field_class: dict[int, int] = field(default_factory=dict)
    this_class: dict[int, int] = field(default_factory=dict)
    conditions: dict[int, Any] = field(default_factory=dict)  # what `branches.conditions` has found, by node
    left: dict[int, Any] = field(default_factory=dict)  # what `branches` has found, by list of statements
    constraints: dict[tuple[int, int, bool, bool], Any] = field(
        default_factory=dict
    )  # what `constraints` has, by statement
    given: dict[int, Given] = field(default_factory=dict)  # what variables are assigned, where somebody asked
    tests: dict[int, list[int]] = field(default_factory=dict)  # what `tests_in` has found, by id()
    starts: dict[int, list[int]] = field(default_factory=dict)  # of the statements in a list, by id()
    positions: dict[int, dict[int, int]] = field(default_factory=dict)  # of statements in their list, by id()
    tested: dict[int, bool] = field(default_factory=dict)  # what `tested.is_tested` has found, by binding
    merged: dict[int, ir.Object] = field(default_factory=dict)  # what `Object.assign` gives, by call's id()
    constants: set[int] = field(default_factory=set)  # the literals that stand in an `as const`, by id()

    def parent(self, node: ir.Node) -> Any:
        """The node that directly contains `node` (a Function for top statements of a body), or None."""
        return self.parents.get(node)

    def given_to(self, ref: int) -> Given:
        """What the variable is assigned after its declaration."""
        found = self.given.get(ref)
        if found is None:
            values = sorted((expr for _, expr in self.assignments.get(ref, ())), key=lambda one: one.start)
            owners = frozenset([self.owner(one) for one in values])
            found = self.given[ref] = Given(values, [one.start for one in values], owners)
        return found

    def position(self, statements: tuple[ir.Stmt, ...], child: object) -> int:
        """The number of a statement in a list of facts; -1 where it is none of them."""
        if len(statements) < 8:
            return next((n for n, statement in enumerate(statements) if statement is child), -1)
        found = self.positions.get(id(statements))
        if found is None:
            found = self.positions[id(statements)] = {id(s): n for n, s in enumerate(statements)}
        return found.get(id(child), -1)

    def tests_in(self, statements: tuple[ir.Stmt, ...]) -> list[int]:
        """The numbers of those statements in a list of facts that may tell the code behind them how a test came out:
        `if`, loops, calls of assertions."""
        found = self.tests.get(id(statements))
        if found is None:
            found = self.tests[id(statements)] = [n for n, one in enumerate(statements) if _is_test(one)]
        return found

    def number_at(self, statements: tuple[ir.Stmt, ...], place: int) -> int:
        """The number of the statement in a list of facts that a place of the source stands in."""
        starts = self.starts.get(id(statements))
        if starts is None:
            starts = self.starts[id(statements)] = [statement.start for statement in statements]
        return max(bisect_right(starts, place) - 1, 0)

    def constant(self, ref: int) -> ir.Expr | None:
        """What is written behind `const name =`; None for names that are made otherwise."""
        definition = self.definitions.get(ref)
        if definition is None or definition.keyword != "const" or definition.path:
            return None
        return definition.expr

    def owner(self, node: ir.Node) -> int:
        """The facts function that `node` stands in; 0 at module level. A class stands in its function, and so do the
        initialisers of its fields."""
        above = self.parents.get(node)
        while above is not None:
            if type(above) is ir.Function:
                return self.functions[id(above)]
            if type(above) is ir.Class:
                return above.function
            above = self.parents.get(above)
        return 0


def _is_test(statement: ir.Stmt) -> bool:
    if isinstance(statement, ir.Evaluate):
        return isinstance(statement.value, ir.Call)
    return isinstance(statement, (ir.If, ir.Loop))


def outward(index: ModuleIndex, node: Any) -> tuple[Any, Any]:
    """The outermost cast around `node` (itself, where there is none), and what that stands in."""
    parent = index.parent(node)
    while isinstance(parent, ir.Cast):
        node, parent = parent, index.parent(parent)
    return node, parent
