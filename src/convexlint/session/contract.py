"""What a run is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from convexlint.config.settings import Overrides
from convexlint.findings import Diagnostic, Fix, Level

__all__ = [
    "Fixed",
    "InternalError",
    "NoProjectError",
    "Outcome",
    "Overrides",
    "PathError",
    "Refused",
    "Request",
]


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked to do. Paths are as the user gave them (relative to the working folder).

    `stdin`: (path, source bytes) of --stdin-filename. `fix`: "none", "safe" or "unsafe" (safe and unsafe).
    `write`: False shows the fixes' diff and writes nothing. `cache_dir`: None = no cache. `jobs`: None =
    auto.
    """

    paths: tuple[str, ...]
    overrides: Overrides = field(default_factory=Overrides)
    config: str | None = None
    isolated: bool = False
    stdin: tuple[str, bytes] | None = None
    fix: str = "none"
    write: bool = True
    cache_dir: str | None = None
    jobs: int | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fix that was applied (or would be, under --diff): where its finding stood."""

    rule: str
    path: str
    fix: Fix


@dataclass(frozen=True, slots=True)
class Refused:
    """A fix that was tried and given up: applied, it did not hold what it promises (`reason`)."""

    rule: str
    path: str
    fix: Fix
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found.

    `diagnostics`: sorted by path, start, rule; suppressed ones left out. `sources`: path -> bytes as they
    stand after the run (fixed, if it fixed) for every file that a diagnostic or fix names. `before`: path ->
    bytes of files that fixes changed. `files`: modules checked. `functions`: registered functions.
    `notes`: things not followed ("dynamic table name", ...) as (kind, path, start offset). `skipped`: files
    not linted, with the reason. `timings`: stage -> seconds, in order of work. `fail_on`: None = never.
    Findings of rules that are turned off are not counted anywhere. Under `write=False` the diagnostics are
    those before the fixes, and stand in `before` where a file is named there.
    `failed`: some diagnostic is at or above the `fail-on` of its own project (`fail_on` is the strictest of
    all). `refused`: fixes that were tried and given up, with the reason. `unwritten`: files that fixes would
    change but that cannot be written, with the reason: their findings remain, and the run ends with status 2.
    """

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, bytes]
    before: Mapping[str, bytes]
    fixed: tuple[Fixed, ...]
    files: int
    projects: int
    functions: int
    suppressed: int
    notes: tuple[tuple[str, str, int], ...]
    skipped: tuple[tuple[str, str], ...]
    timings: Mapping[str, float]
    fail_on: Level | None
    failed: bool = False
    refused: tuple[Refused, ...] = ()
    unwritten: tuple[tuple[str, str], ...] = ()


class NoProjectError(Exception):
    """No Convex project under the given paths (exit 2); the text says where was looked."""


class InternalError(Exception):
    """A defect of convexlint itself, or of a team's own rule (exit 2); the text names the rule."""


class PathError(Exception):
    """A given path does not exist or cannot be read (exit 2)."""
