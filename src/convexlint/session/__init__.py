"""One run, from paths to findings and fixes: what the cli, editors and tests call."""

from convexlint.git import GitError
from convexlint.session.contract import (
    Baselined,
    Fixed,
    InternalError,
    Left,
    NoProjectError,
    Outcome,
    Overrides,
    PathError,
    Reason,
    Request,
    Suppressing,
    Unsuppressed,
)
from convexlint.session.run import check, programs

__all__ = [
    "Baselined",
    "Fixed",
    "GitError",
    "InternalError",
    "Left",
    "NoProjectError",
    "Outcome",
    "Overrides",
    "PathError",
    "Reason",
    "Request",
    "Suppressing",
    "Unsuppressed",
    "check",
    "programs",
]
