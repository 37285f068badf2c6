"""The settings in force, after presets, files and command line were merged. Plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from convexlint.findings import Level

Option = str | int | bool | tuple[str, ...]


class ConfigError(Exception):
    """A config file or option that cannot be used: exit status 2.

    `str()` reads `file:line: key: what is wrong; did you mean ...` (no file and line on the command line).
    """


class RuleSetting(Struct, frozen=True):
    """One rule's setting. `level` None = off. `configured`: the user named the level: it replaces the
    variants that a rule's findings may carry. `origin` says where the level came from ("preset recommended",
    "convexlint.toml:7", "--level"). `options` has every option, under its Python name (`max_lines`);
    `option_origins` says where those came from that are not at their defaults.

    In `Settings.per_file` it is a part only: `configured` False leaves the level, missing options stay."""

    level: Level | None
    configured: bool
    options: Mapping[str, Option] = field(default_factory=dict)
    origin: str = "default"
    option_origins: Mapping[str, str] = field(default_factory=dict)


BuilderKind = Literal["query", "mutation", "action"]
BuilderVisibility = Literal["public", "internal"]


class BuilderSetting(Struct, frozen=True):
    """What inference cannot see."""

    kind: BuilderKind
    visibility: BuilderVisibility
    authenticated: bool


class Overrides(Struct, frozen=True):
    """What the command line says about settings; it wins over every config file.

    `select`/`extend_select`/`ignore` hold rule names, categories or "all"; `levels` maps a rule to a level or
    None (off). `fail_on`: None = not given; "never" is a value.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    levels: Mapping[str, Level | None] = field(default_factory=dict)
    fail_on: str | None = None


class Settings(Struct, frozen=True):
    """Everything a run reads. `rules` has every known rule. Globs are relative to `base` (the config file's
    folder, or the project's root without one).

    `fixed`: rules whose level the command line settled: no `[per-file]` entry changes it. `files`: the
    config files read, the project's own first. `convex_version`: (major, minor, patch) of the setting, which goes
    before lock file and package.json; None = not set. `clients`: whether callers around a project are read at all;
    `client_paths`: globs of those that are, () = all. `against`: the revision (or JSON of
    a model) that schema and functions are compared with; `may_change`: patterns of functions and tables that are left
    out of it. `baseline`: the file of known findings, relative to `base`. `rule_paths`: folders of a
    team's own rules, absolute. Ask `setting_for` for the setting of a rule
    in a file.
    """

    base: str
    rules: Mapping[str, RuleSetting]
    exclude: tuple[str, ...] = ()
    fail_on: Level | None = Level.WARNING
    per_file: tuple[tuple[str, Mapping[str, RuleSetting]], ...] = ()
    builders: Mapping[str, BuilderSetting] = field(default_factory=dict)
    auth_functions: tuple[str, ...] = ()
    auth_public: tuple[str, ...] = ()
    client_paths: tuple[str, ...] = ()
    clients: bool = True
    convex_version: tuple[int, int, int] | None = None
    against: str | None = None
    may_change: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    baseline: str | None = None
    rule_paths: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
