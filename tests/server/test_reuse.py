"""What is kept of a file while others change is what a fresh look at it says.

`CONVEXLINT_REUSE_EDITS` sets how many edits are made on each project, `CONVEXLINT_REUSE_SEED` which ones,
`CONVEXLINT_REUSE_PROJECT` adds folders.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="the extra `server` is not installed")

from convexlint.config.settings import Overrides
from convexlint.findings import Diagnostic
from convexlint.server import knowledge as knowledge_module
from convexlint.server.buffers import Buffer
from convexlint.server.knowledge import Knowledge
from convexlint.server.moments import Aim, Moment
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import NO_COMPARISON, Request
from convexlint.session.files import Files
from convexlint.session.run import open_projects
from tests.session.test_focus import FIXTURES, edited

EDITS = int(os.environ.get("CONVEXLINT_REUSE_EDITS", "12"))
SEED = int(os.environ.get("CONVEXLINT_REUSE_SEED", "11"))
FOLDERS = [FIXTURES / name / "broken" for name in ("notes", "ppr-academy", "turbokit")]
FOLDERS += [Path(folder) for folder in os.environ.get("CONVEXLINT_REUSE_PROJECT", "").split(",") if folder]
ALL = Overrides(extend_select=("all",))


def fresh(folder: Path, contents: dict[str, bytes], path: str) -> list[Diagnostic]:
    """What a process that knows nothing yet finds in one file, with these contents in the place of those on disk."""
    request = Request((folder.as_posix(),), ALL, unsaved=tuple(contents), jobs=1, against=NO_COMPARISON)
    (workspace,) = open_projects(request, Stopwatch(None))
    linted = workspace.lint(Files(contents), frozenset({path}))
    return [one for one in linted.judgement.diagnostics if one.finding.path == path]


@pytest.mark.parametrize(
    "late", [knowledge_module.LATE_SECONDS, 0.0], ids=["slow rules late", "all rules late"]
)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_what_is_kept_is_what_a_fresh_look_says(
    folder: Path, late: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge_module, "LATE_SECONDS", late)
    project = tmp_path.resolve() / "project"
    left_out = shutil.ignore_patterns("node_modules", ".git", "*.png", "*.mp3", "*.svg")
    shutil.copytree(folder, project, ignore=left_out)
    luck = random.Random(SEED)
    paths = sorted(
        path.as_posix()
        for path in (project / "convex").rglob("*.ts")
        if "_generated" not in path.parts and ".test." not in path.name
    )
    knowledge = Knowledge(lambda number: False)
    knowledge.aim(Aim((project.as_posix(),), ALL, quick=0))
    opened = luck.sample(paths, min(8, len(paths)))
    original = {path: Path(path).read_bytes() for path in opened}
    contents = dict(original)
    kept = compared = 0
    for number in range(1, EDITS + 1):
        typed = luck.choice(opened)
        before = contents[typed]
        contents[typed] = original[typed] if luck.random() < 0.2 else edited(before, luck)
        buffers = {p: Buffer(Path(p).as_uri(), p, number, c) for p, c in contents.items()}
        moment = Moment(number, buffers)
        for one in knowledge.look(moment).diagnostics.get(typed, ()):
            assert one.finding.span.end <= len(contents[typed]), f"edit {number} of {typed}"
        (warm,) = knowledge._warm.values()
        held = sorted(path for path in opened if warm.kept.get(path) is not None and path != typed)
        kept += len(held)
        while knowledge.look_on(moment) is not None:
            pass
        assert not warm.waiting
        # What was made anew is fresh: what was kept, and one of the others, is compared.
        for path in (*luck.sample(held, min(2, len(held))), typed):
            there = warm.kept.get(path)
            assert there is not None
            compared += 1
            assert list(there.diagnostics) == fresh(project, contents, path), (
                f"edit {number} of {typed}: {path}"
            )
    assert compared > EDITS
    if EDITS > 10:
        assert kept > EDITS / 4, "hardly anything is ever kept"
