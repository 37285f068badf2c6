"""Types, type parameters, and the declarations of aliases and interfaces."""

from __future__ import annotations

from convexlint.facts import ir, literals
from convexlint.facts.lowering import COMMENTS, TYPES, Lowering, expression, handles, significant, size, type_
from convexlint.facts.patterns import static_key
from convexlint.syntax import Node

_KEYWORDS = {"null": "null", "undefined": "undefined"}
_BEFORE_NAME = COMMENTS | {"accessibility_modifier", "override_modifier"}


def annotation(low: Lowering, node: Node) -> ir.Type:
    """The type after the colon of a `type_annotation` (or predicate/asserts annotation)."""
    kids = node.children
    return type_(low, kids[-1]) if kids else ir.TypeOther(node.start_byte, size(node), node.type)


def type_arguments(low: Lowering, node: Node) -> tuple[ir.Type, ...]:
    return tuple([type_(low, child) for child in node.named_children if child.type not in COMMENTS])


def type_parameters(low: Lowering, node: Node) -> tuple[ir.TypeParam, ...]:
    """Lower and declare (in the type space of the current scope) `<T extends A = B>`."""
    params = [child for child in node.named_children if child.type == "type_parameter"]
    names = []
    for param in params:
        name = param.child_by_field_name("name")
        names.append(low.node_text(name) if name is not None else "")
        low.declare_type(names[-1])
    lowered = []
    for param, name_text in zip(params, names, strict=True):
        constraint = default = None
        for child in param.named_children:
            if child.type == "constraint":
                constraint = type_(low, child.children[-1])
            elif child.type == "default_type":
                default = type_(low, child.children[-1])
        lowered.append(ir.TypeParam(param.start_byte, size(param), name_text, constraint, default))
    return tuple(lowered)


@handles(TYPES, "type_identifier", "identifier")
def _name(low: Lowering, node: Node) -> ir.Type:
    start, end = node.start_byte, node.end_byte
    name = low.text(start, end)
    return ir.TypeName(start, end - start, name, (), low.env.get("\0" + name, -1))


@handles(TYPES, "nested_type_identifier", "nested_identifier")
def _dotted(low: Lowering, node: Node) -> ir.Type:
    name = "".join(low.node_text(node).split())
    first = name.split(".", 1)[0]
    return ir.TypeName(node.start_byte, size(node), name, (), low.env.get("\0" + first, -1))


@handles(TYPES, "generic_type")
def _generic(low: Lowering, node: Node) -> ir.Type:
    kids = node.children
    base = type_(low, kids[0])
    if not isinstance(base, ir.TypeName):
        return ir.TypeOther(node.start_byte, size(node), node.type)
    args = type_arguments(low, kids[-1]) if kids[-1].type == "type_arguments" else ()
    return ir.TypeName(node.start_byte, size(node), base.name, args, base.ref)


@handles(TYPES, "predefined_type", "this_type")
def _keyword(low: Lowering, node: Node) -> ir.Type:
    return ir.TypeKeyword(node.start_byte, size(node), " ".join(low.node_text(node).split()))


@handles(TYPES, "literal_type")
def _literal(low: Lowering, node: Node) -> ir.Type:
    start, end = node.start_byte, node.end_byte
    inner = node.children[0] if node.children else node
    kind = inner.type
    if kind == "string":
        return ir.TypeLiteral(start, end - start, static_key(low, inner) or "")
    if kind in _KEYWORDS:
        return ir.TypeKeyword(start, end - start, _KEYWORDS[kind])
    if kind in ("true", "false"):
        return ir.TypeLiteral(start, end - start, kind == "true")
    text = low.text(start, end)
    value = literals.number(text.lstrip("-+ "))
    if value is None:
        return ir.TypeOther(start, end - start, node.type)
    return ir.TypeLiteral(start, end - start, -value if text.startswith("-") else value)


@handles(TYPES, "parenthesized_type", "readonly_type", "optional_type", "rest_type", "flow_maybe_type")
def _inner(low: Lowering, node: Node) -> ir.Type:
    inner = significant(node)
    return type_(low, inner[-1]) if inner else ir.TypeOther(node.start_byte, size(node), node.type)


@handles(TYPES, "array_type")
def _array(low: Lowering, node: Node) -> ir.Type:
    return ir.TypeArray(node.start_byte, size(node), type_(low, node.children[0]))


@handles(TYPES, "tuple_type")
def _tuple(low: Lowering, node: Node) -> ir.Type:
    items = []
    for child in significant(node):
        if child.type in ("required_parameter", "optional_parameter"):
            named = [part for part in child.named_children if part.type == "type_annotation"]
            items.append(annotation(low, named[-1]) if named else type_(low, child))
        else:
            items.append(type_(low, child))
    return ir.TypeTuple(node.start_byte, size(node), tuple(items))


@handles(TYPES, "union_type", "intersection_type")
def _joined(low: Lowering, node: Node) -> ir.Type:
    # The grammar nests `A | B | C` to the left; a hundred literals must not count as a hundred levels.
    kind = node.type
    parts: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type == kind:
            stack.extend(significant(current))
        else:
            parts.append(current)
    parts.reverse()
    items = tuple([type_(low, part) for part in parts])
    if kind == "union_type":
        return ir.TypeUnion(node.start_byte, size(node), items)
    return ir.TypeIntersection(node.start_byte, size(node), items)


@handles(TYPES, "object_type", "interface_body")
def _object(low: Lowering, node: Node) -> ir.Type:
    fields = []
    index: ir.Type | None = None
    for child in node.named_children:
        kind = child.type
        if kind == "property_signature":
            fields.append(_field(low, child))
        elif kind == "method_signature":
            fields.append(_method(low, child))
        elif kind == "index_signature":
            clause = next((part for part in child.named_children if part.type == "mapped_type_clause"), None)
            if clause is not None:
                return _mapped(low, node, clause, child.children[-1])
            last = child.children[-1]
            index = annotation(low, last) if last.type.endswith("annotation") else type_(low, last)
        elif kind in ("call_signature", "construct_signature"):
            signature = _signature(low, child)
            fields.append(ir.TypeField(child.start_byte, size(child), "", signature, False))
    return ir.TypeObject(node.start_byte, size(node), tuple(fields), index)


_SIGNS = {"opting_type_annotation": "?", "omitting_type_annotation": "-"}


def _mapped(low: Lowering, node: Node, clause: Node, last: Node) -> ir.Type:
    parts = significant(clause)
    if len(parts) != 2 or not last.type.endswith("type_annotation"):
        return ir.TypeOther(node.start_byte, size(node), "mapped_type")
    name, keys = parts
    sign = _SIGNS.get(last.type, "")
    value = annotation(low, last)
    return ir.TypeMapped(node.start_byte, size(node), low.node_text(name), type_(low, keys), value, sign)


@handles(TYPES, "index_type_query")
def _keys(low: Lowering, node: Node) -> ir.Type:
    inner = significant(node)
    if len(inner) != 1:
        return ir.TypeOther(node.start_byte, size(node), node.type)
    return ir.TypeKeys(node.start_byte, size(node), type_(low, inner[0]))


def _field(low: Lowering, node: Node) -> ir.TypeField:
    name = ""
    optional = False
    kind: ir.Type | None = None
    for child in node.children:
        part = child.type
        if part == "?":
            optional = True
        elif part == "type_annotation":
            kind = annotation(low, child)
        elif child.is_named and part not in _BEFORE_NAME:
            name = static_key(low, child) or ""
    start, end = node.start_byte, node.end_byte
    return ir.TypeField(start, end - start, name, kind or ir.TypeKeyword(end, 0, "any"), optional)


def _method(low: Lowering, node: Node) -> ir.TypeField:
    name_node = node.child_by_field_name("name")
    name = (static_key(low, name_node) if name_node is not None else None) or ""
    tokens = [child.type for child in node.children]
    signature = _signature(low, node)
    if "get" in tokens and signature.result is not None:
        return ir.TypeField(node.start_byte, size(node), name, signature.result, False)
    return ir.TypeField(node.start_byte, size(node), name, signature, "?" in tokens)


@handles(TYPES, "function_type", "constructor_type")
def _function(low: Lowering, node: Node) -> ir.Type:
    if node.type == "constructor_type":
        return ir.TypeOther(node.start_byte, size(node), node.type)
    return _signature(low, node)


def _signature(low: Lowering, node: Node) -> ir.TypeFunction:
    low.push()
    params: tuple[ir.Param, ...] = ()
    result = None
    for child in node.children:
        kind = child.type
        if kind == "type_parameters":
            type_parameters(low, child)
        elif kind == "formal_parameters":
            params = tuple([_param(low, part) for part in child.named_children if part.type in _PARAMS])
        elif kind.endswith("_annotation"):
            result = annotation(low, child)
        elif child.is_named and params is not None and kind in TYPES and node.type == "function_type":
            result = type_(low, child)
        elif kind in ("type_predicate", "asserts", "conditional_type"):
            result = ir.TypeOther(child.start_byte, size(child), kind)
    low.pop()
    return ir.TypeFunction(node.start_byte, size(node), params, result)


_PARAMS = frozenset({"required_parameter", "optional_parameter"})


def _param(low: Lowering, node: Node) -> ir.Param:
    """A parameter inside a type declares nothing; its name is kept for the reader."""
    kind = None
    named: Node | None = node.child_by_field_name("pattern")
    for child in node.named_children:
        if child.type == "type_annotation":
            kind = annotation(low, child)
    start, end = node.start_byte, node.end_byte
    rest = named is not None and named.type == "rest_pattern"
    if named is None:
        bound = ir.BindName(start, end - start, "", -1, None)
    else:
        bound = ir.BindName(named.start_byte, size(named), low.node_text(named).lstrip(". "), -1, None)
    return ir.Param(start, end - start, bound, kind, node.type == "optional_parameter", rest, False)


@handles(TYPES, "type_query")
def _query(low: Lowering, node: Node) -> ir.Type:
    inner = significant(node)
    if not inner:
        return ir.TypeOther(node.start_byte, size(node), node.type)
    return ir.TypeQuery(node.start_byte, size(node), expression(low, inner[-1]))


@handles(TYPES, "lookup_type")
def _indexed(low: Lowering, node: Node) -> ir.Type:
    inner = significant(node)
    if len(inner) != 2:
        return ir.TypeOther(node.start_byte, size(node), node.type)
    return ir.TypeIndexed(node.start_byte, size(node), type_(low, inner[0]), type_(low, inner[1]))


def type_declaration(low: Lowering, node: Node) -> ir.TypeDecl | None:
    """A type alias or an interface; None when its name is missing (a syntax error)."""
    name = node.child_by_field_name("name")
    if name is None:
        return None
    alias = node.type == "type_alias_declaration"
    low.push()
    params: tuple[ir.TypeParam, ...] = ()
    extends: list[ir.Type] = []
    for child in node.named_children:
        if child.type == "type_parameters":
            params = type_parameters(low, child)
        elif child.type == "extends_type_clause":
            extends = [type_(low, part) for part in significant(child)]
    body = node.child_by_field_name("value" if alias else "body")
    if body is None:
        kind: ir.Type = ir.TypeOther(node.start_byte, size(node), "missing")
    else:
        kind = type_(low, body)
    low.pop()
    return ir.TypeDecl(
        node.start_byte, size(node), "alias" if alias else "interface", low.node_text(name),
        params, tuple(extends), kind, bool(low.stack),
    )  # fmt: skip
