"""The Python API: `from convexlint import lint, Program`.

What stands here keeps its names and meanings between minor versions; fields may be added. Everything else in the
package is convexlint's own affair. Paths in the program and in reports are relative to the working folder when inside
of it, else absolute; lines and columns begin at 1, columns count code points.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, field

from convexlint.config.settings import ConfigError, Overrides
from convexlint.findings import Diagnostic, Level
from convexlint.session import (
    InternalError,
    NoProjectError,
    Outcome,
    PathError,
    Request,
    check,
    programs,
)

__all__ = [
    "AccessCheck",
    "Call",
    "ClientCall",
    "ConfigError",
    "Cost",
    "Cron",
    "Diagnostic",
    "Each",
    "Effect",
    "Field",
    "Function",
    "Index",
    "IndexUse",
    "InternalError",
    "Level",
    "NoProjectError",
    "Outcome",
    "PathError",
    "Place",
    "Program",
    "Read",
    "Reference",
    "Route",
    "Schema",
    "Settings",
    "Standing",
    "Step",
    "Table",
    "Write",
    "fix",
    "lint",
    "report",
]

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class Settings(Struct, frozen=True, kw_only=True):
    """What the command line may say about a run; see `convexlint check --help`.

    `select`, `extend_select`, `ignore`: rules or categories. `levels`: rule to "off", "info", "warning" or "error".
    `fail_on`: "error", "warning", "info" or "never". `config`: this config file instead of the one found; `isolated`:
    none. `cache_dir`: a folder for the cache, None: no cache. `jobs`: how many processes may work, None: what helps.
    """

    select: Sequence[str] = ()
    extend_select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    fail_on: str | None = None
    config: str | None = None
    isolated: bool = False
    cache_dir: str | None = None
    jobs: int | None = None

    def request(self, paths: Paths, fix: str = "none", *, write: bool = True) -> Request:
        """The run that these settings and paths ask for. Raises ValueError for a level that there is not."""
        return Request(
            paths=_listed(paths),
            overrides=Overrides(
                tuple(self.select),
                tuple(self.extend_select),
                tuple(self.ignore),
                {rule: None if level == "off" else Level(level) for rule, level in self.levels.items()},
                self.fail_on,
            ),
            config=self.config,
            isolated=self.isolated,
            fix=fix,
            write=write,
            cache_dir=self.cache_dir,
            jobs=self.jobs,
        )


def lint(paths: Paths = ".", settings: Settings | None = None) -> Outcome:
    """Lint the Convex projects at `paths`. Nothing is written, but for the cache where the settings name one.

    Raises ConfigError for settings that cannot be used, PathError for a path that is not there, NoProjectError where
    there is no Convex project.
    """
    return check((settings or Settings()).request(paths))


def fix(
    paths: Paths = ".", settings: Settings | None = None, *, unsafe: bool = False, write: bool = True
) -> Outcome:
    """Apply safe fixes, with `unsafe` the others too, and lint what remains. Without `write` nothing is changed: the
    outcome's `before` and `sources` hold the files as they are and as they would be.

    Raises what `lint` does.
    """
    kind = "unsafe" if unsafe else "safe"
    return check((settings or Settings()).request(paths, kind, write=write))


def report(outcome: Outcome, *, fixing: bool = False) -> dict[str, object]:
    """An outcome in the shape of `--output-format json` (version 1)."""
    from convexlint.reports.json import json_report

    made: dict[str, object] = msgspec.json.decode(json_report(outcome, Path.cwd().as_posix(), fixing=fixing))
    return made


class Place(Struct, frozen=True):
    path: str
    line: int
    column: int


class Step(Struct, frozen=True):
    """A link of a chain of calls: where something is called, and what."""

    path: str
    line: int
    column: int
    text: str


class IndexUse(Struct, frozen=True):
    """A query that names an index, and the registered function around it, if there is one."""

    path: str
    line: int
    column: int
    function: str | None


class Field(Struct, frozen=True):
    """A field of a table. `type` as TypeScript writes it; `references`: the tables whose ids it holds."""

    name: str
    type: str
    optional: bool
    references: tuple[str, ...]


class Index(Struct, frozen=True):
    """kind: "database", "search" or "vector". `fields` None: not known. `place` None: a package's."""

    name: str
    kind: str
    fields: tuple[str, ...] | None
    staged: bool
    place: Place | None
    uses: tuple[IndexUse, ...]


class Table(Struct, frozen=True):
    """`origin`: "schema", or the package that brings the table. `references` and `referenced_by`: tables.
    `read_by`, `written_by`: paths of functions, helpers followed."""

    name: str
    origin: str
    place: Place | None
    fields: tuple[Field, ...]
    indexes: tuple[Index, ...]
    references: tuple[str, ...]
    referenced_by: tuple[str, ...]
    read_by: tuple[str, ...]
    written_by: tuple[str, ...]


class AccessCheck(Struct, frozen=True):
    """How a function decides who may call it ("ctx.auth", "builder", "helper", ...), and where."""

    how: str
    place: Place


class Standing(Struct, frozen=True):
    """What a function asks of its caller: `level` is "open", "signed in", "role", "owner" (the document, or what it was
    found by, is the caller's) or "secret"; `text` at `place` is what decides, None where nothing does."""

    level: str
    place: Place | None
    text: str | None


class Effect(Struct, frozen=True):
    """Something that a function does, `count` times, directly or through the calls of `chain`. `kind`: "db-read",
    "db-write", "schedule", "network", "clock", ..."""

    kind: str
    what: str
    table: str | None
    count: int
    place: Place
    chain: tuple[Step, ...]


class Each(Struct, frozen=True):
    """A loop around a read or write. `kind`: "rows" (of `table`, None where it is not known), "list", "rounds"."""

    kind: str
    table: str | None


class Read(Struct, frozen=True):
    """A read of the database. `bound`: "row", "rows" (`limit` of them at most), "page", "search", "range" (all rows of
    an index range that fixes `fields`, and belongs to one row of `owner`), "table" (all rows). `walks`: what a filter
    reads to find them, "range" or "table". `text`: all of it in words."""

    text: str
    table: str | None
    bound: str
    limit: float | None
    fields: tuple[str, ...]
    owner: str | None
    walks: str | None
    each: Each | None
    place: Place
    chain: tuple[Step, ...]


class Write(Struct, frozen=True):
    """A write to the database. `indexes`: those in which an entry comes, goes or moves, or, where it is not `exact`,
    may. `text`: all of it in words."""

    text: str
    table: str | None
    method: str
    indexes: tuple[str, ...]
    exact: bool
    each: Each | None
    place: Place
    chain: tuple[Step, ...]


class Cost(Struct, frozen=True):
    """What a function reads and writes, in words, None where it does not:
    "all rows of `events`, and one query of `tickets` for each"."""

    reads: str | None
    writes: str | None


class Call(Struct, frozen=True):
    """A function that another one names. `by`: "runQuery", "runAfter", ..., or "reference"."""

    path: str
    by: str


class ClientCall(Struct, frozen=True):
    """A place around the backend that names a function. `by`: the hook or method that takes it ("useQuery"), None where
    that is not known."""

    by: str | None
    place: Place


class Function(Struct, frozen=True):
    """A registered function. `path`: "messages:list", None while it is not exported. `kind`: "query", "mutation",
    "action", "httpAction". `visibility`: "public", "internal", None for HTTP actions. `args`, `returns`: as TypeScript
    writes them, None where they are not declared. `access`: None where nobody is asked who calls.
    `standing`: None for an internal function. `clients`: where programs around the backend name it."""

    path: str | None
    kind: str
    visibility: str | None
    builder: str
    runtime: str
    place: Place
    args: str | None
    returns: str | None
    access: AccessCheck | None
    standing: Standing | None
    effects: tuple[Effect, ...]
    reads: tuple[Read, ...]
    writes: tuple[Write, ...]
    cost: Cost
    calls: tuple[Call, ...]
    clients: tuple[ClientCall, ...] = ()


class Cron(Struct, frozen=True):
    name: str | None
    method: str
    schedule: str | None
    function: str | None
    place: Place


class Route(Struct, frozen=True):
    """An HTTP route. `clients`: requests of the repository that surely ask it, by their method."""

    method: str | None
    path: str | None
    prefix: bool
    function: str | None
    place: Place
    clients: tuple[ClientCall, ...] = ()


class Reference(Struct, frozen=True):
    """A use of `api.a.b`, `internal.a.b` or of a function's name, in the function `origin`. `status`: "function",
    "other", "missing", "unknown"."""

    root: str
    to: str
    use: str | None
    status: str
    place: Place
    origin: str | None = field(name="from", default=None)


class Schema(Struct, frozen=True):
    """`complete`: every table is known; else `gaps` says why not."""

    present: bool
    complete: bool
    gaps: tuple[str, ...]


class Program(Struct, frozen=True):
    """A Convex project as convexlint understands it: what `convexlint model --output-format json` prints."""

    functions_dir: str
    component: bool
    convex_version: str | None
    modules: tuple[str, ...]
    schema: Schema
    tables: tuple[Table, ...]
    functions: tuple[Function, ...]
    crons: tuple[Cron, ...]
    routes: tuple[Route, ...]
    references: tuple[Reference, ...]

    @classmethod
    def load(cls, path: str | os.PathLike[str] = ".", settings: Settings | None = None) -> Program:
        """The one project at `path`. Raises what `lint` does, and ValueError where there are several."""
        found = cls.load_all(path, settings)
        if len(found) != 1:
            names = ", ".join(program.functions_dir for program in found)
            raise ValueError(f"there are {len(found)} Convex projects at {os.fspath(path)}: {names}")
        return found[0]

    @classmethod
    def load_all(cls, paths: Paths = ".", settings: Settings | None = None) -> tuple[Program, ...]:
        """Every project at `paths`, by functions folder. Raises what `lint` does."""
        from convexlint.reports.model.description import describe

        cwd = Path.cwd().as_posix()
        request = (settings or Settings()).request(paths)
        return tuple(msgspec.convert(describe(one, cwd), cls) for one in programs(request))

    def table(self, name: str) -> Table | None:
        """The table of that name."""
        return next((table for table in self.tables if table.name == name), None)

    def function(self, path: str) -> Function | None:
        """The function of that path ("messages:list")."""
        return next((function for function in self.functions if function.path == path), None)

    def callers(self, path: str) -> tuple[Reference, ...]:
        """The references to a function."""
        return tuple(reference for reference in self.references if reference.to == path)


def _listed(paths: Paths) -> tuple[str, ...]:
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return tuple(os.fspath(path) for path in paths)
