"""JSX: what it evaluates.

Pages are mostly markup, and most of that is tags, texts and class names. Where no brace stands, nothing but the names
of components and the texts of attributes matters, which are read off the source; of the tree only what is left is
walked. In clients texts of attributes do not matter (`client.py`).
"""

from __future__ import annotations

import re

from convexlint.facts import ir
from convexlint.facts.literals import unescape
from convexlint.facts.lowering import EXPRESSIONS, Lowering, expression, handles, significant, size
from convexlint.syntax import Node

_ELEMENTS = frozenset({"jsx_element", "jsx_self_closing_element"})
_TAGS = frozenset({"jsx_opening_element", "jsx_self_closing_element"})
_WALKED = frozenset({"jsx_opening_element", "jsx_expression", *_ELEMENTS})
_SILENT = frozenset(
    {
        "jsx_closing_element", "jsx_text", "html_character_reference", "property_identifier",
        "jsx_namespace_name", "type_arguments",
    }
)  # fmt: skip
_TEXT = rb"\"[^\"]*\"|'[^']*'"
_PLAIN_TAG = re.compile(
    rb"<([A-Za-z_$][\w$:-]*)?((?:\s+[A-Za-z_$][\w$:-]*(?:\s*=\s*(?:" + _TEXT + rb"))?)*)\s*/?>"
)
"""A tag whose attributes are texts. It holds no other `<` but in these."""
_COMPONENT = re.compile(rb"<\s*(?:[A-Z]|[\w$]+\.|[^\x00-\x7f])")
"""What a name of a component begins with: without it no tag is one."""
_TEXTS = re.compile(_TEXT)
_QUOTES = b"\"'"


@handles(EXPRESSIONS, *sorted(_ELEMENTS), "jsx_expression")
def _jsx(low: Lowering, node: Node) -> ir.Expr:
    """What JSX evaluates, whatever it is nested in: components, values of attributes, children. Tags in lower case are
    not names."""
    parts: list[ir.Expr] = []
    stack = [node]
    plain = _Plain(low)
    while stack:
        current = stack.pop()
        kind = current.type
        if kind in _ELEMENTS and plain.take(current, parts):
            continue
        kids = significant(current)
        if kind in _TAGS and kids and kids[0].type != "jsx_attribute":
            _component(low, kids.pop(0), parts)
        for kid in kids:
            kind = kid.type
            if kind == "jsx_attribute":
                _attribute(low, kid, parts, stack)
            elif kind in _WALKED:
                stack.append(kid)
            elif kind not in _SILENT:
                parts.append(expression(low, kid))
    parts.sort(key=lambda part: part.start)
    return ir.Opaque(node.start_byte, size(node), "jsx", tuple(parts))


def _component(low: Lowering, tag: Node, parts: list[ir.Expr]) -> None:
    if tag.type == "member_expression" or low.node_text(tag)[:1].isupper():
        parts.append(expression(low, tag))


def _attribute(low: Lowering, node: Node, parts: list[ir.Expr], stack: list[Node]) -> None:
    source, start, end = low.source, node.start_byte, node.end_byte
    if source[end - 1] in _QUOTES:
        if low.is_client:
            return
        start = source.find(source[end - 1], start)
        parts.append(_text(low, start, end))
    elif b"=" in source[start:end]:
        for kid in significant(node):
            if kid.type in _WALKED:
                stack.append(kid)
            elif kid.type not in _SILENT:
                parts.append(expression(low, kid))


def _text(low: Lowering, start: int, end: int) -> ir.Text:
    """The text of an attribute, quotes included in its place."""
    return ir.Text(start, end - start, unescape(low.text(start + 1, max(start + 1, end - 1))))


class _Plain:
    """Takes what elements evaluate from their source: where they hold no expression, and each of their tags can be read
    so. However deep elements are nested, each place is looked at a few times."""

    def __init__(self, low: Lowering) -> None:
        self._low = low
        self._brace = (0, -1)  # from here to there is none
        self._odd = (0, -1)  # here are tags that cannot be read so

    def take(self, node: Node, parts: list[ir.Expr]) -> bool:
        """Add to `parts`; False where the tree must tell."""
        low, start, end = self._low, node.start_byte, node.end_byte
        if self._odd[0] <= start and end <= self._odd[1]:
            return False
        if not self._brace[0] <= start <= self._brace[1]:
            found = low.source.find(b"{", start)
            self._brace = (start, found if found >= 0 else len(low.source))
        if self._brace[1] < end:
            return False
        if low.is_client and _COMPONENT.search(low.source, start, end) is None:
            return True
        tags = list(_PLAIN_TAG.finditer(low.source, start, end))
        opened = _opened(low.source, start, end)
        if opened != len(tags) + sum(_opened(low.source, *tag.span(2)) for tag in tags):
            self._odd = (start, end)
            return False
        for tag in tags:
            name, at = tag[1], tag.start(1)
            if name is not None and b"A" <= name[:1] <= b"Z":
                text = low.text(at, at + len(name))
                parts.append(ir.Name(at, len(name), text, low.env.get(text, -1)))
            if tag[2] and not low.is_client:
                parts.extend([_text(low, *one.span()) for one in _TEXTS.finditer(low.source, *tag.span(2))])
        return True


def _opened(source: bytes, start: int, end: int) -> int:
    """How many `<` there are that close nothing."""
    return source.count(b"<", start, end) - source.count(b"</", start, end)
