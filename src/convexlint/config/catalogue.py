"""What config must know of the rules: handed in as data, so that this room knows no rule."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from msgspec import Struct

from convexlint.config.settings import Option
from convexlint.findings import Category, Level

Kind = Literal["choice", "string", "int", "bool", "strings"]


class OptionSpec(Struct, frozen=True):
    """One option of a rule. `choices` is filled for kind "choice" alone; `doc` is one line."""

    name: str
    kind: Kind
    default: Option
    choices: tuple[str, ...] = ()
    doc: str = ""


class RuleSpec(Struct, frozen=True):
    """One rule. `level` None = off under `recommended`; `always` = cannot be turned off."""

    name: str
    category: Category
    level: Level | None
    always: bool = False
    options: tuple[OptionSpec, ...] = ()

    @property
    def level_when_on(self) -> Level:
        """The level once the rule runs: a rule that is off by default is a warning then."""
        return self.level or Level.WARNING

    @property
    def defaults(self) -> dict[str, Option]:
        """Every option at its default."""
        return {option.name: option.default for option in self.options}

    def option(self, name: str) -> OptionSpec | None:
        """The option `name`, as the config file spells it."""
        return next((option for option in self.options if option.name == name), None)


@dataclass(frozen=True)
class Catalogue:
    """All rules, sorted by name."""

    rules: tuple[RuleSpec, ...] = field(default=())

    @cached_property
    def by_name(self) -> dict[str, RuleSpec]:
        return {rule.name: rule for rule in self.rules}

    def named(self, word: str) -> str | None:
        """The rule that a word means: in any case, and with the official plugin's `@convex-dev/` before it; None when
        there is no such rule."""
        if word in self.by_name:
            return word
        name = word.strip().lower().removeprefix("@convex-dev/")
        return name if name in self.by_name else None

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(category.value for category in Category)

    def expand(self, word: str) -> tuple[str, ...] | None:
        """The rules that a word of --select stands for: a rule, a category or "all"; None = unknown."""
        name = self.named(word)
        if name is not None:
            return (name,)
        word = word.lower()
        if word == "all":
            return tuple(rule.name for rule in self.rules)
        if word not in self.categories:
            return None
        return tuple(rule.name for rule in self.rules if rule.category.value == word)


class RuleLike(Protocol):
    """The columns of a loaded rule that config needs."""

    @property
    def name(self) -> str: ...
    @property
    def category(self) -> Category: ...
    @property
    def level(self) -> Level | None: ...
    @property
    def always(self) -> bool: ...
    @property
    def options(self) -> type[Any]: ...


def catalogue_of(rules: Iterable[RuleLike]) -> Catalogue:
    """The catalogue of loaded rules; options are read from their frozen dataclass."""
    specs = [
        RuleSpec(rule.name, rule.category, rule.level, rule.always, option_specs(rule.options))
        for rule in rules
    ]
    return Catalogue(tuple(sorted(specs, key=lambda spec: spec.name)))


def option_specs(options: type[Any]) -> tuple[OptionSpec, ...]:
    """The options that a dataclass declares; `max_lines` is spelled `max-lines` in a config file.

    Raises TypeError for a field whose type no config file can express, or that has no default.
    """
    hints = typing.get_type_hints(options)
    docs = _attribute_docs(options.__doc__ or "")
    specs = []
    for one in dataclasses.fields(options):
        if one.default is dataclasses.MISSING:
            raise TypeError(f"{options.__name__}.{one.name} needs a default")
        kind, choices = _kind_of(hints[one.name], f"{options.__name__}.{one.name}")
        specs.append(
            OptionSpec(one.name.replace("_", "-"), kind, one.default, choices, docs.get(one.name, ""))
        )
    return tuple(specs)


def _kind_of(hint: Any, where: str) -> tuple[Kind, tuple[str, ...]]:
    if typing.get_origin(hint) is Literal:
        return "choice", tuple(str(choice) for choice in typing.get_args(hint))
    if hint is bool:
        return "bool", ()
    if hint is int:
        return "int", ()
    if hint is str:
        return "string", ()
    if hint == tuple[str, ...] or (
        typing.get_origin(hint) is tuple
        and len(typing.get_args(hint)) == 2
        and typing.get_args(hint)[1] is Ellipsis
        and typing.get_origin(typing.get_args(hint)[0]) is Literal
    ):
        inner = typing.get_args(hint)[0]
        return "strings", () if inner is str else tuple(str(one) for one in typing.get_args(inner))
    raise TypeError(f"{where}: an option must be a Literal, int, bool, str or tuple[str, ...]")


def _attribute_docs(doc: str) -> dict[str, str]:
    """`name: text` lines below "Attributes:", a text running on over deeper indented lines."""
    _, _, body = doc.partition("Attributes:")
    docs: dict[str, str] = {}
    name = ""
    for line in body.splitlines():
        match = re.match(r"\s*`?(\w+)`?:\s+(.*)", line)
        if match:
            name = match[1]
            docs[name] = match[2].strip()
        elif name and line.strip():
            docs[name] += " " + line.strip()
    return docs
