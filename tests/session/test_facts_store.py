"""The store of facts: what is on disk is used, and what is wrong there is made anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from convexlint import forks
from convexlint.cache import FactsCache, content_key
from convexlint.facts import codec, extract
from convexlint.facts.client import as_client
from convexlint.session import facts_store
from convexlint.session.facts_store import FactsStore

ITEMS = [("/p/convex/a.ts", b"export const a = 1;"), ("/p/convex/b.ts", b"export const b = 2;")]
KEYS = [content_key(source, name) for name, source in ITEMS]


def entries(folder: Path) -> dict[str, bytes]:
    return dict(FactsCache(str(folder)).load("/p/convex"))


def run(folder: Path, items: list[tuple[str, bytes]], *, keep_others: bool = False) -> None:
    store = FactsStore(str(folder), 1, "/p/convex")
    store.lower(items)
    store.save(items, keep_others=keep_others)


def test_a_damaged_entry_is_made_anew_and_the_others_stay(tmp_path: Path) -> None:
    run(tmp_path, ITEMS)
    whole = entries(tmp_path)
    assert set(whole) == set(KEYS)
    FactsCache(str(tmp_path)).store("/p/convex", {**whole, KEYS[0]: whole[KEYS[0]][:-3]})
    with pytest.raises(codec.DAMAGED):
        codec.decode_head(entries(tmp_path)[KEYS[0]])

    run(tmp_path, ITEMS)

    assert entries(tmp_path) == whole


def test_damage_behind_a_head_shows_when_facts_are_asked_for(tmp_path: Path) -> None:
    run(tmp_path, ITEMS)
    whole = entries(tmp_path)
    damaged = whole[KEYS[0]][:-1] + b"\xc0"
    assert codec.decode_head(damaged) == extract(ITEMS[0][1], "a.ts").head
    FactsCache(str(tmp_path)).store("/p/convex", {**whole, KEYS[0]: damaged})

    store = FactsStore(str(tmp_path), 1, "/p/convex")
    made = store.lower(ITEMS)
    assert [one.facts() for one in made] == [extract(source, name) for name, source in ITEMS]
    store.save(ITEMS, keep_others=False)

    assert entries(tmp_path) == whole


def test_facts_are_read_for_who_asks(tmp_path: Path, decoded: list[bytes]) -> None:
    run(tmp_path, ITEMS)
    first, _ = FactsStore(str(tmp_path), 1, "/p/convex").lower(ITEMS)
    assert first.head.specifiers == ()
    assert decoded == []
    assert first.facts() is first.facts()
    assert len(decoded) == 1


def test_facts_of_modules_that_are_gone_stay_only_where_that_is_asked_for(tmp_path: Path) -> None:
    run(tmp_path, ITEMS[:1])
    run(tmp_path, ITEMS[1:], keep_others=True)
    assert set(entries(tmp_path)) == set(KEYS)
    changed = [("/p/convex/a.ts", b"export const a = 3;")]

    run(tmp_path, changed)

    assert set(entries(tmp_path)) == {content_key(changed[0][1], changed[0][0])}


def test_facts_that_vanish_between_reading_and_saving_are_written_again(tmp_path: Path) -> None:
    run(tmp_path, ITEMS[:1])
    store = FactsStore(str(tmp_path), 1, "/p/convex")
    store.lower(ITEMS)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            file.unlink()

    store.save(ITEMS, keep_others=False)

    assert set(entries(tmp_path)) == set(KEYS)


@pytest.fixture
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("processes are forked on Linux alone")
    monkeypatch.setattr(forks, "can_fork", lambda: True)
    monkeypatch.setattr(facts_store, "SMALL_RUN_BYTES", 0)


@pytest.mark.usefixtures("forking")
def test_another_process_saves_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FactsStore(str(tmp_path), 2, "/p/convex")
    store.lower(ITEMS)
    store.save_meanwhile(ITEMS)
    here: list[bool] = []
    monkeypatch.setattr(FactsCache, "store", lambda *_: here.append(True))

    store.save(ITEMS, keep_others=False)

    assert here == []
    assert entries(tmp_path) == {
        KEYS[n]: codec.encode(extract(text, name)) for n, (name, text) in enumerate(ITEMS)
    }


@pytest.mark.usefixtures("forking")
def test_what_another_process_could_not_save_is_saved_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, first = FactsCache.store, os.getpid()
    monkeypatch.setattr(FactsCache, "store", lambda *given: os.getpid() == first and keep(*given))
    store = FactsStore(str(tmp_path), 2, "/p/convex")
    store.lower(ITEMS)
    store.save_meanwhile(ITEMS)
    assert entries(tmp_path) == {}

    store.save(ITEMS, keep_others=False)

    assert set(entries(tmp_path)) == set(KEYS)


@pytest.mark.usefixtures("forking")
def test_damage_that_shows_while_another_process_saves_is_mended(tmp_path: Path) -> None:
    run(tmp_path, ITEMS)
    whole = entries(tmp_path)
    FactsCache(str(tmp_path)).store("/p/convex", {**whole, KEYS[0]: whole[KEYS[0]][:-1] + b"\xc0"})
    more = [*ITEMS, ("/p/convex/c.ts", b"export const c = 3;")]
    store = FactsStore(str(tmp_path), 2, "/p/convex")
    made = store.lower(more)
    store.save_meanwhile(more)
    assert made[0].facts() == extract(ITEMS[0][1], "a.ts")

    store.save(more, keep_others=False)

    assert entries(tmp_path).items() >= whole.items()


def test_modules_with_the_same_text_have_facts_of_their_own(tmp_path: Path) -> None:
    text = b"export const a = f(1);"
    items = [("/p/convex/a.ts", text), ("/p/convex/b.ts", text)]
    for _ in range(2):  # made, then from disk
        store = FactsStore(str(tmp_path), 1, "/p/convex")
        one, other = (made.facts() for made in store.lower(items))
        assert one == other
        assert one.functions[0] is not other.functions[0]
        assert [made.facts() for made in store.lower(items)] == [one, other]
        assert store.lower(items)[1].facts() is other
        store.save(items, keep_others=False)
        assert len(entries(tmp_path)) == 1


def test_a_module_is_another_one_as_a_client(tmp_path: Path) -> None:
    source = b'export const Page = () => <p title="t">{1}</p>;'
    items = [("/p/convex/a.tsx", source), (as_client("/p/convex/a.tsx"), source)]
    for _ in range(2):  # made, and read
        store = FactsStore(str(tmp_path), 1, "/p/convex")
        as_module, as_a_client = (one.facts() for one in store.lower(items))
        store.save(items, keep_others=False)
        assert as_module == extract(source, "a.tsx")
        assert as_a_client == extract(source, as_client("a.tsx"))
        assert as_module != as_a_client
    assert len(entries(tmp_path)) == 2
