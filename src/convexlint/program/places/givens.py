"""What an expression hands to Convex: the evaluator's values in the words of `convex.given`.

Literals are read as they are written, through constants and the arms of a condition; all else is what the evaluator
knows of it. A cast says what TypeScript is to believe, not what is there: behind one, only what is written counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import (
    UNKNOWN,
    Absent,
    Constant,
    Either,
    Entry,
    Foreign,
    Given,
    Presence,
    SomeList,
    SomeObject,
    Source,
    passing,
)
from convexlint.program.evaluation import values as ev_values
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.nodes import bare, is_global
from convexlint.program.modules.tested import is_tested
from convexlint.program.places.given_values import ValueReader, may_lack, placed
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator

if TYPE_CHECKING:
    from convexlint.program.evaluation.values import Frame

FOREIGN = frozenset(
    """Blob Boolean Date Error File FormData Headers Map Number Promise RangeError RegExp Request Response Set String
    SyntaxError TypeError URL URLSearchParams WeakMap WeakSet Buffer DataView Uint8Array Uint8ClampedArray Uint16Array
    Uint32Array Int8Array Int16Array Int32Array Float32Array Float64Array BigInt64Array BigUint64Array""".split()  # noqa: SIM905
)
"""Classes of the language and the platform whose instances Convex refuses (convex-facts 3.1)."""

_WRITTEN = (
    ir.Array,
    ir.Atom,
    ir.Conditional,
    ir.Lambda,
    ir.New,
    ir.Number,
    ir.Object,
    ir.Template,
    ir.Text,
    ir.Unary,
)
_SURELY_TRUE = (ev_values.DocOf, ev_values.ObjectLiteral, ev_values.ListOf, ev_values.IdOf, ev_values.PageOf)
_QUIET = frozenset({"console", "JSON", "Object"})
"""Globals whose methods leave what they are given as it is; `Object.assign` is a write, which the evaluator sees."""


def given(program: Program, module: Module, node: ir.Expr, *, awaited: bool = False) -> Given:
    """What is known of the value of `node`, which stands in `module`. `awaited`: of what its promise gives."""
    return Reader(program.ev, awaited, program).read(module, node, None)


def place_of(refusal: Refusal, module: Module, node: ir.Expr | None) -> Span | None:
    """Where a message about a refusal stands: the refused part, or the smallest part of `node` that leads to it where
    that is written elsewhere. None without a node."""
    if node is None:
        return None
    at = refusal.at
    if at is not None and at.module is module and node.start <= at.span.start and at.span.end <= node.end:
        return at.span
    inner: ir.Expr = bare(node)
    for step in refusal.path:
        props = inner.props if isinstance(inner, ir.Object) else ()
        found = next((prop.value for prop in reversed(props) if prop.key == step), None)
        if found is None:
            break
        inner = bare(found)
    return Span(inner.start, inner.end)


def name_of(refusal: Refusal, span: Span) -> Span:
    """The name alone of a field that is too much, or badly named, where the refusal stands at the field."""
    at = refusal.at
    if refusal.kind not in ("extra", "key") or at is None or at.span != span or len(refusal.names) != 1:
        return span
    name = refusal.names[0].encode()
    quoted = 1 if at.module.source[span.start : span.start + 1] in (b'"', b"'") else 0
    end = span.start + len(name) + 2 * quoted
    written = at.module.source[span.start + quoted : end - quoted] == name and end <= span.end
    return Span(span.start, end) if written else span


class Reader(ValueReader):
    def read(self, module: Module, node: ir.Expr, frame: Frame | None) -> Given:
        if not self._goes_on():
            return UNKNOWN
        self._depth += 1
        try:
            return self._read(module, node, frame)
        finally:
            self._depth -= 1

    def _read(self, module: Module, node: ir.Expr, frame: Frame | None) -> Given:
        at = Source(module, Span(node.start, node.end))
        if isinstance(node, (ir.Object, ir.Array)):
            return self._whole(module, node, frame, at)
        if isinstance(node, ir.Cast):
            if node.kind == "as" and not isinstance(bare(node), _WRITTEN):
                return Given(at)
            return (
                self._evaluated(module, node, frame, at)
                if node.kind == "!"
                else self.read(module, node.value, frame)
            )
        if isinstance(node, ir.Conditional):
            arms = self.read(module, node.yes, frame), self.read(module, node.no, frame)
            return Either(at, arms, written=True)
        if isinstance(node, ir.Binary) and node.op in ("&&", "||", "??"):
            return self._logical(module, node, frame, at)
        if isinstance(node, ir.Name) and node.ref >= 0:
            found = self._variable(module, node, frame, at)
            if found is not None:
                return found
        if isinstance(node, ir.New):
            name = self._class(module, node, frame)
            if name:
                return Foreign(at, name)
        if isinstance(node, ir.Lambda):
            return Foreign(at, "function")
        if _is_symbol(node):
            return Foreign(at, "Symbol")
        if isinstance(node, ir.Atom) and node.kind == "regex":
            return Foreign(at, "RegExp")
        if isinstance(node, ir.Unary) and node.op in ("-", "+") and isinstance(node.value, ir.Number):
            return Constant(at, -node.value.value if node.op == "-" else node.value.value)
        return self._evaluated(module, node, frame, at)

    def _whole(self, module: Module, node: ir.Object | ir.Array, frame: Frame | None, at: Source) -> Given:
        """An object or array with what is written in it; promises in it are awaited by nobody."""
        awaited, self._awaited = self._awaited, False
        try:
            if isinstance(node, ir.Array):
                return self._array(module, node, frame, at)
            return self._object(module, node, frame, at, fresh=True)
        finally:
            self._awaited = awaited

    def _evaluated(self, module: Module, node: ir.Expr, frame: Frame | None, at: Source) -> Given:
        return self.of(self._ev.expr(module, node, frame), at)

    def _logical(self, module: Module, node: ir.Binary, frame: Frame | None, at: Source) -> Given:
        if node.op == "&&":
            return self._guarded(module, node, frame, at)
        right = self.read(module, node.right, frame)
        left = self.of(ev_values.present(self._ev.expr(module, node.left, frame)), at)
        # What is written as the way out does come, or nobody would have written it.
        return Either(at, (left, right), written=isinstance(bare(node.right), (ir.Atom, ir.Number, ir.Text)))

    def _guarded(self, module: Module, node: ir.Binary, frame: Frame | None, at: Source) -> Given:
        """`row && { ...row, open: true }`: null where the row is not there, else what is written."""
        left = ev_values.members(self._ev.expr(module, node.left, frame))
        nothing = [one for one in left if one in (ev_values.NULL, ev_values.UNDEFINED)]
        if not nothing or not all(one in nothing or isinstance(one, _SURELY_TRUE) for one in left):
            return Given(at)
        right = self.read(module, node.right, frame)
        return Either(at, (*(self.of(one, at) for one in nothing), right), written=True)

    # ------------------------------------------------------------------------------------------ variables

    def _variable(self, module: Module, node: ir.Name, frame: Frame | None, at: Source) -> Given | None:
        """A constant that holds what is written where it is declared; the arguments of a handler."""
        index = self._ev.world.index(module)
        definition = index.definitions.get(node.ref)
        if definition is None or definition.path:
            return None
        if definition.kind == "param":
            return self._arguments(module, node.ref, definition.index, definition.position, at)
        written = bare(definition.expr) if definition.expr is not None else None
        if definition.keyword != "const" or written is None:
            return None
        if not isinstance(written, _WRITTEN) and not _is_symbol(written):
            return None
        if isinstance(written, ir.Conditional) and is_tested(index, node.ref):
            return None
        if index.writes.get(node.ref) or index.pushes.get(node.ref) or index.aliases.get(node.ref):
            return None
        assert definition.expr is not None
        found = self.read(module, definition.expr, frame)
        if isinstance(found, SomeObject) and self._may_change(module, node.ref, node):
            return Given(at)
        return found

    def _may_change(self, module: Module, ref: int, node: ir.Name | None = None) -> bool:
        """Whether an object in a constant is handed to somebody who may add to it, other than at `node`."""
        index = self._ev.world.index(module)
        for use in index.uses.get(ref, ()):
            parent = index.parent(use)
            at_node = node is not None and use.start == node.start
            if at_node or isinstance(parent, (ir.Member, ir.Spread, ir.Prop, ir.Return)):
                continue
            if isinstance(parent, ir.Call) and use is not parent.callee:
                callee = parent.callee
                receiver = callee.object if isinstance(callee, ir.Member) else callee
                while isinstance(receiver, ir.Member):
                    receiver = receiver.object
                known = isinstance(receiver, ir.Name) and (
                    (receiver.ref < 0 and receiver.name in _QUIET)
                    or isinstance(self._ev.expr(module, receiver), (ev_values.CtxOf, ev_values.Part))
                )
                if known:
                    continue
            return True
        return False

    def _arguments(self, module: Module, ref: int, function: int, position: int, at: Source) -> Given | None:
        """`args` as a handler is given them: they have passed the validator of the function."""
        params = module.facts.functions[function].params
        if position != 1 or len(params) < 2 or params[1].annotation is not None:
            return None
        index = self._ev.world.index(module)
        if module.facts.bindings[ref].assigned or index.writes.get(ref):
            return None
        registered = self._ev.registry.handling(module, function)
        if registered is None:
            return None
        program = self._program
        passed = _passed(registered) if program is None else _known_args(program, registered)
        return None if passed is None else placed(passed, at)

    def _class(self, module: Module, node: ir.New, frame: Frame | None) -> str:
        """The class of which `new` makes an instance, where Convex takes none of it."""
        callee = self._ev.expr(module, node.callee, frame)
        if isinstance(callee, ev_values.Global):
            return callee.name if callee.name in FOREIGN else ""
        if isinstance(callee, ev_values.ClassOf):
            return callee.module.facts.classes[callee.index].name or "class"
        return ""

    # -------------------------------------------------------------------------------------------- objects

    def _array(self, module: Module, node: ir.Array, frame: Frame | None, at: Source) -> Given:
        items: list[Given] = []
        more: list[Given] = []
        for item in node.items:
            if not isinstance(item, ir.Spread):
                items.append(self.read(module, item, frame))
                continue
            spread = self.read(module, item.value, frame)
            if isinstance(spread, SomeList):
                items += spread.items
                more += [spread.more] if spread.more is not None else []
            else:
                more.append(UNKNOWN)
        return SomeList(at, tuple(items), Either(at, tuple(more)) if more else None)

    def _object(
        self, module: Module, node: ir.Object, frame: Frame | None, at: Source, *, fresh: bool
    ) -> Given:
        entries: dict[str, Entry] = {}
        others: Given | None = None if fresh else UNKNOWN
        for prop in node.props:
            if prop.kind == "spread":
                brought = self.read(module, prop.value, frame)
                if not self._spread(entries, brought, "sure", Source(module, Span(prop.start, prop.end))):
                    others = UNKNOWN
            elif prop.key is None or prop.kind in ("getter", "setter"):
                others = UNKNOWN
                for name, entry in entries.items():
                    entries[name] = Entry(UNKNOWN, "perhaps", entry.at)
                if prop.key is not None:
                    entries.pop(prop.key, None)
            else:
                value = self.read(module, prop.value, frame)
                where = Source(module, Span(prop.start, prop.end))
                entries[prop.key] = Entry(value, self._presence(module, prop.value, value, frame), where)
        return SomeObject(at, entries, others)

    def _spread(self, entries: dict[str, Entry], brought: Given, presence: Presence, where: Source) -> bool:
        """Puts what the spread at `where` brings into `entries`; whether that is all."""
        if isinstance(brought, Either):
            arm: Presence = "sometimes" if brought.written else "perhaps"
            whole = [self._spread(entries, option, arm, where) for option in brought.options]
            return all(whole)
        if isinstance(brought, (Absent, Constant)):
            return True
        if not isinstance(brought, SomeObject):
            for name, entry in entries.items():
                entries[name] = Entry(UNKNOWN, "perhaps", entry.at)
            return False
        for name, entry in brought.entries.items():
            came = (
                entry.presence if presence == "sure" else presence if entry.presence == "sure" else "perhaps"
            )
            at = entry.at if entry.at is not None and where.contains(entry.at) else where
            before = entries.get(name)
            if came == "sure" or before is None:
                entries[name] = Entry(entry.given, came, at, entry.table or brought.table)
            else:
                entries[name] = Entry(Either(None, (before.given, entry.given)), before.presence, before.at)
        if brought.others is not None:
            for name, entry in list(entries.items()):
                if name not in brought.entries:
                    entries[name] = Entry(UNKNOWN, "perhaps", entry.at)
        return brought.others is None

    def _presence(self, module: Module, node: ir.Expr, value: Given, frame: Frame | None) -> Presence:
        """Whether a property is surely sent: its value is not undefined."""
        if isinstance(value, Either):
            if not value.written:
                return "sure" if not any(map(may_lack, value.options)) else "perhaps"
            lacking = [may_lack(option) for option in value.options]
            absent = [isinstance(option, Absent) for option in value.options]
            return (
                "sure"
                if not any(lacking)
                else "sometimes"
                if lacking == absent and not all(absent)
                else "perhaps"
            )
        if not may_lack(value):
            return "sure"
        plain = bare(node)
        if isinstance(plain, ir.Binary) and plain.op not in ("&&", "||", "??"):
            return "sure"
        if isinstance(plain, ir.Unary) and plain.op in ("!", "-", "+", "~", "typeof"):
            return "sure"
        return "sure" if self._is_body(module, plain) else "perhaps"

    def _is_body(self, module: Module, node: ir.Expr) -> bool:
        """`await response.json()`, also in a constant: whatever it is, it is not undefined."""
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._ev.world.index(module).definitions.get(node.ref)
            if (
                definition is None
                or definition.keyword != "const"
                or definition.path
                or definition.expr is None
            ):
                return False
            node = bare(definition.expr)
        call = bare(node.value) if isinstance(node, ir.Await) else None
        return isinstance(call, ir.Call) and isinstance(call.callee, ir.Member) and call.callee.name == "json"

    def _literal(self, value: ev_values.ObjectLiteral, at: Source, *, fresh: bool | None = None) -> Given:
        if fresh is None:
            holder = self._holder(value)
            if isinstance(holder, ir.Declare) and isinstance(holder.pattern, ir.BindName):
                if self._may_change(value.module, holder.pattern.ref):
                    return Given(at)
                fresh = holder.keyword == "const"
            else:
                fresh = isinstance(holder, (ir.Return, ir.Function))
        return self._object(value.module, value.expr, value.frame, at, fresh=fresh)

    def _holder(self, value: ev_values.ObjectLiteral) -> object:
        """What an object literal stands in: the constant that holds it, the function that returns it."""
        index = self._ev.world.index(value.module)
        parent = index.parent(value.expr)
        while isinstance(parent, ir.Cast):
            parent = index.parent(parent)
        return parent


@query
def _known_args(program: Program, function: RegisteredFunction) -> Given | None:
    return _passed(function)


def _passed(function: RegisteredFunction) -> Given | None:
    validator = whole_args(function)
    return None if validator is None else passing(validator)


def whole_args(function: RegisteredFunction) -> ObjectValidator | None:
    """What the arguments that a handler is given have passed; None where that is not known, or a custom builder takes
    some out of them or adds some."""
    validator = function.args.validator
    return validator if isinstance(validator, ObjectValidator) and not function.custom else None


def _is_symbol(node: ir.Expr) -> bool:
    """`Symbol("x")`, `Symbol.for("x")`, `Symbol.iterator`."""
    if isinstance(node, ir.Member):
        return is_global(node.object, "Symbol") and node.name != "prototype"
    callee = node.callee if isinstance(node, ir.Call) else None
    if callee is None:
        return False
    if isinstance(callee, ir.Member):
        return callee.name == "for" and is_global(callee.object, "Symbol")
    return is_global(callee, "Symbol")
