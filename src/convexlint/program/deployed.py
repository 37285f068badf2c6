"""What is deployed, as far as a change can break it: schema, functions and routes of an earlier revision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from convexlint.program.model import FunctionKind, IndexKind
from convexlint.program.validators import Validator
from convexlint.structs import Struct

Queue = Literal["scheduler", "cron", ""]


class OldIndex(Struct, frozen=True):
    """See `model.IndexDef`."""

    name: str
    kind: IndexKind
    fields: tuple[str, ...] | None


class OldTable(Struct, frozen=True, eq=False):
    """A table of the earlier revision. `indexes_known`: it has no other indexes."""

    name: str
    validator: Validator
    indexes: tuple[OldIndex, ...]
    indexes_known: bool = True

    def index(self, name: str) -> OldIndex | None:
        return next((one for one in self.indexes if one.name == name), None)


class OldFunction(Struct, frozen=True, eq=False):
    """A registered function of the earlier revision.

    `args`, `returns`: None where it declares none. `args_known`, `returns_known`: they could be read. `queued`:
    "scheduler" where a scheduled job which waits now may call it later, "cron" where crons alone name it, which a push
    replaces (docs/convex.md 14.3), else "". `module`: the absolute path of its
    file.
    """

    path: str
    kind: FunctionKind
    visibility: str
    args: Validator | None
    args_known: bool
    returns: Validator | None
    returns_known: bool
    queued: Queue
    module: str


class Deployed(Struct, frozen=True, eq=False):
    """An earlier revision. `revision`: its name as the user gave it. `present`: it has a schema; `complete`: every
    table of it is known; `validation`: documents are checked against it. `routes`: "POST /mail" of each HTTP route.
    `schema_known`, `functions_known`: False where it says nothing of them."""

    revision: str
    present: bool
    complete: bool
    validation: bool
    tables: Mapping[str, OldTable]
    functions: Mapping[str, OldFunction]
    routes: frozenset[str]
    schema_known: bool = True
    functions_known: bool = True
