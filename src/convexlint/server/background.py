"""Whole projects, linted by another process while the editor's own waits for the next edit.

What takes seconds must neither hold up an answer nor fill the memory of a process that lives for days. The other
process ends with its work, and is ended as soon as an edit makes the work worthless.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO

import msgspec
from msgspec import Struct, field

from convexlint.config.settings import Overrides
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import NO_COMPARISON, NoProjectError, PathError, Request
from convexlint.session.files import Files
from convexlint.session.linted import Linted
from convexlint.session.run import open_projects

_LENGTH = 4


class Job(Struct, frozen=True):
    """What is to be linted: see `Request`. `contents`: what stands in for the files on disk."""

    paths: tuple[str, ...]
    overrides: Overrides
    config: str | None
    isolated: bool
    cache_dir: str | None
    unsaved: tuple[str, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)

    def request(self, jobs: int | None) -> Request:
        return Request(
            paths=self.paths,
            overrides=self.overrides,
            config=self.config,
            isolated=self.isolated,
            cache_dir=self.cache_dir,
            jobs=jobs,
            unsaved=self.unsaved,
            against=NO_COMPARISON,  # an editor shows the code, not what a deploy of it changes
        )


class Message(Struct, frozen=True):
    """A message of the other process. `stage`: what it is at. `linted`: the lint of the project in `project`."""

    stage: str = ""
    project: str = ""
    linted: Linted | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode_job = msgspec.msgpack.Decoder(Job).decode
_decode_message = msgspec.msgpack.Decoder(Message).decode


class Background:
    """Starts such a process, and ends it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def lint(self, job: Job, tell: Callable[[str], None]) -> dict[str, Linted] | None:
        """The lint of every project by its functions folder; None where the process was ended or failed. `tell` is
        told the stages."""
        process = await asyncio.create_subprocess_exec(
            *own_command(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        self._process = process
        assert process.stdin is not None and process.stdout is not None
        made: dict[str, Linted] = {}
        try:
            process.stdin.write(_encode(job))
            process.stdin.close()
            while True:
                head = await process.stdout.readexactly(_LENGTH)
                message = _decode_message(await process.stdout.readexactly(int.from_bytes(head, "big")))
                if message.linted is not None:
                    made[message.project] = message.linted
                elif message.stage:
                    tell(message.stage)
                else:  # the end
                    return made
        except (asyncio.IncompleteReadError, ConnectionError, BrokenPipeError, msgspec.DecodeError):
            return None
        finally:
            if self._process is process:
                self._process = None
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def stop(self) -> None:
        """End the process that runs, if there is one: what it says would be of no use."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process = None


def own_command() -> list[str]:
    """How to start this program again, for this work."""
    start = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "convexlint"]
    return [*start, "server", "--whole"]


def work(source: BinaryIO, target: BinaryIO) -> None:
    """What the other process does: read a job, tell the lints."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)
    job = _decode_job(source.read())

    def tell(message: Message) -> None:
        data = _encode(message)
        target.write(len(data).to_bytes(_LENGTH, "big") + data)
        target.flush()

    def stage(name: str, done: int, total: int) -> None:
        tell(Message(stage=name))

    clock = Stopwatch(stage)
    try:
        workspaces = open_projects(job.request(None), clock)
    except (NoProjectError, PathError):
        workspaces = []
    files = Files(job.contents)
    for workspace in workspaces:
        try:
            linted = (None if job.contents else workspace.recall(files, None)) or workspace.lint(files)
        except Exception as error:  # a defect, which must not cost the other projects their findings
            linted = workspace.nothing(error)
        tell(Message(project=workspace.target.project.functions_dir, linted=linted))
        if not job.contents:
            workspace.save(linted, besides=None)
    tell(Message())
