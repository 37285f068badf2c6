"""What each kind of expression gives; those that are not `SIMPLE` are remembered by the evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from convexlint.facts import ir
from convexlint.program.evaluation import calls, elements, members, narrow, typeexpr, written
from convexlint.program.evaluation.absence import perhaps
from convexlint.program.evaluation.errors import CAUGHT, caught
from convexlint.program.evaluation.never import never_comes_back
from convexlint.program.evaluation.values import (
    BOOLEAN,
    FALSY,
    NOTHING,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    VOID,
    ClassOf,
    Closure,
    DocOf,
    External,
    Fields,
    Frame,
    IdOf,
    Instance,
    ListOf,
    Lit,
    ObjectLiteral,
    OneOf,
    PromiseOf,
    QueryOf,
    RefPath,
    Scalar,
    Value,
    has_table,
    is_vague,
    mixes_tables,
    one_of,
    present,
    unwrap,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.modules.nodes import template_texts

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


MAX_TEXT = 2_000  # characters of a text that is put together
MAX_WHOLE = 2.0**53


def _text(ev: Evaluator, module: Module, node: ir.Text, frame: Frame | None) -> Value:
    return Lit(node.value, declared=id(node) in ev.world.index(module).constants)


def _number(ev: Evaluator, module: Module, node: ir.Number, frame: Frame | None) -> Value:
    return Lit(node.value, declared=id(node) in ev.world.index(module).constants)


_ATOMS: dict[str, Value] = {
    "true": Lit(True),
    "false": Lit(False),
    "null": NULL,
    "undefined": UNDEFINED,
    "bigint": Scalar("bigint"),
}


def _atom(ev: Evaluator, module: Module, node: ir.Atom, frame: Frame | None) -> Value:
    if node.kind == "this":
        index = ev.world.index(module)
        owner = index.this_class.get(id(node), -1)
        function = index.owner(node) if owner < 0 else -1
        functions = module.facts.functions
        while function > 0 and functions[function].kind == "arrow" and owner < 0:
            owner = index.field_class.get(function, -1)
            function = functions[function].parent
        if owner < 0:
            owner = functions[function].owner_class
        if owner >= 0:
            return Instance(module, owner)
        return UNKNOWN
    found = _ATOMS.get(node.kind, UNKNOWN)
    if isinstance(found, Lit) and id(node) in ev.world.index(module).constants:
        return Lit(found.value, declared=True)
    return found


def _template(ev: Evaluator, module: Module, node: ir.Template, frame: Frame | None) -> Value:
    """A template whose substitutions are all known is a text like any other."""
    chunks = template_texts(module.source, node)
    if chunks is None:
        return STRING
    text = chunks[0]
    for part, chunk in zip(node.parts, chunks[1:], strict=True):
        inner = spelled(ev.expr(module, part, frame))
        if inner is None:
            return STRING
        text += inner + chunk
    return Lit(text) if len(text) <= MAX_TEXT else STRING


def spelled(value: Value) -> str | None:
    """A known text or number as JavaScript writes it into a text; None for all else."""
    if not isinstance(value, Lit):
        return None
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    if isinstance(value.value, str):
        return value.value
    whole = value.value.is_integer() and abs(value.value) < MAX_WHOLE
    return str(int(value.value)) if whole else None


def _lambda(ev: Evaluator, module: Module, node: ir.Lambda, frame: Frame | None) -> Value:
    return Closure(module, node.index, None, frame)


def _class(ev: Evaluator, module: Module, node: ir.ClassRef, frame: Frame | None) -> Value:
    return ClassOf(module, node.index)


def _object(ev: Evaluator, module: Module, node: ir.Object, frame: Frame | None) -> Value:
    return ObjectLiteral(module, node, frame)


def _member(ev: Evaluator, module: Module, node: ir.Member, frame: Frame | None) -> Value:
    holder = ev.expr(module, node.object, frame)
    value = members.member(ev, holder, node.name)
    if value is UNKNOWN:
        told = narrow.by_typeof(ev, module, node)
        if told is not UNKNOWN or node.name not in CAUGHT:
            return told
        return caught(ev, module, node)
    if written.function_type(value) is not None:
        value = written.behind_member(ev, module, node, value)
    if isinstance(value, OneOf) and mixes_tables(value):
        value = narrow.variant_member(ev, module, node, holder) or value
    if id(node) in ev.world.index(module).optional and _may_lack(ev, module, node, frame):
        value = perhaps(value)
    return narrow.member(ev, module, node, value, frame) if isinstance(value, OneOf) else value


def _may_lack(ev: Evaluator, module: Module, node: ir.Expr, frame: Frame | None) -> bool:
    """Whether a `?.` of the chain may meet nothing: not where tests have ruled out all that there was of it."""
    while isinstance(node, (ir.Member, ir.Index, ir.Call)):
        below = node.callee if isinstance(node, ir.Call) else node.object
        if node.optional:
            if not isinstance(below, ir.Name) or below.ref < 0:
                return True
            may = ev.binding(module, below.ref, frame)
            here = ev.expr(module, below, frame)
            if not (_lacks(may) and not _lacks(here)):
                return True
        node = below
    return False


def _lacks(value: Value) -> bool:
    return value is UNKNOWN or any(part in NOTHING for part in union_members(value))


def _index(ev: Evaluator, module: Module, node: ir.Index, frame: Frame | None) -> Value:
    value = ev.expr(module, node.object, frame)
    key = ev.expr(module, node.key, frame)
    if isinstance(key, Lit) and isinstance(key.value, str):
        found = members.member(ev, value, key.value)
        if isinstance(node.key, ir.Text) and isinstance(found, OneOf):
            found = narrow.member(ev, module, node, found, frame)
    elif isinstance(key, Lit) and isinstance(key.value, float):
        position = int(key.value)
        found = elements.item(ev, value, position)
        if not (position == 0 and _is_split(node.object)):
            found = elements.perhaps_item(value, position, found)
    else:
        found = elements.indexed(ev, value, key)
    return perhaps(found) if id(node) in ev.world.index(module).optional else found


def _is_split(node: ir.Expr) -> bool:
    """`text.split(x)[0]` is always there."""
    return isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) and node.callee.name == "split"


def _call(ev: Evaluator, module: Module, node: ir.Call | ir.New, frame: Frame | None) -> Value:
    value = calls.call(ev, module, node, frame)
    return perhaps(value) if id(node) in ev.world.index(module).optional else value


def _await(ev: Evaluator, module: Module, node: ir.Await, frame: Frame | None) -> Value:
    return unwrap(ev.expr(module, node.value, frame))


def _array(ev: Evaluator, module: Module, node: ir.Array, frame: Frame | None) -> Value:
    items: list[Value] = []
    exact = True
    for item in node.items:
        if isinstance(item, ir.Spread):
            exact = False
            items.append(elements.element(ev, ev.expr(module, item.value, frame)))
        else:
            items.append(ev.expr(module, item, frame))
    return ListOf(one_of(items), tuple(items) if exact else None)


def _unary(ev: Evaluator, module: Module, node: ir.Unary, frame: Frame | None) -> Value:
    if node.op in ("!", "delete"):
        return BOOLEAN
    if node.op == "typeof":
        return STRING
    if node.op == "void":
        return UNDEFINED
    return NUMBER


_COMPARE = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "instanceof"})


def _binary(ev: Evaluator, module: Module, node: ir.Binary, frame: Frame | None) -> Value:
    op = node.op
    if op in _COMPARE:
        return BOOLEAN
    if op in ("??", "||"):
        left = present(ev.expr(module, node.left, frame))
        if isinstance(node.right, (ir.Call, ir.Await)) and never_comes_back(ev, module, node.right):
            return left
        right = ev.expr(module, node.right, frame)
        return right if left in (NULL, UNDEFINED) else one_of([left, right])
    if op == "&&":
        left = ev.expr(module, node.left, frame)
        return one_of([ev.expr(module, node.right, frame), *_falsy(left)])
    if op == "+":
        sides = (ev.expr(module, node.left, frame), ev.expr(module, node.right, frame))
        known = _sum(*sides)
        if known is not None:
            return known
        if any(s == STRING or (isinstance(s, Lit) and isinstance(s.value, str)) for s in sides):
            return STRING
        return UNKNOWN if UNKNOWN in sides else NUMBER
    return NUMBER


def _sum(left: Value, right: Value) -> Value | None:
    """`"a" + "b"`, `"a" + 1` and `1 + 2` of known values."""
    if not isinstance(left, Lit) or not isinstance(right, Lit):
        return None
    if isinstance(left.value, str) or isinstance(right.value, str):
        texts = (spelled(left), spelled(right))
        joined = None if None in texts else "".join(text for text in texts if text is not None)
        return Lit(joined) if joined is not None and len(joined) <= MAX_TEXT else None
    if isinstance(left.value, bool) or isinstance(right.value, bool):
        return None
    return Lit(left.value + right.value)


def added(value: Value) -> Value:
    """What adding `value` to something of its kind gives."""
    parts = union_members(value)
    if any(p == STRING or (isinstance(p, Lit) and isinstance(p.value, str)) for p in parts):
        return STRING
    numeric = all(p == NUMBER or (isinstance(p, Lit) and isinstance(p.value, float)) for p in parts)
    return NUMBER if numeric else UNKNOWN


def _falsy(left: Value) -> list[Value]:
    """What `left && right` is when `left` is falsy."""
    found: list[Value] = []
    for part in union_members(left):
        if part in (NULL, UNDEFINED, VOID):
            found.append(part)
        elif part == BOOLEAN or (isinstance(part, Lit) and isinstance(part.value, bool)):
            found.append(Lit(False))
        elif not isinstance(part, _ALWAYS_TRUE):
            found.append(FALSY)
    return found or [UNDEFINED]


def _conditional(ev: Evaluator, module: Module, node: ir.Conditional, frame: Frame | None) -> Value:
    return one_of([ev.expr(module, node.yes, frame), ev.expr(module, node.no, frame)])


def _assign(ev: Evaluator, module: Module, node: ir.Assign, frame: Frame | None) -> Value:
    return ev.expr(module, node.value, frame)


def _cast(ev: Evaluator, module: Module, node: ir.Cast, frame: Frame | None) -> Value:
    value = ev.expr(module, node.value, frame)
    if node.kind == "!":
        return present(value)
    if node.kind != "as" or node.annotation is None:
        return value
    annotation = node.annotation
    if isinstance(annotation, ir.TypeKeyword) and annotation.name in ("any", "unknown"):
        # A cast to any changes no value: `(internal as any).a`, `(ctx as any).db` stay what they are. The
        # table of an id behind it stays known only where it was known before.
        return value
    if isinstance(value, RefPath) or (isinstance(value, External) and value.package == "_generated/api"):
        return value  # a type that is made up for `api` tells less than its functions
    owner = ev.world.index(module).owner(node)
    declared = typeexpr.type_value(ev, module, annotation, ev.type_env(module, owner, frame))
    if isinstance(declared, Closure) and isinstance(value, Closure):
        return value  # `((...args) => ...) as T`: another function of that type
    if not is_vague(declared):
        return typeexpr.claimed(ev, declared, value)
    # A type that cannot be followed: what has a table may get another one, the rest stays what it is.
    return UNKNOWN if has_table(value) else value


def _opaque(ev: Evaluator, module: Module, node: ir.Opaque, frame: Frame | None) -> Value:
    if node.kind == "sequence" and node.parts:
        return ev.expr(module, node.parts[-1], frame)
    return UNKNOWN


_ALWAYS_TRUE = (IdOf, DocOf, Fields, ObjectLiteral, ListOf, QueryOf, PromiseOf, Closure, Instance)

Handler: TypeAlias = "Callable[[Evaluator, Module, Any, Frame | None], Value]"

SIMPLE: dict[type, Handler] = {
    ir.Text: _text,
    ir.Number: _number,
    ir.Atom: _atom,
    ir.Template: _template,
    ir.Lambda: _lambda,
    ir.ClassRef: _class,
    ir.Unary: _unary,
}
_COMPLEX: dict[type, Handler] = {
    ir.Object: _object,
    ir.Index: _index,
    ir.New: _call,
    ir.Await: _await,
    ir.Array: _array,
    ir.Binary: _binary,
    ir.Conditional: _conditional,
    ir.Assign: _assign,
    ir.Cast: _cast,
    ir.Opaque: _opaque,
}


def complex_value(ev: Evaluator, module: Module, node: ir.Expr, frame: Frame | None) -> Value:
    """The value of an expression that is neither a name nor a simple one."""
    if isinstance(node, ir.Member):
        return _member(ev, module, node, frame)
    if isinstance(node, ir.Call):
        return _call(ev, module, node, frame)
    handler = _COMPLEX.get(type(node))
    return UNKNOWN if handler is None else handler(ev, module, node, frame)
