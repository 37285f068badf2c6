"""What `--against REV` asks of git: every name of a commit, every kind of clone; nothing runs, nothing is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from convexlint.session import PathError
from tests.evolution.test_against import FIELDS, ROOMS, git, messages, project, run, write

__all__ = ["project"]


def narrow(root: Path) -> None:
    write(root, {"convex/fields.ts": FIELDS.replace("v.optional(v.number())", "v.number()")})


def state(root: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")}


def cli(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "convexlint", "check", ".", *words]
    return subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)


NAMES = ["HEAD", "main", "v1", "light", "HEAD~0", "HEAD^0", "@", "HEAD@{0}", ":/one", "HEAD^{/one}", "a/b"]


@pytest.mark.parametrize(
    "name", [*NAMES, "heads/main", "refs/heads/main", "merge-base:main", "merge-base:v1"]
)
def test_every_name_of_a_commit(project: Path, name: str) -> None:
    git(project, "tag", "-a", "v1", "-m", "one")
    git(project, "tag", "light")
    git(project, "branch", "a/b")
    narrow(project)
    assert len(messages(run(project, name))) == 1


def test_a_merge_base_is_where_the_branch_left(project: Path) -> None:
    git(project, "checkout", "-qb", "work")
    narrow(project)
    git(project, "commit", "-qam", "two")
    git(project, "checkout", "-q", "main")
    write(project, {"convex/rooms.ts": ROOMS.replace("list", "all")})
    git(project, "commit", "-qam", "three")
    git(project, "checkout", "-q", "work")
    assert len(messages(run(project, "main"))) == 2
    (only,) = messages(run(project, "merge-base:main"))
    assert only.startswith("`rooms.floor`")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "-h",
            "--upload-pack=x",
            "--output=pwned",
            "merge-base:",
            "merge-base:--upload-pack=x",
            "merge-base:nope",
        ),
        *(
            "a..b",
            "HEAD...HEAD",
            "HEAD\nmain",
            "$(touch pwned)",
            "ext::sh -c touch% pwned",
            "missing.json",
            ":/nope",
        ),
        *("convex/rooms.ts", "x" * 5_000, "\u00e9", "HEAD:convex", "HEAD^{tree}", "@{u}"),
    ],
)
def test_what_names_no_commit_is_told(project: Path, name: str) -> None:
    before = state(project)
    ran = cli(project, f"--against={name}", "--no-cache")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "error: " in ran.stderr
    assert "internal" not in ran.stderr
    assert state(project) == before


def test_a_bare_clone(project: Path, tmp_path: Path) -> None:
    bare, tree = tmp_path / "bare.git", tmp_path / "tree"
    git(tmp_path, "clone", "-q", "--bare", str(project), str(bare))
    git(bare, "worktree", "add", "-q", str(tree), "main")
    narrow(tree)
    before = state(bare)
    assert len(messages(run(tree, "HEAD"))) == 1
    assert state(bare) == before
    assert cli(bare, "--against", "HEAD").returncode == 2  # there is nothing to check in it


def test_a_partial_clone_fetches_nothing(project: Path, tmp_path: Path) -> None:
    git(project, "config", "uploadpack.allowFilter", "true")
    narrow(project)
    git(project, "commit", "-qam", "two")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{project}", str(clone))
    before = state(clone)
    with pytest.raises(PathError, match="git fetch --refetch --no-filter"):
        run(clone, "HEAD~1")
    assert state(clone) == before
    git(clone, "fetch", "-q", "--refetch", "--no-filter")
    assert len(messages(run(clone, "HEAD~1"))) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="programs are scripts of a shell")
def test_no_hook_filter_or_program_of_the_repository_runs(project: Path, tmp_path: Path) -> None:
    marker, hooks = tmp_path / "ran", project / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (hooks / name).chmod(0o755)
    touch = f"touch {marker}"
    programs = (
        "filter.x.smudge",
        "filter.x.clean",
        "filter.x.process",
        "diff.x.textconv",
        "diff.external",
        "gpg.program",
    )
    for key in (*programs, "core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy"):
        git(project, "config", key, touch)
    for command in ("cat-file", "ls-tree", "rev-parse"):
        git(project, "config", f"alias.{command}", f"!{touch}")
    (project / ".git/info/attributes").write_text("*.ts filter=x diff=x\n")
    narrow(project)
    assert len(messages(run(project, "HEAD"))) == 1
    assert not marker.exists()


def submodule(outer: Path, inner: Path, path: str) -> None:
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), path)
    git(outer, "commit", "-qam", "a submodule")


def test_a_submodule_in_the_backend_is_not_entered(project: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    write(inner, {"a.ts": ROOMS})
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one")):
        git(inner, *words)
    submodule(project, inner, "convex/inner")
    narrow(project)
    assert [m.partition(" ")[0] for m in messages(run(project, "HEAD"))] == ["`rooms.floor`"]


def test_of_a_submodule_what_the_revision_had_counts(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = tmp_path / "outer"
    write(outer, {"a.txt": ""})
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one"), ("tag", "v0")):
        git(outer, *words)
    submodule(outer, project, "app")
    git(outer, "tag", "v1")
    narrow(outer / "app")
    git(outer / "app", "commit", "-qam", "two")
    monkeypatch.chdir(outer)
    assert len(messages(run(outer, "v1"))) == 1
    assert messages(run(outer, "v0")) == []
    monkeypatch.chdir(outer / "app")
    assert messages(run(outer / "app", "HEAD")) == []
    assert len(messages(run(outer / "app", "HEAD~1"))) == 1
