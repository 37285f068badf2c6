"""A small catalogue, and config files written into a project's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from convexlint.config.catalogue import Catalogue, OptionSpec, RuleSpec
from convexlint.config.load import load_settings
from convexlint.config.settings import ConfigError
from convexlint.findings import Category, Level

CATALOGUE = Catalogue(
    (
        RuleSpec(
            "index-naming",
            Category.SCHEMA,
            Level.WARNING,
            options=(
                OptionSpec("prefix", "string", ""),
                OptionSpec("casing", "choice", "any", ("any", "exact")),
            ),
        ),
        RuleSpec(
            "no-collect-in-query",
            Category.QUERIES,
            Level.WARNING,
            options=(OptionSpec("indexed", "choice", "allow", ("allow", "flag")),),
        ),
        RuleSpec("no-cron-helpers", Category.HTTP, None),
        RuleSpec("no-db-in-action", Category.FUNCTIONS, Level.ERROR),
        RuleSpec("syntax-error", Category.META, Level.ERROR, always=True),
        RuleSpec(
            "thin-public-functions", Category.FUNCTIONS, None, options=(OptionSpec("max-lines", "int", 50),)
        ),
        RuleSpec(
            "use-internal-references",
            Category.SECURITY,
            Level.WARNING,
            options=(OptionSpec("contexts", "strings", ("cron", "run"), ("cron", "scheduler", "run")),),
        ),
    )
)


@dataclass(frozen=True)
class Place:
    root: str
    functions_dir: str


def write(text: str, name: str = "convexlint.toml") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def failure(place: Place, **options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(CATALOGUE, place, **options)  # type: ignore[arg-type]
    return str(caught.value)
