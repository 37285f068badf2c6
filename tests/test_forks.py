"""Work in another process: its result comes back whole, or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from convexlint import forks
from convexlint.facts import parallel
from convexlint.session.clients import Clients

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork though the tests may run beside threads."""
    monkeypatch.setattr(forks, "can_fork", lambda: True)
    monkeypatch.setattr(parallel, "can_fork", lambda: True)


def test_a_fork_works_in_another_process() -> None:
    one = forks.fork(lambda: b"%d" % os.getpid() + b" " * 100_000)
    assert one is not None
    told = one.result()
    assert told is not None
    assert int(told) != os.getpid()


def test_work_that_fails_has_no_result() -> None:
    one = forks.fork(lambda: b"%d" % (1 // 0))
    assert one is not None
    assert one.result() is None


def test_where_no_fork_can_be_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "can_fork", lambda: False)
    assert forks.fork(lambda: b"") is None


def test_facts_are_the_same_from_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_A_WORKER", 1)
    items = [(f"{number}.ts", b"export const a = f(1);\n" * number) for number in range(1, 6)]
    assert parallel.extract_all(items, 3) == parallel.extract_all(items, 1)


def test_each_turn_is_taken_once_by_one_of_two_processes() -> None:
    turns = forks.Turns(1000)

    def take_all() -> bytes:
        taken = 0
        while turns.take():
            taken += 1
        return str(taken).encode()

    other = forks.fork(take_all)
    here = int(take_all())
    assert other is not None
    assert here + int(other.result() or b"") == 1000
    assert not turns.take()
    turns.close()


def test_clients_are_asked_for_in_the_first_process_alone(tmp_path: Path) -> None:
    (tmp_path / "page.ts").write_text("use(api.a.f);")
    clients = Clients(str(tmp_path))

    other = forks.fork(lambda: clients.named("a:f", frozenset()).encode())

    assert other is not None
    assert other.result() is None
    assert clients.named("a:f", frozenset()) == "yes"
