"""The decorator that turns a check function into a rule, and the metadata it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from convexlint.findings import Category, Concern, Finding, Level


@dataclass(frozen=True, slots=True)
class NoOptions:
    """Options of a rule that has none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A loaded rule. The fields beside `check` are the catalogue's columns.

    `level`: the level under `recommended`, None for rules that are off there (`-`; a warning when turned on).
    `fix`: "safe", "unsafe", "suggestion" or None: the best that the rule may offer.
    `official`: carries a name of @convex-dev/eslint-plugin, so eslint/oxlint comments silence it too.
    `always`: cannot be turned off. `stage`: "program" checks get (program, options), "after" checks get
    (outcome, options) once all others have run (rules about suppressions).
    `by_effect`: asks what functions do, which the program follows through all that they call: the dearest of its
    questions. Rules that ask it are run one after another, so that one process answers it for all.
    `concern`: what its findings are about, by which reports rank them; see `_concern` for what a rule need not say.
    `options`: a frozen dataclass; every field has a default, a Literal/int/bool/tuple[str, ...] type, and a
    line in its docstring's "Attributes" that says what it does.
    """

    name: str
    category: Category
    level: Level | None
    fix: str | None
    since: str
    official: bool
    always: bool
    stage: str
    options: type[Any]
    check: Callable[..., Iterator[Finding]]
    by_effect: bool = False
    concern: Concern = Concern.STYLE


def rule(
    *,
    category: Category,
    level: Level | None,
    fix: str | None = None,
    since: str = "0.1.0",
    official: bool = False,
    always: bool = False,
    stage: str = "program",
    by_effect: bool = False,
    concern: Concern | None = None,
    options: type[Any] = NoOptions,
) -> Callable[[Callable[..., Iterator[Finding]]], Rule]:
    """Declare the decorated function as the check of the rule that its module is named after.

    The function takes `(program, options)` and yields `Finding`s in any order; it keeps no state.
    """

    def make(check: Callable[..., Iterator[Finding]]) -> Rule:
        name = check.__module__.rpartition(".")[2].replace("_", "-")
        about = _concern(category, level) if concern is None else concern
        return Rule(
            name, category, level, fix, since, official, always, stage, options, check, by_effect, about
        )

    return make


def _concern(category: Category, level: Level | None) -> Concern:
    """What most rules of a category are about: those of security about it, errors about failure, those of queries about
    what rows cost, those of schema about how it reads."""
    if category is Category.SECURITY:
        return Concern.SECURITY
    if level is Level.ERROR:
        return Concern.FAILURE
    if category is Category.QUERIES:
        return Concern.COST
    return Concern.STYLE if category in (Category.SCHEMA, Category.META) else Concern.FAILURE
