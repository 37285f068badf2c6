"""How option values are read: lists with commas, RULE=LEVEL, the place of the cache."""

from __future__ import annotations

from pathlib import Path

import click

from convexlint.findings import Level

_LEVELS = ("off", *(level.value for level in Level))


def comma(value: str) -> tuple[str, ...]:
    """`a,b` as ("a", "b"); blanks around names and empty names are dropped."""
    return tuple(name for name in (part.strip() for part in value.split(",")) if name)


def rule_level(value: str) -> tuple[str, Level | None]:
    """`RULE=LEVEL` as (rule, level); None for off. Whether the rule exists is for the settings to say."""
    rule, equals, level = (part.strip() for part in value.partition("="))
    if not equals or not rule:
        raise click.BadParameter(f"{value!r} is not of the form RULE=LEVEL")
    if level not in _LEVELS:
        raise click.BadParameter(f"{level!r} is not a level; levels are {', '.join(_LEVELS)}")
    return rule, None if level == "off" else Level(level)


def cache_directory(given: str | None, below: str = ".") -> str:
    """The folder of the cache: the one given, else `.convexlint_cache` in the folder `below`."""
    return given if given is not None else str(Path(below) / ".convexlint_cache")
