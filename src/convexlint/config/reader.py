"""A config table checked against the catalogue: every value has its type, every name is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct, field

from convexlint.config.catalogue import Catalogue, OptionSpec, RuleSpec
from convexlint.config.files import Document, nearest
from convexlint.config.lines import Path as KeyPath
from convexlint.config.settings import BuilderKind, BuilderSetting, BuilderVisibility, Option, RuleSetting
from convexlint.findings import Level
from convexlint.patterns import problem

LEVELS = ("off", "info", "warning", "error")
FAIL_ON = ("error", "warning", "info", "never")
KINDS: tuple[BuilderKind, ...] = ("query", "mutation", "action")
VISIBILITIES: tuple[BuilderVisibility, ...] = ("public", "internal")

_Word = TypeVar("_Word", bound=str)
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "builders": (),
    "auth": ("functions", "public"),
    "clients": ("paths",),
    "evolution": ("allow",),
}
CONVEX_VERSION = r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?"
TOP_LEVEL = (
    "extends",
    "exclude",
    "fail-on",
    "convex-version",
    "baseline",
    "rule-paths",
    "rules",
    "per-file",
    "builders",
    "auth",
    "clients",
    "against",
    "evolution",
)


class Layer(Struct, frozen=True):
    """What one config file says. None = says nothing. Rule settings are parts (see RuleSetting)."""

    extends: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    fail_on: str | None = None
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    per_file: tuple[tuple[str, Mapping[str, RuleSetting]], ...] = ()
    builders: Mapping[str, BuilderSetting] = field(default_factory=dict)
    auth_functions: tuple[str, ...] | None = None
    auth_public: tuple[str, ...] | None = None
    client_paths: tuple[str, ...] | None = None
    clients: bool | None = None
    convex_version: tuple[int, int, int] | None = None
    against: str | None = None
    may_change: tuple[str, ...] | None = None
    baseline: str | None = None
    rule_paths: tuple[str, ...] | None = None


def read_layer(document: Document, catalogue: Catalogue, *, built_in: bool = False) -> Layer:
    """Check and take over a config table. A built-in preset may name rules that this version lacks.

    Raises ConfigError for anything that is not understood.
    """
    return _Reader(document, catalogue, built_in).layer()


class _Reader:
    def __init__(self, document: Document, catalogue: Catalogue, built_in: bool) -> None:
        self._document = document
        self._catalogue = catalogue
        self._built_in = built_in

    def layer(self) -> Layer:
        table = self._document.table
        self._known_keys(table, (), TOP_LEVEL)
        auth = self._section("auth")
        off = table.get("clients") is False
        clients = {} if off else self._section("clients")
        evolution = self._section("evolution")
        against = table.get("against")
        if against is not None and (not isinstance(against, str) or not against):
            raise self._wrong(("against",), 'a revision of git, like "origin/main"', against)
        fail_on = table.get("fail-on")
        if fail_on is not None:
            fail_on = self._word(("fail-on",), fail_on, FAIL_ON)
        return Layer(
            self._strings(table, ("extends",)),
            self._globs(table, ("exclude",)),
            fail_on,
            self._rules(table.get("rules", {}), ("rules",)),
            self._per_file(table.get("per-file", {})),
            self._builders(table.get("builders", {})),
            self._strings(auth, ("auth", "functions")),
            self._strings(auth, ("auth", "public")),
            self._strings(clients, ("clients", "paths")),
            False if off else True if "clients" in table else None,
            self._version(table, ("convex-version",)),
            against,
            self._strings(evolution, ("evolution", "allow")),
            self._string(table, "baseline"),
            self._strings(table, ("rule-paths",)),
        )

    def _version(self, table: Mapping[str, Any], key: KeyPath) -> tuple[int, int, int] | None:
        """MAJOR.MINOR or MAJOR.MINOR.PATCH; a patch that is left out is 0."""
        value = table.get(key[-1])
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(key, 'a version in quotes, like "1.31"', value)
        match = re.fullmatch(CONVEX_VERSION, value, re.ASCII)
        if match is None:
            raise self._document.error(
                key, f'must be a version of convex, like "1.31" or "1.31.2", not "{value}"'
            )
        return int(match[1]), int(match[2]), int(match[3] or 0)

    def _rules(self, value: Any, key: KeyPath) -> dict[str, RuleSetting]:
        table = self._table(value, key)
        settings = {}
        for name, entry in table.items():
            known_as = self._catalogue.named(name)
            if known_as is not None:
                if known_as in settings:
                    raise self._document.error((*key, name), f'names the rule "{known_as}" once more')
                settings[known_as] = self._rule(self._catalogue.by_name[known_as], entry, (*key, name))
            elif not self._built_in:
                known = nearest(name, list(self._catalogue.by_name))
                raise self._document.error((*key, name), f"unknown rule{known}")
        return settings

    def _rule(self, spec: RuleSpec, entry: Any, key: KeyPath) -> RuleSetting:
        origin = self._place(key)
        if isinstance(entry, str):
            return RuleSetting(self._level(key, entry), True, {}, origin)
        if not isinstance(entry, dict):
            raise self._document.error(key, f"must be a level or a table of options, not {_type_name(entry)}")
        level = entry.get("level")
        options: dict[str, Option] = {}
        origins: dict[str, str] = {}
        for name, value in entry.items():
            if name == "level":
                continue
            option = spec.option(name)
            if option is None:
                known = nearest(name, ["level", *(one.name for one in spec.options)])
                hint = known or (
                    f"; it has {', '.join(one.name for one in spec.options)}"
                    if spec.options
                    else "; this rule has no options"
                )
                raise self._document.error((*key, name), f'unknown option of "{spec.name}"{hint}')
            python_name = name.replace("-", "_")
            options[python_name] = self._option(option, value, (*key, name))
            origins[python_name] = self._place((*key, name))
        found = None if level is None else self._level((*key, "level"), level)
        if level is not None:
            origin = self._place((*key, "level"))
        return RuleSetting(found, level is not None, options, origin, origins)

    def _option(self, option: OptionSpec, value: Any, key: KeyPath) -> Option:
        if option.kind == "choice":
            return self._word(key, value, option.choices)
        if option.kind == "bool":
            if isinstance(value, bool):
                return value
            raise self._wrong(key, "true or false", value)
        if option.kind == "int":
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            raise self._wrong(key, "a whole number", value)
        if option.kind == "string":
            if isinstance(value, str):
                return value
            raise self._wrong(key, "a string", value)
        words = self._string_list(key, value)
        if option.choices:
            for word in words:
                self._word(key, word, option.choices)
        return words

    def _level(self, key: KeyPath, value: Any) -> Level | None:
        word = self._word(key, value, LEVELS)
        return None if word == "off" else Level(word)

    def _per_file(self, value: Any) -> tuple[tuple[str, Mapping[str, RuleSetting]], ...]:
        table = self._table(value, ("per-file",))
        for glob in table:
            self._glob(("per-file", glob), glob)
        return tuple((glob, self._rules(entry, ("per-file", glob))) for glob, entry in table.items())

    def _builders(self, value: Any) -> dict[str, BuilderSetting]:
        builders = {}
        for name, entry in self._table(value, ("builders",)).items():
            key = ("builders", name)
            table = self._table(entry, key)
            self._known_keys(table, key, ("kind", "visibility", "authenticated"))
            if "kind" not in table:
                raise self._document.error(key, f"kind is missing; it must be one of {_words(KINDS)}")
            authenticated = table.get("authenticated", False)
            if not isinstance(authenticated, bool):
                raise self._wrong((*key, "authenticated"), "true or false", authenticated)
            builders[name] = BuilderSetting(
                self._word((*key, "kind"), table["kind"], KINDS),
                self._word((*key, "visibility"), table.get("visibility", "public"), VISIBILITIES),
                authenticated,
            )
        return builders

    def _section(self, name: str) -> Mapping[str, Any]:
        table = self._table(self._document.table.get(name, {}), (name,))
        self._known_keys(table, (name,), SECTIONS[name])
        return table

    def _known_keys(self, table: Mapping[str, Any], key: KeyPath, known: tuple[str, ...]) -> None:
        for name in table:
            if name not in known:
                hint = nearest(name, list(known)) or f"; known are {', '.join(known)}"
                if not key and name in self._catalogue.by_name:
                    hint = "; rules belong into the table [rules]"
                raise self._document.error((*key, name), f"unknown key{hint}")

    def _string(self, table: Mapping[str, Any], name: str) -> str | None:
        value = table.get(name)
        if value is not None and not (isinstance(value, str) and value):
            raise self._wrong((name,), "the path of a file", value)
        return value

    def _strings(self, table: Mapping[str, Any], key: KeyPath) -> tuple[str, ...] | None:
        return self._string_list(key, table[key[-1]]) if key[-1] in table else None

    def _globs(self, table: Mapping[str, Any], key: KeyPath) -> tuple[str, ...] | None:
        found = self._strings(table, key)
        for glob in found or ():
            self._glob(key, glob)
        return found

    def _glob(self, key: KeyPath, glob: str) -> None:
        words = problem(glob)
        if words is not None:
            raise self._document.error(key, f'"{glob}" is not a pattern: {words}')

    def _string_list(self, key: KeyPath, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self._wrong(key, "an array of strings", value)
        for one in value:
            if not isinstance(one, str):
                raise self._document.error(key, f"must hold strings only, not {_type_name(one)}")
        return tuple(value)

    def _word(self, key: KeyPath, value: Any, words: tuple[_Word, ...]) -> _Word:
        if not isinstance(value, str):
            raise self._wrong(key, f"one of {_words(words)}", value)
        found = next((word for word in words if word == value), None)
        if found is None:
            raise self._document.error(
                key, f'must be one of {_words(words)}, not "{value}"{nearest(value, list(words))}'
            )
        return found

    def _table(self, value: Any, key: KeyPath) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(key, "a table", value)
        return value

    def _wrong(self, key: KeyPath, wanted: str, value: Any) -> Exception:
        return self._document.error(key, f"must be {wanted}, not {_type_name(value)}")

    def _place(self, key: KeyPath) -> str:
        return self._document.shown if self._built_in else self._document.place(key)


def _words(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _type_name(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a number"
    if isinstance(value, list):
        return "an array"
    return "a table" if isinstance(value, dict) else "a date or time"
