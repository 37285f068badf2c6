"""What a run is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from msgspec import Struct, field

from convexlint.config.settings import Overrides
from convexlint.defects import Defect
from convexlint.findings import Diagnostic, Fix, Level

__all__ = [
    "Baselined",
    "Fixed",
    "InternalError",
    "Left",
    "NoProjectError",
    "Outcome",
    "Overrides",
    "PathError",
    "Reason",
    "Request",
    "Suppressing",
    "Unsuppressed",
]


NO_COMPARISON = "none"
"""`--against none`: the setting counts for nothing."""


class Request(Struct, frozen=True):
    """What a run is asked to do. Paths are as the user gave them (relative to the working folder).

    `since`: report only findings in files that changed since this revision of git (`merge-base:REV`: since this branch
    left REV). `staged`: only in files that are staged, as the index has them; not together with `since` or fixes.
    `since_lines`: only on lines that changed, with one of the two. `against`: compare schema and functions with this
    revision, or with this JSON of a model; "none": with nothing, whatever the settings say.

    `baseline`: the file of known findings, which are not reported; "" for that of the settings or the default one, None
    for that of the settings. `write_baseline`: the same for a baseline that is written anew.
    `add_suppressions`: write a comment at each finding that is to be reported, and report what remains; not together
    with fixes.

    `upward`: where `paths` hold no project, those above them are meant.

    `stdin`: (path, source bytes) of --stdin-filename. `unsaved`: modules that an editor holds, which may be missing on
    disk. `fix`: "none", "safe" or "unsafe" (safe and unsafe). `write`: False shows the fixes' diff and writes nothing.
    `cache_dir`: None = no cache. `jobs`: None = auto.
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
    unsaved: tuple[str, ...] = ()
    since: str | None = None
    staged: bool = False
    since_lines: bool = False
    against: str | None = None
    baseline: str | None = None
    write_baseline: str | None = None
    add_suppressions: bool = False
    upward: bool = False


class Baselined(Struct, frozen=True):
    """What the baseline had to do with a run.

    `known`: findings that it silenced. `gone`: entries that the run speaks of and no finding is. `added`: findings that
    a baseline which is written did not have. `blind`: the clone is shallow, and more of the findings may be known under
    old names of their files. `files`: the baselines; `configured`: those that the settings name. `new_contents`: what
    is to be written into them: a run writes no baseline itself.
    """

    known: int = 0
    gone: int = 0
    added: int = 0
    blind: bool = False
    files: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()
    new_contents: tuple[tuple[str, bytes], ...] = ()


class Unsuppressed(Struct, frozen=True):
    """A finding that no comment was written for: `start` as in `Outcome.sources`; `why` follows "because"."""

    rule: str
    path: str
    start: int
    why: str


class Suppressing(Struct, frozen=True):
    """What --add-suppressions did: `findings` are silenced by `comments`, new or made longer, in `files` files."""

    findings: int
    comments: int
    files: int
    left: tuple[Unsuppressed, ...]


class Fixed(Struct, frozen=True):
    """A fix that was applied (or would be, under --diff): where its finding stood."""

    rule: str
    path: str
    fix: Fix


class Reason(str, Enum):
    """Why a fix was left, in kinds that a report groups by.

    UNSAFE: nobody asked for unsafe ones. REFUSED: applied, it did not hold what it promises. UNWRITABLE: a file that it
    changes cannot be written. GUARDED: it would change a file that no fix may change. ELSEWHERE: it would change
    other files than the module on stdin. UNFINISHED: other fixes were in its way until the end.
    """

    UNSAFE = "unsafe"
    REFUSED = "refused"
    UNWRITABLE = "unwritable"
    GUARDED = "guarded"
    ELSEWHERE = "elsewhere"
    UNFINISHED = "unfinished"


class Left(Struct, frozen=True):
    """A finding that still stands at `start` in `path` though it has a fix: which one, and why it was left."""

    rule: str
    path: str
    start: int
    title: str
    reason: Reason
    words: str


class Outcome(Struct, frozen=True):
    """What a run found.

    `diagnostics`: sorted by path, start, rule; suppressed ones left out. `fingerprints()`: one for each of them, stable
    across line shifts (product contract: rule, path, function, the finding's line without white space, ordinal among
    equals); made when asked for. `sources`: path -> bytes as they
    stand after the run (fixed, if it fixed) for every file that a diagnostic or fix names. `before`: path ->
    bytes of files that fixes changed. `files`: modules checked. `functions`: registered functions.
    `notes`: things not followed ("dynamic table name", ...) as (kind, path, start offset). `skipped`: files
    not linted, with the reason. `timings`: stage -> seconds, in order of work. `fail_on`: None = never.
    What the `baseline` knows is not among `diagnostics`.
    `suppressing`: what --add-suppressions did, where it was asked for. `elsewhere`: the projects, where they lie above
    what was asked for.
    Findings of rules that are turned off are not counted anywhere. Under `write=False` the diagnostics are
    those before the fixes, and stand in `before` where a file is named there.
    `failed`: some diagnostic is at or above the `fail-on` of its own project (`fail_on` is the strictest of
    all). `left`: after fixing, the findings that still have a fix, sorted by path and place; they stand in
    `sources`. `waiting`: findings that ask for more than their project's convex can do; they count nowhere else.
    `unwritten`: files that fixes would change but that cannot be written, with the reason: their
    findings remain, and the run ends with status 2. `defects`: what convexlint itself could not do; the rest is
    there all the same, and the run ends with status 2. `fresh`: indices into `diagnostics` of those that fixes have
    brought up. `configured`: some project has a config file. `silenced`: the findings that comments suppress.
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
    left: tuple[Left, ...] = ()
    unwritten: tuple[tuple[str, str], ...] = ()
    defects: tuple[Defect, ...] = ()
    waiting: tuple[Diagnostic, ...] = ()
    fingerprints: Callable[[], list[str]] = list
    baseline: Baselined = Baselined()
    suppressing: Suppressing | None = None
    elsewhere: tuple[str, ...] = ()
    fresh: frozenset[int] = frozenset()
    configured: bool = False
    silenced: tuple[Diagnostic, ...] = ()


class NoProjectError(Exception):
    """No Convex project under the given paths (exit 2); the text says where was looked."""


class InternalError(Exception):
    """A defect of convexlint itself, or of a team's own rule, before there is a project to tell it of (exit 2)."""


class PathError(Exception):
    """A given path does not exist or cannot be read (exit 2)."""
