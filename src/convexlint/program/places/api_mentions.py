"""`api.a.b` as text."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.discovery.mentions import Mention, mentions_in
from convexlint.program.model import Module
from convexlint.program.program import Program
from convexlint.program.queries import listed


@listed
def api_mentions(program: Program) -> Iterator[tuple[Module, Mention]]:
    """Every `api.a.b` as text, by module and place: also where it is a type, and where no reference is understood."""
    for module in program.modules:
        if module.holds(b"api"):
            for mention in mentions_in(module.source):
                yield module, mention
