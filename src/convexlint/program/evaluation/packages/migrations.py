"""@convex-dev/migrations, and the older ones of convex-helpers (convex-facts 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.values import UNKNOWN, CtxOf, DocOf, Lit, ObjectLiteral, Value

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


def _migrate_one(ev: Evaluator, module: Module, config: ir.Object) -> tuple[Value, ...]:
    """`migrations.define({ table: "t", migrateOne: async (ctx, doc) => ... })`."""
    table = ev.member(ObjectLiteral(module, config, None), "table")
    doc = DocOf(table.value) if isinstance(table, Lit) and isinstance(table.value, str) else UNKNOWN
    return CtxOf("mutation"), doc


PACKAGE = Package(
    ("@convex-dev/migrations", "convex-helpers/server/migrations"),
    properties={
        ("Migrations", "define", "migrateOne"): _migrate_one,
        ("makeMigration", "", "migrateOne"): _migrate_one,
    },
    makes={
        "Migrations.define()": ("mutation", "internal"),
        "Migrations.runner()": ("mutation", "internal"),
        "makeMigration.()": ("mutation", "internal"),
    },
)
