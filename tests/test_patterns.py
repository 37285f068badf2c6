"""Patterns mean what git means by them, and no pattern makes matching slow."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convexlint.patterns import Patterns, problem

PIECES = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        "*",
        "?",
        "[ab]",
        "[!a]",
        "\\*",
        ".",
        "a*",
        "*b",
        "[a-c]",
        "\\a",
        "[[:alpha:]]",
        "[]a]",
        "*.ts",
    ]
)
SEGMENTS = st.one_of(st.lists(PIECES, min_size=1, max_size=2).map("".join), st.sampled_from(["**", "***"]))
LINES = st.tuples(
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join),
    st.sampled_from(["", "", "/", " "]),
).map("".join)
NAMES = st.sampled_from(["a", "b", "ab", "aab", "c", "ba", "x.ts", "*", "abc"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def _is_ignored(patterns: Patterns, path: str) -> bool:
    """As git goes: what lies in an ignored folder cannot be taken back."""
    parts = path.split("/")
    if any(patterns.verdict("/".join(parts[:end]), True) for end in range(1, len(parts))):
        return True
    return patterns.verdict(path, False) is True


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@given(lines=st.lists(LINES, min_size=1, max_size=4), paths=st.sets(PATHS, min_size=1, max_size=15))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_is_ignored_when_git_says_so(repository: Path, lines: list[str], paths: set[str]) -> None:
    (repository / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = "\0".join(sorted(paths)).encode() + b"\0"
    command = ["git", "-C", str(repository), "check-ignore", "--no-index", "--stdin", "-z"]
    answer = subprocess.run(command, input=asked, stdout=subprocess.PIPE, check=False).stdout
    patterns = Patterns(lines)
    assert {path for path in paths if _is_ignored(patterns, path)} == set(answer.decode().split("\0")) - {""}


@pytest.mark.parametrize(
    ("line", "path", "is_meant"),
    [
        ("build", "a/build/x.ts", True),
        ("/build", "a/build/x.ts", False),
        ("a/**", "a/b/c.ts", True),
        ("**/x.ts", "x.ts", True),
        ("a/**/b", "a/b/c", True),
        ("*.ts\\ ", "x.ts", False),
        ("#a", "#a", False),
        ("\\#a", "#a", True),
        ("\\!a", "!a", True),
        ("a[", "a[", False),
        ("a\\", "a\\", False),
        ("[[:digit:]]*", "7x", True),
        ("[z-a]", "b", False),
        ("x.ts\r", "x.ts", True),
    ],
)
def test_lines(line: str, path: str, is_meant: bool) -> None:
    assert Patterns([line]).takes(path) is is_meant


def test_what_is_said_of_a_file_goes_before_what_is_said_of_its_folder() -> None:
    patterns = Patterns(["convex/old", "!convex/old/kept.ts"])
    assert patterns.takes("convex/old/gone.ts")
    assert not patterns.takes("convex/old/kept.ts")


def test_bad_patterns_say_why() -> None:
    assert problem("convex/**") is None
    assert problem("a[") == "a `\\` at its end, or a `[` that is not closed"
    assert problem("") == "it is empty"


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("a*" * 400 + "b", "a" * 255),
        ("[ab]*" * 400 + "c", "ab" * 127),
        ("**/a/" * 200 + "b", "a/" * 200 + "c"),
        ("*" + "[ab]" * 200 + "c", "ab" * 127),
    ],
)
def test_no_pattern_looks_back(line: str, path: str) -> None:
    patterns = Patterns([line])
    began = time.process_time()
    assert not patterns.takes(path)
    assert time.process_time() - began < 0.5


def test_many_lines_are_looked_up() -> None:
    lines = [f"name{i}" for i in range(20_000)] + [f"*.ending{i}" for i in range(20_000)]
    patterns = Patterns(lines)
    began = time.process_time()
    for i in range(2_000):
        assert patterns.takes(f"convex/name{i}") is True
        assert patterns.takes(f"convex/other{i}.ts") is False
    assert time.process_time() - began < 1
