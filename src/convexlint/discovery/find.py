"""From a path to functions folders: the one around it, and all below it."""

from __future__ import annotations

import re
from pathlib import Path

from convexlint.discovery.ignore import Ignored, repository_root
from convexlint.discovery.listing import (
    NEVER_ENTERED,
    Listing,
    ancestors,
    base,
    inside,
    join,
    normal,
    parent,
    real,
)
from convexlint.discovery.marks import Marks
from convexlint.discovery.roles import GENERATED_FOLDER, is_source

# What builds write beside package.json: copies of sources, never a project of their own.
_BUILD_OUTPUT = frozenset({"dist", "build", "out", "coverage"})


FIXTURE_FOLDERS = frozenset({"__fixtures__", "__mocks__", "__tests__", "fixtures"})
"""What lies in such folders is for tests: no project is looked for in them unless somebody names one."""

_OLD = r"(?:old|bak|backup|orig|copy)"
# `convex.old`, `convex-backup-2`, `convex copy`, `old_convex`, each beside a folder `convex`.
_OLD_COPY = re.compile(
    rf"^(?:(?P<own>.+?)[.\-_ ]+{_OLD}(?:[.\-_ ]*\d+)?|{_OLD}[.\-_ ]+(?P<after>.+))$", re.IGNORECASE
)


class Finder:
    """Finds functions folders (absolute paths). A folder inside another one is a project of its own only
    when it is a nested component; those are found when the outer folder's files are listed."""

    def __init__(self, listing: Listing, marks: Marks) -> None:
        self._listing = listing
        self._marks = marks
        self._in_fixtures = False
        self.left_out: list[str] = []
        """The fixture folders and old copies that `below` did not enter."""

    def around(self, folder: str) -> str | None:
        """The functions folder that is `folder` or holds it.

        The outermost marked folder counts, up to the first component, repository or package boundary; what
        only content speaks for yields to what names speak for.
        """
        chain = ancestors(folder)
        best: str | None = None
        by_content: str | None = None
        for above in chain:
            named = self._marks.named_by(above)
            if named is not None and inside(folder, named) and self._owns(named, folder):
                return named
            if self._marks.is_nested_component(above):
                return above
            if self._marks.is_marked(above):
                best = above
            entries = self._listing.folder(above)
            if best is None and by_content is None:
                by_content = self._spoken_for(above, folder)
            if ".git" in entries.folders or ".git" in entries.names or above == _home():
                break
            if (best or by_content) and "package.json" in entries.names:
                break
        return best or by_content

    def below(self, folder: str, ignored: Ignored) -> list[str]:
        """The outermost functions folders below `folder` (above it when only content tells), sorted."""
        found: list[str] = []
        loose: list[tuple[str, str]] = []
        self._in_fixtures = _is_in_fixtures(folder, repository_root(folder, self._listing))
        self._walk(folder, folder, ignored, found, loose, {real(folder)})
        packages = sorted({scope for scope, _ in loose if scope})
        settled = {scope for scope in packages if any(inside(one, scope) for one in found)}
        spoken: list[str] = []
        for scope, place in loose:
            if any(inside(place, one) for one in found):
                continue
            # In a package whose functions folder is known, others are read only if their name asks for it.
            if scope in settled and not self._looks_like_functions(place):
                continue
            spoken.extend(self._marks.owners(place))
        for one in sorted(set(spoken)):
            if self._listing.has_folder(one) and not self._overruled(one, found):
                found.append(one)
        return sorted(found)

    def fallback(self, folder: str) -> str | None:
        """`folder`, or the folder in it, that bears the default name and holds sources: the last resort."""
        for place in (folder, join(folder, "convex")):
            named = base(place) == "convex" and not self._marks.is_client_code(place)
            if named and any(is_source(name) for name in self._listing.folder(place).files):
                return place
        return None

    def _spoken_for(self, above: str, folder: str) -> str | None:
        """The functions folder around `folder` that sources directly in `above` speak of."""
        for one in self._marks.owners(above):
            if inside(folder, one):
                found: list[str] = []
                ignored = Ignored(one, repository_root(one, self._listing), self._listing)
                self._walk(one, one, ignored, found, [], {real(one)})
                if not self._overruled(one, found):
                    return one
        return None

    def _overruled(self, spoken: str, found: list[str]) -> bool:
        """Whether names speak against what content says: `spoken` lies in a functions folder, or around one
        that is not merely a component of it (a stray file beside the real project)."""
        return any(
            inside(spoken, one)
            or (inside(one, spoken) and one != spoken and not self._marks.is_component(one))
            for one in found
        )

    def _walk(
        self,
        folder: str,
        scope: str,
        ignored: Ignored,
        found: list[str],
        loose: list[tuple[str, str]],
        seen: set[str],
    ) -> None:
        entries = self._listing.folder(folder)
        if "package.json" in entries.names:
            scope = folder
        elif scope == folder:
            scope = ""
        named = self._marks.named_by(folder)
        if named is not None and named not in found:
            found.append(named)
        if folder in found:
            return
        if self._marks.is_marked(folder) and not self._is_stray_config(folder, named):
            found.append(folder)
            return
        if any(is_source(name) for name in entries.files):
            loose.append((scope, folder))
        for name in entries.folders:
            path = join(folder, name)
            if name in NEVER_ENTERED or name.startswith(".") or ignored.folder(path):
                continue
            if name in FIXTURE_FOLDERS and not self._in_fixtures:
                self.left_out.append(path)
                continue
            if self.original_of(path) is not None and not (named is not None and inside(named, path)):
                self.left_out.append(path)
                continue
            if name in _BUILD_OUTPUT and "package.json" in entries.names:
                continue
            if name in entries.links:
                there = real(path)
                if any(inside(there, one) or inside(one, there) for one in seen):
                    continue
                seen.add(there)
            self._walk(path, scope, ignored, found, loose, seen)

    def original_of(self, folder: str) -> str | None:
        """The functions folder of which `folder`, by its name, is an old copy beside it: nobody pushes that. A folder
        with a package of its own is none."""
        match = _OLD_COPY.match(base(folder))
        if match is None or "package.json" in self._listing.folder(folder).names:
            return None
        original = join(parent(folder), match["own"] or match["after"])
        is_one = self._listing.has_folder(original) and (
            self._marks.is_marked(original) or original in self._marks.owners(original)
        )
        return original if is_one else None

    def _is_stray_config(self, folder: str, named: str | None) -> bool:
        """Whether only a convex.config of an app speaks for `folder`, while its own package names the functions folder
        `named` below: the file lies one folder too high."""
        if named is None or GENERATED_FOLDER in self._listing.folder(folder).folders:
            return False
        return inside(named, folder) and not self._marks.is_component(folder)

    def _owns(self, named: str, folder: str) -> bool:
        """Whether no nested component stands between the functions folder `named` and `folder`."""
        return not any(
            self._marks.is_nested_component(between)
            for between in ancestors(folder)
            if between != named and inside(between, named)
        )

    def _looks_like_functions(self, folder: str) -> bool:
        names = self._listing.folder(folder).names
        return base(folder) == "convex" or "schema.ts" in names or "schema.js" in names


def _is_in_fixtures(folder: str, top: str) -> bool:
    """Whether `folder`, which was named, is such a folder or lies in one; above the repository names mean nothing."""
    return not FIXTURE_FOLDERS.isdisjoint(
        base(one) for one in ancestors(folder) if inside(one, top) and one != top
    )


def _home() -> str:
    return normal(str(Path.home()))
