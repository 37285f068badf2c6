"""What the program knows of a table, field, index or function, in words."""

from __future__ import annotations

from convexlint.program.behaviour.access import access_of
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.convex.types_text import object_fields, type_text
from convexlint.program.model import AccessCheck, IndexDef, RegisteredFunction, Table
from convexlint.program.places.elsewhere import call_at
from convexlint.program.places.references import references_to
from convexlint.program.program import Program

MOST_LISTED = 40
_DEEDS = {
    "schedule": "schedules",
    "run-query": "runs queries",
    "run-mutation": "runs mutations",
    "run-action": "runs actions",
    "storage-read": "reads files",
    "storage-write": "writes files",
    "network": "calls the network",
    "vector-search": "searches vectors",
    "clock": "reads the clock",
    "random": "draws random numbers",
}
_CHECKS = {
    "ctx.auth": "checks `ctx.auth`",
    "builder": "checked by its builder",
    "configured": "checked by a configured function",
    "helper": "checked by a helper",
    "secret": "checks a secret",
    "session": "checks a session",
}


def of_table(table: Table) -> str:
    """A table in markdown: its fields with their types, its indexes."""
    fields = [
        f"  {name}{'?' if optional else ''}: {type_text(validator)},"
        for name, (validator, optional) in object_fields(table.validator).items()
    ]
    left_out = len(fields) - MOST_LISTED
    if left_out > 0:
        fields = [*fields[:MOST_LISTED], f"  // and {left_out} more"]
    body = "\n".join(["{", *fields, "}"]) if fields else type_text(table.validator)
    parts = [f"table `{table.name}`{_origin(table)}", f"```typescript\n{body}\n```"]
    if table.indexes:
        parts.append("\n".join(f"- {_index_line(index)}" for index in table.indexes))
    elif table.indexes_known:
        parts.append("no indexes")
    return "\n\n".join(parts)


def of_index(index: IndexDef) -> str:
    """An index in markdown."""
    words = {"database": "index", "search": "search index", "vector": "vector index"}[index.kind]
    parts = [f"{words} `{index.name}` of table `{index.table}`"]
    if index.fields is None:
        parts.append("its fields are not known")
    elif index.kind == "database":
        parts.append(f"on {_names(index.fields)}, then `_creationTime`")
        parts.append("`.eq` on its fields in this order, then one range; rows come in this order")
    else:
        first, *rest = index.fields or ("?",)
        parts.append(f"searches `{first}`" + (f", filters by {_names(tuple(rest))}" if rest else ""))
    if index.staged:
        parts.append("staged: queries cannot use it yet")
    return "\n\n".join(parts)


def of_field(table: Table, name: str) -> str | None:
    """A field of a table in markdown; None where the table has no such field."""
    found = object_fields(table.validator).get(name)
    if found is None:
        return None
    validator, optional = found
    parts = [
        f"field of table `{table.name}`",
        f"```typescript\n{name}{'?' if optional else ''}: {type_text(validator)}\n```",
    ]
    begun = [index for index in table.indexes if index.fields and index.fields[0] == name]
    others = [index for index in table.indexes if index.fields and name in index.fields[1:]]
    if begun:
        parts.append(f"first in {_names(tuple(index.name for index in begun))}")
    if others:
        parts.append(f"later in {_names(tuple(index.name for index in others))}")
    if not begun and not others:
        parts.append("in no index")
    return "\n\n".join(parts)


def of_function(program: Program, function: RegisteredFunction) -> str:
    """A registered function in markdown: kind, arguments, results, access, effects, callers."""
    name = function.path or function.export
    arguments = _declared(function.args.state, type_text(function.args.validator))
    signature = f"{kind_of(function)} {name}(args: {arguments})"
    if function.returns.state == "declared":
        signature += f": {type_text(function.returns.validator)}"
    parts = [f"```typescript\n{signature}\n```", access_in_words(program, function)]
    deeds = effects_in_words(program, function)
    if deeds:
        parts.append("; ".join(deeds))
    if function.path is None:
        parts.append("not exported: for Convex it does not exist")
    else:
        count = len(references_to(program, function))
        parts.append(f"{count} reference{'' if count == 1 else 's'} in the backend")
    return "\n\n".join(parts)


def kind_of(function: RegisteredFunction) -> str:
    """ "internal mutation", "public query", "HTTP action"."""
    kind = "HTTP action" if function.kind == "httpAction" else function.kind
    return f"{function.visibility} {kind}".strip()


def access_in_words(program: Program, function: RegisteredFunction) -> str:
    """Who may call it, as far as the program sees."""
    if function.visibility == "internal":
        return "internal: no client can call it"
    check: AccessCheck | None = access_of(program, function)
    if check is None:
        return "no access check"
    return f"{_CHECKS.get(check.how, f'checked: {check.how}')} ({standing_of(program, function).level})"


def effects_in_words(program: Program, function: RegisteredFunction) -> list[str]:
    """What it does, helpers included: tables read and written, then the other deeds, each once."""
    tables: dict[str, dict[str, None]] = {"reads": {}, "writes": {}}
    others: dict[str, None] = {}
    for effect in effects_of(program, function):
        if effect.kind in ("db-read", "db-write"):
            call = call_at(program, effect.place)
            table = None if call is None else call.table or call.id_table
            tables["writes" if effect.kind == "db-write" else "reads"][table or "a table"] = None
        elif effect.kind in _DEEDS:
            others[_DEEDS[effect.kind]] = None
    deeds = [
        f"{verb} {_names(tuple(name for name in some if name != 'a table')) or 'a table'}"
        for verb, some in tables.items()
        if some
    ]
    return [*deeds, *others]


def _declared(state: str, text: str) -> str:
    return {"declared": text, "missing": "any"}.get(state, "unknown")


def _index_line(index: IndexDef) -> str:
    fields = "?" if index.fields is None else ", ".join(index.fields)
    kind = "" if index.kind == "database" else f" ({index.kind})"
    return f"`{index.name}`: {fields}{kind}"


def _origin(table: Table) -> str:
    return "" if table.origin == "schema" else f", of {table.origin}"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
