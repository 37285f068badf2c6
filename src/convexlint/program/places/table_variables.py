"""The variable that names the table of an id: `for (const row of await ctx.db.query(table).take(9)) ... row._id`.

Which table it is nobody knows before the code runs, but the id certainly is one of it. Only variables that are never
assigned again are followed, and only inside of one function and those that stand in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.queries import BUILDERS
from convexlint.program.evaluation.values import Part
from convexlint.program.modules.nodes import bare

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_MAX_STEPS = 24
_ROWS = frozenset({"collect", "take"})
_ROW = frozenset({"first", "unique"})
_SAME_ROWS = frozenset({"filter", "slice", "sort", "reverse", "toSorted", "toReversed"})
_ONE_OF_ROWS = frozenset({"find", "findLast", "at", "pop", "shift"})
_EACH_ROW = frozenset({"map", "forEach", "filter", "find", "findLast", "flatMap", "some", "every"})


def table_variable(ev: Evaluator, module: Module, node: ir.Expr, owner: int) -> str | None:
    """The source of the table argument of the read or insert that gave the id `node`, as it can be written once more
    in function `owner`; None where it is not known."""
    found = _Trace(ev, module).id(node)
    if found is None or not _is_visible(module, found, owner):
        return None
    return module.text(Span(found.start, found.end))


def _is_visible(module: Module, table: ir.Expr, owner: int) -> bool:
    """Whether `table` is a variable (or a member of one) that means the same in `owner`."""
    root = bare(table)
    while isinstance(root, ir.Member):
        root = root.object
    if not isinstance(root, ir.Name) or root.ref < 0:
        return False
    bindings, functions = module.facts.bindings, module.facts.functions
    chain = {0}
    while owner > 0:
        chain.add(owner)
        owner = functions[owner].parent
    same = [b for b in bindings if b.name == root.name and b.function in chain]
    binding = bindings[root.ref]
    return not binding.assigned and binding.kind not in ("let", "var") and same == [binding]


class _Trace:
    """Follows an id back to the database call that it comes from."""

    def __init__(self, ev: Evaluator, module: Module) -> None:
        self._ev = ev
        self._module = module
        self._index = ev.world.index(module)
        self._steps = 0

    def id(self, node: ir.Expr) -> ir.Expr | None:
        node = self._plain(node)
        if isinstance(node, ir.Member):
            return self._row(node.object) if node.name == "_id" else None
        if isinstance(node, ir.Call):
            return self._of_database(node, "insert") or self._of_database(node, "normalizeId")
        source = self._source(node)
        if source is None:
            return None
        path, expr, kind = source
        if not path:
            return self.id(expr) if kind == "var" else None
        if path[-1] != ("key", "_id"):
            return None
        return self._part(path[:-1], expr, kind)

    def _row(self, node: ir.Expr) -> ir.Expr | None:
        node = self._plain(node)
        if isinstance(node, ir.Index):
            return self._rows(node.object)
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
            if node.callee.name in _ROW:
                return self._query(node.callee.object)
            if node.callee.name in _ONE_OF_ROWS:
                return self._rows(node.callee.object)
            return self._of_database(node, "get") if len(node.args) == 2 else None
        source = self._source(node)
        return None if source is None else self._part(*source)

    def _part(self, path: tuple[tuple[str, object], ...], expr: ir.Expr, kind: str) -> ir.Expr | None:
        """The row that a pattern takes out of what `expr` gives."""
        if not path:
            return self._row(expr) if kind == "var" else self._rows(expr)
        is_item = len(path) == 1 and path[0][0] == "item"
        return self._rows(expr) if is_item and kind == "var" else None

    def _rows(self, node: ir.Expr) -> ir.Expr | None:
        node = self._plain(node)
        if isinstance(node, ir.Member) and node.name == "page":
            return self._page(node.object)
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
            if node.callee.name in _ROWS:
                return self._query(node.callee.object)
            if node.callee.name in _SAME_ROWS:
                return self._rows(node.callee.object) or self._query(node)
            return self._query(node)  # for await (const row of query)
        source = self._source(node)
        if source is None or source[2] != "var":
            return None
        path, expr, _ = source
        if not path:
            return self._rows(expr)
        return self._page(expr) if path == (("key", "page"),) else None

    def _page(self, node: ir.Expr) -> ir.Expr | None:
        node = self._plain(node)
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
            return self._query(node.callee.object) if node.callee.name == "paginate" else None
        source = self._source(node)
        return self._page(source[1]) if source is not None and not source[0] and source[2] == "var" else None

    def _query(self, node: ir.Expr) -> ir.Expr | None:
        node = self._plain(node)
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
            if node.callee.name in BUILDERS:
                return self._query(node.callee.object)
            return self._of_database(node, "query")
        source = self._source(node)
        return self._query(source[1]) if source is not None and not source[0] and source[2] == "var" else None

    def _of_database(self, node: ir.Call, method: str) -> ir.Expr | None:
        """The table argument of a call of this method of the database."""
        callee = node.callee
        if not isinstance(callee, ir.Member) or callee.name != method or not node.args:
            return None
        receiver = self._ev.expr(self._module, callee.object)
        is_database = isinstance(receiver, Part) and receiver.name == "db"
        return node.args[0] if is_database and not isinstance(node.args[0], ir.Spread) else None

    def _source(self, node: ir.Expr) -> tuple[tuple[tuple[str, object], ...], ir.Expr, str] | None:
        """Where a variable comes from: (the path of its pattern, the expression, "var" or "loop")."""
        self._steps += 1
        if not isinstance(node, ir.Name) or node.ref < 0 or self._steps > _MAX_STEPS:
            return None
        definition = self._index.definitions.get(node.ref)
        if definition is None or self._module.facts.bindings[node.ref].assigned:
            return None
        if definition.kind == "var" and definition.expr is not None:
            return definition.path, definition.expr, "var"
        if definition.kind == "loop" and definition.expr is not None and definition.loop != "in":
            return definition.path, definition.expr, "loop"
        if definition.kind == "param" and definition.position == 0:
            array = self._array_of_callback(definition.index)
            return None if array is None else (definition.path, array, "loop")
        return None

    def _array_of_callback(self, function: int) -> ir.Expr | None:
        """`rows` of `rows.map((row) => ...)`, for the function that is handed over."""
        node = self._index.lambdas.get(function)
        call = None if node is None else self._index.parent(node)
        if (
            isinstance(call, ir.Call)
            and isinstance(call.callee, ir.Member)
            and call.callee.name in _EACH_ROW
            and call.args[0] is node
        ):
            return call.callee.object
        return None

    def _plain(self, node: ir.Expr) -> ir.Expr:
        while isinstance(node, (ir.Cast, ir.Await)):
            node = node.value
        return node
