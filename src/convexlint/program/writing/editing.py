"""Edits that rules share: they keep the file's own manner (quotes, indentation, commas).

All take modules and spans of the model and return `Edit`s, or None where the change cannot be made safely.
"""

from __future__ import annotations

import re
from functools import lru_cache

from convexlint.facts.ir import Object
from convexlint.findings import Edit, Span
from convexlint.program.model import Module

_COMMENT_BEHIND = re.compile(rb"[ \t]*(?=//)")
_REST = re.compile(rb"([,;)]*)[ \t]*(\r?\n|\r)?")


def replace(module: Module, span: Span, text: str) -> Edit:
    return Edit(module.path, span, text)


def insert(module: Module, offset: int, text: str) -> Edit:
    return Edit(module.path, Span(offset, offset), text)


# Control characters, what reorders text, invisible line ends, halves of surrogate pairs.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def quote_of(module: Module) -> str:
    """The quote the module mostly uses for strings: `"` or `'` (ties: `"`)."""
    return _quote_of(module.source)


@lru_cache(maxsize=8)  # it keeps its sources alive
def _quote_of(source: bytes) -> str:
    return "'" if source.count(b"'") > source.count(b'"') else '"'


def line_break(module: Module) -> str:
    """How the module ends its lines."""
    return _line_break(module.source)


@lru_cache(maxsize=8)  # it keeps its sources alive
def _line_break(source: bytes) -> str:
    return "\r\n" if b"\r\n" in source else "\n"


def quoted(module: Module, value: str) -> str:
    """`value` as a string literal in the module's own quotes; what ends a line or cannot be seen, as an escape."""
    mark = quote_of(module)
    text = value.replace("\\", "\\\\").replace(mark, "\\" + mark)
    return mark + (text if text.isprintable() else _UNSEEN.sub(_escaped, text)) + mark


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    named = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}.get(code)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def has_comment(module: Module, span: Span) -> bool:
    """Whether what a comment begins with stands in `span`, be it in a text."""
    text = module.source[span.start : span.end]
    return b"//" in text or b"/*" in text


def line_indent(module: Module, offset: int) -> str:
    """The white space at the start of the line that holds `offset`."""
    line = end = _line_start(module.source, offset)
    while module.source[end : end + 1] in (b" ", b"\t"):
        end += 1
    return module.source[line:end].decode()


def insert_property_before(module: Module, literal: Object, position: int, text: str) -> Edit:
    """Insert `text` ("args: {}") into an object literal as the property number `position` (0 = first).

    Multi-line literals get a line of their own with the neighbours' indentation, one-line ones stay on the
    line.
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


def argument_start(module: Module, name_end: int, argument: int) -> int:
    """Where the first argument of a call begins as written, the parentheses around it included.

    `name_end`: the end of the called name; `argument`: where the argument starts inside its parentheses.
    Comments before the argument stay in front of the returned offset.
    """
    source = module.source
    floor = source.index(b"(", name_end) + 1
    at = argument
    while at > floor and source[at - 1 : at] in (b" ", b"\t", b"\r", b"\n", b"("):
        at -= 1
    while source[at : at + 1] in (b" ", b"\t", b"\r", b"\n"):
        at += 1
    return at


def remove_link(module: Module, span: Span) -> Edit:
    """Delete one link (`.index(...)`) of a method chain, with the line break and indentation in front of it.

    Comments stay: one behind it on a line of its own, and those in front of it. Behind one to the end of its line
    the link goes with its own whole line; what follows it there (`,`, `;`, `)`) moves up to the code in front of
    the comments.
    """
    source = module.source
    before = source[: span.start].rstrip()
    line = _line_start(source, len(before))
    own = _line_start(source, span.start)
    behind = _COMMENT_BEHIND.match(source, span.end)
    if behind is not None and not source[own : span.start].strip():
        return replace(module, Span(span.start, behind.end()), "")
    if b"//" not in before[line:]:
        return replace(module, Span(len(before), span.end), "")
    rest = _REST.match(source, span.end)
    assert rest is not None
    if not rest[1] and rest[2]:
        return replace(module, Span(own, rest.end()), "")
    end = _code_end(source, line)
    if end is None or not rest[1]:
        return replace(module, Span(span.start, span.end), "")
    comments = module.text(Span(end, len(before)))
    moved = rest[1].decode("ascii")
    return replace(module, Span(end, rest.end(1)), moved + comments)


def _line_start(source: bytes, offset: int) -> int:
    return max(source.rfind(b"\n", 0, offset), source.rfind(b"\r", 0, offset)) + 1


def _code_end(source: bytes, line: int) -> int | None:
    """Where the code ends in front of whole lines of comment, of which the last begins at `line`; None where one
    stands behind code."""
    while source[line:].lstrip(b" \t").startswith(b"//") and line > 0:
        end = len(source[:line].rstrip())
        line = _line_start(source, end)
        if b"//" not in source[line:end]:
            return end
    return None


def indent_deeper(module: Module, span: Span, by: str) -> tuple[Edit, ...] | None:
    """Move the lines of `span` to the right, but for its first; None where white space may belong to a text."""
    edits = []
    at = span.start
    text = module.source[span.start : span.end]
    lines = text.splitlines(keepends=True)
    if any(map(_may_go_on, lines)):
        return None
    for line in lines:
        if at > span.start and line.strip():
            edits.append(insert(module, at, by))
        at += len(line)
    return tuple(edits)


def _may_go_on(line: bytes) -> bool:
    """Whether a text that begins in the line may not end in it: a template, or a string with `\\` at the end."""
    closed = re.sub(rb"\$\{[^{}]*\}", b"", line)
    return (
        line.count(b"`") % 2 == 1
        or (b"`" in closed and b"${" in closed)
        or line.rstrip(b"\r\n").endswith(b"\\")
    )


def remove_property(module: Module, literal: Object, position: int) -> Edit:
    """Delete the property number `position` of an object literal, with the comma that belongs to it."""
    props = literal.props
    if len(props) == 1:
        return replace(module, Span(literal.start, literal.end), "{}")
    if position + 1 < len(props):
        return replace(module, Span(props[position].start, props[position + 1].start), "")
    return replace(module, Span(props[position - 1].end, props[position].end), "")


def pin(module: Module, span: Span) -> Edit:
    """An edit that changes nothing, but keeps its fix from going together with one that changes `span`.

    For what a fix relies on without touching it: the name of an index that it starts to use.
    """
    return insert(module, span.start + 1, "")
