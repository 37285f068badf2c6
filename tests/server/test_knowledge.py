"""Projects kept warm: nothing is kept that nobody needs, and what is used again is still true."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="the extra `server` is not installed")

from convexlint.cli.app import run
from convexlint.program.model import Module
from convexlint.server import knowledge as knowledge_module
from convexlint.server.buffers import Buffer
from convexlint.server.knowledge import Knowledge
from convexlint.server.moments import Aim, Moment
from convexlint.server.warm import Findings
from convexlint.session import Request, check


def moment(number: int, path: Path, text: str) -> Moment:
    name = path.as_posix()
    return Moment(number, {name: Buffer(path.as_uri(), name, number, text.encode())})


def told(findings: Findings, path: Path) -> list[tuple[str, int, str]]:
    return [
        (d.rule, d.finding.span.start, d.finding.message)
        for d in findings.diagnostics.get(path.as_posix(), ())
    ]


@pytest.fixture
def knowledge(project: Path, monkeypatch: pytest.MonkeyPatch) -> Knowledge:
    """Looks at changed files alone, as in a large project; no rule is so slow that it speaks later."""
    monkeypatch.setattr(knowledge_module, "LATE_SECONDS", 1e9)
    made = Knowledge(lambda number: False)
    made.aim(Aim((project.as_posix(),), quick=0))
    return made


def test_old_versions_of_an_edited_module_are_let_go(knowledge: Knowledge, project: Path) -> None:
    path = project / "convex" / "notes.ts"
    text = path.read_text()
    for number in range(1, 25):
        knowledge.look(moment(number, path, f"{text}// {number}\n"))
    knowledge.rest()
    gc.unfreeze()  # else they are not among the objects
    alive = [one for one in gc.get_objects() if isinstance(one, Module) and one.path == path.as_posix()]
    assert len(alive) <= 8 + 2  # the last, and those of a small cache


def test_an_edit_of_the_schema_is_seen_though_it_is_kept(knowledge: Knowledge, project: Path) -> None:
    notes, schema = project / "convex" / "notes.ts", project / "convex" / "schema.ts"
    before, tables = notes.read_text(), schema.read_text()
    knowledge.look(moment(1, notes, before + "// a\n"))
    again = told(knowledge.look(moment(2, notes, before + "// b\n")), notes)
    notes.write_text(before + "// b\n")
    assert again == _checked(project, notes)
    schema.write_text(tables.replace("by_notebookId_and_status", "by_other"))
    name = notes.as_posix()
    both = Moment(
        3,
        {name: Buffer(notes.as_uri(), name, 3, (before + "// c\n").encode())},
        known_changed=frozenset({schema.as_posix()}),
    )
    seen = told(knowledge.look(both), notes)
    more = knowledge.look_on(both)
    notes.write_text(before + "// c\n")
    assert (told(more, notes) if more is not None else seen) == _checked(project, notes)


def _checked(project: Path, path: Path) -> list[tuple[str, int, str]]:
    outcome = check(Request(paths=(project.as_posix(),), jobs=1))
    return [
        (d.rule, d.finding.span.start, d.finding.message)
        for d in outcome.diagnostics
        if d.finding.path == path.as_posix()
    ]


def test_what_the_baseline_knows_is_not_shown_and_what_is_new_is(knowledge: Knowledge, project: Path) -> None:
    settings, notes = project / "convexlint.toml", project / "convex" / "notes.ts"
    had = settings.read_text() if settings.exists() else ""
    settings.write_text(f'baseline = "known.json"\n{had}')
    run(["check", "--no-cache", "--write-baseline", "--config", settings.as_posix(), project.as_posix()])
    before = notes.read_text()
    moved = f"// one more line\n{before}"
    first = knowledge.look(moment(1, notes, moved))
    assert [one for some in first.diagnostics.values() for one in some] == []
    new = "export const fresh = query(async (ctx) => await ctx.db.query('notes').collect());\n"
    second = knowledge.look(moment(2, notes, moved + new))
    notes.write_text(moved + new)
    assert told(second, notes) == _checked(project, notes) != []
    (project / "known.json").write_text("{}")
    third = knowledge.look(moment(3, notes, moved + new))
    assert third.trouble is not None and "known.json" in third.trouble
    (project / "known.json").unlink()
    assert knowledge.look(moment(4, notes, moved + new)).trouble is not None
