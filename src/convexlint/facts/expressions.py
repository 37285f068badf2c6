"""Expressions."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.facts.functions import FUNCTIONS, class_, function
from convexlint.facts.literals import number, unescape
from convexlint.facts.loose import ALL, is_loose, is_operator, joined, parted
from convexlint.facts.lowering import (
    COMMENTS,
    EXPRESSIONS,
    Lowering,
    expression,
    handles,
    opaque,
    significant,
    size,
)
from convexlint.facts.patterns import static_key
from convexlint.facts.types import type_arguments
from convexlint.syntax import Node

_TOKENS = {"true", "false", "null", "this", "super", "import", "regex"}


def named(low: Lowering, node: Node, name: str) -> ir.Expr:
    """An expression; if it is a function or class without a name of its own, it is called `name`."""
    kind = node.type
    if kind in FUNCTIONS:
        return ir.Lambda(node.start_byte, size(node), function(low, node, name))
    if kind == "class":
        return ir.ClassRef(node.start_byte, size(node), class_(low, node, name))
    return expression(low, node)


@handles(EXPRESSIONS, "identifier", "shorthand_property_identifier", "undefined")
def _name(low: Lowering, node: Node) -> ir.Expr:
    start, end = node.start_byte, node.end_byte
    name = low.text(start, end)
    ref = low.env.get(name, -1)
    if ref < 0 and name == "undefined":
        return ir.Atom(start, end - start, "undefined")
    return ir.Name(start, end - start, name, ref)


@handles(EXPRESSIONS, *sorted(_TOKENS))
def _atom(low: Lowering, node: Node) -> ir.Expr:
    return ir.Atom(node.start_byte, size(node), node.type)


@handles(EXPRESSIONS, "meta_property")
def _meta(low: Lowering, node: Node) -> ir.Expr:
    return ir.Atom(node.start_byte, size(node), "meta")


@handles(EXPRESSIONS, "string")
def _string(low: Lowering, node: Node) -> ir.Expr:
    start, end = node.start_byte, node.end_byte
    return ir.Text(start, end - start, unescape(low.text(start + 1, max(start + 1, end - 1))))


@handles(EXPRESSIONS, "number")
def _number(low: Lowering, node: Node) -> ir.Expr:
    start, end = node.start_byte, node.end_byte
    value = number(low.text(start, end))
    return ir.Atom(start, end - start, "bigint") if value is None else ir.Number(start, end - start, value)


@handles(EXPRESSIONS, "template_string")
def _template(low: Lowering, node: Node) -> ir.Expr:
    start, end = node.start_byte, node.end_byte
    parts = _substitutions(low, node)
    if parts:
        return ir.Template(start, end - start, parts)
    raw = low.text(start + 1, max(start + 1, end - 1))
    return ir.Text(start, end - start, unescape(raw.replace("\r\n", "\n")))


def _substitutions(low: Lowering, node: Node) -> tuple[ir.Expr, ...]:
    parts = []
    for child in node.named_children:
        if child.type == "template_substitution":
            parts.extend([expression(low, part) for part in significant(child)])
    return tuple(parts)


@handles(EXPRESSIONS, "parenthesized_expression")
def _parenthesized(low: Lowering, node: Node) -> ir.Expr:
    inner = significant(node)
    return expression(low, inner[0]) if inner else opaque(low, node)


@handles(EXPRESSIONS, "member_expression")
def _member(low: Lowering, node: Node) -> ir.Expr:
    kids = node.children
    if len(kids) < 3:
        return opaque(low, node)
    name = kids[-1]
    start, end = name.start_byte, name.end_byte
    optional = kids[1].type == "optional_chain" or (
        len(kids) > 3 and any(kid.type == "optional_chain" for kid in kids)
    )
    of = expression(low, kids[0])
    name_text = low.text(start, end)
    if is_loose(kids[0], of):
        around, of = parted(low, of, ALL)
        return joined(around, ir.Member(of.start, end - of.start, of, name_text, end - start, optional))
    return ir.Member(node.start_byte, end - node.start_byte, of, name_text, end - start, optional)


@handles(EXPRESSIONS, "nested_identifier")
def _nested(low: Lowering, node: Node) -> ir.Expr:
    return _member(low, node)


@handles(EXPRESSIONS, "subscript_expression")
def _index(low: Lowering, node: Node) -> ir.Expr:
    inner = [kid for kid in significant(node) if kid.type != "optional_chain"]
    if len(inner) != 2:
        return opaque(low, node)
    optional = any(kid.type == "optional_chain" for kid in node.children)
    of, key = expression(low, inner[0]), expression(low, inner[1])
    if is_loose(inner[0], of):
        around, of = parted(low, of, ALL)
        return joined(around, ir.Index(of.start, node.end_byte - of.start, of, key, optional))
    return ir.Index(node.start_byte, size(node), of, key, optional)


@handles(EXPRESSIONS, "call_expression")
def _call(low: Lowering, node: Node) -> ir.Expr:
    kids = node.children
    last = kids[-1]
    start, end = node.start_byte, node.end_byte
    if last.type == "template_string":
        callee = expression(low, kids[0])
        return ir.Opaque(start, end - start, "tagged_template", (callee, *_substitutions(low, last)))
    if last.type != "arguments":
        return opaque(low, node)
    callee = expression(low, kids[0])
    args = arguments(low, last)
    optional = False
    type_args: tuple[ir.Type, ...] = ()
    if len(kids) > 2:
        for kid in kids[1:-1]:
            kind = kid.type
            if kind == "type_arguments":
                type_args = type_arguments(low, kid)
            elif kind in ("?.", "optional_chain"):
                optional = True
    if args and isinstance(args[0], ir.Text):
        named_module = args[0]
        kind = ""
        if isinstance(callee, ir.Atom) and callee.kind == "import":
            kind = "dynamic"
        elif isinstance(callee, ir.Name) and callee.name == "require" and callee.ref < 0:
            kind = "require"
        if kind:
            low.specifiers.append(
                ir.Specifier(named_module.start, named_module.size, named_module.value, kind, False)
            )
    args_size = end - last.start_byte
    if isinstance(callee, ir.Await) and kids[0].type == "await_expression":
        # `await load<Row>(x)`, which the grammar reads as `(await load)<Row>(x)`.
        inner = callee.value
        call = ir.Call(inner.start, end - inner.start, inner, args, args_size, optional, type_args)
        return ir.Await(start, end - start, call)
    if is_loose(kids[0], callee) or (isinstance(callee, ir.Unary) and is_operator(kids[0])):
        # `!mayRead<Row>(x)`, which the grammar reads as `(!mayRead)<Row>(x)`, as well.
        around, callee = parted(low, callee, ALL)
        inner_size = end - callee.start
        return joined(around, ir.Call(callee.start, inner_size, callee, args, args_size, optional, type_args))
    return ir.Call(start, end - start, callee, args, args_size, optional, type_args)


def arguments(low: Lowering, node: Node) -> tuple[ir.Expr, ...]:
    return tuple([expression(low, kid) for kid in node.named_children if kid.type not in COMMENTS])


@handles(EXPRESSIONS, "new_expression")
def _new(low: Lowering, node: Node) -> ir.Expr:
    callee: ir.Expr | None = None
    args: tuple[ir.Expr, ...] = ()
    args_start = node.end_byte
    type_args: tuple[ir.Type, ...] = ()
    for kid in significant(node):
        kind = kid.type
        if kind == "arguments":
            args = arguments(low, kid)
            args_start = kid.start_byte
        elif kind == "type_arguments":
            type_args = type_arguments(low, kid)
        elif callee is None:
            callee = expression(low, kid)
    if callee is None:
        return opaque(low, node)
    return ir.New(node.start_byte, size(node), callee, args, node.end_byte - args_start, type_args)


@handles(EXPRESSIONS, *sorted(FUNCTIONS))
def _function(low: Lowering, node: Node) -> ir.Expr:
    return ir.Lambda(node.start_byte, size(node), function(low, node, ""))


@handles(EXPRESSIONS, "class", "class_declaration", "abstract_class_declaration")
def _class(low: Lowering, node: Node) -> ir.Expr:
    return ir.ClassRef(node.start_byte, size(node), class_(low, node, ""))


@handles(EXPRESSIONS, "array")
def _array(low: Lowering, node: Node) -> ir.Expr:
    items: list[ir.Expr] = []
    filled = False
    for kid in node.children:
        kind = kid.type
        if kind == ",":
            if not filled:
                items.append(ir.Atom(kid.start_byte, 0, "undefined"))
            filled = False
        elif kid.is_named and kind not in COMMENTS:
            items.append(expression(low, kid))
            filled = True
    return ir.Array(node.start_byte, size(node), tuple(items))


@handles(EXPRESSIONS, "spread_element")
def _spread(low: Lowering, node: Node) -> ir.Expr:
    return ir.Spread(node.start_byte, size(node), expression(low, node.children[-1]))


@handles(EXPRESSIONS, "object", "object_pattern")
def _object(low: Lowering, node: Node) -> ir.Expr:
    props = []
    for kid in node.named_children:
        kind = kid.type
        start, end = kid.start_byte, kid.end_byte
        if kind == "pair":
            parts = kid.children
            key, value = parts[0], parts[-1]
            name = static_key(low, key)
            computed = None
            if key.type == "computed_property_name":
                computed = _computed(low, key)
            lowered = named(low, value, name or "")
            props.append(
                ir.Prop(
                    start, end - start, "pair" if computed is None else "computed", name,
                    key.start_byte - start, size(key), lowered, computed,
                )
            )  # fmt: skip
        elif kind in COMMENTS:
            continue
        elif kind == "shorthand_property_identifier":
            value_name = _name(low, kid)
            props.append(
                ir.Prop(
                    start, end - start, "shorthand", low.text(start, end), 0, end - start, value_name, None
                )
            )
        elif kind == "spread_element":
            inner = expression(low, kid.children[-1])
            props.append(ir.Prop(start, end - start, "spread", None, 0, 0, inner, None))
        elif kind == "method_definition":
            props.append(_method(low, kid))
        else:
            props.append(ir.Prop(start, end - start, "spread", None, 0, 0, expression(low, kid), None))
    return ir.Object(node.start_byte, size(node), tuple(props))


def _method(low: Lowering, node: Node) -> ir.Prop:
    start, end = node.start_byte, node.end_byte
    key = node.child_by_field_name("name")
    kind = "method"
    for kid in node.children:
        if kid.type in ("get", "set"):
            kind = "getter" if kid.type == "get" else "setter"
    if key is None:
        return ir.Prop(start, end - start, kind, "", 0, 0, opaque(low, node), None)
    name = static_key(low, key)
    computed = None
    if key.type == "computed_property_name":
        computed = _computed(low, key)
    value = ir.Lambda(start, end - start, function(low, node, name or "", kind=kind))
    return ir.Prop(
        start,
        end - start,
        "computed" if computed else kind,
        name,
        key.start_byte - start,
        size(key),
        value,
        computed,
    )


def _computed(low: Lowering, key: Node) -> ir.Expr:
    inner = significant(key)
    return expression(low, inner[0]) if inner else opaque(low, key)
