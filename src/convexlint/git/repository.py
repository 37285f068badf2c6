"""All that convexlint asks git: which files and lines changed, what is staged, what was renamed.

git is run with a list of arguments, never by a shell; it writes nothing, starts no hook, no monitor, no filter for
diffs and no pager, asks nobody for a password, and has a minute for an answer. Paths in answers are absolute and real
(links followed), with `/`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from convexlint.git import GitError as GitError
from convexlint.git.patches import Lines, added_lines
from convexlint.git.run import TIMEOUT as TIMEOUT
from convexlint.git.run import run
from convexlint.git.words import no_repository, words_of

_MERGE_BASE = "merge-base:"
_MANY = 500
"""Paths in one command line: systems limit its length."""

_DIFF = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=all", "-z")
_FILE_MODES = (b"100644", b"100755")


class Staged(Struct, frozen=True):
    """How the index differs from the files on disk. `contents`: files whose bytes differ, as the index has them;
    `missing`: those of them that are not on disk; `unknown`: files on disk that the index does not have (ignored ones
    left out)."""

    contents: Mapping[str, bytes]
    missing: frozenset[str]
    unknown: frozenset[str]


_PLAIN_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./~^-]*")


class Repository:
    """The repository, worktree or submodule whose files lie below `top`."""

    def __init__(self, top: str, git_dir: str, program: str) -> None:
        self.top = top
        self._git_dir = git_dir
        self._program = program
        self._commits: dict[str, str] = {}

    @classmethod
    def around(cls, folder: str, revision: str | None = None) -> Repository:
        """The repository that holds `folder`; `revision`: what will be asked for, so that git answers both at once.
        Raises GitError."""
        program = shutil.which("git")
        if program is None or not Path(program).is_absolute():  # never one that lies in the working folder
            raise GitError("git is not installed, or not on the PATH: without it nobody knows what changed")
        question = ["rev-parse", "--show-toplevel", "--absolute-git-dir"]
        if revision is not None and _PLAIN_REVISION.fullmatch(revision):
            ran = run(program, folder, [*question, f"{revision}^{{commit}}"], {})
            lines = os.fsdecode(ran.stdout).splitlines()
            if ran.returncode == 0 and len(lines) == 3:
                found = cls(_real(lines[0]), _real(lines[1]), program)
                found._commits[revision] = lines[2]
                return found
        ran = run(program, folder, question, {})
        lines = os.fsdecode(ran.stdout).splitlines()
        if ran.returncode != 0 or len(lines) != 2:
            raise GitError(no_repository(folder, words_of(ran)))
        top, git_dir = (_real(line) for line in lines)
        return cls(top, git_dir, program)

    def commit(self, revision: str) -> str:
        """The commit that `revision` names; `merge-base:REV` is where this branch left REV. Raises GitError."""
        if revision in self._commits:
            return self._commits[revision]
        if revision.startswith(_MERGE_BASE):
            return self._merge_base(revision[len(_MERGE_BASE) :])
        if not revision or revision.startswith("-") or "\0" in revision:
            raise GitError(f"{revision!r} is not a revision of git")
        ran = self._ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if ran.returncode != 0:  # `:/words` and its like take all that follows for their own
            named = self._ask("rev-parse", "--verify", "--quiet", revision).stdout.decode("ascii").strip()
            ran = self._ask("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}") if named else ran
        if ran.returncode == 0:
            return ran.stdout.decode("ascii").strip()
        if "..." in revision:
            raise GitError(
                f"a revision is one commit, not a range; for what changed since this branch left another one: "
                f"{_MERGE_BASE}{revision.partition('...')[0]}"
            )
        if ".." in revision:
            raise GitError(f"a revision is one commit, not a range: {revision.partition('..')[0]}")
        if not self.has_commits:
            raise GitError(f"there is no revision {revision!r}: the repository {self.top} has no commit yet")
        remedy = self._how_to_fetch(revision)
        raise GitError(f"git knows no revision {revision!r} in {self.top}{f'; {remedy}' if remedy else ''}")

    def base(self, revision: str, started_in: str) -> str | None:
        """The commit that `revision` names in the repository around the folder `started_in`; for a submodule of it,
        what it had there of the submodule, None where it had none. Raises GitError."""
        above = None if _inside(started_in, self.top) else self.superproject
        if above is None or not _inside(started_in, above):
            return self.commit(revision)
        outer = Repository.around(above)
        base = outer.base(revision, started_in)
        recorded = None if base is None else outer.recorded(base, self.top)
        return None if recorded is None else self.commit(recorded)

    def recorded(self, commit: str, path: str) -> str | None:
        """The commit of the submodule at `path` that `commit` asks for; None where it has no submodule there."""
        found = self._answer("ls-tree", "-z", commit, "--", self._relative(path))
        match = re.match(rb"160000 commit ([0-9a-f]+)\t", found)
        return match[1].decode("ascii") if match else None

    @cached_property
    def superproject(self) -> str | None:
        """The top of the repository that has this one as its submodule."""
        found = os.fsdecode(self._answer("rev-parse", "--show-superproject-working-tree")).rstrip("\r\n")
        return _real(found) if found else None

    @cached_property
    def has_commits(self) -> bool:
        return self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode == 0

    @cached_property
    def is_shallow(self) -> bool:
        """Whether its history was cut when it was cloned."""
        return self._ask("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"

    def changed(self, commit: str | None) -> frozenset[str]:
        """Files on disk that are not as in `commit`, with those that git does not know yet and those that are gone;
        None: all files that git does not ignore."""
        if commit is None:
            return frozenset(self._paths(self._answer("ls-files", "-z", "--cached"))) | self.untracked
        found = self._answer("diff", *_DIFF, "--no-renames", "--name-only", commit, "--")
        return frozenset(self._paths(found)) | self.untracked

    def changed_lines(self, commit: str | None, paths: Iterable[str]) -> dict[str, Lines | None]:
        """For each of the paths the lines on disk that are not in `commit`; None for all of them."""
        wanted = sorted(paths)
        if commit is None:
            return dict.fromkeys(wanted)
        known = [path for path in wanted if path not in self.untracked]
        return {
            **dict.fromkeys(set(wanted).difference(known)),
            **self._lines((commit,), known),
        }

    def staged(self) -> frozenset[str]:
        """Files that the next commit changes."""
        return frozenset(
            self._paths(self._answer("diff", *_DIFF, "--no-renames", "--name-only", "--cached", "--"))
        )

    def staged_lines(self, paths: Iterable[str]) -> dict[str, Lines | None]:
        """For each of the paths the lines of the index that are not in the last commit."""
        return self._lines(("--cached",), sorted(paths))

    def index(self) -> Staged:
        """How the index differs from the disk."""
        fields = self._answer("diff", *_DIFF, "--no-renames", "--raw").split(b"\0")
        differing: list[bytes] = []
        missing: set[str] = set()
        for head, name in zip(fields[::2], fields[1::2], strict=False):
            mode, _, _, _, status = head.lstrip(b":").split(b" ")
            if mode in _FILE_MODES and status[:1] in (b"M", b"D", b"T"):
                differing.append(name)
                if status[:1] == b"D":
                    missing.add(self._path(name))
        return Staged(self._contents(differing), frozenset(missing), self.untracked)

    def renames(self, commit: str) -> dict[str, str]:
        """New path -> old path of the files on disk that git takes for files of `commit` by another name, whether or
        not they were added to the index."""
        command = (
            "diff",
            *_DIFF,
            "--find-renames",
            "-l2000",
            "--diff-filter=R",
            "--name-status",
            commit,
            "--",
        )
        if not self.untracked:
            found = self._answer(*command)
        else:
            with tempfile.TemporaryDirectory(prefix="convexlint-") as folder:
                apart = self._index_of_its_own(folder)
                for some in _parts(sorted(self._relative(path) for path in self.untracked)):
                    self._answer("add", "--intent-to-add", "--", *some, besides=apart)
                found = self._answer(*command, besides=apart)
        fields = found.split(b"\0")
        return {
            self._path(new): self._path(old)
            for _, old, new in zip(fields[::3], fields[1::3], fields[2::3], strict=False)
        }

    def last_change(self, path: str) -> str | None:
        """The last commit that changed the file; None where no commit did."""
        if not self.has_commits:
            return None
        found = self._answer("log", "-1", "--format=%H", "--no-show-signature", "--", self._relative(path))
        return found.decode("ascii").strip() or None

    def tree(self, commit: str) -> dict[str, str]:
        """The files of `commit`, each with the name of its contents (see `blobs`)."""
        found = {}
        for entry in self._answer("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            head, _, name = entry.partition(b"\t")
            mode, _, blob = head.partition(b" ")
            if mode in _FILE_MODES:
                found[self._path(name)] = blob.rpartition(b" ")[2].decode("ascii")
        return found

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Contents by their names. Raises GitError where one is not there (a partial clone)."""
        asked = list(dict.fromkeys(names))
        try:
            found = dict(self._objects([name.encode("ascii") for name in asked]))
        except GitError as error:
            if "promisor" not in str(error) and "lazy" not in str(error):
                raise
            found = {}
        if len(found) < len(asked):
            raise GitError(
                "this clone is partial, and contents of the revision are not in it; "
                "run `git fetch --refetch --no-filter` (in GitHub Actions: actions/checkout without `filter`)"
            )
        return {name.decode("ascii"): content for name, content in found.items()}

    @cached_property
    def untracked(self) -> frozenset[str]:
        """Files that are neither in the index nor ignored."""
        listed = self._paths(self._answer("ls-files", "-z", "--others", "--exclude-standard"))
        return frozenset(path for path in listed if not path.endswith("/"))  # a repository in this one

    def _index_of_its_own(self, folder: str) -> dict[str, str]:
        """Variables under which git takes a copy in `folder` for the index, and writes objects there, if any."""
        index, objects = Path(folder, "index"), Path(folder, "objects")
        objects.mkdir()
        there = Path(self._hook_index or self._at("index"))
        if there.exists():
            shutil.copyfile(there, index)
        return {
            "GIT_INDEX_FILE": str(index),
            "GIT_OBJECT_DIRECTORY": str(objects),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": self._at("objects"),
        }

    def _lines(self, against: Sequence[str], paths: Sequence[str]) -> dict[str, Lines | None]:
        found: dict[str, Lines | None] = dict.fromkeys(paths, ())
        options = ("--no-renames", "--text", "-U0", "--inter-hunk-context=0", "--no-prefix", "--raw", "-p")
        for some in _parts([self._relative(path) for path in paths]):
            text = self._answer("diff", *_DIFF, *options, *against, "--", *some)
            for name, lines in added_lines(text):
                found[self._path(name)] = lines
        return found

    def _contents(self, names: Sequence[bytes]) -> dict[str, bytes]:
        """What the index holds for these names; those that it holds in several versions (a conflict) are left out."""
        asked = [name for name in names if b"\n" not in name]
        found = self._objects([b":" + name for name in asked])
        return {self._path(name[1:]): content for name, content in found}

    def _objects(self, names: Sequence[bytes]) -> Iterable[tuple[bytes, bytes]]:
        """Each of the names that is a file's contents, with them. No name holds a line's end."""
        text = self._answer("cat-file", "--batch", given=b"\n".join((*names, b""))) if names else b""
        at = 0
        for name in names:
            end = text.index(b"\n", at)
            head = text[at:end].split(b" ")
            at = end + 1
            if head[-2:-1] == [b"blob"]:
                size = int(head[-1])
                yield name, text[at : at + size]
                at += size + 1

    def _merge_base(self, revision: str) -> str:
        other = self.commit(revision)
        ran = self._ask("merge-base", "HEAD", other)
        if ran.returncode == 0:
            return ran.stdout.decode("ascii").split()[0]
        if self.is_shallow:
            raise GitError(
                f"this clone is shallow, and where its branch left {revision} is not in it; "
                "run `git fetch --unshallow` (in GitHub Actions: actions/checkout with `fetch-depth: 0`)"
            )
        raise GitError(f"HEAD and {revision} have no commit in common")

    def _how_to_fetch(self, revision: str) -> str | None:
        """The command that brings a revision which a clone may lack."""
        depth = " --depth=1" if self.is_shallow else ""
        why = "this clone is shallow; " if self.is_shallow else ""
        remotes = os.fsdecode(self._answer("remote")).split()
        name = re.split(r"[~^@:]", revision, maxsplit=1)[0]
        remote, slash, branch = name.partition("/")
        if name != revision and self.is_shallow:
            return (
                why
                + "run `git fetch --unshallow` (in GitHub Actions: actions/checkout with `fetch-depth: 0`)"
            )
        if slash and remote in remotes and branch:
            return f"{why}run `git fetch{depth} {remote} +refs/heads/{branch}:refs/remotes/{name}`"
        if remotes and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", revision):
            return f"{why}run `git fetch{depth} {remotes[0]} {revision}`"
        if (
            remotes
            and self._ask("rev-parse", "--verify", "--quiet", f"{remotes[0]}/{revision}").returncode == 0
        ):
            return f"did you mean {remotes[0]}/{revision}?"
        if remotes:
            return (
                f"{why}for a branch of {remotes[0]} run `git fetch{depth} {remotes[0]} {revision}:{revision}`"
            )
        return None

    @cached_property
    def _hook_index(self) -> str | None:
        """The index that a hook is told of: a commit of some files alone has one of its own."""
        named = os.environ.get("GIT_INDEX_FILE")
        for folder in (str(Path.cwd()), self.top) if named else ():
            there = _real(str(Path(folder, named or "")))
            if there.startswith(f"{self._git_dir}/") and Path(there).exists():
                return there
        return None

    def _at(self, what: str) -> str:
        """Where the repository keeps `what` ("index", "objects")."""
        found = os.fsdecode(self._answer("rev-parse", "--git-path", what)).rstrip("\r\n")
        return str(Path(self.top, found))

    def _answer(
        self, *arguments: str, besides: Mapping[str, str] | None = None, given: bytes | None = None
    ) -> bytes:
        ran = self._ask(*arguments, besides=besides, given=given)
        if ran.returncode != 0:
            raise GitError(f"git {arguments[0]} failed in {self.top}: {words_of(ran)}")
        return ran.stdout

    def _ask(
        self, *arguments: str, besides: Mapping[str, str] | None = None, given: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        index = {"GIT_INDEX_FILE": self._hook_index} if self._hook_index is not None else {}
        return run(self._program, self.top, arguments, {**index, **(besides or {})}, given)

    def _paths(self, listed: bytes) -> list[str]:
        return [self._path(name) for name in listed.split(b"\0") if name]

    def _path(self, name: bytes) -> str:
        return f"{self.top.rstrip('/')}/{os.fsdecode(name)}"

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self.top).replace(os.sep, "/")


def _inside(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _parts(paths: Sequence[str]) -> Iterable[Sequence[str]]:
    return (paths[at : at + _MANY] for at in range(0, len(paths), _MANY))


def _real(path: str) -> str:
    return os.path.realpath(path).replace(os.sep, "/")
