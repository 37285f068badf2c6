"""Queries are answered once, refuse to ask themselves, and can tell what they read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from convexlint.program.behaviour.effects import effects_of
from convexlint.program.queries import Memo, QueryCycleError, listed, query
from tests.checkout import ROOT
from tests.program.small_programs import program_of
from tools.queries import page, queries


class World:
    def __init__(self, record: bool = False) -> None:
        self.memo = Memo(record)
        self.runs: list[str] = []


@query
def length(world: World, path: str) -> int:
    """How long a path is."""
    world.runs.append(path)
    world.memo.note_read(path)
    return len(path)


@listed
def letters(world: World) -> Iterator[int]:
    """The lengths of two paths."""
    yield length(world, "a")
    yield length(world, "bc")


@query
def total(world: World) -> int:
    """The sum of them."""
    return sum(letters(world))


@query
def loops(world: World) -> int:
    """Asks itself, by another query."""
    return _turns(world)


@query
def _turns(world: World) -> int:
    return loops(world)


@query
def fails(world: World) -> int:
    """Has no answer."""
    world.runs.append("fails")
    raise ValueError("no answer")


def test_an_answer_is_computed_at_the_first_question_and_once() -> None:
    world = World()
    assert world.runs == []
    assert (letters(world), letters(world), total(world)) == ((1, 2), (1, 2), 3)
    assert world.runs == ["a", "bc"]
    assert length(World(), "a") == 1


def test_a_query_that_asks_itself_is_told_with_its_chain() -> None:
    world = World()
    with pytest.raises(QueryCycleError, match="loops -> _turns -> loops"):
        loops(world)
    with pytest.raises(QueryCycleError):  # and nothing was remembered of it
        _turns(world)


def test_what_failed_is_asked_again() -> None:
    world = World()
    for _ in range(2):
        with pytest.raises(ValueError, match="no answer"):
            fails(world)
    assert world.runs == ["fails", "fails"]


@pytest.mark.parametrize("asked_before", [False, True])
def test_reads_are_recorded_whoever_made_the_answer(asked_before: bool) -> None:
    world = World(record=True)
    if asked_before:
        length(world, "a")
    assert total(world) == 3
    assert world.memo.modules_read(total) == frozenset({"a", "bc"})
    assert world.memo.modules_read(letters) == frozenset({"a", "bc"})
    assert world.memo.modules_read(length, "a") == frozenset({"a"})
    with pytest.raises(KeyError):
        world.memo.modules_read(loops)


FILES = {
    "convex/store.ts": "export const save = async (ctx: any) => await ctx.db.insert('notes', {});",
    "convex/one.ts": 'import { mutation } from "./_generated/server";\nimport { save } from "./store";\n'
    "export const one = mutation(async (ctx) => await save(ctx));",
    "convex/two.ts": 'import { mutation } from "./_generated/server";\nimport { save } from "./store";\n'
    "export const two = mutation(async (ctx) => await save(ctx));",
    "convex/far.ts": 'import { query } from "./_generated/server";\nexport const far = query(async () => null);',
}


def test_what_a_function_does_was_read_in_its_module_and_in_those_that_it_calls(tmp_path: Path) -> None:
    program = program_of(tmp_path, FILES, record=True)
    plain = program_of(tmp_path, FILES)
    for function, other in zip(program.functions, plain.functions, strict=True):
        done = [(e.kind, e.what) for e in effects_of(program, function)]
        assert done == [(e.kind, e.what) for e in effects_of(plain, other)]
        read = {Path(path).stem for path in program.memo.modules_read(effects_of, function)}
        # What a helper does depends on what all its callers hand over, so they are read for each of them.
        assert read == ({"far"} if function.module.name == "far" else {"one", "two", "store"})
    assert not plain.memo.records


def test_every_query_says_what_it_answers() -> None:
    found = list(queries())
    assert len({one.name for one in found}) == len(found)
    assert "| `routes(program)` | The HTTP routes" in page()
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "make queries" in contributing
