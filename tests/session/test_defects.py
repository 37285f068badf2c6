"""A defect of convexlint loses nothing but what it is about: the others' findings come all the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convexlint.cli.app import run as command_line
from convexlint.facts import ir, parallel
from convexlint.facts.module import extract
from convexlint.findings import Finding, Span
from convexlint.program.build import build_program
from convexlint.program.evaluation import evaluate
from convexlint.program.evaluation.expressions import complex_value
from convexlint.program.program import Program
from convexlint.reports.json import json_report
from convexlint.rules.rule import NoOptions
from convexlint.session import Outcome, Request, check, gather
from tests.session.toy import HEAD, WordOptions, find_words, toy, write

Rules = Callable[..., None]
QUERY = (
    "export const list = query(async (ctx) => await ctx.db.query('notes').filter((q) => true).collect());\n"
)
TRAP = "export const odd = query({ args: {}, handler: async (ctx) => explode(ctx.db) });\n"


def told(root: Path, outcome: Outcome) -> list[tuple[str, str | None, str | None]]:
    """Stage, rule, and path of each defect."""
    return [
        (d.stage, d.rule, None if d.path is None else Path(d.path).relative_to(root).as_posix())
        for d in outcome.defects
    ]


def found(root: Path, outcome: Outcome) -> set[tuple[str, str]]:
    return {(d.rule, Path(d.finding.path).relative_to(root).as_posix()) for d in outcome.diagnostics}


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The evaluator fails at every call of `explode`."""

    def fails(ev: object, module: object, node: ir.Expr, frame: object) -> object:
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) and node.callee.name == "explode":
            return [][0]
        return complex_value(ev, module, node, frame)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluate, "complex_value", fails)


def test_a_rule_that_fails_is_told_and_the_others_go_on(tmp_path: Path, rules: Rules) -> None:
    def broken(program: Program, options: NoOptions) -> Iterator[Finding]:
        raise ZeroDivisionError("by accident")
        yield

    rules(toy(broken, name="toy-fails"), toy(options=WordOptions))
    write(tmp_path, {"convex/a.ts": HEAD + "bad;"})
    outcome = check(Request((str(tmp_path),)))
    assert told(tmp_path, outcome) == [("rule toy-fails", "toy-fails", None)]
    assert outcome.defects[0].message.startswith("ZeroDivisionError: by accident")
    assert outcome.defects[0].project == f"{tmp_path}/convex"
    assert found(tmp_path, outcome) == {("toy-words", "convex/a.ts")}


def test_a_rule_that_fails_on_one_module_speaks_of_the_others(tmp_path: Path, rules: Rules) -> None:
    def careless(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.modules:
            module.source.index(b"bad")
            yield from (f for f in find_words(program, WordOptions()) if f.path == module.path)

    rules(toy(careless))
    write(tmp_path, {"convex/a.ts": "good;", "convex/b.ts": HEAD + "bad;", "convex/c.ts": "fine;"})
    outcome = check(Request((str(tmp_path),)))
    assert told(tmp_path, outcome) == [
        ("rule toy-words", "toy-words", "convex/a.ts"),
        ("rule toy-words", "toy-words", "convex/c.ts"),
    ]
    assert found(tmp_path, outcome) == {("toy-words", "convex/b.ts")}


def test_a_finding_outside_of_its_file_is_a_defect_and_the_rules_other_findings_stand(
    tmp_path: Path, rules: Rules
) -> None:
    def astray(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.reported:
            yield Finding(module.path, Span(5, len(module.source) + 1), "m")
        yield from find_words(program, WordOptions())

    rules(toy(astray))
    write(tmp_path, {"convex/a.ts": HEAD + "bad;"})
    outcome = check(Request((str(tmp_path),)))
    assert told(tmp_path, outcome) == [("rule toy-words", "toy-words", "convex/a.ts")]
    assert found(tmp_path, outcome) == {("toy-words", "convex/a.ts")}


@pytest.mark.usefixtures("trap")
def test_a_module_that_the_evaluator_fails_on_is_named_by_rule_and_path(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + QUERY, "convex/trap.ts": HEAD + TRAP + QUERY})
    outcome = check(Request((str(tmp_path),), jobs=1))
    assert outcome.defects
    assert {d.path for d in outcome.defects} == {f"{tmp_path}/convex/trap.ts"}
    assert {("no-filter-in-query", "convex/a.ts"), ("require-args-validator", "convex/a.ts")} <= found(
        tmp_path, outcome
    )
    assert not {rule for rule, _ in found(tmp_path, outcome)} & {"unreadable-file", "unused-suppression"}
    assert check(Request((str(tmp_path),), jobs=1)).defects == outcome.defects


@pytest.mark.usefixtures("trap")
def test_a_module_on_which_the_program_fails_is_left_out(tmp_path: Path) -> None:
    trap = HEAD + "export const odd = explode(query)({ args: {}, handler: async () => 1 });\n"
    uses = (
        'import { internalAction } from "./_generated/server";\nimport { api } from "./_generated/api";\n'
        "export const use = internalAction({ args: {}, handler: async (ctx) => ctx.runQuery(api.trap.odd, {}) });\n"
    )
    write(tmp_path, {"convex/a.ts": HEAD + QUERY, "convex/trap.ts": trap, "convex/use.ts": uses})
    outcome = check(Request((str(tmp_path),), jobs=1))
    assert ("program", None, "convex/trap.ts") in told(tmp_path, outcome)
    assert ("no-filter-in-query", "convex/a.ts") in found(tmp_path, outcome)
    assert "unknown-function-reference" not in {rule for rule, _ in found(tmp_path, outcome)}


def test_a_module_that_cannot_be_lowered_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(source: bytes, name: str) -> object:
        if b"explode" in source:
            raise KeyError("no such node")
        return extract(source, name)

    monkeypatch.setattr(parallel, "extract", fails)
    write(tmp_path, {"convex/a.ts": HEAD + QUERY, "convex/trap.ts": HEAD + TRAP})
    outcome = check(Request((str(tmp_path),), jobs=1))
    assert told(tmp_path, outcome) == [("parse and facts", None, "convex/trap.ts")]
    assert ("no-filter-in-query", "convex/a.ts") in found(tmp_path, outcome)
    assert "convex/trap.ts" not in {path for _, path in found(tmp_path, outcome)}


def test_a_project_that_fails_is_named_and_the_others_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(inputs: object) -> Program:
        if "/two/" in inputs.project.functions_dir:  # type: ignore[attr-defined]
            raise RuntimeError("no program")
        return build_program(inputs)  # type: ignore[arg-type]

    monkeypatch.setattr(gather, "build_program", fails)
    for name in ("one", "two", "zwei"):
        write(tmp_path / name, {"convex/a.ts": HEAD + QUERY})
    outcome = check(Request((str(tmp_path),), jobs=1))
    assert [(d.project, d.stage, d.path) for d in outcome.defects] == [
        (f"{tmp_path}/two/convex", "program", None)
    ]
    paths = {path for _, path in found(tmp_path, outcome)}
    assert paths == {"one/convex/a.ts", "zwei/convex/a.ts"}
    report = json.loads(json_report(outcome, str(tmp_path)))
    assert [(f["project"], f["stage"], f["rule"]) for f in report["failed"]] == [
        ("two/convex", "program", None)
    ]
    assert (
        command_line(
            ["check", str(tmp_path), "--no-cache", "--fail-on", "never", "--output-format", "concise"]
        )
        == 2
    )
    told_ = capsys.readouterr()
    assert "two/convex" in told_.err
    assert "no-filter-in-query" in told_.out


@pytest.mark.usefixtures("trap")
def test_what_is_not_whole_is_not_kept(tmp_path: Path) -> None:
    write(tmp_path, {"convex/trap.ts": HEAD + TRAP})
    request = Request((str(tmp_path),), cache_dir=str(tmp_path / "cache"), jobs=1)
    assert check(request).defects
    assert check(request).defects


@pytest.mark.usefixtures("trap")
def test_fixes_go_on_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + QUERY, "convex/trap.ts": HEAD + TRAP})
    outcome = check(Request((str(tmp_path),), fix="safe", jobs=1))
    assert outcome.defects
    assert "handler" in (tmp_path / "convex/a.ts").read_text()
