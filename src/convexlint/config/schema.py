"""The JSON Schema of convexlint.toml, made from the catalogue so that it cannot drift from it."""

from __future__ import annotations

from typing import Any

from convexlint.config.catalogue import Catalogue, OptionSpec, RuleSpec
from convexlint.config.load import preset_names
from convexlint.config.reader import CONVEX_VERSION, FAIL_ON, KINDS, LEVELS, VISIBILITIES

_STRINGS = {"type": "array", "items": {"type": "string"}}


def json_schema(catalogue: Catalogue) -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) that accepts what the reader accepts, for editors to complete from."""
    rules = {
        "type": "object",
        "additionalProperties": False,
        "properties": {rule.name: {"$ref": f"#/$defs/{rule.name}"} for rule in catalogue.rules},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "convexlint.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "extends": {
                "description": "Presets, or paths to other TOML files; the later one wins.",
                "type": "array",
                "items": {
                    "anyOf": [
                        {"enum": list(preset_names())},
                        {"type": "string", "pattern": r"(?:/|\.toml$)"},
                    ]
                },
            },
            "exclude": {"description": "Globs of files in which nothing is reported.", **_STRINGS},
            "fail-on": {"description": "The level from which a run fails.", "enum": list(FAIL_ON)},
            "convex-version": {
                "description": "The release of convex that decides which rules and fixes apply; default: the lock "
                "file's, else package.json's.",
                "type": "string",
                "pattern": f"^{CONVEX_VERSION}$",
            },
            "baseline": {
                "description": "The file of known findings, which are not reported.",
                "type": "string",
                "minLength": 1,
            },
            "rule-paths": {
                "description": "Folders with rules of your own: Python that runs with your rights.",
                **_STRINGS,
            },
            "rules": {"description": "Levels and options.", "$ref": "#/$defs/rules"},
            "per-file": {
                "description": "Rule settings by glob; the later match wins.",
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/rules"},
            },
            "builders": {
                "description": "What wrappers register, where it cannot be inferred.",
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["kind"],
                    "properties": {
                        "kind": {"enum": list(KINDS)},
                        "visibility": {"enum": list(VISIBILITIES), "default": "public"},
                        "authenticated": {"type": "boolean", "default": False},
                    },
                },
            },
            "auth": _table(
                functions={"description": "Calls that count as an access check.", **_STRINGS},
                public={"description": "Functions that are meant to be open.", **_STRINGS},
            ),
            "clients": {
                "description": "Callers outside the functions folder; false: they are not read.",
                "oneOf": [
                    {"const": False},
                    _table(paths={"description": "Globs of those that are read.", **_STRINGS}),
                ],
            },
            "against": {
                "type": "string",
                "minLength": 1,
                "description": "The revision of git that schema and functions are compared with.",
            },
            "evolution": _table(
                allow={"description": "Functions and tables that may change, as patterns.", **_STRINGS}
            ),
        },
        "$defs": {
            "level": {"enum": list(LEVELS)},
            "rules": rules,
            **{rule.name: _rule(rule) for rule in catalogue.rules},
        },
    }


def _table(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _rule(rule: RuleSpec) -> dict[str, Any]:
    level = {"$ref": "#/$defs/level"}
    options = {option.name: _option(option) for option in rule.options}
    return {
        "description": f"{rule.category.value}; {rule.level.value if rule.level else 'off'} by default",
        "anyOf": [level, _table(level=level, **options)],
    }


def _option(option: OptionSpec) -> dict[str, Any]:
    default = list(option.default) if isinstance(option.default, tuple) else option.default
    word: dict[str, Any] = {"enum": list(option.choices)} if option.choices else {"type": "string"}
    kinds: dict[str, dict[str, Any]] = {
        "choice": word,
        "string": {"type": "string"},
        "int": {"type": "integer"},
        "bool": {"type": "boolean"},
        "strings": {"type": "array", "items": word},
    }
    described = {"description": option.doc} if option.doc else {}
    return {**described, **kinds[option.kind], "default": default}
