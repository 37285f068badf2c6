"""Names of rules in comments and config files as links to the rules' cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types as lsp

from convexlint.findings import Span
from convexlint.rules.card import card_path
from convexlint.rules.loader import rules_by_name
from convexlint.server.buffers import uri_of
from convexlint.server.protocol import as_range
from convexlint.server.text import Text

_COMMENT = re.compile(rb"(?:convexlint|eslint|oxlint)-(?:disable|enable)[a-z-]*[ \t]+([^\r\n]*)")
_NAME = re.compile(rb"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


def links(text: Text, path: str) -> list[lsp.DocumentLink]:
    """Links for every name of a rule in a suppression, or anywhere in a TOML file."""
    rules = rules_by_name()
    found = []
    for span in _names(text.source, everywhere=path.endswith(".toml")):
        name = text.source[span.start : span.end].decode()
        if name in rules:
            card = card_path(name).as_posix()
            found.append(
                lsp.DocumentLink(as_range(text.range(span)), uri_of(card), tooltip=f"the card of {name}")
            )
    return found


def _names(source: bytes, *, everywhere: bool) -> Iterator[Span]:
    if everywhere:
        yield from (Span(*match.span()) for match in _NAME.finditer(source))
        return
    for comment in _COMMENT.finditer(source):
        names, _, _ = comment[1].partition(b" --")
        for match in _NAME.finditer(names):
            yield Span(comment.start(1) + match.start(), comment.start(1) + match.end())
