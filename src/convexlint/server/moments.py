"""What is asked of the knowledge: which folders and settings, and the state of the editor."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from convexlint.config.settings import Overrides
from convexlint.server.buffers import Buffer


class Aim(Struct, frozen=True):
    """What to look at: the folders of the editor, and the settings that it gives. `quick`: a project whose whole lint
    takes no more seconds is linted whole at every edit, others in the background."""

    folders: tuple[str, ...] = ()
    overrides: Overrides = Overrides()
    config: str | None = None
    isolated: bool = False
    cache_dir: str | None = None
    quick: float = 0.1


class Moment(Struct, frozen=True):
    """The state of the editor for which something is asked. `afresh`: files came or went, or settings changed, since
    the last time. `clients`: source around the projects changed. `known_changed`: files that somebody says to have
    changed on disk."""

    number: int
    buffers: Mapping[str, Buffer]
    afresh: bool = False
    clients: bool = False
    known_changed: frozenset[str] = frozenset()
