"""How option values are read: lists with commas, RULE=LEVEL, the place of the cache."""

from __future__ import annotations

import os

import click

from convexlint.findings import Category, Level

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


def complete_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """What may stand at the end of a list of rules and categories, with what stands before it."""
    before, comma_, last = typed.rpartition(",")
    names = ["all", *(category.value for category in Category), *_rules()]
    return [f"{before}{comma_}{name}" for name in names if name.startswith(last)]


def complete_rule(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """The rules whose names begin so."""
    return [name for name in _rules() if name.startswith(typed)]


def complete_level(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """RULE=LEVEL, the rule first."""
    rule, equals, level = typed.partition("=")
    if not equals:
        return [f"{name}=" for name in _rules() if name.startswith(rule)]
    return [f"{rule}={one}" for one in _LEVELS if one.startswith(level)]


def _rules() -> list[str]:
    from convexlint.rules.loader import load_rules

    return [rule.name for rule in load_rules()]


def cache_directory(given: str | None) -> str:
    """The folder of the cache: the one given, else that of CONVEXLINT_CACHE_DIR, else the user's cache folder. Never
    one of the project by itself: what a repository ships is not ours."""
    named = given if given is not None else os.environ.get("CONVEXLINT_CACHE_DIR")
    if named:
        return named
    import platformdirs

    return platformdirs.user_cache_dir("convexlint", appauthor=False)
