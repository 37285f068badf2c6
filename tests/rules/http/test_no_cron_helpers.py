"""What a card cannot show of no-cron-helpers: what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.session import Overrides, Request, check

CRONS = """import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";

const crons = cronJobs();
crons.daily("tidy", %s, internal.jobs.tidy);
export default crons;
"""


@pytest.mark.parametrize(
    ("schedule", "fixed"),
    [
        ("{ hourUTC: 4, minuteUTC: 30 }", True),
        ("{ hourUTC: 4, /* half past */ minuteUTC: 30 }", False),
        ("{\n  hourUTC: 4,\n  minuteUTC: 30, // half past\n}", False),
    ],
)
def test_a_comment_in_the_schedule_is_not_lost(tmp_path: Path, schedule: str, fixed: bool) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "crons.ts").write_text(CRONS % schedule)
    only = Overrides(select=("no-cron-helpers",))
    (diagnostic,) = check(Request(paths=(str(tmp_path),), isolated=True, overrides=only)).diagnostics
    assert (diagnostic.finding.fix is not None) is fixed
