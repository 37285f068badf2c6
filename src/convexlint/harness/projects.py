"""Lints the small projects of a card, and puts what is found beside what the card says."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from convexlint.findings import Diagnostic
from convexlint.reports.model.description import describe
from convexlint.rules.card import OLD, Example, Source
from convexlint.rules.rule import Rule
from convexlint.session import Outcome, Overrides, Request, check, programs

FUNCTIONS = "convex"
DEPLOYED = "deployed.json"


@dataclass(frozen=True, order=True)
class Place:
    """A finding as a card marks it: path from the functions folder, 0-based line, code point columns."""

    path: str
    line: int
    start: int
    end: int


def write_project(root: Path, files: Mapping[str, Source], config: str = "") -> Path:
    """Lay a project out on disk. An own (perhaps empty) config keeps others above from being found."""
    folder = root / FUNCTIONS
    (folder / "_generated").mkdir(parents=True)
    (root / "convexlint.toml").write_text(config, encoding="utf-8")
    old = {path.removeprefix(OLD): source for path, source in files.items() if path.startswith(OLD)}
    if old:
        (root / DEPLOYED).write_text(model_of(old), encoding="utf-8")
    for path, source in files.items():
        if path.startswith(OLD):
            continue
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.text.encode())
    return root


def model_of(files: Mapping[str, Source]) -> str:
    """What `convexlint model` says of an earlier revision."""
    with tempfile.TemporaryDirectory() as scratch:
        (program,) = programs(Request((str(write_project(Path(scratch).resolve(), files)),)))
        return json.dumps({"projects": [describe(program, scratch)]})


def lint(root: Path, overrides: Overrides, *, fix: str = "none", cache: Path | None = None) -> Outcome:
    deployed = root / DEPLOYED
    return check(
        Request(
            (str(root),),
            overrides,
            fix=fix,
            cache_dir=str(cache) if cache is not None else None,
            jobs=1,
            against=str(deployed) if deployed.exists() else None,
        )
    )


def just(rule: Rule) -> Overrides:
    """Settings under which the rule runs, and others only as far as it needs them."""
    return Overrides(extend_select=(rule.name,)) if rule.stage == "after" else Overrides(select=(rule.name,))


def of_rule(rule: Rule, outcome: Outcome) -> tuple[Diagnostic, ...]:
    return tuple(d for d in outcome.diagnostics if d.rule == rule.name)


def place(root: Path, outcome: Outcome, diagnostic: Diagnostic) -> Place:
    """Where a diagnostic stands. One that goes on in further lines ends with its first one."""
    finding = diagnostic.finding
    source = outcome.sources[finding.path]
    before = source[: finding.span.start].decode()
    line = before.count("\n")
    start = len(before) - (before.rfind("\n") + 1)
    text = source[finding.span.start : finding.span.end].decode().split("\n")[0]
    return Place(relative(root, finding.path), line, start, start + len(text))


def relative(root: Path, path: str) -> str:
    """The path as cards write it: from the functions folder."""
    inner = Path(path).relative_to(root)
    return (
        inner.relative_to(FUNCTIONS).as_posix() if inner.parts[0] == FUNCTIONS else f"../{inner.as_posix()}"
    )


def marked(example: Example) -> dict[Place, tuple[str, str | None]]:
    """What the card expects: place -> words of the message, and the level where it names one."""
    return {
        Place(path, mark.line, mark.start, mark.end): (mark.words, mark.level)
        for path in example.own
        for mark in example.files[path].marks
        if mark.rule is None
    }


def admitted(files: Mapping[str, Source]) -> dict[Place, str]:
    """Findings of other rules that a fixed or good block admits."""
    return {
        Place(path, mark.line, mark.start, mark.end): mark.rule
        for path, source in files.items()
        for mark in source.marks
        if mark.rule is not None
    }


def texts(root: Path, files: Mapping[str, Source]) -> dict[str, str]:
    """The project's files as they stand on disk."""
    own = (path for path in files if not path.startswith(OLD))
    return {path: (root / FUNCTIONS / path).read_bytes().decode() for path in own}
