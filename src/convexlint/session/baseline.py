"""The findings that a team knows of and lives with, by fingerprint: read, matched, and written anew.

The file is JSON, sorted by path and rule, so that a diff of it can be reviewed:

    {"version": 1, "findings": {FINGERPRINT: {"rule": ..., "path": ..., "message": ...}}}

Paths are those that fingerprints are made from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from convexlint.config.files import show
from convexlint.config.settings import ConfigError, Settings
from convexlint.discovery.listing import absolute, inside, join, parent, real
from convexlint.findings import Diagnostic
from convexlint.git import GitError
from convexlint.reports.escape import encodable

FILE_NAME = "convexlint-baseline.json"
"""The file, beside the settings, where these name none."""

VERSION = 1


class Entry(Struct, frozen=True):
    """A known finding. `path` and `message` are for people; the fingerprint is what counts."""

    rule: str
    path: str
    message: str


class _File(Struct, frozen=True):
    version: int
    findings: dict[str, Entry]


class Renamed(Struct, frozen=True):
    """What git takes for old names of files. `shallow`: some history is not there, so there may be more of them."""

    paths: Mapping[str, str]
    shallow: bool


def place_of(settings: Settings, given: str | None) -> str | None:
    """The baseline's absolute path. `given`: what the command line says: None nothing, "" its default."""
    if given:
        return absolute(given)
    if settings.baseline is not None:
        return absolute(join(settings.base, settings.baseline))
    return None if given is None else join(settings.base, FILE_NAME)


def read(path: str) -> dict[str, Entry]:
    """The entries of a baseline. Raises ConfigError: also where the file is not there."""
    shown = show(Path(path))
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"{shown}: there is no such baseline; `convexlint check --write-baseline` writes one"
        ) from None
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be read: {error.strerror or error}") from None
    again = "`convexlint check --write-baseline` writes it anew"
    try:
        found = msgspec.json.decode(data, type=_File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{shown}: this is not a baseline: {error}; {again}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        line = _line_of(data)
        raise ConfigError(f"{shown}:{line}: invalid JSON ({error}); {again}") from None
    if found.version != VERSION:
        raise ConfigError(
            f"{shown}: its version is {found.version}, and this convexlint knows {VERSION}; {again}"
        )
    return found.findings


def text(entries: Mapping[str, Entry]) -> bytes:
    """The file of these entries. A name that is not UTF-8 stands there with escapes: an entry is known by its
    fingerprint."""
    entries = {
        key: replace(one, path=encodable(one.path), message=encodable(one.message))
        for key, one in entries.items()
    }
    ordered = sorted(entries.items(), key=lambda one: (one[1].path, one[1].rule, one[1].message, one[0]))
    return msgspec.json.format(msgspec.json.encode(_File(VERSION, dict(ordered))), indent=2) + b"\n"


def renamed_since(path: str) -> Renamed:
    """New path -> old path of files that have another name than when the baseline was last changed in git; without
    a repository none."""
    from convexlint.git.repository import Repository

    try:
        repository = Repository.around(real(parent(path)))
        commit = repository.last_change(real(path))
        if commit is None and repository.has_commits:
            commit = repository.commit("HEAD")
        found = {} if commit is None else repository.renames(commit)
        return Renamed(found, repository.is_shallow)
    except GitError:
        return Renamed({}, False)


class Scope(Struct, frozen=True):
    """What of a baseline a run speaks of: entries elsewhere are neither gone nor replaced. `folders`: those that were
    asked for, with all that they ever held; `files`: single files; `rules`: None for all."""

    folders: tuple[str, ...]
    files: Collection[str]
    without_rules: frozenset[str]

    def holds(self, entry: Entry, path: str) -> bool:
        """`path`: the entry's, absolute."""
        if entry.rule in self.without_rules:
            return False
        return path in self.files or any(inside(path, folder) for folder in self.folders)


class Matched(Struct, frozen=True):
    """`known`: which of the diagnostics are in the baseline, by number. `matched`: the entries that they are. `gone`:
    entries in scope that no diagnostic is. `blind`: some may be known by another name that a shallow clone hides."""

    known: frozenset[int]
    matched: frozenset[str]
    gone: frozenset[str]
    blind: bool = False


def match(
    entries: Mapping[str, Entry],
    prints: Sequence[str],
    scope: Scope,
    root: str,
    renamed: Callable[[], Renamed],
    prints_by: Callable[[Mapping[str, str]], Sequence[str]],
) -> Matched:
    """Which findings the entries are. `prints`: the fingerprints of the findings. `root`: what paths of entries are
    relative to. `renamed` is asked, and `prints_by` for the fingerprints under the old names of files, only where
    an entry's file is gone and a finding is not known."""
    known = {number for number, one in enumerate(prints) if one in entries}
    matched = {prints[number] for number in known}
    blind = False
    if len(known) < len(prints) and any(
        one not in matched and not os.path.lexists(join(root, entry.path)) for one, entry in entries.items()
    ):
        moves = renamed()
        old = prints_by(moves.paths) if moves.paths else prints
        for number, one in enumerate(old):
            if number not in known and one in entries and one not in matched:
                known.add(number)
                matched.add(one)
        blind = moves.shallow and len(known) < len(prints)
    gone = frozenset(
        one
        for one, entry in entries.items()
        if one not in matched and scope.holds(entry, absolute(join(root, entry.path)))
    )
    return Matched(frozenset(known), frozenset(matched), gone, blind)


def renewed(
    old: Mapping[str, Entry], matched: Matched, diagnostics: Iterable[tuple[str, Diagnostic, str]]
) -> dict[str, Entry]:
    """The entries after a run that found `diagnostics`, with their fingerprints and paths: in place of those that it
    speaks of."""
    kept = {
        one: entry for one, entry in old.items() if one not in matched.gone and one not in matched.matched
    }
    new = {one: Entry(d.rule, path, _plain(d.finding.message)) for one, d, path in diagnostics}
    return {**kept, **new}


def _plain(message: str) -> str:
    return message.encode("utf-8", "backslashreplace").decode("utf-8")


def _line_of(data: bytes) -> int:
    """The line at which JSON ends to be JSON."""
    import json

    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return error.lineno
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 1
