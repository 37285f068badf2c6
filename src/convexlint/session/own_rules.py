"""A team's own rules in a run: what config must know of them, and which rules a project is judged by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convexlint.config.settings import ConfigError, Settings

if TYPE_CHECKING:
    from convexlint.config.catalogue import RuleSpec
    from convexlint.rules.rule import Rule


def own_specs(folder: str) -> tuple[RuleSpec, ...]:
    """What config must know of the rules of a folder (absolute). Raises ConfigError."""
    from convexlint.config.catalogue import catalogue_of

    try:
        return catalogue_of(_rules(folder)).rules
    except TypeError as error:  # options that no config file can express
        raise ConfigError(f"{folder}: {error}") from None


def rules_of(settings: Settings, built_in: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that a project is judged by, sorted by name. Raises ConfigError."""
    own = [rule for folder in settings.rule_paths for rule in _rules(folder)]
    return tuple(sorted((*built_in, *own), key=lambda rule: rule.name)) if own else tuple(built_in)


def own_state(settings: Settings) -> str:
    """A text that changes whenever a file of the project's own rules does; "" without any. Raises ConfigError."""
    if not settings.rule_paths:
        return ""
    from convexlint.rules.loader import RuleDefinitionError
    from convexlint.rules.own import folder_state

    digest = hashlib.blake2b(digest_size=16)
    try:
        for folder in settings.rule_paths:
            digest.update("\n".join((folder, *folder_state(folder), "")).encode(errors="surrogateescape"))
    except RuleDefinitionError as error:
        raise ConfigError(str(error)) from None
    return digest.hexdigest()


def _rules(folder: str) -> tuple[Rule, ...]:
    from convexlint.rules.loader import RuleDefinitionError
    from convexlint.rules.own import own_rules

    try:
        return own_rules(folder)
    except RuleDefinitionError as error:
        raise ConfigError(str(error)) from None
