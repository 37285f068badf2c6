"""Globs of a config file, in the meaning of .gitignore: relative to the file's folder, `**` crosses folders,
a pattern without `/` matches at any depth, a folder matches all below it, `!` takes back."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from convexlint.config.load import overlay
from convexlint.config.settings import RuleSetting, Settings
from convexlint.patterns import Patterns


def setting_for(settings: Settings, rule: str, path: str) -> RuleSetting:
    """The setting of `rule` in the file `path` (absolute): the later matching `[per-file]` entry wins, option
    by option; a level that the command line settled stays."""
    setting = settings.rules[rule]
    if not settings.per_file:
        return setting
    fixed = rule in settings.fixed
    for index in _matching(_Globs.of(settings), path):
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
    patterns = Patterns(settings.exclude)
    return lambda path: patterns.takes(_relative(path, settings.base))


class _Globs:
    """The globs of `[per-file]` of some settings."""

    _last: tuple[Settings, _Globs] | None = None

    def __init__(self, settings: Settings) -> None:
        self.base = settings.base
        self.globs = [Patterns([glob]) for glob, _ in settings.per_file]

    @classmethod
    def of(cls, settings: Settings) -> _Globs:
        """Those of these settings, made once: they are asked for many files."""
        if cls._last is None or cls._last[0] is not settings:
            cls._last = (settings, cls(settings))
        return cls._last[1]


def client_matcher(settings: Settings) -> Callable[[str], bool] | None:
    """Whether a file (absolute path) is read as a client: `[clients] paths` matches it, `exclude` does not. None where
    nothing is set."""
    if not settings.client_paths and not settings.exclude:
        return None
    patterns = Patterns(settings.client_paths) if settings.client_paths else None
    excluded = excluder(settings)
    return lambda path: (
        (patterns is None or patterns.takes(_relative(path, settings.base))) and not excluded(path)
    )


@lru_cache(maxsize=4096)
def _matching(globs: _Globs, path: str) -> tuple[int, ...]:
    name = _relative(path, globs.base)
    return tuple(index for index, glob in enumerate(globs.globs) if glob.takes(name))


def _relative(path: str, base: str) -> str:
    """`path` below `base`, with `/`; a path elsewhere stays whole, so that only floating globs match it."""
    folder = base.rstrip("/") + "/"
    return path[len(folder) :] if path.startswith(folder) else path.lstrip("/")
