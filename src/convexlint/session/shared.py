"""What the projects of a run share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from convexlint.discovery.listing import Listing
from convexlint.session.clock import Stopwatch

if TYPE_CHECKING:
    from convexlint.rules.rule import Rule

MOST_LEFT_OUT = 5
"""How many modules may keep the program from being built before the project is given up."""


class Shared(Struct, frozen=True):
    """What the projects of a run share. `rules` loads them, when somebody asks. `code`: which version of
    convexlint runs, None = not known, so no lint is kept."""

    rules: Callable[[], Sequence[Rule]]
    cache_dir: str | None
    jobs: int | None
    code: str | None
    clock: Stopwatch
    on_disk: Listing
    listing: Listing
    """The folders as the run is to have them: as they are on disk, but where it looks at git's index."""
