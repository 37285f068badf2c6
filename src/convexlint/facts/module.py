"""A whole module: imports, exports, directives, comments, and the entry to lowering."""

from __future__ import annotations

import re

from convexlint.facts import expressions as _expressions  # noqa: F401  (registers its handlers)
from convexlint.facts import ir
from convexlint.facts import markup as _markup  # noqa: F401  (registers its handlers)
from convexlint.facts import operators as _operators  # noqa: F401  (registers its handlers)
from convexlint.facts.client import is_client
from convexlint.facts.functions import block_body
from convexlint.facts.literals import unescape
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
from convexlint.facts.patterns import declared_names
from convexlint.facts.scopes import hoist_vars, is_plain_import
from convexlint.facts.statements import declare
from convexlint.syntax import Node, first_problem, parse

_MARKS = re.compile(rb"(?:convexlint|eslint|oxlint)-")
_TYPE_DECLARATIONS = frozenset({"type_alias_declaration", "interface_declaration", "ambient_declaration"})


def extract(source: bytes, name: str) -> ir.ModuleFacts:
    """The facts of one module. `name` chooses the grammar by its ending, and says whether it is a client (`client.py`).
    Never fails on any bytes."""
    root = parse(source, name).root_node
    problem = first_problem(root, source)
    low = Lowering(source)
    low.is_client = is_client(name)
    low.functions.append(None)
    if low.has_var:
        hoist_vars(low, root)
    nodes = root.named_children
    body = block_body(low, nodes)
    end = len(source)
    low.functions[0] = ir.Function(
        0, end, "module", "", -1, -1, -1, False, False, (), (), None, 0, 0, 0, end, body, None
    )
    low.specifiers.sort(key=lambda specifier: specifier.start)
    written = low.written
    head = ir.Head(
        _directives(low, nodes),
        tuple(low.specifiers),
        _comments(low, root),
        None if problem is None else ir.SyntaxProblem(problem[0], problem[1] - problem[0], problem[2]),
        low.truncated,
    )
    return ir.ModuleFacts(
        head,
        tuple(low.imports),
        tuple(low.exports),
        tuple(
            [
                ir.Binding(start, end - start, text, kind, function, index in written)
                for index, (start, end, text, kind, function) in enumerate(low.bindings)
            ]
        ),
        tuple([function for function in low.functions if function is not None]),
        tuple([found for found in low.classes if found is not None]),
        tuple(low.types),
    )


def _directives(low: Lowering, nodes: list[Node]) -> tuple[str, ...]:
    found = []
    for node in nodes:
        if node.type in COMMENTS or node.type == "hash_bang_line":
            continue
        inner = significant(node) if node.type == "expression_statement" else []
        if not inner or inner[0].type != "string":
            break
        found.append(_string(low, inner[0]))
    return tuple(found)


def _comments(low: Lowering, root: Node) -> tuple[ir.Comment, ...]:
    source = low.source
    if b"lint-" not in source:  # which all marks end with
        return ()
    found = []
    seen = -1
    for match in _MARKS.finditer(source):
        offset = match.start()
        if offset < seen:
            continue
        node = root.descendant_for_byte_range(offset, offset + 1)
        if node is None or node.type not in COMMENTS:
            continue
        start, end = node.start_byte, node.end_byte
        seen = end
        text = low.text(start, end)
        block = text.startswith("/*")
        line_start = max(source.rfind(b"\n", 0, start), source.rfind(b"\r", 0, start)) + 1
        before = source[line_start:start].removeprefix(b"\xef\xbb\xbf")
        inner = text[2:].removesuffix("*/") if block else text.lstrip("/")
        found.append(ir.Comment(start, end - start, inner.strip(), block, not before.strip()))
    return tuple(found)


def _string(low: Lowering, node: Node) -> str:
    start = node.start_byte + 1
    return unescape(low.text(start, max(start, node.end_byte - 1)))


def _source(node: Node) -> Node | None:
    found = node.child_by_field_name("source")
    return found if found is not None and found.type == "string" else None


@handles(STATEMENTS, "import_statement")
def _import(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    whole_type = False
    names: list[ir.ImportName] = []
    source = _source(node)
    clause = False
    kind = "import"
    for kid in node.children:
        part = kid.type
        if part in ("type", "typeof"):
            whole_type = True
        elif part == "import_clause":
            clause = True
            _import_names(low, kid, whole_type, names)
        elif part == "import_require_clause":
            clause, kind = True, "require"
            source = _source(kid)
            for inner in kid.named_children:
                if inner.type == "identifier":
                    names.append(_import_name(low, inner, inner, "*", whole_type))
                    break
    if source is None:
        return
    only_types = whole_type or (bool(names) and all(entry.type_only for entry in names))
    text = _string(low, source)
    start, end = source.start_byte, source.end_byte
    low.imports.append(ir.Import(node.start_byte, size(node), text, start, end, only_types, tuple(names)))
    low.specifiers.append(
        ir.Specifier(start, end - start, text, kind if clause else "side-effect", only_types)
    )


def _import_names(low: Lowering, node: Node, whole_type: bool, names: list[ir.ImportName]) -> None:
    for kid in significant(node):
        if kid.type == "identifier":
            names.append(_import_name(low, kid, kid, "default", whole_type))
        elif kid.type == "namespace_import":
            for inner in significant(kid)[:1]:
                names.append(_import_name(low, kid, inner, "*", whole_type))
        elif kid.type == "named_imports":
            for entry in significant(kid):
                if is_plain_import(low, entry):
                    names.append(_import_name(low, entry, entry, low.node_text(entry), whole_type))
                    continue
                parts = significant(entry)
                if entry.type != "import_specifier" or not parts or parts[-1].type != "identifier":
                    continue
                own_type = any(token.type in ("type", "typeof") for token in entry.children)
                first = parts[0]
                imported = _string(low, first) if first.type == "string" else low.node_text(first)
                names.append(_import_name(low, entry, parts[-1], imported, whole_type or own_type))


def _import_name(low: Lowering, entry: Node, local: Node, imported: str, type_only: bool) -> ir.ImportName:
    binding = low.declare(local, "import", typed=True)
    return ir.ImportName(entry.start_byte, size(entry), imported, low.node_text(local), binding, type_only)


@handles(STATEMENTS, "export_statement")
def _export(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    tokens = [kid.type for kid in node.children if not kid.is_named]
    type_only = "type" in tokens
    start, end = node.start_byte, node.end_byte
    source = _source(node)
    outer, low.decorators = low.decorators, []
    for kid in significant(node):
        kind = kid.type
        if kind == "decorator":
            low.decorators.extend([expression(low, part) for part in significant(kid)])
        elif kind == "export_clause":
            _export_clause(low, kid, source, type_only)
        elif kind == "namespace_export":
            inner = significant(kid)
            if source is not None and inner:
                last = inner[-1]
                name = _string(low, last) if last.type == "string" else low.node_text(last)
                low.exports.append(
                    ir.Export(
                        kid.start_byte, size(kid), "namespace", name, -1, "*", _string(low, source), type_only
                    )
                )
                _from(low, source, type_only)
        elif kid is source or (source is not None and kid.id == source.id) or kind == "import_attribute":
            continue
        elif "default" in tokens and (low.in_namespace or not _declares(kid)):
            value = expression(low, kid)
            out.append(ir.ExportDefault(start, end - start, value))
            low.exports.append(ir.Export(start, end - start, "default", "default", -1, "", "", False))
        elif "=" in tokens:
            out.append(ir.ExportDefault(start, end - start, expression(low, kid)))
            low.exports.append(ir.Export(start, end - start, "default", "export=", -1, "", "", False))
        else:
            _export_declaration(low, kid, start, "default" in tokens, out)
    out.extend([ir.Evaluate(value.start, value.size, value) for value in low.decorators])
    low.decorators = outer
    if "*" in tokens and source is not None:
        low.exports.append(ir.Export(start, end - start, "star", "", -1, "", _string(low, source), type_only))
        _from(low, source, type_only)


def _declares(node: Node) -> bool:
    return node.type.endswith(("_declaration", "_signature")) or node.type == "internal_module"


def _from(low: Lowering, source: Node, type_only: bool) -> None:
    low.specifiers.append(
        ir.Specifier(source.start_byte, size(source), _string(low, source), "export", type_only)
    )


def _export_clause(low: Lowering, node: Node, source: Node | None, whole_type: bool) -> None:
    all_types = bool(significant(node))
    for entry in significant(node):
        parts = significant(entry)
        if entry.type != "export_specifier" or not parts:
            continue
        type_only = whole_type or any(token.type in ("type", "typeof") for token in entry.children)
        all_types = all_types and type_only
        first, last = [
            _string(low, part) if part.type == "string" else low.node_text(part)
            for part in (parts[0], parts[-1])
        ]
        start, end = entry.start_byte, entry.end_byte
        if source is not None:
            low.exports.append(
                ir.Export(start, end - start, "from", last, -1, first, _string(low, source), type_only)
            )
            continue
        binding = low.env.get(first, -1)
        kind = "type" if binding < 0 and (type_only or first in low.type_names) else "local"
        low.exports.append(
            ir.Export(start, end - start, kind, last, binding, "", "", type_only or kind == "type")
        )
    if source is not None:
        _from(low, source, whole_type or all_types)


def _export_declaration(
    low: Lowering, node: Node, statement_start: int, default: bool, out: list[ir.Stmt]
) -> None:
    kind = node.type
    if kind in ("lexical_declaration", "variable_declaration"):
        declare(low, node, statement_start, out)
        names = [
            name
            for kid in node.named_children
            if kid.type == "variable_declarator"
            for name in declared_names(kid.children[0])
        ]
    else:
        statement(low, node, out)
        name_node = node.child_by_field_name("name")
        if kind == "import_alias":
            name_node = next(iter(significant(node)), None)
        while name_node is not None and name_node.type == "nested_identifier":
            name_node = name_node.children[0]
        names = [name_node] if name_node is not None else []
        if kind == "ambient_declaration":
            names = [
                name
                for kid in node.named_children
                for name in [kid.child_by_field_name("name"), *_declarator_names(kid)]
                if name is not None
            ]
    if low.in_namespace:
        return
    is_type = kind in _TYPE_DECLARATIONS
    if kind == "function_signature":
        return
    for name in names:
        text = low.node_text(name)
        binding = -1 if is_type else low.env.get(text, -1)
        low.exports.append(
            ir.Export(
                name.start_byte, size(name), "type" if is_type else "local",
                "default" if default else text, binding, "", "", is_type,
            )
        )  # fmt: skip


def _declarator_names(node: Node) -> list[Node]:
    return [
        name
        for kid in node.named_children
        if kid.type == "variable_declarator"
        for name in declared_names(kid.children[0])
    ]
