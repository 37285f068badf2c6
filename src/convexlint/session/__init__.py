"""One run, from paths to findings and fixes: what the cli, editors and tests call."""

from convexlint.session.contract import (
    Fixed,
    InternalError,
    NoProjectError,
    Outcome,
    Overrides,
    PathError,
    Refused,
    Request,
)
from convexlint.session.run import check, programs

__all__ = [
    "Fixed",
    "InternalError",
    "NoProjectError",
    "Outcome",
    "Overrides",
    "PathError",
    "Refused",
    "Request",
    "check",
    "programs",
]
