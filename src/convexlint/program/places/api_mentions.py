"""`api.a.b` as text."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.discovery.mentions import Mention, mentions_in
from convexlint.program.model import Module
from convexlint.program.program import Program
from convexlint.program.queries import listed, query

_Found = dict[tuple[str, ...], list[tuple[Module, Mention]]]


@listed
def api_mentions(program: Program) -> Iterator[tuple[Module, Mention]]:
    """Every `api.a.b` as text, by module and place: also where it is a type, and where no reference is understood."""
    for module in program.modules:
        if module.holds(b"api"):
            for mention in mentions_in(module.source):
                yield module, mention


@query
def _by_path(program: Program) -> tuple[_Found, _Found]:
    """The mentions by the whole of their path, and by each beginning of it."""
    whole: _Found = {}
    begun: _Found = {}
    for module, mention in api_mentions(program):
        whole.setdefault(mention.path, []).append((module, mention))
        for end in range(len(mention.path) + 1):
            begun.setdefault(mention.path[:end], []).append((module, mention))
    return whole, begun


def mentions_touching(program: Program, parts: tuple[str, ...]) -> Iterator[tuple[Module, Mention]]:
    """The mentions of a path, of what is in it, and of what it is in."""
    whole, begun = _by_path(program)
    yield from begun.get(parts, ())
    for end in range(len(parts)):
        yield from whole.get(parts[:end], ())
