"""What is linted when: at an edit what is open, then in idle time the rest; what is out of date is thrown away.

The protocol's thread takes messages in and gives answers out; one other thread does everything that takes time. Every
change has a number. Work for a number that is not the last one is given up as soon as that shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from msgspec import Struct

from convexlint.discovery.listing import absolute
from convexlint.findings import Diagnostic, Level
from convexlint.server.background import Background
from convexlint.server.first import Begun
from convexlint.server.knowledge import Knowledge, Stale
from convexlint.server.moments import Aim, Moment
from convexlint.server.render import SEVERITIES, SOURCE, Texts
from convexlint.server.shapes import Position, Range, Shown
from convexlint.server.warm import Findings

T = TypeVar("T")

_PLACE = re.compile(r"(.+?):(\d+): (.*)", re.S)

AHEAD_SECONDS = 0.1
"""So long nothing must have changed before each look ahead."""
IDLE_SECONDS = 0.3
"""So long nothing must have changed before the background begins."""


class Known(Struct, frozen=True):
    """What the client was told last, and from what it was made."""

    findings: Findings
    texts: Texts
    shown: Mapping[str, list[Shown]]


class Client(Struct, frozen=True):
    """The ways to reach the client. `publish` is given path, version (None: not open) and all diagnostics of the file;
    `began` and `ended` frame long work; `log` writes into the editor's log."""

    publish: Callable[[str, int | None, list[Shown]], None]
    began: Callable[[str], None]
    reached: Callable[[str], None]
    ended: Callable[[str], None]
    log: Callable[[str], None]


class Work:
    """Keeps the client's diagnostics in step with the buffers."""

    def __init__(self, begun: Begun, client: Client) -> None:
        self._buffers = begun.buffers
        self._client = client
        self._knowledge = begun.knowledge
        self._aim = begun.aim
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="convexlint")
        self._background = Background()
        self._renderer = begun.renderer
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._afresh = self._clients = False
        self._known_changed: set[str] = set()
        self._published: dict[str, tuple[int | None, list[Shown]]] = {}
        if begun.told is not None:
            self._published = {path: (None, shown) for path, shown in begun.told.published.items()}
        self._logged: tuple[str, ...] = ()
        self.known: Known | None = None
        self.settled = asyncio.Event()
        """Set while nothing is left to do: what was published is what a check would say."""

    def start(self, aim: Aim) -> None:
        """Begin to look at these folders with these settings."""
        if aim != self._aim:
            self.aim(aim)
        self._changed.set()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End all work."""
        self._buffers.number += 1
        self._background.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown(wait=False, cancel_futures=True)

    def aim(self, aim: Aim) -> None:
        """Look at these folders with these settings from now on."""
        self._thread.submit(self._knowledge.aim, aim)
        self.change(afresh=True)

    def change(
        self, *, afresh: bool = False, clients: bool = False, on_disk: frozenset[str] = frozenset()
    ) -> None:
        """Something has changed: a buffer, or what a `Moment` tells."""
        self._buffers.number += 1
        self._afresh = self._afresh or afresh
        self._clients = self._clients or clients
        self._known_changed |= on_disk
        self.settled.clear()
        self._background.stop()
        self._changed.set()

    async def ask(self, question: Callable[[Knowledge, Moment], T]) -> T | None:
        """Put a question to the knowledge of this moment; None where an edit made it pointless."""
        moment = self._moment()
        try:
            return await self._in_thread(lambda: question(self._knowledge, moment))
        except Stale:
            return None

    def findings(self, path: str) -> tuple[Diagnostic, ...]:
        """What the client was told of a file, if that is still true of its text."""
        known = self.known
        if known is None:
            return ()
        buffer = self._buffers.get(path)
        if buffer is not None and known.findings.files.content(path) != buffer.source:
            return ()
        return known.findings.diagnostics.get(path, ())

    def _moment(self) -> Moment:
        return Moment(
            self._buffers.number,
            self._buffers.now(),
            self._afresh,
            self._clients,
            frozenset(self._known_changed),
        )

    async def _run(self) -> None:
        first = True
        while True:
            await self._changed.wait()
            self._changed.clear()
            if first:
                self._client.began("looking at the projects")
            try:
                await self._once()
            except Stale:
                pass
            except Exception as error:  # the server must live on; the next change is another chance
                self._client.log(f"internal error: {type(error).__name__}: {error}")
            if first:
                first = False
                self._client.ended("ready")

    async def _once(self) -> None:
        moment = self._moment()
        findings = await self._in_thread(lambda: self._knowledge.look(moment))
        if moment.number == self._buffers.number:
            self._afresh = self._clients = False
            self._known_changed.clear()
        await self._tell(findings, moment)
        if self._is_past(moment):
            return
        while (more := await self._in_thread(lambda: self._knowledge.look_on(moment))) is not None:
            findings = more
            await self._tell(findings, moment)
            if self._is_past(moment):
                return
        if self._is_past(moment):
            return
        if findings.whole:
            self.settled.set()
            await self._look_ahead(moment)
            return
        if self._published and await self._changes_within(IDLE_SECONDS):
            return
        await self._in_thread(self._knowledge.rest)
        job = await self._in_thread(lambda: self._knowledge.job(moment))
        if self._is_past(moment):
            return
        made = await self._background.lint(job, self._client.reached)
        if made is None or self._is_past(moment):
            return
        findings = await self._in_thread(lambda: self._knowledge.take(moment, made))
        await self._tell(findings, moment)
        if not self._is_past(moment):
            self.settled.set()
            await self._look_ahead(moment)

    async def _look_ahead(self, moment: Moment) -> None:
        """There is time: prepare for the first edit of what is open."""
        while not self._is_past(moment) and not await self._changes_within(AHEAD_SECONDS):
            if not await self._in_thread(lambda: self._knowledge.look_ahead(moment)):
                return

    async def _tell(self, findings: Findings, moment: Moment) -> None:
        """Publish the files whose diagnostics are others than before, unless the moment has passed."""
        texts = Texts(findings.files, moment.buffers, self._buffers.unit)
        shown = await self._in_thread(
            lambda: self._renderer.render(findings.diagnostics, findings.files, texts)
        )
        if self._is_past(moment):
            return
        self.known = Known(findings, texts, shown)
        now = dict(shown)
        if findings.trouble is not None:
            path, diagnostic = _trouble(findings.trouble)
            now[path] = [*now.get(path, ()), diagnostic]
        for path in sorted({*now, *self._published}):
            buffer = moment.buffers.get(path)
            state = (None if buffer is None else buffer.version, now.get(path, []))
            if self._published.get(path, (state[0], [])) != state:
                self._client.publish(path, *state)
            if state[1]:
                self._published[path] = state
            else:
                self._published.pop(path, None)
        if findings.defects != self._logged:
            self._logged = findings.defects
            for words in findings.defects:
                self._client.log(words)

    def _is_past(self, moment: Moment) -> bool:
        return moment.number != self._buffers.number

    async def _changes_within(self, seconds: float) -> bool:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
            return True
        return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _trouble(message: str) -> tuple[str, Shown]:
    """The message of a config file, which begins with file and line, as a diagnostic there."""
    found = _PLACE.match(message)
    file, line, words = (found[1], int(found[2]) - 1, found[3]) if found else ("convexlint.toml", 0, message)
    place = Range(Position(line, 0), Position(line + 1, 0))
    return absolute(file), Shown(range=place, message=words, severity=SEVERITIES[Level.ERROR], source=SOURCE)
