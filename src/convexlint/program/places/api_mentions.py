"""`api.a.b` as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convexlint.discovery.mentions import API_ROOTS, Mention, mentions_in
from convexlint.program.model import Module
from convexlint.program.places.passing_on import PassesOn, module_names
from convexlint.program.program import Program
from convexlint.program.queries import listed, query

_Found = dict[tuple[str, ...], list[tuple[Module, Mention]]]


@listed
def _mentions_in(program: Program, module: Module) -> Iterator[Mention]:
    """Every `api.a.b` as text, by place: also where it is a type, and where no reference is understood."""
    return mentions_in(module.source)


@query
def _by_path(program: Program) -> tuple[_Found, _Found]:
    """The mentions of all modules by the whole of their path, and by each beginning of it."""
    return _sorted_out(program, (module for module in program.modules if module.holds(b"api")))


def _sorted_out(program: Program, modules: Iterable[Module]) -> tuple[_Found, _Found]:
    whole: _Found = {}
    begun: _Found = {}
    for module in modules:
        for mention in _mentions_in(program, module):
            whole.setdefault(mention.path, []).append((module, mention))
            for end in range(len(mention.path) + 1):
                begun.setdefault(mention.path[:end], []).append((module, mention))
    return whole, begun


def _may_touch(program: Program, parts: tuple[str, ...]) -> Iterator[Module]:
    """The modules that may mention a path, or what it is in: they spell it, or hand something on whole."""
    passes = PassesOn(API_ROOTS, module_names(program))
    words = [part.encode() for part in parts]
    for module in program.modules:
        if module.holds(b"api") and (all(map(module.holds, words)) or module.holds(passes)):
            yield module


def mentions_touching(program: Program, parts: tuple[str, ...]) -> Iterator[tuple[Module, Mention]]:
    """The mentions of a path, of what is in it, and of what it is in."""
    if program.focus is None:
        whole, begun = _by_path(program)
    else:
        whole, begun = _sorted_out(program, _may_touch(program, parts))
    yield from begun.get(parts, ())
    for end in range(len(parts)):
        yield from whole.get(parts[:end], ())
