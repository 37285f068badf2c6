"""The cache gives back what was stored, or nothing; and deletes only what it made."""

from __future__ import annotations

import multiprocessing
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.cache import FactsCache, content_key
from convexlint.facts import codec, extract
from convexlint.facts.parallel import extract_all
from convexlint.packs import Packs, clean, user_key


def _write_often(directory: str, value: bytes) -> None:
    for _ in range(30):
        FactsCache(directory).store("p", {"k": value * 5000})


def test_what_was_stored_is_loaded(tmp_path: Path) -> None:
    facts = extract(b"export const a = 1", "a.ts")
    cache = FactsCache(str(tmp_path / "c"))
    assert cache.load("p") == {}
    assert cache.store("p", {"k": codec.encode(facts)})
    assert codec.decode(bytes(cache.load("p")["k"])) == facts
    assert cache.load("other") == {}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.binary(max_size=4), st.booleans())
def test_a_damaged_pack_is_absent_and_rewritten(at: int, junk: bytes, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = FactsCache(f"{folder}/c")
        entries = {"k": b"value"}
        cache.store("p", entries)
        (pack,) = Path(folder, "c").glob("*.pack")
        raw = pack.read_bytes()
        at %= len(raw)
        pack.write_bytes(raw[:at] + junk + (b"" if cut else raw[at + len(junk) :]))
        assert cache.load("p") in ({}, entries)
        assert cache.store("p", entries)
        assert cache.load("p") == entries


@given(st.binary(max_size=40))
def test_foreign_entries_are_no_facts(entry: bytes) -> None:
    for decode in (codec.decode, codec.decode_head):
        with pytest.raises(codec.DAMAGED):
            decode(entry)


def test_two_processes_writing_leave_a_whole_pack(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_often, args=(str(tmp_path / "c"), v)) for v in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert FactsCache(str(tmp_path / "c")).load("p")["k"] in (b"a" * 5000, b"b" * 5000)
    assert not list((tmp_path / "c").glob("*.tmp"))


def test_the_oldest_packs_go_when_the_bound_is_reached(tmp_path: Path) -> None:
    cache = FactsCache(str(tmp_path), max_bytes=2500)
    for project in "abc":
        assert cache.store(project, {"k": b"x" * 1000})
    assert sum(pack.stat().st_size for pack in tmp_path.glob("*.pack")) <= 2500
    assert cache.load("c")


def test_clean_spares_folders_that_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "facts-x.pack").write_text("mine")
    assert not clean(str(tmp_path))
    assert not FactsCache(str(tmp_path)).store("p", {})
    assert (tmp_path / "facts-x.pack").read_text() == "mine"


def test_clean_removes_what_was_made_and_keeps_the_rest(tmp_path: Path) -> None:
    FactsCache(str(tmp_path / "c")).store("p", {})
    (tmp_path / "c" / "note.txt").write_text("keep")
    assert clean(str(tmp_path / "c"))
    assert [entry.name for entry in (tmp_path / "c").iterdir()] == ["note.txt"]


def test_an_unwritable_folder_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not FactsCache(str(tmp_path / "file" / "c")).store("p", {})
    assert FactsCache(str(tmp_path / "file" / "c")).load("p") == {}


def test_the_key_depends_on_bytes_and_grammar_only() -> None:
    assert content_key(b"a", "x.ts") == content_key(b"a", "y.mts")
    assert len({content_key(b"a", "x.ts"), content_key(b"a", "x.tsx"), content_key(b"b", "x.ts")}) == 3


def test_jobs_do_not_change_the_facts() -> None:
    items = [(f"{i}.ts", f"export const a{i} = 1;\n".encode() * (20_000 + i)) for i in range(3)]
    assert extract_all(items, 2) == extract_all(items, 1)


KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_pack_of_another_user_is_absent(tmp_path: Path) -> None:
    """A cache that lies in a repository was not signed with this user's key."""
    assert Packs(str(tmp_path), key=lambda: OTHER).store("result", "n", b"no findings", "/p")
    assert bytes(Packs(str(tmp_path), key=lambda: OTHER).load("result", "n", "/p") or b"") == b"no findings"
    assert Packs(str(tmp_path), key=lambda: KEY).load("result", "n", "/p") is None


def test_a_pack_counts_for_its_kind_project_and_name_alone(tmp_path: Path) -> None:
    packs = Packs(str(tmp_path), key=lambda: KEY)
    assert packs.store("result", "n", b"no findings", "/a")
    assert packs.store("result", "n", b"other", "/b")
    mine, other = (
        next(p for p in tmp_path.glob("result-*.pack") if project in p.read_bytes())
        for project in (b"/a\n", b"/b\n")
    )
    other.write_bytes(mine.read_bytes())
    assert bytes(packs.load("result", "n", "/a") or b"") == b"no findings"
    assert packs.load("result", "n", "/b") is None


def test_without_a_key_nothing_is_cached(tmp_path: Path) -> None:
    packs = Packs(str(tmp_path / "c"), key=lambda: None)
    assert not packs.store("result", "n", b"x")
    assert packs.load("result", "n") is None
    assert packs.obstacle() is not None


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_the_key_is_for_this_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = user_key()
    path = next(tmp_path.rglob("cache.key"))
    assert first is not None
    assert first == user_key() == path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)  # others may have read it
    assert user_key() not in (None, first)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_bytes(OTHER)
    assert user_key() not in (None, OTHER)
