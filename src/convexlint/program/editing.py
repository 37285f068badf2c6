"""Edits that rules share: they keep the file's own manner (quotes, indentation, commas).

All take modules and spans of the model and return `Edit`s, or None where the change cannot be made safely.
"""

from __future__ import annotations

from convexlint.facts.ir import Object
from convexlint.findings import Edit, Span
from convexlint.program.model import Module


def replace(module: Module, span: Span, text: str) -> Edit:
    return Edit(module.path, span, text)


def insert(module: Module, offset: int, text: str) -> Edit:
    return Edit(module.path, Span(offset, offset), text)


def quote_of(module: Module) -> str:
    """The quote the module mostly uses for strings: `"` or `'` (ties: `"`)."""
    return "'" if module.source.count(b"'") > module.source.count(b'"') else '"'


def quoted(module: Module, value: str) -> str:
    """`value` as a string literal in the module's own quotes."""
    mark = quote_of(module)
    return mark + value.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark


def line_indent(module: Module, offset: int) -> str:
    """The white space at the start of the line that holds `offset`."""
    line = max(module.source.rfind(b"\n", 0, offset), module.source.rfind(b"\r", 0, offset)) + 1
    end = line
    while module.source[end : end + 1] in (b" ", b"\t"):
        end += 1
    return module.source[line:end].decode()


def insert_property_before(module: Module, literal: Object, position: int, text: str) -> Edit:
    """Insert `text` ("args: {}") into an object literal as the property number `position` (0 = first).

    Multi-line literals get a line of their own with the neighbours' indentation, one-line ones stay on the line.
    """
    if not literal.props:
        return Edit(module.path, Span(literal.start, literal.end), "{ " + text + " }")
    if position >= len(literal.props):
        last = literal.props[-1]
        multi_line = b"\n" in module.source[literal.start : literal.props[0].start]
        glue = ",\n" + line_indent(module, last.start) if multi_line else ", "
        return insert(module, last.end, glue + text)
    at = literal.props[position].start
    multi_line = b"\n" in module.source[literal.start : literal.props[0].start]
    glue = ",\n" + line_indent(module, at) if multi_line else ", "
    return insert(module, at, text + glue)
