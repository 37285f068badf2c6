"""--since and --staged: the whole project is modelled, and what changed is reported."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convexlint.findings import Finding, Span
from convexlint.git.repository import GitError
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions
from convexlint.session import Outcome, Request, check
from convexlint.session.changes import moved
from tests.repositories import commit, git, repository
from tests.session.toy import HEAD, blame_callers, find_words, toy, write

pytestmark = pytest.mark.usefixtures("rules")
Place = tuple[str, str, int]


def places(root: Path, outcome: Outcome) -> list[Place]:
    """(rule, path, line) of each finding."""
    found = []
    for d in outcome.diagnostics:
        line = outcome.sources[d.finding.path].count(b"\n", 0, d.finding.span.start) + 1
        found.append((d.rule, Path(d.finding.path).relative_to(root).as_posix(), line))
    return found


def run(root: Path, **wanted: object) -> list[Place]:
    return places(root, check(Request((str(root),), **wanted)))  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = write(tmp_path / "app", {f"convex/{name}.ts": HEAD + "bad;\nbad;\n" for name in "abcdefgh"})
    return repository(root)


def test_only_what_changed_is_reported(project: Path) -> None:
    write(project, {"convex/b.ts": HEAD + "bad;\ngood;\nbad;\n", "convex/new.ts": "bad;\n"})
    (project / "convex/c.ts").unlink()
    assert run(project, since="HEAD") == [
        ("toy-words", "convex/b.ts", 2),
        ("toy-words", "convex/b.ts", 4),
        ("toy-words", "convex/new.ts", 1),
    ]
    assert run(project, since="HEAD", since_lines=True) == [("toy-words", "convex/new.ts", 1)]


def test_a_path_and_a_revision_together_narrow_to_both(project: Path) -> None:
    write(project, {"convex/b.ts": "bad;\n", "convex/c.ts": "bad;\n"})
    outcome = check(Request((str(project / "convex/c.ts"), str(project / "convex/d.ts")), since="HEAD"))
    assert places(project, outcome) == [("toy-words", "convex/c.ts", 1)]


def test_nothing_changed_is_no_failure_and_nothing_is_linted(project: Path) -> None:
    write(project, {"README.md": "bad"})
    outcome = check(Request((str(project),), since="HEAD"))
    assert (outcome.files, outcome.projects, outcome.diagnostics) == (0, 0, ())


def test_without_a_repository_it_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    write(tmp_path / "app", {"convex/a.ts": HEAD})
    with pytest.raises(GitError, match="is in no repository of git"):
        run(tmp_path / "app", since="HEAD")


def test_the_whole_program_is_built(project: Path, rules: Callable[..., None]) -> None:
    rules(toy(blame_callers, NoOptions))
    write(project, {"convex/a.ts": HEAD + "deed;\n"})
    commit(project, "the deed")
    write(project, {"convex/b.ts": HEAD + "call;\n"})
    assert run(project, since="HEAD") == [("toy-words", "convex/b.ts", 2)]


def test_staged_contents_are_linted_and_not_those_of_the_disk(project: Path) -> None:
    write(project, {"convex/b.ts": "bad;\n", "convex/n.ts": "\nbad;\n", "convex/c.ts": "\n\n\nbad;\n"})
    git(project, "add", "convex/b.ts", "convex/n.ts")
    write(project, {"convex/b.ts": "good;\n"})
    (project / "convex/n.ts").unlink()
    assert run(project, staged=True) == [("toy-words", "convex/b.ts", 1), ("toy-words", "convex/n.ts", 2)]


def test_the_program_of_the_index_lacks_files_that_git_does_not_know(
    project: Path, rules: Callable[..., None]
) -> None:
    seen: list[list[str]] = []

    def see(program: Program, options: NoOptions) -> Iterator[Finding]:
        seen.append(sorted(Path(module.path).name for module in program.modules))
        yield from find_words(program, options)  # type: ignore[arg-type]

    rules(toy(blame_callers, NoOptions), toy(see, NoOptions, "toy-see"))
    write(project, {"convex/a.ts": "call;\n", "convex/unknown.ts": "deed;\n", "convex/deep/gone.ts": ""})
    git(project, "add", "convex/a.ts", "convex/deep/gone.ts")
    (project / "convex/deep/gone.ts").unlink()
    (project / "convex/deep").rmdir()
    check(Request((str(project),), staged=True, cache_dir=None))
    assert "gone.ts" in seen[0]
    assert "unknown.ts" not in seen[0]
    outcome = check(Request((str(project),), staged=True))
    assert [d.finding.related for d in outcome.diagnostics if d.rule == "toy-words"] == [()]


def test_a_staged_run_leaves_no_trace_in_the_cache(project: Path, tmp_path: Path) -> None:
    write(project, {"convex/b.ts": "bad;\n"})
    git(project, "add", "-A")
    write(project, {"convex/b.ts": "good;\n"})
    cache = str(tmp_path / "cache")
    assert run(project, staged=True, cache_dir=cache) == [("toy-words", "convex/b.ts", 1)]
    assert ("toy-words", "convex/b.ts", 1) not in run(project, cache_dir=cache)
    assert run(project, staged=True, cache_dir=cache) == [("toy-words", "convex/b.ts", 1)]


def test_fixes_stay_on_changed_lines(project: Path) -> None:
    write(project, {"convex/b.ts": HEAD + "bad;\nbad;\nbad;\n"})
    outcome = check(Request((str(project),), since="HEAD", since_lines=True, fix="safe"))
    assert (project / "convex/b.ts").read_text() == HEAD + "bad;\nbad;\ngood;\n"
    assert outcome.diagnostics == ()
    assert [one.path.rpartition("/")[2] for one in outcome.fixed] == ["b.ts"]
    assert (project / "convex/a.ts").read_text() == HEAD + "bad;\nbad;\n"


def test_a_span_of_several_lines_counts_when_one_of_them_changed(
    project: Path, rules: Callable[..., None]
) -> None:
    def whole(program: Program, options: NoOptions) -> Iterator[Finding]:
        for module in program.modules:
            yield Finding(module.path, Span(0, len(module.source)), "all of it")

    rules(toy(whole, NoOptions))
    write(project, {"convex/b.ts": HEAD + "bad;\nnew;\n"})
    assert run(project, since="HEAD", since_lines=True) == [("toy-words", "convex/b.ts", 1)]


def test_the_revision_of_a_submodule_is_that_which_the_outer_one_recorded(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = repository(tmp_path / "outer")
    git(outer, "submodule", "add", "-q", project.as_uri(), "backend")
    commit(outer, "with the backend")
    git(outer, "branch", "base")
    write(outer / "backend", {"convex/b.ts": "bad;\n"})
    commit(outer / "backend", "inside")
    write(outer / "backend", {"convex/c.ts": "bad;\n"})
    commit(outer, "moved on")
    monkeypatch.chdir(outer)
    assert run(outer, since="base") == [
        ("toy-words", "backend/convex/b.ts", 1),
        ("toy-words", "backend/convex/c.ts", 1),
    ]
    assert len(run(outer, since="base~1")) == 14, "there was no submodule then"
    monkeypatch.chdir(outer / "backend")
    assert run(outer / "backend", since="HEAD") == [("toy-words", "convex/c.ts", 1)]


def test_a_project_behind_a_link_is_the_same(project: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)
    write(project, {"convex/b.ts": "new; bad;\n"})
    assert run(tmp_path / "link", since="HEAD", since_lines=True) == [("toy-words", "convex/b.ts", 1)]
    git(project, "add", "-A")
    write(project, {"convex/b.ts": "\nbad;\n"})
    assert run(tmp_path / "link", staged=True) == [("toy-words", "convex/b.ts", 1)]


@pytest.mark.parametrize("seed", range(6))
def test_since_is_the_whole_run_filtered_by_hand(tmp_path: Path, seed: int) -> None:
    """Random histories: files are added, edited, renamed and removed, some of it not committed."""
    dice = random.Random(seed)
    root = repository(write(tmp_path / "app", {f"convex/{n}.ts": HEAD for n in range(6)}))
    commits = [git(root, "rev-parse", "HEAD")]

    def step() -> None:
        files = sorted((root / "convex").glob("*.ts"))
        file = dice.choice(files)
        what = dice.randrange(8)
        if what == 0:
            write(root, {f"convex/n{dice.randrange(10**6)}.ts": HEAD + "bad;\n" * dice.randrange(4)})
        elif what == 1 and len(files) > 3:
            file.unlink()
        elif what == 2:
            file.rename(root / f"convex/r{dice.randrange(10**6)}.ts")
        else:
            lines = file.read_text().splitlines(keepends=True)
            at = dice.randrange(1, len(lines) + 1)
            lines[at : at + dice.randrange(2)] = [dice.choice(["bad;\n", "good;\n", "bad; bad;\n"])]
            file.write_text("".join(lines))

    for _ in range(8):
        for _ in range(dice.randrange(4)):
            step()
        commits.append(commit(root, "step"))
    step()
    git(root, "add", "-A") if dice.random() < 0.5 else None
    step()
    whole = check(Request((str(root),)))
    everything = [
        (
            d.rule,
            Path(d.finding.path).name,
            whole.sources[d.finding.path].count(b"\n", 0, d.finding.span.start),
        )
        for d in whole.diagnostics
    ]
    for base in {commits[0], commits[4], commits[-1]}:
        then = {
            name.rpartition("/")[2]: git(root, "show", f"{base}:{name}") + "\n"
            for name in git(root, "ls-tree", "-r", "--name-only", base).split()
            if name.endswith(".ts")
        }
        now = {file.name: file.read_text() for file in (root / "convex").glob("*.ts")}
        changed = {name for name in now if now[name] != then.get(name)}
        since = check(Request((str(root),), since=base))
        assert [
            (
                d.rule,
                Path(d.finding.path).name,
                since.sources[d.finding.path].count(b"\n", 0, d.finding.span.start),
            )
            for d in since.diagnostics
        ] == [one for one in everything if one[1] in changed]
        git(root, "add", "-N", ".")
        added = _added_lines(git(root, "diff", "--no-renames", "-U0", base))
        lines = check(Request((str(root),), since=base, since_lines=True))
        assert [
            (
                d.rule,
                Path(d.finding.path).name,
                lines.sources[d.finding.path].count(b"\n", 0, d.finding.span.start),
            )
            for d in lines.diagnostics
        ] == [one for one in everything if (one[1], one[2] + 1) in added]


def _added_lines(diff: str) -> set[tuple[str, int]]:
    found, name, line = set(), "", 0
    for text in diff.splitlines():
        if text.startswith("+++ "):
            name = text.rpartition("/")[2]
        elif text.startswith("@@ "):
            line = int(text.split("+")[1].split(" ")[0].split(",")[0])
        elif text.startswith("+"):
            found.add((name, line))
            line += 1
    return found


@pytest.mark.parametrize(
    ("changed", "before", "after", "expected"),
    [
        (((2, 2),), b"a\nb\nc", b"a\nb\nc", ((2, 2),)),
        (((2, 2),), b"a\nb\nc", b"x\na\nb\nc", ((1, 1), (3, 3))),
        (((3, 3),), b"a\nb\nc", b"a\nc", ((2, 2),)),
        (((1, 3),), b"a\nb\nc\nd", b"a\nB\nB2\nc\nd", ((1, 4),)),
        ((), b"a\nb", b"a\nb\nnew", ((3, 3),)),
        (((2, 2), (4, 4)), b"a\nb\nc\nd\ne", b"a\nb\nC\nd\ne", ((2, 4),)),
    ],
)
def test_changed_lines_move_with_a_fix(
    changed: tuple[tuple[int, int], ...], before: bytes, after: bytes, expected: tuple[tuple[int, int], ...]
) -> None:
    assert moved(changed, before, after) == expected
