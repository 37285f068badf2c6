"""Statements and declarations."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.facts.expressions import named
from convexlint.facts.functions import block_body, class_, function
from convexlint.facts.lowering import (
    COMMENTS,
    STATEMENTS,
    Lowering,
    expression,
    handles,
    significant,
    size,
    statement,
)
from convexlint.facts.patterns import declared_names, pattern
from convexlint.facts.scopes import hoist, using_target
from convexlint.facts.types import annotation, type_declaration
from convexlint.syntax import Node


def block(low: Lowering, node: Node | None) -> tuple[ir.Stmt, ...]:
    """The statements of a block, or the one statement that stands in its place, in a scope of their own."""
    if node is None:
        return ()
    low.push()
    nodes = node.named_children if node.type == "statement_block" else [node]
    body = block_body(low, nodes)
    low.pop()
    return body


def _field(low: Lowering, node: Node, name: str) -> ir.Expr:
    """The expression in a field; what a syntax error left out is an Opaque of no width."""
    found = node.child_by_field_name(name)
    if found is None:
        return ir.Opaque(node.end_byte, 0, "missing", ())
    return expression(low, found)


@handles(STATEMENTS, "lexical_declaration", "variable_declaration")
def declaration(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    declare(low, node, node.start_byte, out)


def declare(low: Lowering, node: Node, statement_start: int, out: list[ir.Stmt]) -> None:
    """`const a = 1, b = 2`: one Declare each. `statement_start` is where `export` or the keyword stands."""
    kids = node.children
    keyword = kids[0].type
    for kid in kids:
        if kid.type != "variable_declarator":
            continue
        parts = kid.children
        target = pattern(low, parts[0])
        kind: ir.Type | None = None
        init: ir.Expr | None = None
        equals = False
        for part in parts[1:]:
            what = part.type
            if what == "=":
                equals = True
            elif what == "type_annotation":
                kind = annotation(low, part)
            elif equals and part.is_named and what not in COMMENTS:
                init = named(low, part, target.name if isinstance(target, ir.BindName) else "")
        out.append(ir.Declare(kid.start_byte, size(kid), keyword, statement_start, target, kind, init))


@handles(STATEMENTS, "expression_statement")
def _evaluate(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    inner = significant(node)
    if not inner:
        return
    if inner[0].type == "internal_module":
        _namespace(low, inner[0], out)
        return
    start, end = node.start_byte, node.end_byte
    target = using_target(node) if low.has_using else None
    if target is not None and target.parent is not None:
        bound = pattern(low, target)
        init = expression(low, target.parent.children[-1])
        out.append(
            ir.Declare(
                target.start_byte,
                target.parent.end_byte - target.start_byte,
                "using",
                start,
                bound,
                None,
                init,
            )
        )
        return
    out.append(ir.Evaluate(start, end - start, expression(low, inner[0])))


@handles(STATEMENTS, "return_statement")
def _return(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    inner = significant(node)
    out.append(ir.Return(node.start_byte, size(node), expression(low, inner[0]) if inner else None))


@handles(STATEMENTS, "throw_statement")
def _throw(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    inner = significant(node)
    if inner:
        out.append(ir.Throw(node.start_byte, size(node), expression(low, inner[0])))


@handles(STATEMENTS, "if_statement")
def _if(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    test = _field(low, node, "condition")
    yes = block(low, node.child_by_field_name("consequence"))
    no: tuple[ir.Stmt, ...] = ()
    other = node.child_by_field_name("alternative")
    if other is not None:
        inner = significant(other)
        no = block(low, inner[-1] if inner else None)
    out.append(ir.If(node.start_byte, size(node), test, yes, no))


@handles(STATEMENTS, "for_in_statement")
def _for_in(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    tokens = {kid.type for kid in node.children if not kid.is_named}
    kind = "await" if "await" in tokens else "of" if "of" in tokens else "in"
    left = node.child_by_field_name("left")
    source = _field(low, node, "right")
    low.push()
    target: ir.Pattern | None = None
    if left is not None:
        declares = bool(tokens & {"const", "let", "using"})
        if declares:
            for name in declared_names(left):
                low.declare(name, "loop")
        target = pattern(low, left, assigns=not declares and "var" not in tokens)
    body = block(low, node.child_by_field_name("body"))
    low.pop()
    out.append(ir.Loop(node.start_byte, size(node), kind, target, source, (), None, body))


@handles(STATEMENTS, "for_statement")
def _for(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    low.push()
    first = node.child_by_field_name("initializer")
    init: tuple[ir.Stmt, ...] = ()
    if first is not None:
        init = block_body(low, [first])
    condition = node.child_by_field_name("condition")
    source = None
    if condition is not None and condition.is_named and condition.type != "empty_statement":
        parts = significant(condition) if condition.type == "expression_statement" else [condition]
        source = expression(low, parts[0]) if parts else None
    step = node.child_by_field_name("increment")
    update = expression(low, step) if step is not None else None
    body = block(low, node.child_by_field_name("body"))
    low.pop()
    out.append(ir.Loop(node.start_byte, size(node), "for", None, source, init, update, body))


@handles(STATEMENTS, "while_statement", "do_statement")
def _while(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    source = _field(low, node, "condition")
    body = block(low, node.child_by_field_name("body"))
    kind = "while" if node.type == "while_statement" else "do"
    out.append(ir.Loop(node.start_byte, size(node), kind, None, source, (), None, body))


@handles(STATEMENTS, "try_statement")
def _try(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    body = block(low, node.child_by_field_name("body"))
    catch = node.child_by_field_name("handler")
    param: ir.Pattern | None = None
    handler: tuple[ir.Stmt, ...] | None = None
    if catch is not None:
        low.push()
        bound = catch.child_by_field_name("parameter")
        if bound is not None:
            for name in declared_names(bound):
                low.declare(name, "catch")
            param = pattern(low, bound)
        handler = block(low, catch.child_by_field_name("body"))
        low.pop()
    last = node.child_by_field_name("finalizer")
    final = block(low, last.child_by_field_name("body")) if last is not None else ()
    out.append(ir.Try(node.start_byte, size(node), body, param, handler, final))


@handles(STATEMENTS, "switch_statement")
def _switch(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    subject = _field(low, node, "value")
    body = node.child_by_field_name("body")
    arms = significant(body) if body is not None else []
    low.push()
    # All cases share one scope: hoist every arm before lowering any.
    contents = [arm.children_by_field_name("body") for arm in arms]
    for nodes in contents:
        hoist(low, nodes)
    cases = []
    for arm, nodes in zip(arms, contents, strict=True):
        test = _field(low, arm, "value") if arm.type == "switch_case" else None
        statements: list[ir.Stmt] = []
        for part in nodes:
            statement(low, part, statements)
        cases.append(ir.Case(arm.start_byte, size(arm), test, tuple(statements)))
    low.pop()
    out.append(ir.Switch(node.start_byte, size(node), subject, tuple(cases)))


@handles(STATEMENTS, "statement_block")
def _block(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    out.append(ir.Block(node.start_byte, size(node), block(low, node)))


@handles(STATEMENTS, "with_statement")
def _with(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    value = _field(low, node, "object")
    out.append(ir.Evaluate(value.start, value.size, value))
    body = node.child_by_field_name("body")
    if body is not None:
        out.append(ir.Block(body.start_byte, size(body), block(low, body)))


@handles(STATEMENTS, "break_statement")
def _break(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    out.append(ir.Jump(node.start_byte, size(node), "break"))


@handles(STATEMENTS, "continue_statement")
def _continue(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    out.append(ir.Jump(node.start_byte, size(node), "continue"))


@handles(STATEMENTS, "labeled_statement")
def _labeled(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    body = node.child_by_field_name("body")
    if body is not None:
        statement(low, body, out)


@handles(STATEMENTS, "function_declaration", "generator_function_declaration")
def function_declaration(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    name = node.child_by_field_name("name")
    text = low.node_text(name) if name is not None else ""
    binding = low.env.get(text, -1)
    out.append(ir.FunctionDecl(node.start_byte, size(node), function(low, node, text, binding=binding)))


@handles(STATEMENTS, "class_declaration", "abstract_class_declaration")
def class_declaration(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    """Decorators run too: they stand as expression statements before the class."""
    name = node.child_by_field_name("name")
    text = low.node_text(name) if name is not None else ""
    outer, low.decorators = low.decorators, []
    index = class_(low, node, text, low.env.get(text, -1))
    out.extend([ir.Evaluate(value.start, value.size, value) for value in low.decorators])
    low.decorators = outer
    out.append(ir.ClassDecl(node.start_byte, size(node), index))


@handles(STATEMENTS, "internal_module", "module")
def _namespace(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    body = node.child_by_field_name("body")
    if body is None:
        return
    outer, low.in_namespace = low.in_namespace, True
    out.append(ir.Block(body.start_byte, size(body), block(low, body)))
    low.in_namespace = outer


@handles(STATEMENTS, "type_alias_declaration", "interface_declaration")
def _type(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    found = type_declaration(low, node)
    if found is not None:
        low.types.append(found)


@handles(STATEMENTS, "import_alias")
def _alias(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    inner = significant(node)
    if len(inner) == 2:
        target = pattern(low, inner[0])
        value = expression(low, inner[1])
        out.append(
            ir.Declare(
                inner[0].start_byte,
                node.end_byte - inner[0].start_byte,
                "const",
                node.start_byte,
                target,
                None,
                value,
            )
        )


@handles(
    STATEMENTS, "empty_statement", "debugger_statement", "ambient_declaration", "function_signature",
    "enum_declaration", "comment", "html_comment", "hash_bang_line", "type_identifier",
)  # fmt: skip
def _nothing(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    """Nothing that runs stands here, or (enums) only a binding is kept."""
