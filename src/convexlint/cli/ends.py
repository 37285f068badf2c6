"""How a command ends: the exit statuses, and words for what convexlint itself failed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.cli import progress
from convexlint.cli.output import complain

if TYPE_CHECKING:
    from convexlint.defects import Defect


OK = 0
"""Nothing to report."""
FOUND = 1
"""Something to report."""
FAILED = 2
"""The run itself failed."""
INTERRUPTED = 130
"""Ctrl-C."""


def tell_defect(defect: Defect) -> None:
    """Say what convexlint failed at, and that the report holds the rest."""
    from convexlint.discovery.listing import relative

    at = f" at {relative(defect.path, '.')}" if defect.path else ""
    project = relative(defect.project, ".")
    complain(
        f"internal error in stage {defect.stage!r}{at} (project {project}): {defect.message}",
        "this is a defect of convexlint or of a rule of your own; the rest of the report stands; please report it",
    )


def internal_error(error: Exception, words: str, verbose: bool) -> int:
    """Say that convexlint itself is broken, in which stage, and how to report it; returns the exit status."""
    if verbose:
        import traceback

        traceback.print_exception(error)
    stage = progress.last_stage()
    during = f" in stage {stage!r}" if stage else ""
    complain(
        f"internal error{during}: {words}",
        "this is a defect of convexlint, not of your code; please report it with the output of the same "
        "command and --verbose",
    )
    return FAILED
