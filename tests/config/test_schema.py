"""The JSON Schema accepts what the reader accepts, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
import tomli

from convexlint.config.catalogue import OptionSpec, catalogue_of, option_specs
from convexlint.config.load import load_settings
from convexlint.config.schema import json_schema
from convexlint.config.settings import ConfigError
from convexlint.findings import Category, Level


@dataclass(frozen=True)
class NamingOptions:
    """How an index is named.

    Attributes:
        prefix: what a name starts with,
            nothing by default.
        casing: how letters compare.
    """

    prefix: str = ""
    casing: Literal["any", "exact"] = "any"
    max_lines: int = 5
    contexts: tuple[Literal["cron", "run"], ...] = ("cron",)
    names: tuple[str, ...] = ()
    deep: bool = False


@dataclass(frozen=True)
class Loaded:
    name: str
    category: Category
    level: Level | None
    always: bool
    options: type[Any]


@dataclass(frozen=True)
class Place:
    root: str
    functions_dir: str


CATALOGUE = catalogue_of([Loaded("index-naming", Category.SCHEMA, Level.WARNING, False, NamingOptions)])


def test_options_are_read_from_the_dataclass() -> None:
    assert option_specs(NamingOptions) == (
        OptionSpec("prefix", "string", "", (), "what a name starts with, nothing by default."),
        OptionSpec("casing", "choice", "any", ("any", "exact"), "how letters compare."),
        OptionSpec("max-lines", "int", 5),
        OptionSpec("contexts", "strings", ("cron",), ("cron", "run")),
        OptionSpec("names", "strings", ()),
        OptionSpec("deep", "bool", False),
    )


def test_an_option_that_no_config_can_express_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        ratio: float = 0.5

    with pytest.raises(TypeError, match=r"Odd\.ratio: an option must be"):
        option_specs(Odd)


def test_an_option_without_default_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        size: int

    with pytest.raises(TypeError, match=r"Odd\.size needs a default"):
        option_specs(Odd)


def test_the_schema_is_valid_and_carries_docs_and_defaults() -> None:
    schema = json_schema(CATALOGUE)
    jsonschema.Draft202012Validator.check_schema(schema)
    options = schema["$defs"]["index-naming"]["anyOf"][1]["properties"]
    assert options["casing"] == {
        "description": "how letters compare.",
        "enum": ["any", "exact"],
        "default": "any",
    }


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("", True),
        ('extends = ["recommended", "../team.toml"]\nexclude = ["a/**"]\nfail-on = "never"', None),
        ('extends = ["recommend"]', False),
        ('fail-on = "off"', False),
        ('convex-version = "1.31"', True),
        ('convex-version = "1.31.2"', True),
        ('convex-version = ">=1.31"', False),
        ("convex-version = 1.31", False),
        ('[rules]\nindex-naming = "off"', True),
        ('[rules]\nindex-naming = "warn"', False),
        ('[rules]\nindex-name = "off"', False),
        ('[rules]\nindex-naming = { level = "error", max-lines = 3, contexts = ["run"], deep = true }', True),
        ("[rules]\nindex-naming = { max-lines = true }", False),
        ('[rules]\nindex-naming = { contexts = ["fly"] }', False),
        ("[rules]\nindex-naming = { max_lines = 3 }", False),
        ('[per-file]\n"a.ts" = { index-naming = "off" }', True),
        ('[per-file]\n"a.ts" = { index-naming = 1 }', False),
        ('[builders]\nx = { kind = "query" }', True),
        ('[builders]\nx = { visibility = "public" }', False),
        ('[auth]\nfunctions = ["a"]\npublic = []\n[clients]\npaths = ["src/**"]', True),
        ("[auth]\nfunctions = [1]", False),
        ("other = 1", False),
    ],
)
def test_schema_and_reader_agree(tmp_path: Path, text: str, valid: bool | None) -> None:
    (tmp_path / "convexlint.toml").write_text(text)
    validator = jsonschema.Draft202012Validator(json_schema(CATALOGUE))
    assert validator.is_valid(tomli.loads(text)) is (valid is not False)
    if valid is None:
        return  # the extended file is not there, which no schema can know
    try:
        load_settings(CATALOGUE, Place(str(tmp_path), str(tmp_path / "convex")))
        accepted = True
    except ConfigError:
        accepted = False
    assert accepted is valid
