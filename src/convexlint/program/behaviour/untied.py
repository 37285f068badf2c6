"""Writes of rows that nobody asked about, beside a row that was: `removeTask({ projectId, taskId })` asks whose the
project is, and deletes whatever task the client names."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from convexlint.facts import ir
from convexlint.program.behaviour.client_rows import client_rows
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.given_away import given_away
from convexlint.program.behaviour.open_writes import open_writes
from convexlint.program.behaviour.owned_tables import linked_tables, owner_fields
from convexlint.program.behaviour.standing import Standing, standing_of
from convexlint.program.behaviour.unowned import is_for_all
from convexlint.program.model import DatabaseCall, Module, Place, RegisteredFunction
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import callee_name, descendants
from convexlint.program.places.elsewhere import call_at
from convexlint.program.places.origins import Origin, Origins, origins, validator_at
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import (
    ArrayValidator,
    IdValidator,
    ObjectValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

_CHANGES = frozenset({"patch", "replace", "delete"})
_WRITES = _CHANGES | {"insert"}
_STORES = frozenset({"runAfter", "runAt", "log", "info", "warn", "error", "debug"})
"""Calls that pass on what they are given without refusing anything now."""
_EQUALITIES = frozenset({"===", "!==", "==", "!="})
_LOGIC = frozenset({"&&", "||", "??"})
_MAX_STEPS = 12


class UntiedWrite(Struct, frozen=True, eq=False):
    """`call`, at `place`, changes the row of `table` that the argument `child` names. `function` asks about the row
    that its argument `parent` names, and never whether the `field` of the changed row is that one. `standing`: what it
    asks."""

    function: RegisteredFunction
    place: Place
    call: DatabaseCall
    table: str
    field: str
    child: Origin
    parent: str
    standing: Standing


@listed
def untied_writes(program: Program) -> Iterator[UntiedWrite]:
    """Rows that public mutations change by an argument that leads to no question, while another argument, which the
    rows of that table belong to, does; by function and place, the first of each argument.

    Only writes in the handler itself, of tables that say by a field which row theirs belongs to. Whatever is done with
    the argument, or with a linking field of the row that it finds, may be such a question, if only it is compared,
    looked up, or handed to a function: then nothing is told. Nor where the client's value is written without a
    validator, which is another mistake, and where anybody may do it (a count).
    """
    others: set[int] | None = None
    for function in program.functions:
        if function.kind != "mutation" or not function.is_public or function.path is None:
            continue
        handler, declared = function.handler, function.args.validator
        if handler is None or function.wrapper is not None or not isinstance(declared, ObjectValidator):
            continue
        if len(declared.fields) < 2 or any(
            fnmatchcase(function.path, p) for p in program.settings.auth_public
        ):
            continue
        for write in _Function(program, function, handler.module, handler.index, declared).writes():
            if others is None:
                others = {id(w.call) for w in open_writes(program)} | {
                    id(w.call) for w in given_away(program)
                }
            if id(write.call) not in others and not is_for_all(program, write.call):
                yield write


class _Function:
    def __init__(
        self,
        program: Program,
        function: RegisteredFunction,
        module: Module,
        number: int,
        args: ObjectValidator,
    ) -> None:
        self._program = program
        self._function = function
        self._module = module
        self._number = number
        self._args = args
        self._index = program.ev.world.index(module)
        self._origins: Origins = origins(program)
        self._named: dict[str, list[ir.Expr]] | None = None

    def writes(self) -> Iterator[UntiedWrite]:
        seen: set[str] = set()
        for effect in effects_of(self._program, self._function):
            if effect.kind != "db-write" or effect.chain or effect.guarded:
                continue
            call = call_at(self._program, effect.place)
            child = self._child(call) if call is not None else None
            if call is None or child is None or child.path[0] in seen:
                continue
            table = call.table or call.id_table or _id_table(validator_at(child))
            links = linked_tables(self._program, table) if table is not None else {}
            found = next(self._parents(child.path[0], links), None)
            if table is None or found is None:
                continue
            standing = standing_of(self._program, self._function)
            if standing.level != "owner":
                return
            parent, field = found
            asked = self._is_asked(parent, self._args_table(parent))
            if not asked or self._is_asked(child.path[0], table) or self._builder_may_ask(child.path[0]):
                continue
            seen.add(child.path[0])
            yield UntiedWrite(self._function, effect.place, call, table, field, child, parent, standing)

    def _child(self, call: DatabaseCall) -> Origin | None:
        """The argument that names the row which a call changes."""
        position = 1 if call.explicit else 0
        if call.method not in _CHANGES or call.system or position >= len(call.args):
            return None
        for source in client_rows(self._program).of(self._module, call.args[position]):
            origin = source.origin
            if origin.function is self._function and len(origin.path) == 1 and not origin.rest:
                return origin
        return None

    def _parents(self, child: str, links: dict[str, str | None]) -> Iterator[tuple[str, str]]:
        """Another argument, and the field of the changed row that would be it: of its name, or an id of its table."""
        for name, field in self._args.fields.items():
            if name == child:
                continue
            if name in links:
                yield name, name
                continue
            table = _id_table(field.validator)
            same = [link for link, linked in links.items() if linked == table]
            if table is not None and len(same) == 1:
                yield name, same[0]

    def _args_table(self, name: str) -> str | None:
        return _id_table(self._args.fields[name].validator)

    def _builder_may_ask(self, name: str) -> bool:
        """Whether a customization may look at an argument by that name."""
        for customization in self._function.customizations:
            module = getattr(customization, "module", None)
            if (
                not isinstance(module, Module)
                or module is self._function.module
                or module.holds(name.encode())
            ):
                return True
        return False

    # ---------------------------------------------------------------------------------------- what is asked

    def _is_asked(self, name: str, table: str | None) -> bool:
        """Whether anything is done with an argument, or with the row that it finds, that may be a question."""
        links = {} if table is None else linked_tables(self._program, table)
        owners = () if table is None else owner_fields(self._program, table)
        return any(self._asks(node, frozenset({*links, *owners})) for node in self._nodes(name))

    def _nodes(self, name: str) -> list[ir.Expr]:
        """Where the handler, or a function in it, names the argument."""
        if self._named is None:
            self._named = {}
            pending = [self._number]
            while pending:
                number = pending.pop()
                pending += self._index.inner.get(number, [])
                function = self._module.facts.functions[number]
                for node in descendants((function.body, function.expression)):
                    if isinstance(node, (ir.Name, ir.Member)):
                        self._note(self._named, node)
        return self._named.get(name, [])

    def _note(self, named: dict[str, list[ir.Expr]], node: ir.Name | ir.Member) -> None:
        for origin in self._origins.of(self._module, node):
            if origin.function is self._function and len(origin.path) == 1:
                named.setdefault(origin.path[0], []).append(node)

    def _asks(self, node: ir.Node, links: frozenset[str], steps: int = 0) -> bool:
        inner, parent = outward(self._index, node)
        if steps > _MAX_STEPS or parent is None:
            return True
        if isinstance(parent, (ir.If, ir.Return, ir.Throw, ir.Evaluate, ir.Template, ir.New)):
            return False
        if isinstance(parent, ir.Unary):
            return False
        if isinstance(parent, ir.Conditional):
            return parent.test is not inner and self._asks(parent, links, steps + 1)
        if isinstance(parent, ir.Binary):
            if parent.op in _LOGIC:
                return self._asks(parent, links, steps + 1)
            other = parent.right if parent.left is inner else parent.left
            return not (parent.op in _EQUALITIES and isinstance(other, ir.Atom))
        if isinstance(parent, ir.Declare):
            return not isinstance(parent.pattern, ir.BindName)
        if isinstance(parent, ir.Assign):
            return parent.value is not inner or not isinstance(parent.target, (ir.Name, ir.BindName))
        if isinstance(parent, (ir.Prop, ir.Object, ir.Array, ir.Await)):
            return self._asks(parent, links, steps + 1)
        if isinstance(parent, ir.Call) and parent.callee is not inner:
            return self._call_asks(parent, links)
        each = self._elements(inner, parent)
        return each is None or any(self._asks(use, links, steps + 1) for use in each)

    def _elements(self, inner: Any, parent: Any) -> list[ir.Name] | None:
        """The uses of what goes through a list of ids: `for (const id of args.ids)`, `args.ids.map((id) => ...)`."""
        pattern = None
        if isinstance(parent, ir.Loop) and parent.source is inner and parent.kind == "of":
            pattern = parent.pattern
        elif isinstance(parent, ir.Member) and parent.object is inner:
            if parent.name == "length":
                return []
            call = self._index.parent(parent)
            callback = call.args[0] if isinstance(call, ir.Call) and call.args else None
            if parent.name in ELEMENT_FIRST and isinstance(callback, ir.Lambda):
                params = self._module.facts.functions[callback.index].params
                pattern = params[0].pattern if len(params) == 1 else None
        return self._index.uses.get(pattern.ref, []) if isinstance(pattern, ir.BindName) else None

    def _call_asks(self, call: ir.Call, links: frozenset[str]) -> bool:
        name, span = callee_name(call.callee)
        if not isinstance(call.callee, ir.Member):
            return True
        found = call_at(self._program, placing(self._program).at(self._module, span.start, span.end, 0))
        if found is None:
            return name not in _STORES
        if found.method in _WRITES:
            return False
        return found.method != "get" or self._row_asks(call, links)

    def _row_asks(self, get: ir.Call, links: frozenset[str]) -> bool:
        """Whether the row that an argument finds is asked for what it belongs to."""
        _, awaited = outward(self._index, get)
        if not isinstance(awaited, ir.Await):
            return True
        parent = outward(self._index, awaited)[1]
        if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName):
            uses = self._index.uses.get(parent.pattern.ref, ())
            return any(self._use_asks(use, links) for use in uses)
        return self._use_asks(awaited, links)

    def _use_asks(self, use: ir.Expr, links: frozenset[str]) -> bool:
        inner, parent = outward(self._index, use)
        if isinstance(parent, ir.Member) and parent.object is inner:
            return parent.name in links or (parent.name == "_id" and self._asks(parent, links))
        if isinstance(parent, ir.Binary):
            other: Any = parent.right if parent.left is inner else parent.left
            plain = parent.op in _LOGIC or (parent.op in _EQUALITIES and isinstance(other, ir.Atom))
            return not plain or (parent.op in _LOGIC and parent.right is inner)
        if isinstance(parent, ir.Conditional):
            return parent.test is not inner
        return not isinstance(parent, (ir.If, ir.Return, ir.Unary, ir.Evaluate))


def _id_table(validator: Validator | None) -> str | None:
    """The table of an id, also one that may be null, or of the ids in a list."""
    if isinstance(validator, ArrayValidator):
        validator = validator.element
    if isinstance(validator, UnionValidator):
        tables = {one.table for one in validator.members if isinstance(one, IdValidator)}
        return tables.pop() if len(tables) == 1 else None
    return validator.table if isinstance(validator, IdValidator) else None
