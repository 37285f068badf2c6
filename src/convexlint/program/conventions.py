"""What a project's own habits are: counts, so that a config can make the majority the rule."""

from __future__ import annotations

from collections import Counter

from convexlint.facts import ir
from convexlint.program.behaviour.access import access_of
from convexlint.program.convex.naming import STYLES, names_its_fields
from convexlint.program.model import RegisteredFunction
from convexlint.program.places.references import references
from convexlint.program.places.sites import database_calls
from convexlint.program.program import Program
from convexlint.structs import Struct


class Share(Struct, frozen=True):
    """`count` of `total`."""

    count: int
    total: int

    @property
    def most(self) -> bool:
        """More than half (an empty total is not a majority)."""
        return self.count * 2 > self.total

    def __str__(self) -> str:
        percent = round(100 * self.count / self.total) if self.total else 0
        return f"{self.count} of {self.total} ({percent}%)"


class IndexHabit(Struct, frozen=True):
    """How database indexes are named. `style`: (prefix, separator) of the exact form that fits most names, with its
    share; `any_form`: names that list all fields in some form; `first`: that name at least the first."""

    style: tuple[str, str]
    exact: Share
    any_form: Share
    first: Share


class Builder(Struct, frozen=True):
    """A custom builder in use. `known`: inference sees what it builds."""

    name: str
    uses: int
    kind: str
    visibility: str
    authenticated: bool
    known: bool


class Conventions(Struct, frozen=True):
    """Counts over one program; see the fields' names. Helpers are the functions in which identity is asked for."""

    indexes: IndexHabit
    args_public: Share
    args_all: Share
    returns_public: Share
    returns_all: Share
    table_names: Share
    access: Share
    access_helpers: tuple[tuple[str, int], ...]
    builders: tuple[Builder, ...]
    public_calls_from_server: Share


def detect(program: Program) -> Conventions:
    """Read the habits of a program; what lies in modules that are not reported on does not count."""
    functions = [
        f for f in program.functions if f.module.reported and f.kind != "httpAction" and f.syntax != "made"
    ]
    public = [f for f in functions if f.is_public]
    return Conventions(
        indexes=_indexes(program),
        args_public=_declared(public, "args"),
        args_all=_declared(functions, "args"),
        returns_public=_declared(public, "returns"),
        returns_all=_declared(functions, "returns"),
        table_names=_table_names(program),
        access=Share(sum(access_of(program, f) is not None for f in public), len(public)),
        access_helpers=_access_helpers(program, public),
        builders=_builders(program),
        public_calls_from_server=_server_calls(program),
    )


def _declared(functions: list[RegisteredFunction], what: str) -> Share:
    states = [(f.args if what == "args" else f.returns).state for f in functions]
    return Share(states.count("declared"), len(states) - states.count("unknown"))


def _indexes(program: Program) -> IndexHabit:
    named = [
        (index.name, index.fields)
        for table in program.schema.tables.values()
        if table.origin == "schema"
        for index in table.indexes
        if index.kind == "database" and index.fields
    ]
    total = len(named)

    def share(prefix: str, separator: str, casing: str, scope: str) -> Share:
        fits = (
            names_its_fields(name, fields, prefix=prefix, separator=separator, casing=casing, scope=scope)
            for name, fields in named
        )
        return Share(sum(fits), total)

    exact = {
        (s.prefix, s.separator): share(s.prefix, s.separator, "exact", "all")
        for s in STYLES
        if s.casing == "exact"
    }
    best = max(exact, key=lambda style: exact[style].count)
    return IndexHabit(
        best, exact[best], share("any", "any", "any", "all"), share("any", "any", "any", "first")
    )


def _table_names(program: Program) -> Share:
    calls = [
        c
        for c in database_calls(program)
        if c.method in ("get", "patch", "replace", "delete") and not c.system and c.place.module.reported
    ]
    return Share(sum(c.explicit for c in calls), len(calls))


def _access_helpers(program: Program, public: list[RegisteredFunction]) -> tuple[tuple[str, int], ...]:
    """The named functions in which public functions' checks stand, most used first."""
    names: Counter[str] = Counter()
    for function in public:
        check = access_of(program, function)
        if check is None or check.place.inside is not None:
            continue
        facts = check.place.module.facts.functions
        owner = check.place.owner
        while owner > 0 and not facts[owner].name:
            owner = facts[owner].parent
        if owner > 0:
            names[facts[owner].name] += 1
    return tuple(sorted(names.items(), key=lambda item: (-item[1], item[0])))


def _builders(program: Program) -> tuple[Builder, ...]:
    uses: Counter[str] = Counter()
    first: dict[str, RegisteredFunction] = {}
    for function in program.functions:
        if function.custom and function.module.reported:
            uses[function.builder] += 1
            first.setdefault(function.builder, function)
    known = [
        Builder(name, uses[name], f.kind, f.visibility, f.authenticated or _all_checked(program, name), True)
        for name, f in sorted(first.items())
    ]
    return (*known, *_unseen_builders(program))


def _all_checked(program: Program, builder: str) -> bool:
    built = [f for f in program.functions if f.builder == builder and f.custom]
    checks = [access_of(program, f) for f in built]
    return bool(built) and all(c is not None and c.how == "builder" for c in checks)


def _unseen_builders(program: Program) -> list[Builder]:
    """Exported calls that look like a registration (`x({ handler })`) and are none that the model knows."""
    registered = {(f.module.path, f.call_span.start) for f in program.functions}
    uses: Counter[str] = Counter()
    for module in program.reported:
        exported = {e.binding for e in module.facts.exports if e.kind == "local"}
        for statement in module.facts.functions[0].body:
            if not isinstance(statement, ir.Declare) or not isinstance(statement.pattern, ir.BindName):
                continue
            call = statement.init
            if statement.pattern.ref not in exported or not isinstance(call, ir.Call):
                continue
            if not isinstance(call.callee, ir.Name) or (module.path, call.start) in registered:
                continue
            config = call.args[0] if call.args else None
            if isinstance(config, ir.Object) and any(p.key == "handler" for p in config.props):
                uses[call.callee.name] += 1
    return [Builder(name, count, "", "", False, False) for name, count in sorted(uses.items())]


def _server_calls(program: Program) -> Share:
    """References from the server to public functions, of all references it runs or schedules."""
    used = [
        r for r in references(program) if r.use and r.root in ("api", "internal") and r.place.module.reported
    ]
    return Share(sum(r.root == "api" for r in used), len(used))
