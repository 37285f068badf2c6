"""What a value is worth as regards access, and what functions and calls say about it."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache

from convexlint.program.behaviour.secret_names import is_secret, is_session
from convexlint.program.evaluation.values import BOOLEAN, NUMBER, IdOf, Value, members, present
from convexlint.program.model import Place
from convexlint.structs import Struct

_SECRET_TABLE = re.compile(r"^(auth|user|login)?_?sessions?$|token|secret|api_?key", re.IGNORECASE)


class Level(IntEnum):
    """What is known of a value, as regards access."""

    NONE = 0
    CLIENT = 1  # sent by the client
    SESSION = 2  # sent by the client, and by its name a session
    SECRET = 3  # sent by the client, and by its name hard to guess
    FOUND = 4  # found by a session that the client named: decides where its absence is refused
    CALLER = 5  # depends on who calls


# Values that the client chooses freely.
CHOSEN = (Level.CLIENT, Level.SESSION, Level.SECRET)
# What looking up by, or comparing with, such a value gives.
FINDS = {Level.SESSION: Level.FOUND, Level.SECRET: Level.CALLER}


class Guard(Struct, frozen=True):
    """What a facts function says about access.

    `throws`: it stops strangers itself. `decides`: something in it depends on who calls. `gives`: the level of
    what it returns. `always`: it does nothing but throw. `place`: where the caller is asked for.
    """

    throws: bool = False
    decides: bool = False
    gives: Level = Level.NONE
    always: bool = False
    how: str = ""
    place: Place | None = None


NOTHING = Guard()


class Answer(Struct, frozen=True, gc=False):
    """What one call means: the level of its result, and whether it stops strangers or decides by itself."""

    level: Level = Level.NONE
    throws: bool = False
    decides: bool = False
    how: str = ""
    place: Place | None = None


def is_no_secret(value: Value) -> bool:
    """An id of some table of the user's is no secret, nor is a number or a flag; the id of a session of an
    authentication library is one."""
    known = members(present(value))
    ids = [v for v in known if isinstance(v, IdOf)]
    return any(not _SECRET_TABLE.search(v.table) for v in ids) or all(v in (NUMBER, BOOLEAN) for v in known)


@cache
def named_level(name: str) -> Level:
    """What a member that the client sent is worth by its name."""
    if is_secret(name):
        return Level.SECRET
    return Level.SESSION if is_session(name) else Level.CLIENT
