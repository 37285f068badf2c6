"""What is deployed, as Convex itself tells it: the JSON of `npx convex function-spec --file`, and of a schema that is
exported (`SchemaDefinition.export()`, which is what a push sends). One file may hold both."""

from __future__ import annotations

from typing import Any

from convexlint.program.convex.types_json import read_json_type
from convexlint.program.deployed import Deployed, OldFunction, OldIndex, OldTable
from convexlint.program.model import FunctionKind, IndexKind
from convexlint.program.validators import AnyValidator, Validator

_KINDS: dict[str, FunctionKind] = {"Query": "query", "Mutation": "mutation", "Action": "action"}
_INDEXES: tuple[tuple[str, IndexKind, str | None], ...] = (
    ("indexes", "database", None),
    ("stagedDbIndexes", "database", None),
    ("searchIndexes", "search", "searchField"),
    ("stagedSearchIndexes", "search", "searchField"),
    ("vectorIndexes", "vector", "vectorField"),
    ("stagedVectorIndexes", "vector", "vectorField"),
)


def read_spec(data: Any, revision: str, files: dict[str, str], folder: str) -> Deployed:
    """What it says. `files`: the path of each module of today, by its name. Raises ValueError, KeyError, TypeError,
    AttributeError where it is not of that form."""
    listed, tables = data.get("functions"), data.get("tables")
    functions: dict[str, OldFunction] = {}
    routes = set()
    for one in listed or ():
        if one["functionType"] == "HttpAction":
            routes.add(f"{one['method']} {one['path']}")
        elif one["functionType"] in _KINDS:
            function = _function(one, files, folder)
            functions[function.path] = function
    return Deployed(
        revision=revision,
        present=tables is not None,
        complete=True,
        validation=data.get("schemaValidation") is not False,
        tables={one["tableName"]: _table(one) for one in tables or ()},
        functions=functions,
        routes=frozenset(routes),
        schema_known=tables is not None,
        functions_known=listed is not None,
    )


def _function(data: Any, files: dict[str, str], folder: str) -> OldFunction:
    name, _, export = data["identifier"].partition(":")
    name = name.removesuffix(".js")
    args, returns = _declared(data.get("args")), _declared(data.get("returns"))
    return OldFunction(
        path=f"{name}:{export or 'default'}",
        kind=_KINDS[data["functionType"]],
        visibility=data["visibility"]["kind"],
        args=args,
        args_known=args is not None,
        returns=returns,
        returns_known=returns is not None,
        queued="",
        module=files.get(name, f"{folder}/{name}.ts"),
    )


def _declared(data: Any) -> Validator | None:
    """None where none is declared, which Convex writes as `any`."""
    found = read_json_type(data) if data is not None else None
    return None if isinstance(found, AnyValidator) else found


def _table(data: Any) -> OldTable:
    indexes = []
    for key, kind, first in _INDEXES:
        for one in data.get(key) or ():
            if first is None:
                fields = tuple(name for name in one["fields"] if name != "_creationTime")
            else:
                fields = (one[first], *(one.get("filterFields") or ()))
            indexes.append(OldIndex(one["indexDescriptor"], kind, fields))
    documents = data.get("documentType")
    validator = AnyValidator() if documents is None else read_json_type(documents)
    return OldTable(data["tableName"], validator, tuple(indexes))
