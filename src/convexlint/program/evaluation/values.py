"""What an expression can be known to be: the value types of the evaluator.

`UNKNOWN` is always allowed and never guessed: a union with an unknown member is unknown. Equality is
structural for plain data (Id, Doc, scalars) and by identity of the code behind it for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from convexlint.facts.ir import Expr, Object
from convexlint.program.model import Value as Value
from convexlint.structs import Struct, field

if TYPE_CHECKING:
    from convexlint.program.model import FunctionKind, Module, QueryState, RegisteredFunction, Visibility
    from convexlint.program.validators import FieldValidator, Validator

ScalarKind = Literal[
    "string",
    "number",
    "boolean",
    "bigint",
    "bytes",
    "null",
    "undefined",
    "void",
    "date",
    "view",
    "url",
    "falsy",
]


class Unknown(Value, frozen=True):
    """Nothing is known."""


UNKNOWN = Unknown()


class Scalar(Value, frozen=True, gc=False):
    """A value of a kind; "date", "url": an object of class Date, of URL, "view": of Uint8Array, Buffer and their like,
    which look at bytes; "falsy": see `FALSY`."""

    kind: ScalarKind


NULL = Scalar("null")
UNDEFINED = Scalar("undefined")
VOID = Scalar("void")
STRING = Scalar("string")
NUMBER = Scalar("number")
BOOLEAN = Scalar("boolean")
FALSY = Scalar("falsy")  # the left side of `a && b` when it decides: null, "", 0, or false
NOTHING = frozenset({NULL, UNDEFINED, VOID, FALSY})


class Lit(Value, frozen=True, eq=False, gc=False):
    """A literal string, number or boolean. `declared`: by a validator or a type, so it is all that may stand there;
    a literal that merely happens to be written widens to its scalar where TypeScript would widen it. It makes no
    difference between values."""

    value: str | float | bool
    declared: bool = False

    def __eq__(self, other: object) -> bool:
        return type(other) is Lit and self.value == other.value

    def __ne__(self, other: object) -> bool:  # a Struct's own does not ask `__eq__`
        return type(other) is not Lit or self.value != other.value

    def __hash__(self) -> int:
        return hash(self.value)


class IdOf(Value, frozen=True, gc=False):
    """`Id<"table">`."""

    table: str


class DocOf(Value, frozen=True, gc=False):
    """A whole document of a table, as read."""

    table: str


class Fields(Value, frozen=True):
    """An object with known entries (name, value, optional). `open`: it may have others. `table`: the fields are those
    of its documents, as the schema declares them, or some of them. `anys`: what the validator says that they were
    read off, by name, of entries that hold a `v.any()` outside of every object in them."""

    entries: tuple[tuple[str, Value, bool], ...]
    open: bool = False
    table: str | None = None
    anys: tuple[tuple[str, FieldValidator], ...] = ()

    def get(self, name: str) -> tuple[Value, bool] | None:
        for key, value, optional in self.entries:
            if key == name:
                return value, optional
        return None


class ObjectLiteral(Value, frozen=True, eq=False):
    """An object literal, evaluated member by member when asked."""

    module: Module
    expr: Object
    frame: Frame | None


class Patched(Value, frozen=True, eq=False):
    """An object literal in a variable into which is written later: `o.name = value`, `o[key] = value` (name
    None), `Object.assign(o, value)` (name "*")."""

    base: ObjectLiteral
    writes: tuple[tuple[str | None, Expr], ...]


class Spread(Value, frozen=True, eq=False):
    """What a spread brings of one name. `closed`: where `found` is None, there is surely none."""

    found: Value | None
    closed: bool


class Merged(Value, frozen=True, eq=False):
    """`{...a, ...b}` made by code we know (a custom ctx): later parts win."""

    parts: tuple[Value, ...]


class ListOf(Value, frozen=True):
    """An array; `items` for tuples of known length."""

    element: Value
    items: tuple[Value, ...] | None = None


EMPTY_LIST = ListOf(UNKNOWN, ())
"""`[]`: says nothing about what else may be in the place of it."""


class RecordOf(Value, frozen=True):
    """An object by its keys: all of one kind, or, where the keys are literals, one entry for each of them."""

    key: Value
    value: Value

    def names(self) -> tuple[str, ...] | None:
        """The names of the entries where a type lists them."""
        found = [
            m for m in members(self.key) if isinstance(m, Lit) and m.declared and isinstance(m.value, str)
        ]
        return tuple(str(m.value) for m in found) if len(found) == len(members(self.key)) else None


class MapOf(Value, frozen=True):
    key: Value
    value: Value


class SetOf(Value, frozen=True):
    element: Value


class OneOf(Value, frozen=True):
    """A union; build with `one_of`."""

    members: tuple[Value, ...]


class PromiseOf(Value, frozen=True):
    value: Value


class PageOf(Value, frozen=True):
    """The result of `.paginate`."""

    element: Value


class QueryOf(Value, frozen=True, eq=False):
    """A database query in a certain state."""

    state: QueryState


class Stream(Value, frozen=True):
    """A stream or paginator of convex-helpers, or a query of one: it yields `element`s. It has no
    `QueryState`, since the limits of database queries do not hold for it."""

    element: Value = UNKNOWN
    table: str | None = None


class Frame(Struct, frozen=True, eq=False):
    """Arguments of one call, for evaluating a function's body as called there (generic helpers)."""

    module: Module
    index: int
    args: tuple[Value, ...]
    types: dict[str, Value]
    depth: int
    memo: dict[Any, Value] = field(default_factory=dict)


class Closure(Value, frozen=True):
    """A function of the project. `this` is the instance for methods."""

    module: Module
    index: int
    this: Value | None = None
    frame: Frame | None = None


class FunctionType(Value, frozen=True, eq=False):
    """A value known only by its function type: a callback parameter."""

    module: Module
    type: Any
    env: dict[str, Value]


class ClassOf(Value, frozen=True):
    module: Module
    index: int


class Instance(Value, frozen=True):
    """`types`: values of the class's type parameters, in order."""

    module: Module
    index: int
    types: tuple[Value, ...] = ()


class CtxOf(Value, frozen=True):
    """A function context. kind: query, mutation, action, httpAction, workflow, any. `extras`: what custom
    builders add, outermost last."""

    kind: str
    extras: tuple[Value, ...] = ()


class Part(Value, frozen=True, gc=False):
    """A member of ctx with methods. name: db, system, auth, storage, scheduler, meta, table (`db.table("t")`,
    with the table's name in `table`).

    `certain` is False where only the name says so (a parameter `ctx: any`). `takes`: the methods whose types
    the project wrote by hand, each with the number of arguments that it takes at most."""

    name: str
    certain: bool = True
    table: str | None = None
    takes: tuple[tuple[str, int], ...] = ()


class Bound(Value, frozen=True):
    """A method of a value whose behaviour is built in: `ctx.db.get`, `list.map`, `q.eq`."""

    receiver: Value
    name: str


class External(Value, frozen=True, gc=False):
    """Something of a package, by the path of members: External("convex/server", ("defineTable",)).
    Generated modules are packages "_generated/server", "_generated/api", "_generated/dataModel"."""

    package: str
    path: tuple[str, ...] = ()


class ExternalResult(Value, frozen=True, eq=False):
    """What calling (or constructing) an `External` gave, with the call, for factories of known packages."""

    source: External
    module: Module
    args: tuple[Expr, ...]
    frame: Frame | None
    path: tuple[str, ...] = ()


class ModuleOf(Value, frozen=True):
    """`import * as ns`."""

    module: Module


class Global(Value, frozen=True, gc=False):
    """A global name or a member of one: Global("Date.now")."""

    name: str


class RefPath(Value, frozen=True, gc=False):
    """`api.a.b`: root api | internal | components, and the members so far."""

    root: str
    parts: tuple[str, ...]


class RefName(Value, frozen=True):
    """A function reference by string: makeFunctionReference("a:b")."""

    name: str


class ValidatorOf(Value, frozen=True, eq=False):
    """A validator; `zod`: a zod type that says the same."""

    validator: Validator
    optional: bool = False
    zod: bool = False


class RangeBuilder(Value, frozen=True):
    """`q` of withIndex / withSearchIndex, or the result of one of its methods."""

    table: str | None


class FilterBuilder(Value, frozen=True):
    """`q` of `.filter` on a query."""

    table: str | None


class TableDef(Value, frozen=True, eq=False):
    """A `defineTable(...)` value: the chain's calls in order (facts), innermost first, with their module. `shape`: the
    expression of what its documents hold. `chained`: `.index(...)` may follow `root` in the source."""

    validator: Validator
    calls: tuple[tuple[Module, Any], ...]
    root: tuple[Module, Any]
    shape: Any = None
    chained: bool = True


class SchemaOf(Value, frozen=True, eq=False):
    """A `defineSchema(...)` value."""

    module: Module
    call: Any


class BuilderOf(Value, frozen=True, eq=False):
    """Something that registers functions. `customizations`: innermost first."""

    kind: FunctionKind
    visibility: Visibility
    custom: bool = False
    customizations: tuple[Value, ...] = ()
    authenticated: bool = False


class RegisteredOf(Value, frozen=True, eq=False):
    function: RegisteredFunction


class MadeFunction(Value, frozen=True, eq=False):
    """A function that a package made: kind "" when not known."""

    kind: FunctionKind
    visibility: Visibility


FEW = 8
"""So many members of a union are compared with each other; of more a set is made."""

MAX_LITERALS = 200
"""Literals of one kind in a union that nobody declared; of more their kind says enough."""


def one_of(values: Iterable[Value]) -> Value:
    """The union: flattened, without repeats; unknown if any member is unknown."""
    seen: list[Value] = []
    known: set[Value] | None = None
    for value in values:
        for member in value.members if isinstance(value, OneOf) else (value,):
            if member is UNKNOWN:
                return UNKNOWN
            if known is not None:
                if member not in known:
                    known.add(member)
                    seen.append(member)
            elif member not in seen:
                seen.append(member)
                if len(seen) > FEW:
                    known = set(seen)
    if not seen:
        return UNKNOWN
    if len(seen) > MAX_LITERALS:
        seen = _widened(seen)
    if len(seen) > 1 and EMPTY_LIST in seen and any(isinstance(v, ListOf) and v != EMPTY_LIST for v in seen):
        seen.remove(EMPTY_LIST)  # `found ?? []` holds what `found` holds
    return seen[0] if len(seen) == 1 else OneOf(tuple(seen))


def _widened(seen: list[Value]) -> list[Value]:
    """Very many literals of one kind as that kind, but for those that are declared."""
    for kind, scalar in ((str, STRING), (float, NUMBER)):
        plain = [m for m in seen if type(m) is Lit and type(m.value) is kind and not m.declared]
        if len(plain) > MAX_LITERALS:
            gone = set(map(id, plain))
            seen = [m for m in seen if id(m) not in gone and m != scalar]
            seen.append(scalar)
    return seen


def members(value: Value) -> tuple[Value, ...]:
    return value.members if isinstance(value, OneOf) else (value,)


_ABSENT = frozenset({"null", "undefined", "void", "falsy"})


def present(value: Value) -> Value:
    """Without null, undefined and void: what a member access or a checked use can see."""
    if type(value) is not OneOf:
        return value
    kept = [m for m in value.members if not _is_absent(m)]
    if not kept or len(kept) == len(value.members):
        return value
    return kept[0] if len(kept) == 1 else OneOf(tuple(kept))


def _is_absent(value: Value) -> bool:
    """Whether it is one of `NOTHING`, or a literal that no test lets through."""
    if type(value) is Scalar:
        return value.kind in _ABSENT
    return type(value) is Lit and not value.value


def id_table(value: Value) -> str | None:
    """The one table that an id value belongs to, else None."""
    tables = {m.table if isinstance(m, IdOf) else None for m in members(present(value))}
    return next(iter(tables)) if len(tables) == 1 else None


def mixes_tables(value: Value) -> bool:
    """Ids or documents of several tables: which one may depend on the call."""
    if isinstance(value, (PromiseOf, ListOf)):
        return mixes_tables(value.value if isinstance(value, PromiseOf) else value.element)
    return len({m.table for m in members(value) if isinstance(m, (IdOf, DocOf))}) > 1


def unwrap(value: Value) -> Value:
    """What `await` gives."""
    if isinstance(value, PromiseOf):
        return unwrap(value.value)
    members_ = members(value)
    if any(isinstance(m, PromiseOf) for m in members_):
        return one_of([unwrap(m) for m in members_])
    return value


def is_vague(value: Value) -> bool:
    """Unknown at its heart: knowing the wrapper alone helps nobody."""
    if value is UNKNOWN or isinstance(value, Unknown):
        return True
    if isinstance(value, PromiseOf):
        return is_vague(value.value)
    if isinstance(value, ListOf):
        return is_vague(value.element)
    return False


def has_table(value: Value) -> bool:
    return any(isinstance(m, (IdOf, DocOf)) for m in members(value))
