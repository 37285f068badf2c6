"""What is done when, told by a knowledge that is only played."""

from __future__ import annotations

import asyncio
import io

import pytest

pytest.importorskip("pygls", reason="the extra `server` is not installed")

from convexlint.server.buffers import Buffers
from convexlint.server.first import Begun
from convexlint.server.moments import Moment
from convexlint.server.render import Renderer
from convexlint.server.warm import Findings
from convexlint.server.work import Client, Work
from convexlint.session.files import Files


class Played:
    """A knowledge of nothing. While it looks on for the first time, an edit arrives."""

    def __init__(self, buffers: Buffers) -> None:
        self.buffers = buffers
        self.looked: list[int] = []

    def look(self, moment: Moment) -> Findings:
        self.looked.append(moment.number)
        return Findings(moment.number, {}, Files({}), True, None, ())

    def look_on(self, moment: Moment) -> None:
        if len(self.looked) == 1:
            self.buffers.number += 1

    def look_ahead(self, moment: Moment) -> bool:
        return False


def test_nothing_is_settled_for_a_moment_that_has_passed() -> None:
    def ignore(*args: object) -> None:
        pass

    async def play() -> tuple[bool, bool]:
        buffers = Buffers()
        begun = Begun(buffers, Played(buffers), Renderer(buffers.uri), io.BytesIO())  # type: ignore[arg-type]
        work = Work(begun, Client(ignore, ignore, ignore, ignore, ignore))
        await work._once()
        early = work.settled.is_set()
        await work._once()
        late = work.settled.is_set()
        await work.stop()
        return early, late

    assert asyncio.run(play()) == (False, True)
