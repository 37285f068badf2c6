"""The diff that --diff prints."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexlint.reports.diff import diff, file_diff, home, painted
from convexlint.reports.paint import plain
from tests.reports.outcomes import outcome


def apply(folder: Path, patch: bytes) -> None:
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], input=patch, cwd=folder, check=True, capture_output=True
    )


def test_shows_a_change_with_its_surroundings() -> None:
    before = b"a\nb\nc\nd\ne\nf\ng\nh\n"
    assert file_diff("convex/x.ts", before, before.replace(b"e", b"E")) == (
        b"--- a/convex/x.ts\n+++ b/convex/x.ts\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"
    )


def test_says_where_the_last_line_has_no_end() -> None:
    assert file_diff("x", b"a\nb", b"a\nc\n") == (
        b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"
    )


def test_files_come_by_path_and_unchanged_ones_not_at_all() -> None:
    of = outcome(
        sources={"/w/b.ts": b"2\n", "/w/a.ts": b"2\n", "/w/c.ts": b"1\n"},
        before={"/w/b.ts": b"1\n", "/w/c.ts": b"1\n", "/w/a.ts": b"1\n"},
    )
    names = [line for line in diff(of, "/w").splitlines() if line.startswith(b"---")]
    assert names == [b"--- a/a.ts", b"--- a/b.ts"]


def test_names_are_relative_to_the_nearest_folder_that_holds_all_changes() -> None:
    """No name in a patch may lead upwards: git takes no such patch."""
    of = outcome(
        sources={"/w/convex/app/b.ts": b"2\n", "/w/convex/schema.ts": b"2\n", "/w/x.ts": b"1\n"},
        before={"/w/convex/app/b.ts": b"1\n", "/w/convex/schema.ts": b"1\n", "/w/x.ts": b"1\n"},
    )
    for cwd, there in (("/w", "/w"), ("/w/convex/app", "/w/convex"), ("/elsewhere", "/")):
        assert home(of, cwd) == there
    names = [line for line in diff(of, "/w/convex/app").splitlines() if line.startswith(b"---")]
    assert names == [b"--- a/app/b.ts", b"--- a/schema.ts"]
    assert diff(outcome(), "/w") == b""
    assert home(outcome(), "/w") == "/w"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
        (b"\xef\xbb\xbfa\nb", b"\xef\xbb\xbfa\nB"),
        (b"a\rb\rc", b"a\rB\rc"),
        (b"a\x0cb\x85\xff\nc", b"a\x0cb\x85\xfe\nc"),
        (b"a\n", b"a"),
        (b"a", b"a\n"),
        ("é\u2028\n".encode(), "è\u2028\n".encode()),
    ],
)
def test_git_applies_it_byte_for_byte(tmp_path: Path, before: bytes, after: bytes) -> None:
    file = tmp_path / "x.ts"
    file.write_bytes(before)
    apply(tmp_path, file_diff("x.ts", before, after))
    assert file.read_bytes() == after


@pytest.mark.parametrize(
    "name", ["with space.ts", 'quo"te.ts', "tab\there.ts", "back\\slash.ts", "é日.ts", "d/e.ts"]
)
def test_git_finds_files_with_unusual_names(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"a\nb\n")
    apply(tmp_path, file_diff(name, b"a\nb\n", b"a\nc\n"))
    assert file.read_bytes() == b"a\nc\n"


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_every_line_of_both_sides_is_in_the_diff(before: bytes, after: bytes) -> None:
    if before == after:
        return
    body = file_diff("x", before, after).split(b"\n")[2:]
    old = [line[1:] for line in body if line[:1] in (b" ", b"-")]
    new = [line[1:] for line in body if line[:1] in (b" ", b"+")]
    assert old == before.split(b"\n")[: len(old)]
    assert new == after.split(b"\n")[: len(new)]


def test_a_terminal_is_shown_no_control_characters() -> None:
    text = plain(painted(file_diff("x", b"a\x1b[31m\n", b"b\r\n")))
    assert text == "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\\x1b[31m\n+b\\r\n"
