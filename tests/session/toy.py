"""A project on disk and a toy rule: every `bad` in a module's text, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest

from convexlint import forks
from convexlint.config.catalogue import catalogue_of
from convexlint.findings import Category, Edit, Finding, Fix, Level, Related, Span
from convexlint.program.program import Program
from convexlint.rules.loader import load_rules
from convexlint.rules.rule import NoOptions, Rule
from convexlint.session import run

Check = Callable[..., Iterator[Finding]]
_sets = count()
"""Other rules are other code: what one set of them found says nothing about another's."""

HEAD = 'import { query } from "./_generated/server";\n'


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A project below `root`, with its own empty config unless one is given."""
    for path, text in {"convexlint.toml": "", "convex/_generated/api.js": "", **files}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


@dataclass(frozen=True)
class WordOptions:
    """Options of the toy rule.

    Attributes:
        word: what to look for.
    """

    word: Literal["bad", "awful"] = "bad"


def find_words(program: Program, options: WordOptions) -> Iterator[Finding]:
    for module in program.modules:
        for match in re.finditer(rf"\b{options.word}\b".encode(), module.source):
            span = Span(*match.span())
            fix = Fix.safe("Say good", Edit(module.path, span, "good"))
            yield Finding(module.path, span, f"`{options.word}` stands here", fix=fix)


def blame_callers(program: Program, options: NoOptions) -> Iterator[Finding]:
    """A finding at each `call`, whose chain ends at the `deed` of another module."""
    deeds = [(m.path, m.source.index(b"deed")) for m in program.modules if b"deed" in m.source]
    for module in program.modules:
        for match in re.finditer(rb"\bcall\b", module.source):
            related = tuple(Related(path, Span(at, at + 4), "does it") for path, at in deeds)
            yield Finding(module.path, Span(*match.span()), "calls the deed", related=related)


def toy(check: Check = find_words, options: type[object] = NoOptions, name: str = "toy-words") -> Rule:
    return Rule(
        name, Category.QUERIES, Level.WARNING, "safe", "0.1.0", False, False, "program", options, check
    )


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Use these rules, and the meta rules, in place of the built-in ones."""

    def use(*own: Rule) -> None:
        meta = tuple(rule for rule in load_rules() if rule.category is Category.META)
        everything = tuple(sorted((*own, *meta), key=lambda rule: rule.name))
        monkeypatch.setattr(run, "load_rules", lambda: everything)
        monkeypatch.setattr(run, "catalogue", lambda: catalogue_of(everything))
        version = f"toys {next(_sets)}"
        monkeypatch.setattr(run, "code_version", lambda: version)

    use(toy(options=WordOptions))
    return use


def watched_forks(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[int]:
    """Fork though the tests may run beside threads; each fork that `module` begins is noted in the list."""
    begun: list[int] = []
    fork = forks.fork

    def watched(work: Callable[[forks.Tell], None]) -> forks.Fork | None:
        begun.append(1)
        return fork(work)

    monkeypatch.setattr(forks, "can_fork", lambda: True)
    monkeypatch.setattr(module, "fork", watched)
    return begun
