"""What is asked of the knowledge: which folders and settings, and the state of the editor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from convexlint.config.settings import Overrides
from convexlint.server.buffers import Buffer

QUICK_SECONDS = 0.1
"""What `Aim.quick` is where the client does not say."""


class Aim(Struct, frozen=True):
    """What to look at: the folders of the editor, and the settings that it gives. `quick`: a project whose whole lint
    takes no more seconds is linted whole at every edit, others in the background."""

    folders: tuple[str, ...] = ()
    overrides: Overrides = Overrides()
    config: str | None = None
    isolated: bool = False
    cache_dir: str | None = None
    quick: float = QUICK_SECONDS


class Given(Struct, frozen=True):
    """What the command line says. `cache`: the folder of the cache for a folder of the editor, None: no cache."""

    cache: Callable[[str], str | None]
    config: str | None = None
    isolated: bool = False

    def aim(self, folders: tuple[str, ...], options: Mapping[str, Any]) -> Aim:
        """What to look at, with the folders and options of the client."""
        config, quick = options.get("config"), options.get("quickSeconds")
        return Aim(
            folders,
            Overrides(
                select=_names(options.get("select")),
                extend_select=_names(options.get("extendSelect")),
                ignore=_names(options.get("ignore")),
            ),
            config if isinstance(config, str) and config else self.config,
            self.isolated,
            self.cache(folders[0] if folders else "."),
            float(quick) if isinstance(quick, (int, float)) else QUICK_SECONDS,
        )


def options_of(settings: object) -> Mapping[str, Any]:
    """The client's settings of convexlint, which it gives whole or under our name."""
    if isinstance(settings, Mapping) and isinstance(settings.get("convexlint"), Mapping):
        settings = settings["convexlint"]
    return settings if isinstance(settings, Mapping) else {}


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, (list, tuple)) else ()


class Moment(Struct, frozen=True):
    """The state of the editor for which something is asked. `afresh`: files came or went, or settings changed, since
    the last time. `clients`: source around the projects changed. `known_changed`: files that somebody says to have
    changed on disk."""

    number: int
    buffers: Mapping[str, Buffer]
    afresh: bool = False
    clients: bool = False
    known_changed: frozenset[str] = frozenset()
