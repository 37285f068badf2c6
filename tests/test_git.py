"""What git is asked, and what it answers: changed files and lines, the index, renames, revisions that are not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from convexlint.git.repository import GitError, Repository
from tests.repositories import commit, git, repository


def put(folder: Path, path: str, text: str | bytes) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def names(folder: Path, paths: frozenset[str] | set[str]) -> list[str]:
    return sorted(Path(path).relative_to(folder.resolve()).as_posix() for path in paths)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    put(tmp_path, "a.ts", "one\ntwo\nthree\n")
    put(tmp_path, "b.ts", "one\n")
    put(tmp_path, ".gitignore", "ignored/\n")
    return repository(tmp_path)


def test_changed_files_are_edited_added_untracked_and_gone_ones_but_not_ignored_ones(repo: Path) -> None:
    put(repo, "a.ts", "1\n")
    (repo / "b.ts").unlink()
    put(repo, 'deep/new é "q".ts', "")
    put(repo, "staged.ts", "")
    git(repo, "add", "staged.ts")
    put(repo, "ignored/x.ts", "")
    known = Repository.around(str(repo / "deep"))
    changed = known.changed(known.commit("HEAD"))
    assert names(repo, changed) == ["a.ts", "b.ts", 'deep/new é "q".ts', "staged.ts"]


def test_a_file_that_was_only_touched_has_not_changed(repo: Path) -> None:
    os.utime(repo / "a.ts", (1, 1))
    known = Repository.around(str(repo))
    assert known.changed(known.commit("HEAD")) == frozenset()


def test_changed_lines_are_those_of_the_file_as_it_is(repo: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(1, 40))
    put(repo, "long.ts", text)
    put(repo, "gone.ts", text)
    put(repo, "with space.ts", text)
    base = commit(repo, "long")
    lines = text.splitlines(keepends=True)
    lines[0:0] = ["new first\n"]
    lines[10] = "other\n"
    del lines[20]
    lines[-1] = "@@ -1 +1 @@ no hunk\n++ b/file"  # without a line end
    put(repo, "long.ts", "".join(lines))
    put(repo, "with space.ts", text + "diff --git a.ts a.ts\n")
    put(repo, "new.ts", "a\n")
    (repo / "gone.ts").unlink()
    (repo / "b.ts").chmod(0o755)
    known = Repository.around(str(repo))
    top = known.top
    paths = [f"{top}/{name}" for name in ("long.ts", "with space.ts", "new.ts", "gone.ts", "b.ts", "a.ts")]
    found = known.changed_lines(base, paths)
    assert {path.rpartition("/")[2]: found[path] for path in paths} == {
        "long.ts": ((1, 1), (11, 11), (39, 40)),
        "with space.ts": ((40, 40),),
        "new.ts": None,
        "gone.ts": (),
        "b.ts": (),
        "a.ts": (),
    }


def test_settings_of_the_user_do_not_change_the_answer(repo: Path) -> None:
    base = Repository.around(str(repo)).commit("HEAD")
    for name, value in (
        ("diff.noprefix", "true"),
        ("diff.external", "false"),
        ("diff.interHunkContext", "9"),
        ("color.ui", "always"),
        ("diff.renames", "copies"),
        ("core.fsmonitor", "false-program"),
        ("core.quotePath", "true"),
    ):
        git(repo, "config", name, value)
    put(repo, "a.ts", "1\ntwo\n3\n")
    known = Repository.around(str(repo))
    assert names(repo, known.changed(base)) == ["a.ts"]
    assert known.changed_lines(base, [f"{known.top}/a.ts"]) == {f"{known.top}/a.ts": ((1, 1), (3, 3))}


def test_the_variables_of_another_repository_s_hook_are_not_ours(
    repo: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path_factory.mktemp("other"))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    put(repo, "a.ts", "1\n")
    git(repo, "add", "a.ts")
    assert names(repo, Repository.around(str(repo)).staged()) == ["a.ts"]


def test_a_hook_of_a_partial_commit_sees_the_index_of_that_commit(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repo, "a.ts", "1\n")
    put(repo, "b.ts", "2\n")
    git(repo, "add", "a.ts")
    (repo / ".git" / "next-index-1").write_bytes((repo / ".git" / "index").read_bytes())
    git(repo, "add", "b.ts")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-1")
    assert names(repo, Repository.around(str(repo)).staged()) == ["a.ts"]


def test_the_index_has_contents_missing_files_and_lacks_unknown_ones(repo: Path) -> None:
    put(repo, "a.ts", "staged\n")
    put(repo, "new.ts", "new\n")
    (repo / "link.ts").symlink_to("a.ts")
    git(repo, "add", "-A")
    put(repo, "a.ts", "on disk\n")
    (repo / "new.ts").unlink()
    (repo / "link.ts").unlink()
    put(repo, "unknown.ts", "")
    index = Repository.around(str(repo)).index()
    assert {names(repo, {path})[0]: text for path, text in index.contents.items()} == {
        "a.ts": b"staged\n",
        "new.ts": b"new\n",
    }
    assert names(repo, index.missing) == ["new.ts"]
    assert names(repo, index.unknown) == ["unknown.ts"]


def test_a_file_in_conflict_is_as_it_is_on_disk(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "side")
    put(repo, "a.ts", "side\n")
    commit(repo, "side")
    git(repo, "checkout", "-q", "main")
    put(repo, "a.ts", "main\n")
    commit(repo, "main")
    with pytest.raises(AssertionError):
        git(repo, "merge", "side")
    assert Repository.around(str(repo)).index().contents == {}


@pytest.mark.parametrize("added", [True, False])
def test_renames_are_found_whether_or_not_they_were_added(repo: Path, added: bool) -> None:
    base = commit(repo, "base")
    before = git(repo, "count-objects")
    (repo / "deep").mkdir()
    (repo / "a.ts").rename(repo / "deep" / "c.ts")
    if added:
        git(repo, "add", "-A")
        before = git(repo, "count-objects")
    known = Repository.around(str(repo))
    assert known.renames(base) == {f"{known.top}/deep/c.ts": f"{known.top}/a.ts"}
    assert git(repo, "count-objects") == before, "nothing is written"
    assert git(repo, "status", "--porcelain") == ("R  a.ts -> deep/c.ts" if added else "D a.ts\n?? deep/"), (
        "the index is as it was"
    )


def test_the_last_commit_that_changed_a_file(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    put(repo, "b.ts", "2\n")
    second = commit(repo, "b")
    known = Repository.around(str(repo))
    assert known.last_change(f"{known.top}/a.ts") == first
    assert known.last_change(f"{known.top}/b.ts") == second
    assert known.last_change(f"{known.top}/none.ts") is None


def test_the_merge_base_is_where_the_branch_left(repo: Path) -> None:
    left = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, "side")
    git(repo, "checkout", "-q", "main")
    commit(repo, "later")
    git(repo, "checkout", "-q", "side")
    assert Repository.around(str(repo)).commit("merge-base:main") == left


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("nope", "knows no revision 'nope'"),
        ("--output=x", "not a revision"),
        ("", "not a revision"),
        ("main...HEAD", "merge-base:main"),
        ("main..HEAD", "not a range"),
        ("HEAD:a.ts", "knows no revision"),
    ],
)
def test_what_is_no_revision(repo: Path, revision: str, words: str) -> None:
    with pytest.raises(GitError, match=words):
        Repository.around(str(repo)).commit(revision)


def test_without_a_commit_there_is_no_revision_but_an_index(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    put(tmp_path, "a.ts", "")
    git(tmp_path, "add", "a.ts")
    known = Repository.around(str(tmp_path))
    with pytest.raises(GitError, match="no commit yet"):
        known.commit("HEAD")
    assert names(tmp_path, known.staged()) == ["a.ts"]
    assert known.last_change(f"{known.top}/a.ts") is None


def test_outside_of_a_repository_and_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitError, match="is in no repository of git"):
        Repository.around(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="not installed"):
        Repository.around(str(tmp_path))


class TestShallow:
    """A clone of which the history was cut says what to fetch, and the command that it names works."""

    @pytest.fixture
    def clone(self, repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
        git(repo, "checkout", "-q", "-b", "side")
        put(repo, "a.ts", "side\n")
        commit(repo, "side")
        git(repo, "config", "uploadpack.allowAnySHA1InWant", "true")
        place = tmp_path_factory.mktemp("clones") / "clone"
        git(repo, "clone", "-q", "--depth=1", "--branch=side", repo.as_uri(), str(place))
        return place

    def fetch(self, clone: Path, error: GitError) -> None:
        words = str(error)
        assert "shallow" in words
        git(clone, *words.partition("`git ")[2].partition("`")[0].split())

    @pytest.mark.parametrize("revision", ["origin/main", "sha", "HEAD~1", "merge-base:origin/main"])
    def test_it_says_what_to_fetch(self, repo: Path, clone: Path, revision: str) -> None:
        expected = git(repo, "rev-parse", "main")
        revision = revision.replace("sha", expected)
        for _ in range(2):  # the branch, then the history between
            known = Repository.around(str(clone))
            assert known.is_shallow
            with pytest.raises(GitError) as caught:
                known.commit(revision)
            self.fetch(clone, caught.value)
            if not revision.startswith("merge-base"):
                break
        assert Repository.around(str(clone)).commit(revision) == expected


def test_a_worktree_and_a_submodule_are_repositories_of_their_own(
    repo: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outer = repository(tmp_path_factory.mktemp("outer"))
    git(outer, "submodule", "add", "-q", repo.as_uri(), "packages/inner")
    base = commit(outer, "with a submodule")
    recorded = git(repo, "rev-parse", "HEAD")
    inner = Repository.around(str(outer / "packages" / "inner"))
    assert inner.superproject == outer.resolve().as_posix()
    assert Repository.around(str(outer)).recorded(base, inner.top) == recorded
    assert Repository.around(str(outer)).recorded(base, f"{inner.top}-none") is None
    tree = tmp_path_factory.mktemp("trees") / "tree"
    git(repo, "worktree", "add", "-q", str(tree))
    put(tree, "a.ts", "1\n")
    known = Repository.around(str(tree))
    assert known.superproject is None
    assert names(tree, known.changed(known.commit("main"))) == ["a.ts"]
