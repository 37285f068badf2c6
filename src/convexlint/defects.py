"""Defects of convexlint itself: where one showed, so that the report can name the place and the run goes on."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

import convexlint

_PLACE = "_convexlint_path"
_STAGE = "_convexlint_stage"


class Defect(Struct, frozen=True):
    """Something that convexlint could not do, by its own fault or that of a team's own rule.

    `project`: the functions folder. `stage`: what was being done ("program", "rule no-filter-in-query"). `rule`: the
    rule that failed. `path`: the module that was being read, where that is known.
    """

    project: str
    stage: str
    rule: str | None
    path: str | None
    message: str


def note_place(error: Exception, path: str) -> None:
    """Remember which module was being read when `error` was raised: the first to know it is nearest to it."""
    error.__dict__.setdefault(_PLACE, path)


def note_stage(error: Exception, stage: str) -> None:
    """The same for the stage of the run."""
    error.__dict__.setdefault(_STAGE, stage)


def place_of(error: Exception) -> str | None:
    """The module that was being read: as noted, else as the frames of the program and its rules call it (code that is
    compiled has none)."""
    found = error.__dict__.get(_PLACE)
    if isinstance(found, str):
        return found
    found, trace = None, error.__traceback__
    while trace is not None:
        path = getattr(trace.tb_frame.f_locals.get("module"), "path", None)
        found = path if isinstance(path, str) else found
        trace = trace.tb_next
    return found


def stage_of(error: Exception) -> str | None:
    """The stage that was under way, if anybody noted it."""
    found = error.__dict__.get(_STAGE)
    return found if isinstance(found, str) else None


def words_of(error: Exception) -> str:
    """What to tell of an error: its kind, its text, and the line of convexlint that raised it."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return words
    file, home = Path(trace.tb_frame.f_code.co_filename), Path(convexlint.__file__).parent
    if not file.is_relative_to(home):
        return words
    return f"{words} ({file.relative_to(home).as_posix()}:{trace.tb_lineno})"
