"""Rules on two processes: the same findings and the same errors as in one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convexlint.config.settings import Overrides
from convexlint.findings import Finding, Span
from convexlint.program.behaviour.summaries import Summaries, Summary
from convexlint.program.model import Module
from convexlint.program.program import Program
from convexlint.rules.loader import load_rules
from convexlint.rules.rule import NoOptions
from convexlint.session import Request, check, judge
from tests.checkout import fixtures
from tests.session.test_sameness import shown
from tests.session.toy import HEAD, toy, watched_forks, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
READ = (
    "export const list = query(async (ctx) => await ctx.db.query('notes').filter((q) => true).collect());\n"
)


@pytest.fixture(autouse=True)
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fork for little work, and though the tests may run beside threads; notes each fork."""
    monkeypatch.setattr(judge, "WORTH_A_PROCESS", 0)
    return watched_forks(monkeypatch, judge)


def test_the_rules_find_the_same(tmp_path: Path, forked: list[int]) -> None:
    write(tmp_path, {"convex/notes.ts": HEAD + READ, "convex/more.ts": HEAD + READ})
    one, two = (check(Request((str(tmp_path),), jobs=jobs)) for jobs in (1, 2))
    assert len(forked) == 1
    assert {d.rule for d in two.diagnostics} >= {"no-filter-in-query", "require-args-validator"}
    assert shown(one) == shown(two)
    assert set(one.timings) == set(two.timings)


def fails(program: Program, options: NoOptions) -> Iterator[Finding]:
    yield Finding(program.modules[0].path, Span(0, 1), "before")
    raise ValueError("no luck")


def test_a_rule_that_fails_in_the_other_process_is_named(
    tmp_path: Path, rules: Callable[..., None], forked: list[int]
) -> None:
    rules(toy(fails, name="toy-fails"))
    write(tmp_path, {"convex/a.ts": HEAD + READ})
    one, two = (check(Request((str(tmp_path),), jobs=jobs)) for jobs in (1, 2))
    assert [(d.rule, d.message.partition(" (")[0]) for d in two.defects] == [
        ("toy-fails", "ValueError: no luck")
    ]
    assert one.defects == two.defects
    assert shown(one) == shown(two)
    assert len(forked) == 1


def test_what_clients_name_is_asked_here_whoever_runs_the_rule(tmp_path: Path, forked: list[int]) -> None:
    later = (
        'import { api } from "./_generated/api";\n'
        "export const later = internalMutation({ args: {}, handler: async (ctx) => {\n"
        "  await ctx.scheduler.runAfter(0, api.more.done, {});\n} });\n"
    )
    done = "export const done = mutation({ args: {}, handler: async () => {} });\n"
    head = 'import { internalMutation, mutation } from "./_generated/server";\n'
    write(tmp_path, {"convex/notes.ts": head + later, "convex/more.ts": head + done})
    one, two = (check(Request((str(tmp_path),), jobs=jobs)) for jobs in (1, 2))
    assert len(forked) == 1
    found = [d.finding for d in two.diagnostics if d.rule == "use-internal-references"]
    assert len(found) == 1
    assert found[0].suggestions
    assert shown(one) == shown(two)


def test_rules_that_ask_what_functions_do_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else either process might run them, and both would follow the same calls."""
    followed: list[str] = []
    summarise = Summaries._summarise

    def summarised(self: Summaries, module: Module, owner: int) -> Summary:
        followed.append(module.name)
        return summarise(self, module, owner)

    monkeypatch.setattr(Summaries, "_summarise", summarised)
    project = str(fixtures() / "ppr-academy" / "broken")
    for by_effect in (True, False):
        followed.clear()
        names = tuple(rule.name for rule in load_rules() if rule.by_effect is by_effect)
        check(Request((project,), Overrides(select=names), jobs=1))
        assert bool(followed) is by_effect
