"""The words of the program: what modules, tables, functions and places are.

Everything here is frozen data that knows nothing of how it is found. Spans are byte ranges in `module.source`. Queries
give places by module path and start, so rules can yield in order without sorting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from convexlint.discovery.project import Role
from convexlint.facts.ir import Atom, Cast, Expr, Head, Member, ModuleFacts, Name, Number, Object, Text
from convexlint.facts.lowered import Lowered, TextQuestion
from convexlint.findings import Span
from convexlint.program.validators import Validator
from convexlint.structs import Struct

FunctionKind = Literal["query", "mutation", "action", "httpAction", ""]
FunctionSyntax = Literal["object", "bare", "config", "made"]
DeclarationState = Literal["declared", "missing", "unknown"]
ReferenceStatus = Literal["function", "other", "missing", "unknown"]
Visibility = Literal["public", "internal", ""]
IndexKind = Literal["database", "search", "vector"]
EffectKind = Literal[
    "db-read",
    "db-write",
    "auth",
    "schedule",
    "run-query",
    "run-mutation",
    "run-action",
    "storage-read",
    "storage-write",
    "network",
    "timer",
    "entropy",
    "import",
    "clock",
    "random",
    "vector-search",
    "node",
]
PromiseKind = Literal[
    "ctx",
    "query",
    "helper",
    "package",
    "all",
    "each",
    "forEach",
    "chain",
    "component",
    "ents",
    "tested",
    "read",
    "predicate",
]


class Value(Struct, frozen=True):
    """What an expression may hold; the kinds of values are in `evaluation.values`."""


class Module(Struct, frozen=True, eq=False):
    """One source file of the program. `name` is its path in the functions folder without extension ("a/b"),
    the absolute path for files outside of it. `reported`: findings may stand here. `node`: has "use node".

    `head` is there at once, `facts` are read when somebody asks. Who wants to know of many modules whether their text
    holds something asks `holds`; asking for `source` or `facts` reads the module (`Lowered`), and what it makes
    of it holds as long as the module does not change. `content`: the source, for those who make no findings of it."""

    path: str
    name: str
    role: Role
    reported: bool
    node: bool
    content: bytes
    lowered: Lowered

    @property
    def source(self) -> bytes:
        self.lowered.is_read = True
        return self.content

    def holds(self, question: TextQuestion) -> bool:
        """Whether the source holds the word or the pattern."""
        return self.lowered.holds(question, self.content)

    @property
    def head(self) -> Head:
        return self.lowered.head

    @property
    def facts(self) -> ModuleFacts:
        return self.lowered.facts()

    def text(self, span: Span) -> str:
        """The source of `span`, decoded (undecodable bytes become replacement characters)."""
        return self.source[span.start : span.end].decode("utf-8", "replace")


class FunctionRef(Struct, frozen=True, eq=False):
    """A function of some module: `module.facts.functions[index]`."""

    module: Module
    index: int


# -------------------------------------------------------------------------------------------------- schema


class IndexDef(Struct, frozen=True, eq=False):
    """One index. kind: "database", "search", "vector". `fields` None = not statically known (for search and
    vector indexes: the search/vector field first, then the filter fields). `name_span` is the name's string
    literal with quotes; `call_span` runs from the dot of `.index` to the closing parenthesis, so deleting it
    deletes the index. `fields_span`: the array literal's span, None if there is none. `field_spans`: where each of
    `fields` is written, () unless all are literals there. `dimensions`: of a vector index, None = not known."""

    table: str
    name: str
    kind: IndexKind
    fields: tuple[str, ...] | None
    staged: bool
    module: Module
    name_span: Span
    call_span: Span
    fields_span: Span | None
    field_spans: tuple[Span, ...] = ()
    dimensions: float | None = None


class Table(Struct, frozen=True, eq=False):
    """A table of the schema. `validator`: ObjectValidator, UnionValidator of objects, AnyValidator, or
    UnknownValidator. `origin`: "schema", or the package that brought it ("@convex-dev/auth").
    `module`/`name_span` tell where its name stands (None for package tables). `indexes_known`: no dynamic
    index was met."""

    name: str
    validator: Validator
    indexes: tuple[IndexDef, ...]
    indexes_known: bool
    origin: str
    module: Module | None
    name_span: Span | None

    def index(self, name: str) -> IndexDef | None:
        return next((i for i in self.indexes if i.name == name), None)


class LooseTable(Struct, frozen=True, eq=False):
    """A `defineTable(...)` chain that is written somewhere, also when it never reaches the schema: the
    official no-duplicate-indexes rule looks at each."""

    indexes: tuple[IndexDef, ...]
    module: Module
    span: Span


class Schema(Struct, frozen=True, eq=False):
    """`present`: a schema file exists. `complete`: every table is known; else `gaps` says why (one text each)
    and rules about unknown tables stay silent. `strict_names`: not `strictTableNameTypes: false`."""

    present: bool
    complete: bool
    strict_names: bool
    validation: bool
    module: Module | None
    tables: Mapping[str, Table]
    gaps: tuple[str, ...]
    definitions: tuple[LooseTable, ...]


# ----------------------------------------------------------------------------------------------- functions


class Declaration(Struct, frozen=True, eq=False):
    """The `args` or `returns` of a registered function.

    state: "declared", "missing", or "unknown" (a spread or variable that could not be followed).
    `by_spread`: it comes through a spread or a whole config variable. `span`: its value where written here.
    """

    state: DeclarationState
    validator: Validator | None
    by_spread: bool
    span: Span | None


class RegisteredFunction(Struct, frozen=True, eq=False):
    """A Convex function.

    kind: query, mutation, action, httpAction. visibility: public, internal ("" for httpAction). `path`:
    "messages:list", None when not exported (it then does not exist for Convex). `syntax`: "object"
    (`query({...})`), "bare" (`query(async ...)`, also by reference), "config" (`query(variable)`), "made" (by
    a package or factory: no validators of its own). `builder`: name as written (`query`, `authedQuery`),
    standing at `builder_span`. `custom`: not one of the official builders. `authenticated`: the builder's
    customization decides access. `owner_function`: index of the facts function in which the registration
    stands (0 = top). `config`: the config object literal as facts, where there is one. `customizations` (of
    custom builders, innermost first) and `wrapper` (the handler that a wrapper function of the project
    registers around this one) run before the handler.
    """

    module: Module
    export: str
    path: str | None
    kind: FunctionKind
    visibility: Visibility
    syntax: FunctionSyntax
    builder: str
    builder_span: Span
    call_span: Span
    custom: bool
    authenticated: bool
    args: Declaration
    returns: Declaration
    handler: FunctionRef | None
    owner_function: int = 0
    config: Object | None = None
    customizations: tuple[Value, ...] = ()
    wrapper: FunctionRef | None = None

    @property
    def is_public(self) -> bool:
        return self.visibility == "public"

    @property
    def export_span(self) -> Span:
        """The name that exports it where that is written in its module; else the name of its builder."""
        for export in self.module.facts.exports:
            if export.name == self.export and export.kind == "local":
                return Span(export.start, export.end)
        return self.builder_span

    @property
    def place(self) -> Place:
        """Where it is registered: the name of its builder."""
        return Place(self.module, self.builder_span, self.owner_function, self)


# ----------------------------------------------------------------------------------------- places in code


class Place(Struct, frozen=True, eq=False, gc=False):
    """Where something stands: module, span, and the facts function around it (`owner`, 0 = module level).

    `inside`: the registered function whose handler lexically contains it, else None (helpers)."""

    module: Module
    span: Span
    owner: int
    inside: RegisteredFunction | None


class DatabaseCall(Struct, frozen=True, eq=False, gc=False):
    """`ctx.db.get(...)` and friends, whatever the receiver is called.

    method: get, insert, patch, replace, delete, normalizeId, query. `place.span` is the method's name;
    `db_span` the expression that is the database (`ctx.db`); `call_span` the whole call. `table`: the literal
    table argument, None when there is none or it is dynamic. `explicit`: a table argument is given (by
    count of arguments). `id_table`: the table the id argument is **known** to belong to, else None.
    `id_span`: the id argument. `system`: through `ctx.db.system`. `certain`: the receiver is known to be a
    Convex database (not only named so). `args`: the arguments as facts. `table_variable`: where the table is not known,
    the source of the variable that named it in the read or insert that gave the id. `takes`: how many
    arguments the method takes at most where the project wrote its type by hand.
    """

    place: Place
    method: str
    db_span: Span
    call_span: Span
    table: str | None
    table_span: Span | None
    explicit: bool
    id_table: str | None
    id_span: Span | None
    system: bool
    certain: bool
    args: tuple[Expr, ...]
    table_variable: str | None = None
    takes: int | None = None


class RangePart(Struct, frozen=True, gc=False):
    """One method of an index range: `q.eq("field", value)`. method: eq, gt, gte, lt, lte, search.

    `field` None = dynamic. `span` is the method's name; `call_span` runs from there to the closing
    parenthesis, `field_span` is the field's literal. `value`: the value that the field is compared with, as
    facts."""

    method: str
    field: str | None
    span: Span
    call_span: Span | None = None
    field_span: Span | None = None
    value: Expr | None = None

    @property
    def is_plain(self) -> bool:
        """Whether reading the value does nothing but read: a literal, a name, a member of one."""
        node = self.value
        while isinstance(node, (Member, Cast)):
            node = node.object if isinstance(node, Member) else node.value
        return isinstance(node, (Name, Text, Number, Atom))


class QueryState(Struct, frozen=True, eq=False, gc=False):
    """What is known of a query before a step. `table` None = dynamic. `index`: name, "" none, None dynamic.
    `index_kind`: "", "database", "search". `range`: the parts in written order, None when the callback
    cannot be read; () without a callback. `ordered`, `filters` (count). `module`/`start`: the `.query(...)`
    call. `trail`: keys of the steps so far (`QueryStep.key`), oldest first."""

    table: str | None
    module: Module
    start: Span
    index: str | None = ""
    index_kind: str = ""
    range: tuple[RangePart, ...] | None = ()
    ordered: bool = False
    filters: int = 0
    trail: tuple[int, ...] = ()


class QueryStep(Struct, eq=False, gc=False):
    """One method call on a database query: withIndex, withSearchIndex, fullTableScan, order, filter, collect,
    take, first, unique, paginate; or "for await" over it; or another name that queries do not have.

    `place.span` is the method's name, `call_span` the whole call up to its closing parenthesis; `step_span`
    runs from the dot to the closing parenthesis. `before`: the possible states (several after conditional
    building). `consumers`: names of the consumers that queries which took this step end in (empty: not known
    or none; "?" when it escapes). `is_cast`: the query was cast before this step. `index_span`: the index
    name's string literal for withIndex/withSearchIndex, `range` what their callback says (None when it cannot
    be read, () without one).
    """

    place: Place
    method: str
    call_span: Span
    step_span: Span
    before: tuple[QueryState, ...]
    args: tuple[Expr, ...]
    index_name: str | None
    index_span: Span | None
    consumers: frozenset[str] = frozenset()
    key: int = 0
    is_cast: bool = False
    range: tuple[RangePart, ...] | None = ()

    @property
    def table(self) -> str | None:
        """The table, if all states agree on one."""
        names = {s.table for s in self.before}
        return next(iter(names)) if len(names) == 1 else None


class Reference(Struct, frozen=True, eq=False, gc=False):
    """A use of `api.a.b`, `internal.a.b`, or a function's name in a string.

    root: "api", "internal", "components", "string". `path`: "a/b:f" (None for components and unknown depth).
    `place.span`: the whole reference; `root_span`: the identifier `api`/`internal`, or what the module imports
    it as (None when it came through a variable). `target`: the function; `status`: "function" (target set),
    "other" (an export that may be a function of a package or factory), "missing", "unknown".
    `use`: "runQuery", "runMutation", "runAction", "runAfter", "runAt", "cron", or "" for any other use.
    `call_span`: the call that takes it when `use` is set; `args`: that call's arguments for the function. `parts`: of
    one that is written out, the members behind its root.
    """

    place: Place
    root: str
    path: str | None
    root_span: Span | None
    target: RegisteredFunction | None
    status: ReferenceStatus
    use: str
    call_span: Span | None
    args: Expr | None
    parts: tuple[str, ...] = ()


class CronSetting(Struct, frozen=True):
    """One entry of a job's schedule object: `hourUTC: 4`. `span`: the whole entry. `value`: its number or text, None
    when it is not known."""

    name: str
    span: Span
    value: float | str | None


class CronJob(Struct, frozen=True, eq=False):
    """One `crons.<method>(name, schedule, reference, args)`. method: interval, hourly, daily, weekly, monthly,
    cron. `schedule` is the second argument as facts (None for hourly without). `name` None = dynamic.
    `certain`: the receiver is a `cronJobs()` value (the official top-of-hour rule looks at any receiver).

    `expression`: the text of the schedule, where it is one. `settings`: the entries of the schedule object, None
    where it is none or has entries that are not known. `jobs`: which `cronJobs()` value of the program it joins.
    `always`: it stands under no condition and in no loop."""

    place: Place
    method: str
    call_span: Span
    name: str | None
    schedule: Expr | None
    reference: Expr | None
    certain: bool
    name_span: Span | None = None
    expression: str | None = None
    settings: tuple[CronSetting, ...] | None = None
    jobs: int = -1
    always: bool = False


class Step(Struct, frozen=True, eq=False):
    """A link of a call chain: at `place` something is called; `text` says what ("calls `requireUser`")."""

    place: Place
    text: str


class Effect(Struct, frozen=True, eq=False):
    """Something a function does, directly or through helpers.

    kind: "db-read", "db-write", "auth", "schedule", "run-query", "run-mutation", "run-action",
    "storage-read", "storage-write", "network", "timer", "entropy" (`crypto.subtle` that draws random
    numbers), "import" (a dynamic one), "clock", "random", "vector-search", "node". `what`: as written, short
    ("ctx.db.patch", "fetch").
    `place`: the deed. `chain`: the calls that lead there from the function, outermost first; empty when the
    deed stands in the function itself. `first`: place in the function where it begins (the deed, or the
    outermost call). `guarded`: it runs only where a test of the ctx's own members (`if ("db" in ctx)`) allows
    it. `kept`: it stands in a callback that a package is given, which may run it later, or never.
    """

    kind: EffectKind
    what: str
    place: Place
    chain: tuple[Step, ...]
    guarded: bool = False
    kept: bool = False

    @property
    def first(self) -> Place:
        return self.chain[0].place if self.chain else self.place


class TableMention(Struct, frozen=True, eq=False):
    """A table named outside of database calls: `v.id("t")` (kind "validator"), `Id<"t">` or `Doc<"t">` (kind
    "type"). `place.span`: the string literal. Only tables that the schema does not have are listed. `idle`: no function
    and no table is seen to use the validator."""

    place: Place
    kind: Literal["validator", "type"]
    table: str
    idle: bool = False


class VectorSearch(Struct, frozen=True, eq=False):
    """`ctx.vectorSearch(table, index, options)`. Names are None when dynamic; the spans are the arguments'."""

    place: Place
    table: str | None
    table_span: Span | None
    index_name: str | None
    index_span: Span | None
    options: Expr | None = None


class FloatingPromise(Struct, frozen=True, eq=False):
    """A promise that nothing waits for: an expression statement, or a branch of one.

    `what`: the call as written, short. kind: "ctx" (a deed of ctx), "query" (a consumer), "helper" (a
    function of the project), "package" (of convex/server), "all" (`Promise.all` and relatives), "each" (a
    list of promises), "forEach" (it is given a function that makes promises), "chain" (`.then` of one of these),
    "component" (of a package that is given ctx), "ents" (a lazy one: nothing is done until it is awaited).
    `place.span`: the called name; `call_span`: the whole call. `in_async`: the function around it is async, so that an
    `await` may stand there. `assigned`: a variable gets it that other things are assigned to as well.

    Those that are tested and not waited for have other kinds: "tested" (a condition), "read" (a member is read from
    it), "predicate" (an async function given to the list method `what`). `place.span`: what is tested.
    """

    place: Place
    kind: PromiseKind
    what: str
    call_span: Span
    in_async: bool
    assigned: bool = False


class DirectUse(Struct, frozen=True, eq=False):
    """A registered function that is used as a plain one.

    kind: "call" (`list(ctx, args)`), "runQuery", "runMutation", "runAction", "runAfter", "runAt", "cron" (it
    is given where a reference is due). `place.span`: the function's name as written. Of a call: `call_span`,
    the text of its ctx argument when that is known to be a ctx, and the rest of its arguments.
    """

    place: Place
    kind: str
    function: RegisteredFunction
    call_span: Span
    ctx_span: Span | None
    rest: tuple[Expr, ...]


class StoredId(Struct, frozen=True, eq=False):
    """An id that is written into, or compared with, a field that takes ids of other tables only.

    `table`.`field` takes ids of `expected`; the value at `place.span` is known to be an id of `given`. `how`:
    "insert", "patch", "replace", or the method of an index range ("eq").
    """

    place: Place
    table: str
    field: str
    expected: tuple[str, ...]
    given: str
    how: str


class Note(Struct, frozen=True):
    """Something that could not be followed; the footer counts them. `kind` is a noun phrase
    ("dynamic table name")."""

    kind: str
    path: str
    start: int


class AccessCheck(Struct, frozen=True, eq=False):
    """Why a function counts as checked: `how` ("ctx.auth", "builder", "configured", "helper", "secret", "session": a
    lookup by what the client names a session, "environment": refused in production, "runs": all that it does is to
    run functions that are checked), `place`."""

    how: str
    place: Place
