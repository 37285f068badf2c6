"""Diagnostics and places as the protocol writes them, for what runs before the protocol's library is there.

As JSON they are the protocol's own shapes (specification 3.17, `Diagnostic`, `Range`). `protocol.py` turns them into
the library's types.
"""

from __future__ import annotations

from msgspec import Struct


class Position(Struct, frozen=True):
    """Both from 0. `character`: in the units that the client asked for."""

    line: int
    character: int


class Range(Struct, frozen=True):
    """`end` is not part of it."""

    start: Position
    end: Position


class Location(Struct, frozen=True):
    uri: str
    range: Range


class Related(Struct, frozen=True):
    """A place that helps to understand a finding."""

    location: Location
    message: str


class Description(Struct, frozen=True):
    """Where a rule is described on the web."""

    href: str


class Shown(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A finding as the client has it: the protocol's `Diagnostic`. `severity`: 1 error, 2 warning, 3 information.
    `tags`: 1 unnecessary, 2 deprecated."""

    range: Range
    message: str
    severity: int | None = None
    code: str | None = None
    code_description: Description | None = None
    source: str | None = None
    tags: list[int] | None = None
    related_information: list[Related] | None = None
