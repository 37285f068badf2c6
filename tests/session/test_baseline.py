"""The baseline: what is known is not reported, what is new is, whatever happens around it."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convexlint.config.settings import ConfigError, Overrides
from convexlint.findings import Deed, Finding, Level, Span
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions
from convexlint.session import Outcome, Request, check
from tests.repositories import commit, git, repository
from tests.session.toy import HEAD, toy, write

pytestmark = pytest.mark.usefixtures("rules")
NAME = "convexlint-baseline.json"


def run(root: Path, *paths: str, **wanted: Any) -> Outcome:
    given = tuple(str(root / path) for path in paths) or (str(root),)
    outcome = check(Request(given, **wanted))
    for path, content in outcome.baseline.new_contents:
        Path(path).write_bytes(content)
    return outcome


def lines(outcome: Outcome) -> list[tuple[str, int]]:
    return [
        (
            Path(d.finding.path).name,
            outcome.sources[d.finding.path].count(b"\n", 0, d.finding.span.start) + 1,
        )
        for d in outcome.diagnostics
    ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {f"convex/{name}.ts": HEAD + "one, bad;\ntwo, bad;\ntwo, bad;\n" for name in "abc"}
    return write(tmp_path / "app", files)


def test_what_is_written_is_known_then(project: Path) -> None:
    outcome = run(project, write_baseline="")
    assert outcome.baseline.new_contents[0][0] == (project / NAME).as_posix()
    assert (outcome.diagnostics, outcome.failed) == ((), False)
    assert (outcome.baseline.known, outcome.baseline.added) == (9, 9)
    again = run(project, baseline="")
    assert (again.diagnostics, again.baseline.known, again.baseline.gone) == ((), 9, 0)
    assert not again.failed
    assert len(run(project).diagnostics) == 9, "without it all are told"


def test_the_file_is_made_for_review(project: Path) -> None:
    run(project, write_baseline="")
    written = (project / NAME).read_bytes()
    found = json.loads(written)
    assert found["version"] == 1
    entries = list(found["findings"].values())
    assert entries[0] == {"rule": "toy-words", "path": "convex/a.ts", "message": "`bad` stands here"}
    assert [one["path"] for one in entries] == sorted(one["path"] for one in entries)
    run(project, write_baseline="")
    assert (project / NAME).read_bytes() == written


def test_new_ones_are_told_and_gone_ones_counted(project: Path) -> None:
    run(project, write_baseline="")
    write(project, {"convex/a.ts": HEAD + "\n\n  two,   bad;\none, bad;\nthree, bad;\n"})
    outcome = run(project, baseline="")
    assert lines(outcome) == [("a.ts", 6)]
    assert (outcome.baseline.known, outcome.baseline.gone, outcome.failed) == (8, 1, True)
    write(project, {"convex/a.ts": HEAD})
    outcome = run(project, baseline="")
    assert (outcome.diagnostics, outcome.baseline.gone, outcome.failed) == ((), 3, False)


def test_of_equal_ones_as_many_are_known_as_there_were(project: Path) -> None:
    run(project, write_baseline="")
    write(project, {"convex/a.ts": HEAD + "two, bad;\ntwo, bad;\ntwo, bad;\n"})
    assert len(run(project, baseline="").diagnostics) == 1


def test_the_settings_name_it_for_every_run(project: Path) -> None:
    write(project, {"convexlint.toml": 'baseline = "lint/known.json"', "lint/x": ""})
    with pytest.raises(ConfigError, match=r"lint/known\.json: .*--write-baseline"):
        run(project)
    run(project, write_baseline="")
    assert (project / "lint/known.json").exists()
    assert run(project).diagnostics == ()
    assert run(project, "convex/b.ts").diagnostics == ()
    stdin = (str(project / "convex/b.ts"), (HEAD + "two, bad;\nthree, bad;\n").encode())
    assert lines(check(Request((), stdin=stdin))) == [("b.ts", 3)]
    assert len(run(project, isolated=True).diagnostics) == 9


def test_a_run_on_some_paths_or_rules_replaces_only_their_entries(
    project: Path, rules: Callable[..., None]
) -> None:
    run(project, write_baseline="")
    for name in "abc":
        write(project, {f"convex/{name}.ts": HEAD + "three, bad;\n"})
    outcome = run(project, "convex/a.ts", write_baseline="")
    assert (outcome.baseline.added, outcome.baseline.gone) == (1, 3)
    entries = json.loads((project / NAME).read_text())["findings"].values()
    assert Counter(one["path"] for one in entries) == {"convex/a.ts": 1, "convex/b.ts": 3, "convex/c.ts": 3}
    outcome = run(project, baseline="", overrides=Overrides(ignore=("toy-words",)))
    assert outcome.baseline.gone == 0, "who does not look does not know"
    outcome = run(project, write_baseline="", overrides=Overrides(select=("meta",)))
    assert outcome.baseline.gone == 0
    assert len(json.loads((project / NAME).read_text())["findings"]) == 7
    (project / "convex/c.ts").unlink()
    assert run(project, "convex", baseline="").baseline.gone == 6
    run(project, write_baseline="")
    entries = json.loads((project / NAME).read_text())["findings"].values()
    assert Counter(one["path"] for one in entries) == {"convex/a.ts": 1, "convex/b.ts": 1}


def test_with_changed_lines_ordinals_are_those_of_the_file(project: Path) -> None:
    repository(project)
    run(project, write_baseline="")
    commit(project, "known")
    write(project, {"convex/a.ts": HEAD + "one, bad;\ntwo, bad;\ntwo, bad;\ntwo, bad;\n"})
    outcome = run(project, baseline="", since="HEAD", since_lines=True)
    assert lines(outcome) == [("a.ts", 5)]
    outcome = run(project, baseline="", since="HEAD")
    assert lines(outcome) == [("a.ts", 5)]
    assert outcome.baseline.gone == 0
    (project / "convex/b.ts").unlink()
    assert run(project, baseline="", since="HEAD").baseline.gone == 3


def test_a_deed_that_is_known_is_known_from_every_caller(project: Path, rules: Callable[..., None]) -> None:
    def blame(program: Program, options: NoOptions) -> Iterator[Finding]:
        deed = next(m for m in program.modules if b"deed" in m.source)
        at = Span(deed.source.index(b"deed"), deed.source.index(b"deed") + 4)
        for module in program.modules:
            if b"call" in module.source:
                yield Finding(module.path, Span(0, 4), "calls it", deed=Deed(deed.path, at, None))

    rules(toy(blame, NoOptions))
    write(project, {"convex/a.ts": "call;", "convex/b.ts": "call;", "convex/c.ts": "deed;"})
    run(project, "convex/b.ts", write_baseline="")
    assert run(project, baseline="").diagnostics == ()
    write(project, {"convex/c.ts": "\n\n deed;"})
    assert run(project, baseline="").diagnostics == ()


def test_fixing_mends_known_ones_too_and_tells_nothing_of_them(project: Path) -> None:
    run(project, write_baseline="")
    outcome = run(project, baseline="", fix="safe")
    assert (project / "convex/a.ts").read_text() == HEAD + "one, good;\ntwo, good;\ntwo, good;\n"
    assert (outcome.baseline.gone, outcome.left) == (9, ())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", r"known\.json:1: invalid JSON .*--write-baseline"),
        ('{"version": 1,\n"findings": {\n<<<<<<< HEAD\n', r"known\.json:3: invalid JSON"),
        ("[]", r"known\.json: this is not a baseline"),
        ('{"version": 2, "findings": {}}', "its version is 2"),
        ('{"version": 1, "findings": {"a": {"rule": 1, "path": "", "message": ""}}}', "not a baseline"),
    ],
)
def test_a_file_that_is_no_baseline_is_an_error(project: Path, content: str, words: str) -> None:
    (project / "known.json").write_text(content)
    with pytest.raises(ConfigError, match=words):
        run(project, baseline=str(project / "known.json"))


@pytest.mark.parametrize("added", [True, False])
def test_a_renamed_file_keeps_its_known_findings(project: Path, added: bool) -> None:
    write(project, {"convex/a.ts": HEAD + "".join(f"line({n});\n" for n in range(9)) + "one, bad;\n"})
    repository(project)
    run(project, write_baseline="")
    commit(project, "known")
    (project / "convex/deep").mkdir()
    (project / "convex/a.ts").rename(project / "convex/deep/z.ts")
    with (project / "convex/deep/z.ts").open("a") as file:
        file.write("fresh, bad;\n")
    if added:
        git(project, "add", "-A")
    outcome = run(project, baseline="")
    assert lines(outcome) == [("z.ts", 12)]
    assert outcome.baseline.gone == 0
    run(project, write_baseline="")
    entries = json.loads((project / NAME).read_text())["findings"].values()
    assert {one["path"] for one in entries} == {"convex/b.ts", "convex/c.ts", "convex/deep/z.ts"}


def test_the_name_of_a_function_moves_with_its_file(project: Path, rules: Callable[..., None]) -> None:
    def functions(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.modules:
            name = Path(module.path).relative_to(project / "convex").with_suffix("").as_posix()
            at = module.source.find(b"bad")
            if at >= 0:
                yield Finding(module.path, Span(at, at + 3), "no", function=f"{name}:list")

    rules(toy(functions, NoOptions))
    repository(project)
    run(project, write_baseline="")
    commit(project, "known")
    git(project, "mv", "convex/a.ts", "convex/z.ts")
    assert run(project, baseline="").diagnostics == ()


def test_a_shallow_clone_says_what_it_cannot_see(project: Path, tmp_path: Path) -> None:
    repository(project)
    run(project, write_baseline="")
    commit(project, "known")
    git(project, "mv", "convex/a.ts", "convex/z.ts")
    commit(project, "moved")
    git(tmp_path, "clone", "-q", "--depth=1", project.as_uri(), "clone")
    outcome = run(tmp_path / "clone", baseline="")
    assert len(outcome.diagnostics) == 3
    assert outcome.baseline.blind
    git(tmp_path / "clone", "fetch", "-q", "--unshallow")
    outcome = run(tmp_path / "clone", baseline="")
    assert (outcome.diagnostics, outcome.baseline.blind) == ((), False)


@pytest.mark.parametrize("seed", range(12))
def test_after_random_edits_exactly_the_new_ones_are_told(tmp_path: Path, seed: int) -> None:
    """Lines move and come, files are renamed, findings are added and mended, with commits in between."""
    dice = random.Random(seed)
    files: dict[str, list[str]] = {}
    origin: dict[str, str] = {}
    for name in ("a", "b", "c/d", "c/e"):
        files[name] = [f"filler('{name}', {n});" for n in range(40)] + [
            "bad(1);",
            "bad(1);",
            f"bad('{name}');",
        ]
        origin[name] = name
    root = tmp_path / "app"

    def put() -> None:
        for path in sorted((root / "convex").rglob("*.ts")):
            path.unlink()
        write(root, {f"convex/{name}.ts": HEAD + "\n".join(text) + "\n" for name, text in files.items()})

    put()
    repository(root)
    run(root, write_baseline="")
    commit(root, "known")
    known = {name: Counter(line for line in text if "bad" in line) for name, text in files.items()}
    for _ in range(25):
        name = dice.choice(sorted(files))
        text = files[name]
        what = dice.randrange(7)
        if what == 0:
            new = f"n{dice.randrange(10**6)}"
            files[f"c/{new}" if dice.random() < 0.5 else new] = files.pop(name)
            origin = {one: origin.get(one, origin[name]) for one in files}
        elif what == 1:
            text.insert(dice.randrange(len(text)), f"bad({dice.randrange(3)});")
        elif what == 2 and any("bad" in line for line in text):
            text.remove(dice.choice([line for line in text if "bad" in line]))
        elif what == 3:
            text.insert(dice.randrange(len(text)), text.pop(dice.randrange(len(text))))
        elif what == 4:
            text.insert(dice.randrange(len(text)), f"good({dice.randrange(99)});")
        elif what == 5:
            at = dice.randrange(len(text))
            text[at] = "  " + text[at]
        else:
            put()
            commit(root, "step")
    put()
    if dice.random() < 0.5:
        git(root, "add", "-A")
    outcome = run(root, baseline="")
    told: dict[str, Counter[str]] = {name: Counter() for name in files}
    for (_, line), d in zip(lines(outcome), outcome.diagnostics, strict=True):
        name = Path(d.finding.path).relative_to(root / "convex").with_suffix("").as_posix()
        told[name][files[name][line - 2].strip()] += 1
    expected, gone = {}, 0
    for name, text in files.items():
        now = Counter(line.strip() for line in text if "bad" in line)
        expected[name] = now - known[origin[name]]
        gone += (known[origin[name]] - now).total()
    assert told == expected
    assert outcome.baseline.gone == gone
    assert {d.level for d in outcome.diagnostics} <= {Level.WARNING}
