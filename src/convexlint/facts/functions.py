"""Functions and classes: lifted into the module's tables."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.facts.lowering import COMMENTS, Lowering, expression, significant, size, statement
from convexlint.facts.patterns import declared_names, pattern, static_key
from convexlint.facts.scopes import hoist, hoist_vars
from convexlint.facts.types import annotation, type_arguments, type_parameters
from convexlint.syntax import Node

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_ANNOTATIONS = frozenset({"type_annotation", "type_predicate_annotation", "asserts_annotation"})
_PARAMETERS = frozenset({"required_parameter", "optional_parameter"})


def function(low: Lowering, node: Node, name: str, kind: str = "", binding: int = -1, owner: int = -1) -> int:
    """Lower any function-like node into `low.functions`; its index.

    `name` is what it is called where it stands; a function expression's own name wins and is bound inside.
    """
    arrow = node.type == "arrow_function"
    kids = node.children
    own_name = None
    is_async = is_generator = False
    parameters = body = None
    result_node = type_params = None
    for kid in kids:
        part = kid.type
        if part == "async":
            is_async = True
        elif part == "*":
            is_generator = True
        elif part == "formal_parameters":
            parameters = kid
        elif part in _ANNOTATIONS:
            result_node = kid
        elif part == "type_parameters":
            type_params = kid
        elif part == "statement_block":
            body = kid
        elif part == "identifier" and own_name is None:
            own_name = kid
    if arrow:
        body = kids[-1]
        if parameters is None and own_name is not None:
            parameters = own_name
    index = len(low.functions)
    low.functions.append(None)
    low.push()
    if not arrow and own_name is not None and binding < 0 and node.type in FUNCTIONS:
        name = low.node_text(own_name)
        binding = low.declare(own_name, "function")
        low.push()
    else:
        low.push()
    outer, low.function = low.function, index
    type_parameters_lowered = type_parameters(low, type_params) if type_params is not None else ()
    params = _parameters(low, parameters)
    result = annotation(low, result_node) if result_node is not None else None
    statements: tuple[ir.Stmt, ...] = ()
    concise: ir.Expr | None = None
    start, end = node.start_byte, node.end_byte
    body_start = body_end = end
    if body is not None:
        body_start, body_end = body.start_byte, body.end_byte
        if body.type == "statement_block":
            low.push()
            if low.has_var:
                hoist_vars(low, body)
            statements = block_body(low, body.named_children)
            low.pop()
        else:
            concise = expression(low, body)
    low.function = outer
    low.pop()
    low.pop()
    params_start = params_end = start
    if parameters is not None:
        params_start, params_end = parameters.start_byte, parameters.end_byte
    low.functions[index] = ir.Function(
        start, end - start, kind or ("arrow" if arrow else "function"), name, binding, outer, owner, is_async,
        is_generator, type_parameters_lowered, params, result, params_start, params_end, body_start, body_end,
        statements, concise,
    )  # fmt: skip
    return index


def block_body(low: Lowering, nodes: list[Node]) -> tuple[ir.Stmt, ...]:
    """Declare what the statements of one block declare, then lower them. The caller has opened the scope."""
    hoist(low, nodes)
    out: list[ir.Stmt] = []
    for node in nodes:
        statement(low, node, out)
    return tuple(out)


def _parameters(low: Lowering, node: Node | None) -> tuple[ir.Param, ...]:
    if node is None:
        return ()
    if node.type != "formal_parameters":
        low.declare(node, "param")
        start, end = node.start_byte, node.end_byte
        return (ir.Param(start, end - start, pattern(low, node), None, False, False, False),)
    params = [kid for kid in node.named_children if kid.type in _PARAMETERS]
    for param in params:
        for kid in param.named_children:
            if kid.type in ("identifier", "object_pattern", "array_pattern", "rest_pattern"):
                for found in declared_names(kid):
                    low.declare(found, "param")
                break
    return tuple([_parameter(low, param) for param in params])


def _parameter(low: Lowering, node: Node) -> ir.Param:
    start, end = node.start_byte, node.end_byte
    target: Node | None = None
    kind: ir.Type | None = None
    default: ir.Expr | None = None
    rest = is_property = equals = False
    for kid in node.children:
        part = kid.type
        if part == "type_annotation":
            kind = annotation(low, kid)
        elif part in ("accessibility_modifier", "readonly", "override_modifier"):
            is_property = True
        elif part == "=":
            equals = True
        elif part == "decorator":
            low.decorators.extend([expression(low, part_) for part_ in significant(kid)])
        elif kid.is_named and part not in COMMENTS:
            if equals:
                default = expression(low, kid)
            elif target is None:
                target = kid
    if target is None:
        bound: ir.Pattern = ir.BindName(start, 0, "", -1, None)
    elif target.type == "this":
        bound = ir.BindName(target.start_byte, size(target), "this", -1, None)
    else:
        if target.type == "rest_pattern":
            rest = True
            target = target.children[-1]
        bound = pattern(low, target, default=default)
    return ir.Param(start, end - start, bound, kind, node.type == "optional_parameter", rest, is_property)


def class_(low: Lowering, node: Node, name: str, binding: int = -1) -> int:
    """Lower a class declaration or expression into `low.classes`; its index."""
    index = len(low.classes)
    low.classes.append(None)
    low.push()
    own_name = node.child_by_field_name("name")
    if own_name is not None:
        name = low.node_text(own_name)
        if binding < 0:
            binding = low.declare(own_name, "class", typed=True)
    type_params: tuple[ir.TypeParam, ...] = ()
    superclass: ir.Expr | None = None
    super_args: tuple[ir.Type, ...] = ()
    members: list[ir.ClassMember] = []
    for kid in node.named_children:
        kind = kid.type
        if kind == "type_parameters":
            type_params = type_parameters(low, kid)
        elif kind == "decorator":
            low.decorators.extend([expression(low, part) for part in significant(kid)])
        elif kind == "class_heritage":
            for clause in kid.named_children:
                if clause.type == "extends_clause":
                    for part in significant(clause):
                        if part.type == "type_arguments":
                            super_args = type_arguments(low, part)
                        else:
                            superclass = expression(low, part)
        elif kind == "class_body":
            members = [
                member for part in kid.named_children if (member := _member(low, part, index)) is not None
            ]
    low.pop()
    low.classes[index] = ir.Class(
        node.start_byte, size(node), name, binding, low.function, type_params, superclass,
        super_args, tuple(members),
    )  # fmt: skip
    return index


def _member(low: Lowering, node: Node, owner: int) -> ir.ClassMember | None:
    kind = node.type
    start, end = node.start_byte, node.end_byte
    if kind == "decorator":
        low.decorators.extend([expression(low, part) for part in significant(node)])
        return None
    if kind == "class_static_block":
        index = function(low, node, "", kind="method", owner=owner)
        return ir.ClassMember(start, end - start, "method", "", True, index, None, None)
    if kind not in ("method_definition", "public_field_definition"):
        return None
    name_node = node.child_by_field_name("name")
    name = ""
    if name_node is not None:
        name = static_key(low, name_node) or ""
        if name_node.type == "computed_property_name":
            low.decorators.extend([expression(low, part) for part in significant(name_node)])
    static = any(kid.type == "static" for kid in node.children)
    if kind == "method_definition":
        role = "constructor" if name == "constructor" and not static else "method"
        for kid in node.children:
            if kid.type in ("get", "set"):
                role = "getter" if kid.type == "get" else "setter"
        index = function(low, node, name, kind=role, owner=owner)
        return ir.ClassMember(start, end - start, role, name, static, index, None, None)
    declared: ir.Type | None = None
    init: ir.Expr | None = None
    equals = False
    for kid in node.children:
        if kid.type == "type_annotation":
            declared = annotation(low, kid)
        elif kid.type == "=":
            equals = True
        elif kid.type == "decorator":
            low.decorators.extend([expression(low, part) for part in significant(kid)])
        elif equals and kid.is_named and kid.type not in COMMENTS:
            if kid.type in FUNCTIONS:
                lifted = function(low, kid, name, owner=owner)
                init = ir.Lambda(kid.start_byte, size(kid), lifted)
            else:
                init = expression(low, kid)
    return ir.ClassMember(start, end - start, "field", name, static, -1, declared, init)
