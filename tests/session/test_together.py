"""Several projects on several processes: the same findings, the same errors, the same cache as on one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convexlint import forks
from convexlint.findings import Finding, Span
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions
from convexlint.session import Outcome, Request, check, turns
from convexlint.session.files import Files
from convexlint.session.workspace import Workspace
from tests.session.test_sameness import shown
from tests.session.toy import HEAD, toy, watched_forks, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
READ = (
    "export const list = query(async (ctx) => await ctx.db.query('notes').filter((q) => true).collect());\n"
)
OURS = os.getpid()


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fork though the tests may run beside threads; notes each fork."""
    monkeypatch.setattr(turns, "can_fork", lambda: True)
    return watched_forks(monkeypatch, turns)


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    for number in range(12):
        more = READ.replace("list", f"other{number}") * (number % 3)
        write(tmp_path / f"packages/p{number}", {"convex/notes.ts": HEAD + READ + more})
    return tmp_path


def lint(folder: Path, jobs: int, *, cache: Path | None = None, apart: bool = True) -> Outcome:
    return check(
        Request((str(folder),), jobs=jobs, cache_dir=None if cache is None else str(cache)), apart=apart
    )


def only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave all turns to the other process: this one waits until it has taken them."""
    take = forks.Turns.take
    monkeypatch.setattr(forks.Turns, "take", lambda self: None if os.getpid() == OURS else take(self))


@pytest.mark.parametrize("jobs", [2, 3, 20])
def test_the_findings_are_the_same_however_many_work(monorepo: Path, forked: list[int], jobs: int) -> None:
    one, more = lint(monorepo, 1), lint(monorepo, jobs)
    assert len(forked) == min(jobs, turns.MOST_PROCESSES) - 1
    assert one.projects == more.projects == 12
    assert shown(one) == shown(more)
    assert (one.files, one.functions, one.notes) == (more.files, more.functions, more.notes)
    assert set(one.timings) == set(more.timings)


def test_what_another_process_has_linted_is_kept_for_the_next_run(
    monorepo: Path, forked: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    with monkeypatch.context() as context:
        only_there(context)
        cold = lint(monorepo, 2, cache=cache)
    assert len(forked) == 1

    def never(self: Workspace, files: Files, focus: frozenset[str] | None = None) -> object:
        raise AssertionError("it is linted again")

    monkeypatch.setattr(Workspace, "lint", never)
    warm = lint(monorepo, 2, cache=cache)
    assert len(forked) == 1
    assert warm.defects == ()
    assert shown(cold) == shown(warm)


def test_what_another_process_cannot_do_is_done_here(
    monorepo: Path, forked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lint(monorepo, 1)
    lint_one = Workspace.lint

    def here_alone(self: Workspace, files: Files, focus: frozenset[str] | None = None) -> object:
        if os.getpid() != OURS:
            raise MemoryError
        return lint_one(self, files, focus)

    monkeypatch.setattr(Workspace, "lint", here_alone)
    only_there(monkeypatch)
    assert shown(lint(monorepo, 2)) == shown(one)
    assert len(forked) == 1


def fails_at_three(program: Program, options: NoOptions) -> Iterator[Finding]:
    (module,) = program.reported
    if "/p3/" in module.path:
        raise ValueError("no luck")
    yield Finding(module.path, Span(0, 1), "here")


def test_a_project_that_fails_is_named_and_the_others_are_reported(
    monorepo: Path, rules: Callable[..., None], forked: list[int]
) -> None:
    rules(toy(fails_at_three, name="toy-fails"))
    one, two = lint(monorepo, 1), lint(monorepo, 2)
    assert {defect.project.rpartition("/packages/")[2] for defect in two.defects} == {"p3/convex"}
    assert one.defects == two.defects
    assert shown(one) == shown(two)


def test_nobody_helps_where_somebody_goes_on_with_the_programs(monorepo: Path, forked: list[int]) -> None:
    lint(monorepo, 2, apart=False)
    check(Request((str(monorepo),), jobs=2, fix="safe"), apart=True)
    lint(monorepo / "packages" / "p1", 2)
    assert forked == []
