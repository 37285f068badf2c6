"""Work in another process: its result comes back whole, or not at all."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest

from convexlint import forks
from convexlint.discovery.around import Around
from convexlint.facts import module as lowering
from convexlint.facts import parallel
from convexlint.facts.ir import ModuleFacts
from convexlint.session.clients import Clients

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork though the tests may run beside threads."""
    monkeypatch.setattr(forks, "can_fork", lambda: True)
    monkeypatch.setattr(parallel, "can_fork", lambda: True)


def test_a_fork_works_in_another_process() -> None:
    one = forks.fork(lambda tell: tell(b"%d" % os.getpid() + b" " * 100_000))
    assert one is not None
    (told,) = one.rest()
    assert int(told) != os.getpid()


def test_messages_come_whole_and_in_order_while_the_work_goes_on() -> None:
    messages = [b"%d" % number * (number * 1000) for number in range(50)]

    def work(tell: forks.Tell) -> None:
        for message in messages:
            tell(message)

    one = forks.fork(work)
    assert one is not None
    come: list[bytes] = []
    while len(come) < 50:
        come += one.arrived()
    assert come == messages
    assert one.rest() == []


def test_work_that_fails_has_told_what_it_did_before() -> None:
    def work(tell: forks.Tell) -> None:
        tell(b"one")
        tell(b"%d" % (1 // 0))

    one = forks.fork(work)
    assert one is not None
    assert one.rest() == [b"one"]


def test_where_no_fork_can_be_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "can_fork", lambda: False)
    assert forks.fork(lambda tell: tell(b"")) is None


def test_facts_are_the_same_from_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_WORKER", 1)
    items = [(f"{number}.ts", b"export const a = f(1);\n" * number) for number in range(1, 6)]
    kept: list[parallel.Item] = []
    facts = parallel.extract_all(items, 3, lambda item, data: kept.append(item))
    assert facts == parallel.extract_all(items, 1)
    assert set(kept) <= set(items)


def test_more_modules_than_turns_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_WORKER", 1)
    monkeypatch.setattr(forks.Turns, "MOST", 3)
    items = [(f"{number}.ts", b"f(1);\n" * number) for number in range(1, 9)]
    assert parallel.extract_all(items, 2) == parallel.extract_all(items, 1)


def test_a_process_that_fails_leaves_the_work_to_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_WORKER", 1)
    here, extract = os.getpid(), lowering.extract

    def fails_elsewhere(source: bytes, name: str) -> ModuleFacts:
        if os.getpid() != here:
            raise ValueError("no luck")
        return extract(source, name)

    items = [(f"{number}.ts", b"f(1);\n" * number) for number in range(1, 9)]
    expected = parallel.extract_all(items, 1)
    monkeypatch.setattr(parallel, "extract", fails_elsewhere)
    assert parallel.extract_all(items, 2) == expected


def test_each_turn_is_taken_once_by_one_of_two_processes() -> None:
    turns = forks.Turns(forks.Turns.MOST)

    def take_all() -> list[int]:
        taken = []
        while (turn := turns.take()) is not None:
            taken.append(turn)
        return taken

    other = forks.fork(lambda tell: tell(repr(take_all()).encode()))
    here = take_all()
    assert other is not None
    (there,) = map(ast.literal_eval, map(bytes.decode, other.rest()))
    assert here == sorted(here)
    assert there == sorted(there)
    assert sorted([*here, *there]) == list(range(1000))
    assert turns.take() is None
    turns.close()


def test_too_many_turns_are_refused() -> None:
    with pytest.raises(ValueError, match="1001 turns"):
        forks.Turns(1001)


def test_clients_are_asked_for_in_the_first_process_alone(tmp_path: Path) -> None:
    (tmp_path / "page.ts").write_text("use(api.a.f);")
    clients = Clients(Around(str(tmp_path)))

    other = forks.fork(lambda tell: tell(clients.named("a:f", frozenset()).encode()))

    assert other is not None
    assert other.rest() == []
    assert clients.named("a:f", frozenset()) == "yes"
