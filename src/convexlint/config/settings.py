"""The settings in force, after presets, files and command line were merged. Plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from convexlint.findings import Level

Option = str | int | bool | tuple[str, ...]


class ConfigError(Exception):
    """A config file or option that cannot be used: exit status 2.

    `str()` reads `file:line: key: what is wrong; did you mean ...` (file and line left out on the command line).
    """


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """One rule's setting. `level` None = off. `configured`: the user named the level, so it replaces the
    variants that a rule's findings may carry. `origin` says where it came from ("preset recommended",
    "convexlint.toml:7", "--level", "default")."""

    level: Level | None
    configured: bool
    options: Mapping[str, Option] = field(default_factory=dict)
    origin: str = "default"


@dataclass(frozen=True, slots=True)
class BuilderSetting:
    """`[builders]`: what inference cannot see. kind: query, mutation, action; visibility: public, internal."""

    kind: str
    visibility: str
    authenticated: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run reads. `rules` has every known rule. Globs are relative to `base` (the config file's
    folder, or the project's root without one)."""

    base: str
    rules: Mapping[str, RuleSetting]
    exclude: tuple[str, ...] = ()
    fail_on: Level | None = Level.WARNING
    per_file: tuple[tuple[str, Mapping[str, RuleSetting]], ...] = ()
    builders: Mapping[str, BuilderSetting] = field(default_factory=dict)
    auth_functions: tuple[str, ...] = ()
    auth_public: tuple[str, ...] = ()
    client_paths: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
