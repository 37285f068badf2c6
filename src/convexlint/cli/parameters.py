"""How option values are read: lists with commas, RULE=LEVEL, the place of the cache."""

from __future__ import annotations

import os

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


def cache_directory(given: str | None) -> str:
    """The folder of the cache: the one given, else that of CONVEXLINT_CACHE_DIR, else the user's cache folder. Never
    one of the project by itself: what a repository ships is not ours."""
    named = given if given is not None else os.environ.get("CONVEXLINT_CACHE_DIR")
    if named:
        return named
    import platformdirs

    return platformdirs.user_cache_dir("convexlint", appauthor=False)
