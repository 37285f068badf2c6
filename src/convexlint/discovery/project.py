"""What discovery hands on: a Convex project and its files. Plain frozen data."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Role(str, Enum):
    """What Convex does with a file of the functions folder (convex-facts 1.2, 1.3; npm convex bundler).

    MODULE: an entry point (http and crons included). SCHEMA, AUTH_CONFIG, CONVEX_CONFIG: special files.
    HELPER: never pushed for itself (multi-dot name, outside the folder), but its code may be imported.
    TEST: `*.test.*`, `*.spec.*`, and the like: neither linted nor part of effects. GENERATED: `_generated/`.
    """

    MODULE = "module"
    SCHEMA = "schema"
    AUTH_CONFIG = "auth-config"
    CONVEX_CONFIG = "convex-config"
    HELPER = "helper"
    TEST = "test"
    GENERATED = "generated"


class SourceFile(Struct, frozen=True, order=True):
    """One file. `path` is absolute with `/`; `name` is relative to the functions folder, with extension
    ("a/b.ts"); for files outside of it `outer_name`, which begins with `/`.

    `excluded`: matched by the config's `exclude` or an ignore file: it is part of the program (others import
    it) but nothing is reported in it.
    """

    path: str
    name: str
    role: Role
    excluded: bool = False


def outer_name(path: str) -> str:
    """The name of a file outside of the functions folder: its path, behind a `/` where that begins with a drive."""
    return path if path.startswith("/") else f"/{path}"


class ProjectProblem(Struct, frozen=True):
    """Something wrong with the project itself: a convex.json that cannot be used.

    [start, end) are byte offsets in the file `path`, 0, 0 where the whole file is meant.
    """

    path: str
    start: int
    end: int
    message: str


class Stray(Struct, frozen=True):
    """A file that Convex would load if it lay in the functions folder. `file`: its name there without extension
    ("crons"); `maker`: what it makes ("cronJobs()"), which stands at [start, end) of the file, in bytes."""

    path: str
    file: str
    maker: str
    start: int
    end: int


class Project(Struct, frozen=True):
    """One Convex backend: a functions folder and what is known around it.

    `root`: folder of package.json/convex.json (or the functions folder's parent). `component`: the folder is
    a component (its convex.config calls defineComponent): its public functions are not internet-facing.
    `convex_version`: (major, minor, patch) from lock file or package.json, None = unknown = the newest.
    `files` are sorted by name and hold every file the program is made of that lies in the functions folder.
    `static_data_model`: convex.json asks for generated files that list the tables and index names, so a renamed
    index type-checks only after `npx convex codegen`.
    `static_api`: the same for files that list the functions.
    `published`: a component that its package offers to apps of others, which call its public functions.
    `strays`: files outside of the functions folder that Convex would load in it.
    `env_names`: names declared by `defineApp({ env })` are read by the program, not here.
    """

    root: str
    functions_dir: str
    component: bool
    convex_version: tuple[int, int, int] | None
    files: tuple[SourceFile, ...]
    problems: tuple[ProjectProblem, ...] = ()
    static_data_model: bool = False
    static_api: bool = False
    strays: tuple[Stray, ...] = ()
    published: bool = False


class Target(Struct, frozen=True, gc=False):
    """A project and what of it was asked for.

    `only` is None when the whole project is to be reported, else the absolute paths of the files given.
    """

    project: Project
    only: frozenset[str] | None


class Discovered(Struct, frozen=True):
    """`skipped`: files named explicitly that are not linted, with the reason ("generated", "excluded",
    "belongs to no Convex project", "never pushed by Convex") and folders that cannot be read; noted, never a
    failure. `looked_in`: folders as given under which there is no project; a run with no target that looked
    somewhere has failed. `named`: the files that were named one by one and are linted.
    `elsewhere`: the projects lie above what was asked for."""

    targets: tuple[Target, ...]
    skipped: tuple[tuple[str, str], ...]
    looked_in: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    elsewhere: bool = False
