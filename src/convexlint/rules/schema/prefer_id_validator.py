"""A string that holds a document's id says so with `v.id`: Convex and TypeScript then check the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass

from convexlint.findings import Category, Finding, Fix, Level, Related, Span, Suggestion
from convexlint.program.behaviour.identity import reads_identity
from convexlint.program.places.callings import all_references_to
from convexlint.program.places.handed_schemas import is_schema_handed_out
from convexlint.program.places.id_uses import IdUse, id_uses
from convexlint.program.places.validator_sites import validator_fields, validator_sites
from convexlint.program.places.validator_uses import ELEMENT, VALUE, ValidatorSite, ValidatorUse
from convexlint.program.program import Program
from convexlint.program.validators import (
    ArrayValidator,
    IdValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule

# Ids of these tables' rows are easily confused with those of an identity provider.
_PEOPLE = frozenset(
    (
        *(
            "users",
            "user",
            "members",
            "accounts",
            "profiles",
            "people",
            "persons",
            "sessions",
            "organizations",
        ),
        *(
            "customers",
            "clients",
            "buyers",
            "sellers",
            "students",
            "teachers",
            "creators",
            "authors",
            "owners",
        ),
        *("subscribers", "contacts", "employees", "patients", "admins", "teams", "subscriptions", "payments"),
    )
)
_USERS = ("users", "user")
# Names for ids of several tables.
_GENERIC = frozenset(
    {"content", "target", "entity", "resource", "item", "object", "document", "external", "ref"}
)
_FOREIGN = (
    "clerk",
    "external",
    "auth",
    "token",
    "workos",
    "subject",
    "provider",
    "stytch",
    "firebase",
    "supabase",
)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The table whose ids a string holds, and the use that shows it (None: its name does)."""

    table: str
    use: IdUse | None


@rule(category=Category.SCHEMA, level=Level.INFO, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    if not program.schema.tables:
        return
    uses: dict[tuple[object, str], list[IdUse]] = {}
    stored: dict[tuple[str, str], set[str | None]] = {}
    for found in id_uses(program):
        if found.kind == "stored":
            stored.setdefault((found.owner or "", found.name), set()).add(found.table)
            continue
        uses.setdefault((found.function or found.owner, found.name), []).append(found)
    schema = _Schema(program)
    for site in validator_sites(program):
        if site.method != "string" or _is_either(site):
            continue
        for use in site.uses:
            evidence = _evidence(schema, use, uses)
            if evidence is not None and use.role == "schema" and is_schema_handed_out(program):
                continue  # a package writes those fields, in its own way
            if evidence is not None:
                compiles = _compiles(program, use, evidence.table, stored)
                yield _finding(site, use, evidence, compiles)
                break


def _is_either(site: ValidatorSite) -> bool:
    """`v.union(v.id("t"), v.string())` is meant as it is written, and so are objects of which one holds an id in the
    field and another one a string."""
    names = {use.path[-1] for use in site.uses if use.path}
    parent, field = site.parent, False
    while parent is not None and parent.method in ("union", "optional", "object"):
        if parent.method == "object":
            if field:
                return False
            field = True
        elif parent.method == "union":
            for part in parent.parts:
                if _holds_id(part.validator, names if field else frozenset()):
                    return True
        parent = parent.parent
    return False


def _holds_id(validator: Validator | None, names: Set[str]) -> bool:
    """Whether an id may stand there, or in one of the fields `names` where any are given."""
    if isinstance(validator, UnionValidator):
        return any(_holds_id(member, names) for member in validator.members)
    if names and isinstance(validator, ObjectValidator):
        return any(
            _holds_id(validator.fields[n].validator, frozenset()) for n in names if n in validator.fields
        )
    return isinstance(validator, IdValidator) and not names


def _members(validator: Validator | None) -> tuple[Validator | None, ...]:
    return validator.members if isinstance(validator, UnionValidator) else (validator,)


def _fields(whole: Validator) -> Iterator[tuple[str, Validator, bool]]:
    """The fields of a table, nested ones included, with their validators; whether documents have them themselves."""
    seen: set[int] = set()
    pending: list[tuple[Validator, bool]] = [(whole, True)]
    while pending:
        validator, is_top = pending.pop()
        if isinstance(validator, UnionValidator):
            pending += [(member, is_top) for member in validator.members]
        elif isinstance(validator, ArrayValidator):
            pending.append((validator.element, False))
        elif isinstance(validator, RecordValidator):
            pending.append((validator.value, False))
        elif isinstance(validator, ObjectValidator) and id(validator) not in seen:
            seen.add(id(validator))
            for key, field in validator.fields.items():
                yield key, field.validator, is_top
                pending.append((field.validator, False))


class _Schema:
    """What the schema says about names: read once."""

    def __init__(self, program: Program) -> None:
        self.tables = program.schema.tables
        self.fields: dict[str, set[str]] = {}
        """The names of each table's fields, nested ones included, in lower case."""
        self.foreign: set[str] = set()
        """Tables that keep ids of an identity provider, which other tables may hold too."""
        self.ids: dict[tuple[object, str], set[str]] = {}
        """The top fields of a table, or arguments of a function, that hold ids of a table."""
        self.declared: Counter[tuple[str, str]] = Counter()
        """How often fields are declared, by name and table of their ids ("" = a string)."""
        self.reads_identity = reads_identity(program)
        for field in validator_fields(program):
            if field.use.role == "args" and len(field.use.path) == 1:
                self._note_ids(field.use.function, field.key, field.validator)
        for name, table in self.tables.items():
            if table.module is not None:
                self._read(name, table.validator)

    def _read(self, table: str, whole: Validator) -> None:
        """Take in the fields of a table."""
        names = self.fields.setdefault(table, set())
        for key, validator, is_top in _fields(whole):
            names.add(key.lower())
            if is_top:
                self._note_ids(table, key, validator)
                if any(word in key.lower() for word in _FOREIGN):
                    self.foreign.add(table)
            for member in _members(validator):
                if isinstance(member, IdValidator) and member.table is not None:
                    self.declared[key, member.table] += 1
                elif member == ScalarValidator("string"):
                    self.declared[key, ""] += 1

    def _note_ids(self, home: object, key: str, validator: Validator | None) -> None:
        for member in _members(validator):
            if isinstance(member, IdValidator) and member.table is not None:
                self.ids.setdefault((home, member.table), set()).add(key)

    def table_named(self, stem: str) -> str | None:
        """The table that `channel` names: `channels`, `channel`."""
        candidates = [stem, stem + "s", stem + "es"]
        if stem.endswith("y"):
            candidates.append(stem[:-1] + "ies")
        return next((c for c in candidates if c in self.tables), None)

    def has_beside(self, use: ValidatorUse, name: str, table: str) -> bool:
        """Whether the same object holds an id of the table in another field: the string is then the id that some other
        system gave it."""
        home = use.table or use.function
        return any(other != name for other in self.ids.get((home, table), ()))

    def says_id(self, name: str, table: str, role: str) -> bool:
        """Whether a string named `name` surely holds ids of `table`, which it is named after."""
        if any(field.endswith(name.lower()) for field in self.fields.get(table, ())):
            return False  # `posts.postId`, `posts.cmsPostId`: the id of another system, and so may it be elsewhere
        ids, strings = self.declared[name, table], self.declared[name, ""]
        if role == "args":
            return ids > 0 and not strings and table not in _PEOPLE
        if table not in _PEOPLE:
            return True
        if table in self.foreign or self.reads_identity:
            return table in _USERS and ids > 0 and ids >= strings
        return table in _USERS


def _evidence(
    schema: _Schema, use: ValidatorUse, uses: dict[tuple[object, str], list[IdUse]]
) -> _Evidence | None:
    """Why the string is an id, by its use or by its name."""
    if use.role == "returns" or len(use.path) != 1 or ELEMENT in use.path or VALUE in use.path:
        return None
    name = use.path[0]
    stem = _stem(name)
    if stem is None:
        return None
    known = uses.get((use.function or use.table, name), [])
    if any(found.kind in ("normalize", "text") for found in known):
        return None
    named = schema.table_named(stem)
    keys = {found.table for found in known if found.kind == "key"}
    known = [found for found in known if found.kind == "id"]
    if keys & {*(found.table for found in known), named}:
        return None  # `users` are looked up by it as their `clerkId`
    if known:
        tables = {found.table or named for found in known}
        table = next(iter(tables)) if len(tables) == 1 else None
        return _Evidence(table, known[0]) if table is not None and table in schema.tables else None
    if named is None or not schema.says_id(name, named, use.role) or schema.has_beside(use, name, named):
        return None
    if use.function is not None and any(not schema.ids.get((table, named)) for table in keys):
        return None  # held against a row that has no id of that table: an id of another system
    return _Evidence(named, None)


def _stem(name: str) -> str | None:
    """What an id's name names: `channel` of `channelId` and `channel_id`; None for other names."""
    stem = name[:-3] if name.endswith("_id") else name[:-2] if name.endswith("Id") else ""
    return None if stem in _GENERIC else stem or None


def _compiles(
    program: Program,
    use: ValidatorUse,
    table: str,
    stored: dict[tuple[str, str], set[str | None]],
) -> bool:
    """Whether every value that TypeScript compares with the new type is known to be an id of `table`: what is
    written into the field, or handed over by callers, which only functions that nobody calls are known not to have."""
    if use.function is not None:
        return all_references_to(program, use.function) == ()
    name = use.path[0]
    places = [(owner, key) for owner in (use.table or "", "") for key in (name, "")]
    return all(stored.get(place, set()) <= {table} for place in places)


def _finding(site: ValidatorSite, use: ValidatorUse, evidence: _Evidence, compiles: bool) -> Finding:
    module = site.module
    wanted = f"v.id({quoted(module, evidence.table)})"
    fix = None
    suggestions: tuple[Suggestion, ...] = ()
    if site.dotted and len(site.uses) == 1:
        edit = replace(
            module,
            Span(site.place.span.start, site.call_span.end),
            f"id({quoted(module, evidence.table)})",
        )
        because = (
            f"what is not an id of `{evidence.table}` is then refused, also in documents that are stored"
        )
        title = f"validate it as an id of `{evidence.table}`"
        if compiles:
            fix = Fix.unsafe(title, edit, because=because)
        else:
            because += ", and code that gives it any string does not compile"
            suggestions = (Suggestion(title, (edit,), because),)
    how = "names a document"
    related: tuple[Related, ...] = ()
    if evidence.use is not None:
        how = "is used as the id of a document"
        place = evidence.use.place
        related = (Related(place.module.path, place.span, "used as an id here"),)
    return Finding.at(
        site.place,
        f"{use.text} {how} of `{evidence.table}`, and any string passes",
        help=f"declare it as `{wanted}`: Convex then refuses ids of other tables, and TypeScript knows them apart",
        function=use.function.path if use.function else None,
        related=related,
        fix=fix,
        suggestions=suggestions,
    )
