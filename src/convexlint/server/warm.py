"""A project that is kept warm: its files, its last lints, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from convexlint.defects import Defect
from convexlint.findings import Diagnostic
from convexlint.server.kept import Kept, KeptLints
from convexlint.server.text import moved
from convexlint.session.files import Files
from convexlint.session.linted import Linted, order
from convexlint.session.workspace import Workspace

_IDLE_COMMENT = "unused-suppression"


class Unfinished(Struct, frozen=True):
    """A near lint of the file `path`. `part`: what it says so far. `rest`: gives the whole of it, if that is more."""

    path: str
    part: Linted
    rest: Iterator[Linted]


class Warm:
    """One project."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.whole: Linted | None = None
        self.said = Said(())
        """What the whole lint says."""
        self.contents: dict[str, bytes | str] = {}
        self.outdated = True
        """Whether something else than contents has changed since the whole lint."""
        self.near: dict[str, tuple[Diagnostic, ...]] = {}
        """By path, what near lints have said of files since the whole lint."""
        self.near_in: dict[str, bytes] = {}
        """The contents in which these stand."""
        self.kept = KeptLints()
        self.failed: dict[str, tuple[Defect, ...]] = {}
        """By path, what convexlint failed at in the near lint of a file."""
        self.looked_at: dict[str, bytes] = {}
        """The contents of the open files when they were looked at last."""
        self.waiting: frozenset[str] = frozenset()
        """Open and changed files of which `near` may be out of date, or says nothing."""
        self.unfinished: Unfinished | None = None
        """A near lint of which the slow rules have not said anything yet. It ends where another program is made."""
        self.late: dict[str, frozenset[str]] = {}
        """By path, the rules that are slow in this file, and are asked last while somebody types in it."""
        self.seconds: float | None = None
        self.built: tuple[int, frozenset[str] | None] | None = None
        """For which moment, and with which focus, the program was made."""

    @property
    def folder(self) -> str:
        return self.workspace.target.project.functions_dir

    def is_asked_for(self, path: str) -> bool:
        """Whether the file belongs to the project, and its findings are to be published."""
        return self.workspace.knows(path) and self.workspace.asked_for(path)

    def take_whole(self, linted: Linted, files: Files) -> None:
        """This is the lint of the whole project with these contents."""
        paths = {*linted.modules, *(file.path for file in self.workspace.target.project.files)}
        self.contents = {path: files.read(path) for path in sorted(paths)}
        self.whole, self.outdated = linted, False
        self.said = Said(self.workspace.reported(linted.judgement.diagnostics))
        self.rest_on_whole()

    def rest_on_whole(self) -> None:
        """What the whole lint says holds of all files."""
        self.near, self.waiting, self.failed = {}, frozenset(), {}

    def take_near(self, linted: Linted, path: str, content: bytes) -> None:
        """This is the lint of one file."""
        found = tuple(one for one in linted.judgement.diagnostics if one.finding.path == path)
        self.near[path], self.near_in[path] = found, content
        self.waiting -= {path}
        self.failed.pop(path, None)
        self.take_kept(linted, path)

    def take_kept(self, linted: Linted, path: str) -> None:
        """Keep the lint of one file."""
        if linted.defects:
            self.failed[path] = linted.defects
        else:
            found = tuple(one for one in linted.judgement.diagnostics if one.finding.path == path)
            self.kept.take(path, Kept(found, self.workspace.last_reads()))

    def take_part(self, linted: Linted, path: str, late: frozenset[str], content: bytes) -> None:
        """This is the lint of one file, without what the late rules say: of them holds what they said last, where it
        is still to be found."""
        found = [one for one in linted.judgement.diagnostics if one.finding.path == path]
        known = path in self.near
        before = self.near[path] if known else self.said.of(path)
        old = self.near_in[path] if known else self.contents.get(path)
        for one in before:
            span = (
                moved(one.finding.span, old, content) if one.rule in late and isinstance(old, bytes) else None
            )
            if span is not None:
                finding = replace(one.finding, span=span, fix=None, suggestions=(), related=())
                found.append(replace(one, finding=finding))
        self.near[path], self.near_in[path] = tuple(found), content

    def take_late(self, path: str, seconds: float) -> None:
        """Note which rules were slow in the last lint, which was of one file."""
        slow = self.workspace.slow_rules(seconds)
        self.late[path] = slow | self.late.get(path, frozenset()) if slow else slow

    def near_again(self, known: frozenset[str]) -> None:
        """These files are open or have changed. What was kept of them is still true, others wait."""
        self.near = {path: some for path, some in self.near.items() if path in known}
        self.failed = {path: some for path, some in self.failed.items() if path in known}
        self.kept.keep_only(known)
        self.late = {path: some for path, some in self.late.items() if path in known}
        waiting = set()
        for path in known:
            kept = self.kept.get(path)
            if kept is None:
                waiting.add(path)
            else:
                self.near[path], self.near_in[path] = kept.diagnostics, self.looked_at[path]
                self.failed.pop(path, None)
        self.waiting = frozenset(waiting)

    def changed(self, files: Files) -> set[str]:
        """The files whose contents are not those of the whole lint."""
        return {path for path, content in self.contents.items() if files.read(path) != content}

    def reported(self, files: Files) -> Said:
        """What is known of the project's findings, before those with one cause are put together."""
        near, whole = self.near, self.said
        if not near:
            return whole
        found = [one for path in sorted(near) for one in self.workspace.reported(near[path])]
        # A comment may silence a finding that stands in a file that is not looked at.
        if any(b"convexlint-" in files.content(path) for path in near):
            found = [one for one in found if one.rule != _IDLE_COMMENT]
            found += self._idle_comments(files)
        said = Said(found)
        said.plain.update({path: some for path, some in whole.plain.items() if path not in near})
        said.deeds += [one for one in whole.deeds if one.finding.path not in near]
        return said

    def _idle_comments(self, files: Files) -> Iterator[Diagnostic]:
        """What the whole lint said of comments in the files of the near one, where they stand now."""
        for path in sorted(self.near):
            old, new = self.contents.get(path), files.content(path)
            for one in self.said.plain.get(path, ()):
                if one.rule == _IDLE_COMMENT and isinstance(old, bytes):
                    span = moved(one.finding.span, old, new)
                    if span is not None:
                        yield replace(one, finding=replace(one.finding, span=span))


class Said:
    """Findings of one project: `plain` ones by path, in order, and those that have their cause elsewhere."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        by_path: dict[str, list[Diagnostic]] = {}
        self.deeds: list[Diagnostic] = []
        for one in diagnostics:
            if one.finding.deed is not None:
                self.deeds.append(one)
            else:
                by_path.setdefault(one.finding.path, []).append(one)
        self.plain = {path: tuple(sorted(some, key=order)) for path, some in by_path.items()}

    def of(self, path: str) -> tuple[Diagnostic, ...]:
        """All of one file."""
        return (*self.plain.get(path, ()), *(one for one in self.deeds if one.finding.path == path))


class Findings(Struct, frozen=True):
    """What is known at a moment. `diagnostics`: by path, sorted, only files that have some. `files`: the contents that
    they stand in. `whole`: everything was looked at; else the background has work. `trouble`: the message of a config
    file that cannot be used. `defects`: what convexlint failed at, in words."""

    number: int
    diagnostics: Mapping[str, tuple[Diagnostic, ...]]
    files: Files
    whole: bool
    trouble: str | None
    defects: tuple[str, ...]
