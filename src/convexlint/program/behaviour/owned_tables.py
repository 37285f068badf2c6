"""Tables whose rows are somebody's, by the field that says whose."""

from __future__ import annotations

import re

from convexlint.program.model import Table
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import (
    IdValidator,
    ObjectValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

# Whose a row is.
_OWNER = re.compile(
    r"(user|owner|account|profile|author|creator|uploader|sender|"
    r"clerk_?user|auth_?user|external_?user|app_?user|clerk|auth)(_?id|_?sub|_?identifier)?|"
    r"(created|uploaded|posted|owned|submitted)_?by(_?(user_?)?id)?|token_?identifier|owner_?(email|token)",
    re.IGNORECASE,
)
# Whose a row is alone, and not who made it.
_OWNS = re.compile(r"(user|owner|account|profile)(_?id)?", re.IGNORECASE)
_ID_NAME = re.compile(r"[a-z](_id|Id)$")
_PEOPLE = re.compile(r"^_?(users?|accounts?|members?|profiles?|user_?profiles?)$", re.IGNORECASE)


@query
def owner_fields(program: Program, table: str) -> tuple[str, ...]:
    """The fields of a table that say whose a row is, as the schema has them; ("_id",) for a table of the people who
    sign in, () where no field does."""
    found = program.schema.tables.get(table)
    if found is None:
        return ()
    if _PEOPLE.match(table) and _is_signed_in(found):
        return ("_id",)
    return tuple(
        name
        for shape in _shapes(found.validator)
        for name, field in shape.fields.items()
        if _OWNER.fullmatch(name) and _names_somebody(field.validator)
    )


class ParentOwner(Struct, frozen=True):
    """Rows belong to the row of `table` that their `field` names, whose `owner` says whose that is."""

    field: str
    table: str
    owner: str


@query
def parent_owner(program: Program, table: str) -> ParentOwner | None:
    """Whose the rows of a table are that say it only through the row they belong to: `task.projectId` and
    `project.ownerId`. None where several rows would, or where the row may belong to none."""
    found = program.schema.tables.get(table)
    if found is None or owner_fields(program, table) or not isinstance(found.validator, ObjectValidator):
        return None
    parents = []
    for name, field in found.validator.fields.items():
        validator = field.validator
        if not isinstance(validator, IdValidator) or validator.table in (None, table, "_storage"):
            continue
        owners = [one for one in owner_fields(program, validator.table or "") if _OWNS.fullmatch(one)]
        if owners and not field.optional:
            parents.append(ParentOwner(name, validator.table or "", owners[0]))
        else:
            return None  # it stands between two
    return parents[0] if len(parents) == 1 else None


@query
def referred_tables(program: Program, table: str) -> frozenset[str]:
    """The tables whose ids a table's own fields hold."""
    found = program.schema.tables.get(table)
    shapes = _shapes(found.validator) if found is not None else ()
    ids = (
        inner for shape in shapes for field in shape.fields.values() for inner in _members(field.validator)
    )
    return frozenset(one.table for one in ids if isinstance(one, IdValidator) and one.table is not None)


@query
def linked_tables(program: Program, table: str) -> dict[str, str | None]:
    """The fields by which a table's rows belong to others, with the tables whose ids they hold: None for a text that by
    its name is an id. Files are not among them."""
    found = program.schema.tables.get(table)
    links: dict[str, str | None] = {}
    for shape in _shapes(found.validator) if found is not None else ():
        for name, field in shape.fields.items():
            for one in _members(field.validator):
                if isinstance(one, IdValidator) and one.table != "_storage":
                    links[name] = one.table
                elif one == ScalarValidator("string") and _ID_NAME.search(name):
                    links.setdefault(name, None)
    return links


def _members(validator: Validator) -> tuple[Validator, ...]:
    return validator.members if isinstance(validator, UnionValidator) else (validator,)


def _shapes(validator: Validator) -> tuple[ObjectValidator, ...]:
    if isinstance(validator, ObjectValidator):
        return (validator,)
    if isinstance(validator, UnionValidator):
        return tuple(shape for member in validator.members for shape in _shapes(member))
    return ()


def _is_signed_in(table: Table) -> bool:
    names = {name.lower().replace("_", "") for shape in _shapes(table.validator) for name in shape.fields}
    return bool(
        names & {"email", "tokenidentifier", "clerkid", "clerkuserid", "externalid", "authid", "userid"}
    )


def _names_somebody(validator: Validator) -> bool:
    """Whether a field holds an id of somebody, or a text that does."""
    if isinstance(validator, UnionValidator):
        return any(map(_names_somebody, validator.members))
    if isinstance(validator, IdValidator):
        return validator.table is None or _PEOPLE.match(validator.table) is not None
    return isinstance(validator, ScalarValidator) and validator.kind == "string"
