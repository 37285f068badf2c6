"""Finds the rules: walks `convexlint.rules.<category>` so that adding a rule edits no list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType, ModuleType

import convexlint.rules as package
from convexlint.config.catalogue import Catalogue, catalogue_of
from convexlint.rules.rule import Rule


class RuleDefinitionError(Exception):
    """A rule module that breaks the house's form; the text names the module and what is wrong with it."""


@lru_cache(maxsize=1)
def load_rules() -> tuple[Rule, ...]:
    """Every built-in rule, sorted by name.

    Modules whose name starts with `_` hold what rules of a category share and are not rules themselves.
    Raises RuleDefinitionError.
    """
    rules: dict[str, Rule] = {}
    for category in _names(package.__path__, packages=True):
        folder = importlib.import_module(f"{package.__name__}.{category}")
        for name in _names(folder.__path__, packages=False):
            module = importlib.import_module(f"{folder.__name__}.{name}")
            found = rule_of(module, category)
            if found.name in rules:
                raise RuleDefinitionError(f"{module.__name__}: there is another rule named {found.name}")
            rules[found.name] = found
    if not rules:
        # A packaging tool that hides modules from a walk would otherwise call every project clean.
        raise RuleDefinitionError(f"no rules are found below {package.__name__}: this installation is broken")
    return tuple(rules[name] for name in sorted(rules))


_own: dict[str, Rule] = {}


def know(rules: Iterable[Rule]) -> None:
    """Let reports know a team's own rules, by name; where two folders have one of the same name, the last counts."""
    _own.update((rule.name, rule) for rule in rules)


def rules_by_name() -> Mapping[str, Rule]:
    """`load_rules()` by name, in the same order; behind them the own rules that this process has loaded."""
    return MappingProxyType({**{rule.name: rule for rule in load_rules()}, **_own})


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """What config needs to know of the rules."""
    return catalogue_of(load_rules())


def rule_of(module: ModuleType, category: str) -> Rule:
    """The one rule that `module` defines, checked against its place. Raises RuleDefinitionError."""
    found = [value for value in vars(module).values() if isinstance(value, Rule)]
    own = [rule for rule in found if rule.check.__module__ == module.__name__]
    if len(own) != 1:
        raise RuleDefinitionError(
            f"{module.__name__}: holds {len(own)} rules; a rule module holds exactly one"
        )
    rule = own[0]
    if rule.category.value != category:
        raise RuleDefinitionError(
            f"{module.__name__}: declares category {rule.category.value!r} but lies in {category!r}"
        )
    if rule.stage not in ("program", "after"):
        raise RuleDefinitionError(f"{module.__name__}: unknown stage {rule.stage!r}")
    if rule.fix not in (None, "safe", "unsafe", "suggestion"):
        raise RuleDefinitionError(f"{module.__name__}: unknown kind of fix {rule.fix!r}")
    return rule


def _names(path: Iterable[str], *, packages: bool) -> list[str]:
    return sorted(
        info.name
        for info in pkgutil.iter_modules(path)
        if info.ispkg is packages and not info.name.startswith("_")
    )
