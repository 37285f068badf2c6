"""Globs of a config file, in the meaning of .gitignore: relative to the file's folder, `**` crosses folders,
a pattern without `/` matches at any depth, a folder matches all below it, `!` takes back."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pathspec

from convexlint.config.load import overlay
from convexlint.config.settings import RuleSetting, Settings


def setting_for(settings: Settings, rule: str, path: str) -> RuleSetting:
    """The setting of `rule` in the file `path` (absolute): the later matching `[per-file]` entry wins, option
    by option; a level that the command line settled stays."""
    setting = settings.rules[rule]
    if not settings.per_file:
        return setting
    fixed = rule in settings.fixed
    for index in _matching(settings.base, tuple(glob for glob, _ in settings.per_file), path):
        part = settings.per_file[index][1].get(rule)
        if part is not None:
            merged = overlay(setting, part)
            if fixed:
                merged = RuleSetting(
                    setting.level, setting.configured, merged.options, setting.origin, merged.option_origins
                )
            setting = merged
    return setting


def excluder(settings: Settings) -> Callable[[str], bool]:
    """Whether the settings' `exclude` matches an absolute path."""
    if not settings.exclude:
        return lambda path: False
    spec = pathspec.GitIgnoreSpec.from_lines(settings.exclude)
    return lambda path: spec.match_file(_relative(path, settings.base))


def client_matcher(settings: Settings) -> Callable[[str], bool] | None:
    """Whether `[clients] paths` matches an absolute path; None where nothing is set."""
    if not settings.client_paths:
        return None
    spec = pathspec.GitIgnoreSpec.from_lines(settings.client_paths)
    return lambda path: spec.match_file(_relative(path, settings.base))


@lru_cache(maxsize=4096)
def _matching(base: str, globs: tuple[str, ...], path: str) -> tuple[int, ...]:
    name = _relative(path, base)
    return tuple(index for index, glob in enumerate(globs) if _spec(glob).match_file(name))


@lru_cache(maxsize=256)
def _spec(glob: str) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines([glob])


def _relative(path: str, base: str) -> str:
    """`path` below `base`, with `/`; a path elsewhere stays whole, so that only floating globs match it."""
    folder = base.rstrip("/") + "/"
    return path[len(folder) :] if path.startswith(folder) else path.lstrip("/")
