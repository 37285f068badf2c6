"""convexlint: a linter for Convex backends that models the whole program.

`lint`, `fix`, `report`, `Program` and `Settings` are the Python API (`convexlint.api`), imported when somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convexlint.api import Program, Settings, fix, lint, report

__version__ = "0.1.0"
__all__ = ["Program", "Settings", "__version__", "fix", "lint", "report"]


def __getattr__(name: str) -> object:
    if name in ("Program", "Settings", "fix", "lint", "report"):
        from convexlint import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
