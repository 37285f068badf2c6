"""The binder: what a block or a function declares, before any of it is lowered."""

from __future__ import annotations

from convexlint.facts.lowering import Lowering
from convexlint.facts.patterns import declared_names
from convexlint.syntax import Node

_LEXICAL = {"const": "const", "let": "let", "var": "var"}
_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration"})
_TYPES = frozenset({"type_alias_declaration", "interface_declaration"})
# `var` is visible in the whole function: these start another one, or hold no statements.
_OWN_VARS = frozenset(
    {
        "function_declaration", "generator_function_declaration", "function_expression", "arrow_function",
        "generator_function", "method_definition", "class_declaration", "class", "abstract_class_declaration",
        "expression_statement", "lexical_declaration", "return_statement", "import_statement",
        "type_alias_declaration", "interface_declaration", "ambient_declaration",
        "internal_module", "comment",
        "class_static_block", "throw_statement",
    }
)  # fmt: skip


def hoist(low: Lowering, nodes: list[Node]) -> None:
    """Declare the names of one block's own statements in the innermost scope."""
    for node in nodes:
        kind = node.type
        if kind == "export_statement":
            for kid in node.named_children:
                if kid.type != "export_statement":
                    hoist(low, [kid])
        elif kind == "lexical_declaration":
            kids = node.children
            keyword = _LEXICAL.get(kids[0].type, "const")
            for kid in kids:
                if kid.type == "variable_declarator":
                    for name in declared_names(kid.children[0]):
                        low.declare(name, keyword)
        elif kind in _FUNCTIONS:
            _declare_named(low, node, "function", typed=False)
        elif kind in _CLASSES:
            _declare_named(low, node, "class", typed=True)
        elif kind == "enum_declaration":
            _declare_named(low, node, "enum", typed=True)
        elif kind in ("internal_module", "module"):
            _declare_namespace(low, node)
        elif kind in _TYPES:
            name_node = node.child_by_field_name("name")
            if name_node is not None:
                name_text = low.node_text(name_node)
                low.declare_type(name_text)
                if not low.stack:
                    low.type_names.add(name_text)
        elif kind == "import_statement":
            _declare_import(low, node)
        elif kind == "import_alias":
            for kid in node.named_children[:1]:
                low.declare(kid, "const", typed=True)
        elif kind == "expression_statement":
            inner = node.named_children
            if inner and inner[0].type == "internal_module":
                _declare_namespace(low, inner[0])
            elif low.has_using:
                target = using_target(node)
                if target is not None:
                    low.declare(target, "const")
        elif kind == "labeled_statement":
            body = node
            while body.type == "labeled_statement":
                body = body.named_children[-1]
            hoist(low, [body])


def using_target(node: Node) -> Node | None:
    """The name in `using x = ...` or `await using x = ...`, which the grammar reads as an assignment."""
    inner = node.named_children
    if inner and inner[0].type == "await_expression":
        inner = inner[0].named_children
    if not inner or inner[0].type != "assignment_expression":
        return None
    kids = inner[0].children
    if kids[0].type == "using" and len(kids) > 1 and kids[1].type == "identifier":
        return kids[1]
    return None


def hoist_vars(low: Lowering, root: Node) -> None:
    """Declare every `var` under `root` that belongs to the same function."""
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind == "variable_declaration":
            for kid in node.children:
                if kid.type == "variable_declarator":
                    for name in declared_names(kid.children[0]):
                        low.declare(name, "var")
        elif kind == "for_in_statement" and any(kid.type == "var" for kid in node.children):
            left = node.child_by_field_name("left")
            if left is not None:
                for name in declared_names(left):
                    low.declare(name, "loop")
            stack.extend(reversed(node.named_children))
        elif kind not in _OWN_VARS or node is root:
            stack.extend(reversed(node.named_children))


def _declare_named(low: Lowering, node: Node, kind: str, typed: bool) -> None:
    name = node.child_by_field_name("name")
    if name is not None:
        low.declare(name, kind, typed)


def _declare_namespace(low: Lowering, node: Node) -> None:
    name = node.child_by_field_name("name")
    while name is not None and name.type == "nested_identifier":
        name = name.children[0]
    if name is not None and name.type == "identifier":
        low.declare(name, "namespace", typed=True)


def is_plain_import(low: Lowering, node: Node) -> bool:
    """Whether it is a name in an import that is bound as it stands, as most are."""
    if node.type != "import_specifier":
        return False
    text = low.node_text(node)
    return text.isidentifier() and text != "default"


def _declare_import(low: Lowering, node: Node) -> None:
    stack = list(reversed(node.named_children))
    while stack:
        kid = stack.pop()
        kind = kid.type
        if kind == "identifier" or is_plain_import(low, kid):
            low.declare(kid, "import", typed=True)
        elif kind == "import_specifier":
            # The local name is the last one: `a as b` binds b.
            names = [part for part in kid.named_children if part.type == "identifier"]
            stack.extend(names[-1:])
        elif kind in ("import_clause", "named_imports", "namespace_import", "import_require_clause"):
            stack.extend(reversed(kid.named_children))
