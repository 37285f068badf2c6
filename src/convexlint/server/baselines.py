"""What baselines know of findings, so that an editor shows what `check` reports.

A baseline is read again when its file changes. Fingerprints are made anew only for files whose findings or contents are
others than at the last edit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from convexlint.config.settings import ConfigError
from convexlint.discovery.listing import join
from convexlint.findings import Diagnostic
from convexlint.session import baseline
from convexlint.session.files import Files
from convexlint.session.fingerprint import fingerprints
from convexlint.session.linted import order
from convexlint.session.workspace import Workspace


class _Baseline(Struct, frozen=True, eq=False):
    """`prints`: the fingerprints in a baseline that stands at `stamp`. `moves`: see `baseline.Renamed.paths`."""

    stamp: tuple[int, int] | None
    prints: frozenset[str]
    moves: Mapping[str, str]


class _Kept(Struct, frozen=True, eq=False):
    baseline: _Baseline
    content: bytes
    given: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


class Baselines:
    """The baselines of the projects that an editor has open. `trouble`: why one cannot be used, None where all can."""

    def __init__(self) -> None:
        self.trouble: str | None = None
        self._read: dict[str, _Baseline] = {}
        self._kept: dict[str, _Kept] = {}

    def unknown(
        self,
        by_path: Mapping[str, tuple[Diagnostic, ...]],
        workspaces: Sequence[Workspace],
        workspace_of: Callable[[str], Workspace | None],
        files: Files,
    ) -> dict[str, tuple[Diagnostic, ...]]:
        """The findings that no baseline knows, by path. `workspace_of`: the project that reports in a file."""
        self.trouble = None
        if not any(workspace.settings.baseline for workspace in workspaces):
            self._kept.clear()
            return dict(by_path)
        baselines = {
            workspace.target.project.functions_dir: self._baseline(workspace) for workspace in workspaces
        }
        deeds = sorted(
            (one for some in by_path.values() for one in some if one.finding.deed is not None), key=order
        )
        known = self._known_deeds(deeds, baselines, workspace_of, files)
        left: dict[str, tuple[Diagnostic, ...]] = {}
        kept: dict[str, _Kept] = {}
        for path, some in by_path.items():
            workspace = workspace_of(path)
            found = None if workspace is None else baselines[workspace.target.project.functions_dir]
            if workspace is None or found is None:
                left[path] = some
                continue
            plain = tuple(one for one in some if one.finding.deed is None)
            content = files.content(path)
            before = self._kept.get(path)
            if (
                before is None
                or before.baseline is not found
                or before.content != content
                or before.given != plain
            ):
                prints = self._prints(plain, found, workspace, files)
                rest = tuple(one for one, made in zip(plain, prints, strict=True) if not made & found.prints)
                before = _Kept(found, content, plain, rest)
            kept[path] = before
            shown = {id(one) for one in before.left}
            rest = tuple(
                one for one in some if id(one) in shown or (one.finding.deed and id(one) not in known)
            )
            if rest:
                left[path] = rest
        self._kept = kept
        return left

    def _known_deeds(
        self,
        deeds: Sequence[Diagnostic],
        baselines: Mapping[str, _Baseline | None],
        workspace_of: Callable[[str], Workspace | None],
        files: Files,
    ) -> set[int]:
        known: set[int] = set()
        for folder, found in baselines.items():
            mine = [
                (one, workspace)
                for one in deeds
                if (workspace := workspace_of(one.finding.path)) is not None
                and workspace.target.project.functions_dir == folder
            ]
            if found is None or not mine:
                continue
            prints = self._prints([one for one, _ in mine], found, mine[0][1], files)
            known.update(id(one) for (one, _), made in zip(mine, prints, strict=True) if made & found.prints)
        return known

    def _prints(
        self, some: Iterable[Diagnostic], found: _Baseline, workspace: Workspace, files: Files
    ) -> list[frozenset[str]]:
        """The fingerprints of findings: by the names of today, and by those that files had."""
        some = list(some)
        root = workspace.home
        now = fingerprints(some, files.content, lambda path: root)
        if not found.moves:
            return [frozenset((one,)) for one in now]
        before = fingerprints(some, files.content, lambda path: root, found.moves)
        return [frozenset(pair) for pair in zip(now, before, strict=True)]

    def _baseline(self, workspace: Workspace) -> _Baseline | None:
        place = baseline.place_of(workspace.settings, None)
        if place is None:
            return None
        try:
            status = Path(place).stat()
            stamp = (status.st_mtime_ns, status.st_size)
        except OSError:
            stamp = None
        found = self._read.get(place)
        if found is None or found.stamp != stamp or stamp is None:
            try:
                entries = baseline.read(place)
            except ConfigError as error:
                self.trouble = str(error)
                return None
            root = workspace.home
            gone = any(not os.path.lexists(join(root, entry.path)) for entry in entries.values())
            moves = baseline.renamed_since(place).paths if gone else {}
            found = self._read[place] = _Baseline(stamp, frozenset(entries), moves)
        return found
