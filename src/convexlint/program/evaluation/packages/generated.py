"""The files in `_generated/`, which are packages to the program: `server` has the builders (convex-facts 2.1)."""

from __future__ import annotations

from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.values import BuilderOf

BUILDERS: dict[str, BuilderOf] = {
    "query": BuilderOf("query", "public"),
    "mutation": BuilderOf("mutation", "public"),
    "action": BuilderOf("action", "public"),
    "internalQuery": BuilderOf("query", "internal"),
    "internalMutation": BuilderOf("mutation", "internal"),
    "internalAction": BuilderOf("action", "internal"),
    "httpAction": BuilderOf("httpAction", ""),
}
"""The official builders by the names that `_generated/server` exports them under."""

PACKAGE = Package(
    ("_generated",),
    constants={("_generated/server", (name,)): builder for name, builder in BUILDERS.items()},
)
