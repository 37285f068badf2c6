"""The store of facts: what is on disk is used, and what is wrong there is made anew."""

from __future__ import annotations

from pathlib import Path

from convexlint.cache import FactsCache, content_key, decode_facts
from convexlint.session.gather import FactsStore

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
    assert decode_facts(entries(tmp_path)[KEYS[0]]) is None

    run(tmp_path, ITEMS)

    assert entries(tmp_path) == whole


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
