"""Whether a module hands `api`, `internal`, or a part of them on, told from its text."""

from __future__ import annotations

import re

from convexlint.discovery.mentions import Mention, mentions_in
from convexlint.facts.lowered import TextTest
from convexlint.program.program import Program
from convexlint.program.queries import query

_EXPORT = re.compile(rb"export\b[^;()]*")
_WHOLE_API = re.compile(rb"\*\s*(?://[^\n]*\s*)?as\b[^;]*_generated/api[\"']")


@query
def module_names(program: Program) -> frozenset[str]:
    """The names of the modules in the functions folder."""
    return frozenset(module.name for module in program.modules if not module.name.startswith("/"))


class PassesOn(TextTest, frozen=True):
    """Whether a text uses one of these roots otherwise than to name a function of these modules, or exports it, or
    imports all that the generated module holds. Also true of some texts that do neither: their code says more."""

    roots: tuple[bytes, ...]
    names: frozenset[str]

    def search(self, source: bytes) -> object:
        if self.mention(source) is not None:
            return True
        if b"export" in source:
            exports = [match[0] for match in _EXPORT.finditer(source)]
            for root in self.roots:
                word = re.compile(rb"(?<![\w$])" + root + rb"(?![\w$])")
                if root in source and any(word.search(one) is not None for one in exports):
                    return True
        return _WHOLE_API.search(source) if b"_generated/api" in source else None

    def mention(self, source: bytes) -> Mention | None:
        """The first use of a root that names no function of a module."""
        for mention in mentions_in(source, self.roots):
            prefixes = ("/".join(mention.path[:end]) for end in range(1, len(mention.path)))
            if self.names.isdisjoint(prefixes):
                return mention
        return None
