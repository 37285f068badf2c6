"""`discover`: from the paths of a command line to projects and what of them was asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from convexlint.discovery.around import PROGRAMS, SCRIPTS
from convexlint.discovery.find import Finder
from convexlint.discovery.ignore import Ignored, repository_root
from convexlint.discovery.listing import Listing, absolute, ancestors, base, inside, parent, real
from convexlint.discovery.manifests import offers_component, read_package_json
from convexlint.discovery.marks import Marks
from convexlint.discovery.modules import list_modules
from convexlint.discovery.patterns import is_glob, matches
from convexlint.discovery.project import Discovered, Project, ProjectProblem, Role, SourceFile, Target
from convexlint.discovery.roles import GENERATED_FOLDER, is_source, role_of
from convexlint.discovery.strays import strays
from convexlint.discovery.versions import convex_version
from convexlint.reading import read_regular

IsExcluded = Callable[[Project, str], bool]

CLIENTS = (*SCRIPTS, *(one for one in PROGRAMS if one == ".py"))
"""What files are called that may call a project and can be linted for it."""
NO_PROJECT = "belongs to no Convex project"
NEVER_PUSHED = "never pushed by Convex"


def discover(
    paths: Sequence[str],
    exclude: IsExcluded | None = None,
    stdin_path: str | None = None,
    unsaved: Iterable[str] = (),
    listing: Listing | None = None,
) -> Discovered:
    """Every Convex project under `paths`, each once, sorted by functions folder.

    `exclude` says for a project and an absolute path whether the config excludes it. `stdin_path`: a module
    that comes on stdin; it is part of its project whether or not it is on disk. With it and no `paths`, only
    that module is asked for. `unsaved`: modules that an editor holds, which may be missing on disk. Folders in which
    no project was found are in the result's `looked_in`.

    `listing`: the folders, where they are not to be as on disk.

    Raises OSError (with `filename` as given) for a path that does not exist or a folder that cannot be read.
    """
    search = _Search(listing or Listing())
    # The order of the paths must not matter, not even where links give one project several names.
    for path in sorted(paths, key=lambda one: (absolute(one) != real(absolute(one)), absolute(one))):
        search.add(path)
    if stdin_path is not None:
        search.add_file(absolute(stdin_path), on_disk=False)
    for path in sorted(unsaved):
        search.add_file(absolute(path), on_disk=False)
    found = search.result()
    return exclude_files(found, exclude) if exclude is not None else found


def exclude_files(found: Discovered, exclude: IsExcluded) -> Discovered:
    """Mark what the config excludes; files asked for by name that it excludes go to `skipped`."""
    targets = []
    skipped = list(found.skipped)
    for target in found.targets:
        project = target.project
        files = tuple(
            replace(file, excluded=True)
            if not file.excluded and file.role is not Role.GENERATED and exclude(project, file.path)
            else file
            for file in project.files
        )
        only = target.only
        if only is not None:
            out = sorted(file.path for file in files if file.excluded and file.path in only)
            skipped.extend((path, "excluded") for path in out if path in found.named)
            only = only.difference(out)
        targets.append(Target(replace(project, files=files), only))
    kept = tuple(target for target in targets if target.only is None or target.only)
    return replace(found, targets=kept, skipped=tuple(sorted(set(skipped))))


def where_looked(found: Discovered) -> str:
    """What to tell a user who has no Convex project: where was looked, and for what."""
    places = ", ".join(absolute(path) for path in found.looked_in)
    return (
        f"no Convex project found under {places}: looked for a folder that a convex.json names (or `convex/` "
        "beside it), for `_generated/`, `convex.config.*`, a schema file that calls defineSchema, and "
        "modules that register functions"
    )


class _Search:
    """One call of `discover`: what is known so far. Projects are keyed by their real functions folder."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._marks = Marks(self._listing)
        self._finder = Finder(self._listing, self._marks)
        self._projects: dict[str, Project] = {}
        self._components: dict[str, tuple[str, ...]] = {}
        self._only: dict[str, set[str] | None] = {}
        self._skipped: dict[str, str] = {}
        self._named: set[str] = set()
        self._looked_in: list[str] = []

    def add(self, given: str) -> None:
        """Take in one path of the command line."""
        path = absolute(given)
        if Path(path).is_dir():
            if not self._listing.folder(path).readable:
                os.scandir(path).close()  # raises the OSError that says why
            self._add_folder(path, given)
        elif os.path.lexists(path):
            self.add_file(path, on_disk=True)
        elif is_glob(given):
            found = matches(given)
            if not found:
                raise FileNotFoundError(2, "No file has a name like that", given)
            for one in found:
                self.add(one)
        else:
            raise FileNotFoundError(2, "No such file or directory", given)

    def add_file(self, path: str, *, on_disk: bool) -> None:
        """Take in one file that was named; `on_disk` False: it may be missing there."""
        folder = next(one for one in ancestors(parent(path)) if Path(one).is_dir())
        functions_dir = self._functions_dir_of(path, folder)
        if functions_dir is None:
            if not self._add_client(path, folder, on_disk):
                self._skipped[path] = NO_PROJECT
            return
        reason = self._not_linted(path, functions_dir)
        if reason is not None:
            self._skipped[path] = reason
            return
        top = repository_root(functions_dir, self._listing)
        key = self._project(functions_dir, Ignored(top, top, self._listing))
        project = self._projects[key]
        known = next((file for file in project.files if file.path == path), None)
        if known is None and base(path) != "convex.json":
            known = self._same_file(project, path)
            if known is None and on_disk:
                self._skipped[path] = NO_PROJECT
                return
            if known is None:
                known = self._missing(key, path, functions_dir)
            path = known.path
        if known is not None and known.excluded:
            self._skipped[path] = "excluded"
            return
        self._named.add(path)
        self._ask(key, [path])

    def _add_client(self, path: str, folder: str, on_disk: bool) -> bool:
        """Take in a file outside of any functions folder that may call the projects near it: those below the nearest
        folder above it that has some. Whether there are any."""
        if not path.endswith(CLIENTS) or "/node_modules/" in path or (on_disk and not _may_call(path)):
            return False
        top = repository_root(folder, self._listing)
        ignored = Ignored(top, top, self._listing)
        for above in ancestors(folder):
            around = self._finder.around(above)
            roots = [around] if around is not None else self._finder.below(above, ignored)
            self._finder.left_out = []
            for functions_dir in roots:
                self._ask(self._project(functions_dir, ignored), [path])
            if roots:
                self._named.add(path)
                return True
            if above == top:
                break
        return False

    def result(self) -> Discovered:
        """Everything taken in, in a fixed order. Trouble with a convex.json is told once."""
        projects = {key: project for key, project in self._projects.items() if key in self._only}
        roots: dict[str, list[str]] = {}
        for key in sorted(projects):
            roots.setdefault(projects[key].root, []).append(key)
        for root, keys in roots.items():
            problems = self._problems(root)
            named = self._marks.named_by(root)
            owner = next((key for key in keys if projects[key].functions_dir == named), keys[0])
            if problems:
                projects[owner] = replace(projects[owner], problems=problems)
        targets = []
        for key in sorted(projects, key=lambda one: projects[one].functions_dir):
            only = self._only[key]
            targets.append(Target(projects[key], None if only is None else frozenset(only)))
        return Discovered(
            tuple(targets),
            tuple(sorted(self._skipped.items())),
            tuple(self._looked_in),
            frozenset(self._named),
        )

    def _add_folder(self, path: str, given: str) -> None:
        top = repository_root(path, self._listing)
        ignored = Ignored(path, top, self._listing)
        around = self._finder.around(path)
        roots = [around] if around is not None else self._below(path, ignored)
        if not roots and (last := self._finder.fallback(path)) is not None:
            roots = [last]
        if not roots:
            self._looked_in.append(given)
        for functions_dir in roots:
            if not inside(functions_dir, path):
                ignored = Ignored(functions_dir, top, self._listing)
            self._add_project(functions_dir, path, ignored)

    def _below(self, path: str, ignored: Ignored) -> list[str]:
        """The functions folders below `path`; fixture folders and old copies that hold some are noted, not entered."""
        roots = self._finder.below(path, ignored)
        left_out, self._finder.left_out = self._finder.left_out, []
        for folder in left_out:
            count = len(self._finder.below(folder, ignored))
            if count:
                projects = "a project" if count == 1 else f"{count} projects"
                original = self._finder.original_of(folder)
                what = f"{projects} for tests" if original is None else f"an old copy of `{base(original)}/`"
                self._skipped[folder] = f"{what}; name the folder to check it"
        return roots

    def _add_project(self, functions_dir: str, asked: str, ignored: Ignored) -> None:
        """Ask for the part of a project that lies in the folder `asked`, and the components nested there."""
        key = self._project(functions_dir, ignored)
        if inside(functions_dir, asked):
            self._only[key] = None
        else:
            self._ask(key, [file.path for file in self._projects[key].files if inside(file.path, asked)])
        for component in self._components[key]:
            if inside(component, asked):
                self._add_project(component, asked, ignored)

    def _ask(self, key: str, paths: list[str]) -> None:
        asked = self._only.setdefault(key, set())
        if asked is not None:
            asked.update(paths)

    def _project(self, functions_dir: str, ignored: Ignored) -> str:
        """The key of the project in `functions_dir`, read from disk the first time."""
        key = real(functions_dir)
        if key not in self._projects:
            contents = list_modules(functions_dir, ignored, self._listing, self._marks)
            top = repository_root(functions_dir, self._listing)
            root = self._root_of(functions_dir, top)
            component = self._marks.is_component(functions_dir)
            self._projects[key] = Project(
                root=root,
                functions_dir=functions_dir,
                component=component,
                convex_version=convex_version(root, top, self._listing),
                files=contents.files,
                static_data_model=self._marks.static_data_model(root),
                static_api=self._marks.static_api(root),
                strays=strays(functions_dir, root, self._listing, self._marks),
                published=component and offers_component(read_package_json(f"{root}/package.json")),
            )
            self._components[key] = contents.components
            self._skipped.update((folder, "cannot be read") for folder in contents.unreadable)
        return key

    def _root_of(self, functions_dir: str, top: str) -> str:
        if self._marks.named_by(functions_dir) == functions_dir:
            return functions_dir  # "functions": "."
        for folder in ancestors(parent(functions_dir)):
            names = self._listing.folder(folder).names
            if "package.json" in names or "convex.json" in names:
                return folder
            if folder == top:
                break
        return parent(functions_dir)

    def _problems(self, root: str) -> tuple[ProjectProblem, ...]:
        found = self._marks.convex_json(root)
        problems = found.problems if found is not None else ()
        problems += self._marks.missing_folder(root)
        misplaced = f"{root.rstrip('/')}/src/convex.json"
        if self._listing.has_file(misplaced):
            problems += (
                ProjectProblem(
                    misplaced,
                    0,
                    0,
                    "convex.json must sit beside package.json, not in src/: Convex refuses it here",
                ),
            )
        return problems

    def _functions_dir_of(self, path: str, folder: str) -> str | None:
        if base(path) == "convex.json":
            return self._marks.named_by(folder)
        around = self._finder.around(folder)
        if around is None and base(folder) == "convex":
            around = self._finder.fallback(folder)
        return around

    def _not_linted(self, path: str, functions_dir: str) -> str | None:
        """Why a named file is not linted, whatever else holds; None where it may be."""
        if base(path) == "convex.json":
            return None
        name = path[len(functions_dir) + 1 :]
        if GENERATED_FOLDER in name.split("/")[:-1]:
            return "generated"
        if "node_modules" in name.split("/"):
            return NO_PROJECT
        if not is_source(name) or role_of(name) is Role.TEST:
            return NEVER_PUSHED
        return None

    def _same_file(self, project: Project, path: str) -> SourceFile | None:
        """The module of `project` that `path` is another spelling of (through symbolic links, or in other capitals
        where the file system takes them for the same)."""
        there = real(path)
        name = base(there)
        for file in project.files:
            own = base(file.path)
            if own == name and real(file.path) == there:
                return file
            if own != name and own.casefold() == name.casefold() and _are_one(file.path, there):
                return file
        return None

    def _missing(self, key: str, path: str, functions_dir: str) -> SourceFile:
        """Put a module that is not on disk (an editor's new file) into its project."""
        name = path[len(functions_dir) + 1 :]
        file = SourceFile(path, name, role_of(name) or Role.MODULE)
        project = self._projects[key]
        files = tuple(sorted((*project.files, file), key=lambda one: one.name))
        self._projects[key] = replace(project, files=files)
        return file


def _may_call(path: str) -> bool:
    """Whether the text of a file allows that it calls a backend: hooks name files of all kinds."""
    try:
        source = read_regular(path)
    except OSError:
        return False
    return b"convex" in source or b"api" in source


def _are_one(one: str, other: str) -> bool:
    """Whether two paths name one file. Two names in one folder are two files to a system that tells capitals apart,
    even where a hard link gives them the same contents."""
    try:
        wanted = base(other).casefold()
        listed = [entry for entry in Path(parent(other)).iterdir() if entry.name.casefold() == wanted]
        return len(listed) == 1 and Path(one).samefile(other)
    except OSError:
        return False
