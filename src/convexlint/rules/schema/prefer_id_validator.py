"""A string that holds a document's id says so with `v.id`: Convex and TypeScript then check the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.findings import Category, Finding, Fix, Level, Related, Span
from convexlint.program.editing import quoted, replace
from convexlint.program.id_uses import IdUse
from convexlint.program.model import Program
from convexlint.program.validator_sites import ELEMENT, VALUE, ValidatorSite, ValidatorUse
from convexlint.program.validators import IdValidator, ScalarValidator, UnionValidator
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
    tables = program.schema.tables
    if not tables:
        return
    uses: dict[tuple[object, str], list[IdUse]] = {}
    for found in program.id_uses:
        uses.setdefault((found.function or found.owner, found.name), []).append(found)
    declared = _declared(program)
    for site in program.validator_sites:
        if site.method != "string" or not site.place.module.reported or _is_either(site):
            continue
        for use in site.uses:
            evidence = _evidence(program, use, uses, declared)
            if evidence is not None:
                yield _finding(site, use, evidence)
                break


def _is_either(site: ValidatorSite) -> bool:
    """`v.union(v.id("t"), v.string())` is meant as it is written."""
    parent = site.parent
    return (
        parent is not None
        and parent.method == "union"
        and any(isinstance(part.validator, IdValidator) for part in parent.parts)
    )


def _declared(program: Program) -> Counter[tuple[str, str]]:
    """How often fields of tables are declared, by name and table of their ids ("" = a string)."""
    found: Counter[tuple[str, str]] = Counter()
    for field in program.validator_fields:
        if field.use.role == "schema" and field.validator is not None:
            inner = field.validator
            members = inner.members if isinstance(inner, UnionValidator) else (inner,)
            for member in members:
                if isinstance(member, IdValidator) and member.table is not None:
                    found[field.key, member.table] += 1
                elif member == ScalarValidator("string"):
                    found[field.key, ""] += 1
    return found


def _evidence(
    program: Program,
    use: ValidatorUse,
    uses: dict[tuple[object, str], list[IdUse]],
    declared: Counter[tuple[str, str]],
) -> _Evidence | None:
    """Why the string is an id, by its use or by its name."""
    if use.role == "returns" or len(use.path) != 1 or ELEMENT in use.path or VALUE in use.path:
        return None
    name = use.path[0]
    stem = _stem(name)
    if stem is None:
        return None
    known = uses.get((use.function or use.table, name), [])
    if any(found.kind == "normalize" for found in known):
        return None
    named = _table_named(program, stem)
    tables = {found.table or named for found in known}
    if known:
        table = next(iter(tables)) if len(tables) == 1 else None
        return _Evidence(table, known[0]) if table in program.schema.tables and table is not None else None
    if named is None or _has_own(program, named, name):
        return None
    ids, strings = declared[name, named], declared[name, ""]
    if use.role == "args":
        agreed = ids > 0 and not strings and named not in _PEOPLE
    elif named not in _PEOPLE:
        agreed = True
    elif _knows_foreign_ids(program, named) or program.identity_reads:
        agreed = named in _USERS and ids > 0 and ids >= strings
    else:
        agreed = named in _USERS
    return _Evidence(named, None) if agreed else None


def _stem(name: str) -> str | None:
    """What an id's name names: `channel` of `channelId` and `channel_id`; None for other names."""
    stem = name[:-3] if name.endswith("_id") else name[:-2] if name.endswith("Id") else ""
    return None if stem in _GENERIC else stem or None


def _has_own(program: Program, table: str, name: str) -> bool:
    """`posts.postId`: the table keeps an id of another system under that name, and so may others."""
    return any(
        field.use.role == "schema" and field.use.table == table and field.key == name
        for field in program.validator_fields
    )


def _table_named(program: Program, stem: str) -> str | None:
    """The table that `channel` names: `channels`, `channel`."""
    candidates = [stem, stem + "s", stem + "es"]
    if stem.endswith("y"):
        candidates.append(stem[:-1] + "ies")
    return next((c for c in candidates if c in program.schema.tables), None)


def _knows_foreign_ids(program: Program, table: str) -> bool:
    """The table keeps the ids of an identity provider, which other tables may hold too."""
    return any(
        field.use.table == table
        and len(field.use.path) == 1
        and any(word in field.key.lower() for word in _FOREIGN)
        for field in program.validator_fields
        if field.use.role == "schema"
    )


def _finding(site: ValidatorSite, use: ValidatorUse, evidence: _Evidence) -> Finding:
    module = site.place.module
    wanted = f"v.id({quoted(module, evidence.table)})"
    fix = None
    if site.dotted and len(site.uses) == 1:
        edit = replace(
            module,
            Span(site.place.span.start, site.call_span.end),
            f"id({quoted(module, evidence.table)})",
        )
        because = (
            f"what is not an id of `{evidence.table}` is then refused, also in documents that are stored"
        )
        fix = Fix.unsafe(f"validate it as an id of `{evidence.table}`", edit, because=because)
    how = "names a document"
    related: tuple[Related, ...] = ()
    if evidence.use is not None:
        how = "is used as the id of a document"
        place = evidence.use.place
        related = (Related(place.module.path, place.span, "used as an id here"),)
    return Finding(
        path=module.path,
        span=site.place.span,
        message=f"{use.text} {how} of `{evidence.table}`, and any string passes",
        help=f"declare it as `{wanted}`: Convex then refuses ids of other tables, and TypeScript knows them apart",
        function=use.function.path if use.function else None,
        related=related,
        fix=fix,
    )
