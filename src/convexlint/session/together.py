"""All projects of a run, recalled or linted.

Large projects are shared by processes from within (`facts/parallel.py`, `judge.py`), one project after the other; small
ones by `turns.py`, where several are left to lint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from convexlint.discovery.listing import relative
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import PathError, Request
from convexlint.session.files import Files
from convexlint.session.linted import Linted
from convexlint.session.workspace import Workspace

L = TypeVar("L", Linted, Linted | None)


class Together:
    """The lints of a run's projects."""

    def __init__(
        self, request: Request, workspaces: Sequence[Workspace], files: Files, clock: Stopwatch
    ) -> None:
        self._jobs = request.jobs
        self._workspaces = workspaces
        self._files = files
        self._clock = clock
        self._focuses = [one.focus(files) if request.fix == "none" else None for one in workspaces]

    def lints(self, save: Callable[[int, Linted], None] | None) -> list[Linted]:
        """The lint of each project. `save`: how another process saves one; None: no other may lint, because somebody
        goes on with the programs. Raises PathError of what a project is compared with."""
        numbers = range(len(self._workspaces))
        made = {n: known for n in numbers if (known := self._guarded(n, self._recall)) is not None}
        left = [number for number in numbers if number not in made]
        if save is not None and len(left) > 1:
            # A run that only recalls lints never imports it.
            from convexlint.session.turns import linted_in_turns

            made |= linted_in_turns(
                left,
                self._workspaces,
                self._files,
                self._jobs,
                self._clock,
                here=lambda number: self._guarded(number, self._lint),
                there=self._lint,
                save=save,
            )
        for number in left:
            if number not in made:
                made[number] = self._guarded(number, self._lint)
        self._clock.about = ""
        return [made[number] for number in numbers]

    def _recall(self, number: int) -> Linted | None:
        return self._workspaces[number].recall(self._files, self._focuses[number])

    def _lint(self, number: int) -> Linted:
        return self._workspaces[number].lint(self._files, self._focuses[number])

    def _guarded(self, number: int, make: Callable[[int], L]) -> L:
        workspace, count = self._workspaces[number], len(self._workspaces)
        functions = relative(workspace.target.project.functions_dir, ".")
        self._clock.about = "" if count == 1 else f"{functions} ({number + 1} of {count})"
        try:
            return make(number)
        except PathError:
            raise
        except Exception as error:  # a defect, which must not cost the other projects their findings
            return workspace.nothing(error)
