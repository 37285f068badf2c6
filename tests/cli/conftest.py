"""Running the command line inside of the test, with a session that answers what the test wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

import convexlint.cli.check as check_command
from convexlint.cli.app import run
from convexlint.session import Outcome, Request

Answer = Outcome | Exception | KeyboardInterrupt


class Ran(NamedTuple):
    """What a run left."""

    status: int
    out: str
    err: str
    request: Request | None


Runner = Callable[..., Ran]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """`cli("check", "--fix", answer=outcome)` runs that command line; the session gives `answer`."""

    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    def invoke(*arguments: str, answer: Answer | None = None) -> Ran:
        asked: list[Request] = []

        def check(
            request: Request,
            progress: Callable[[str, int, int], None],
            keep: Callable[[object], object],
            earlier: object = (),
            *,
            apart: bool = False,
        ) -> Outcome:
            asked.append(request)
            progress("parse", 0, 2)
            if isinstance(answer, BaseException):
                raise answer
            assert answer is not None
            return answer

        monkeypatch.setattr(check_command, "check", check)
        status = run(arguments)
        out, err = capfd.readouterr()
        return Ran(status, out, err, asked[0] if asked else None)

    return invoke
