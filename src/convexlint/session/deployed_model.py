"""What is deployed, as the JSON of `convexlint model` tells it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from convexlint.program.convex.types_read import read_type
from convexlint.program.deployed import Deployed, OldFunction, OldIndex, OldTable, Queue
from convexlint.program.evolution.snapshot import queues
from convexlint.program.validators import FieldValidator, ObjectValidator, Validator


def read_model(model: Any, revision: str, folder: str) -> Deployed:
    """What it says; `folder`: the functions folder of today. Raises ValueError, KeyError, TypeError, AttributeError."""
    schema = model["schema"]
    queued = queues((one["to"], one["use"]) for one in model["references"])
    return Deployed(
        revision=revision,
        present=schema["present"],
        complete=schema["complete"],
        validation=schema.get("validation", True),
        tables={one["name"]: _table(one) for one in model["tables"]},
        functions={
            one["path"]: _function(one, queued.get(one["path"], ""), folder)
            for one in model["functions"]
            if one["path"] is not None
        },
        routes=frozenset(
            f"{one['method']} {one['path']}{'*' if one['prefix'] else ''}"
            for one in model["routes"]
            if one["method"] and one["path"]
        ),
    )


def _table(table: Any) -> OldTable:
    indexes = tuple(
        OldIndex(one["name"], one["kind"], None if one["fields"] is None else tuple(one["fields"]))
        for one in table["indexes"]
    )
    if "type" in table:
        return OldTable(table["name"], read_type(table["type"]), indexes)
    fields = {
        one["name"]: FieldValidator(read_type(one["type"]), bool(one["optional"])) for one in table["fields"]
    }
    return OldTable(table["name"], ObjectValidator(fields, True), indexes)


def _function(function: Any, queued: Queue, folder: str) -> OldFunction:
    name = function["path"].partition(":")[0]
    args, args_known = _declared(function["args"])
    returns, returns_known = _declared(function["returns"])
    return OldFunction(
        path=function["path"],
        kind=function["kind"],
        visibility=function["visibility"],
        args=args,
        args_known=args_known,
        returns=returns,
        returns_known=returns_known,
        queued=queued,
        module=f"{folder}/{name}{PurePosixPath(function['place']['path']).suffix}",
    )


def _declared(text: str | None) -> tuple[Validator | None, bool]:
    return (None, True) if text is None else (read_type(text), True)
