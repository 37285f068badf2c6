"""What a value is worth as regards access, and what functions and calls say about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache

from convexlint.program.behaviour.secret_names import is_proof_header, is_secret, is_session
from convexlint.program.evaluation.values import BOOLEAN, NUMBER, IdOf, Value, members, present
from convexlint.program.model import Place
from convexlint.structs import Struct

_SECRET_TABLE = re.compile(r"^(auth|user|login)?_?sessions?$|token|secret|api_?key", re.IGNORECASE)


_ORDINARY_HEADERS = frozenset(
    {"origin", "referer", "host", "content-type", "content-length", "user-agent", "accept", "accept-language"}
    | {"x-forwarded-for", "x-real-ip", "cf-connecting-ip", "x-forwarded-host", "x-forwarded-proto"}
)


class Level(IntEnum):
    """What is known of a value, as regards access."""

    NONE = 0
    CLIENT = 1  # sent by the client
    SESSION = 2  # sent by the client, and by its name a session
    SECRET = 3  # sent by the client, and by its name hard to guess; or a digest of what the client sent
    ASKED = 4  # the answer of another service that was sent what the client sent
    KEPT = 5  # a secret that the backend keeps: a variable of the environment, or stored by such a name
    MAC = 6  # made of what the client sent and a secret that the backend keeps
    SHOWN = 7  # found by the address of a page, or among what is published
    SHARED = 8  # found by the code of a link
    FOUND = 9  # found by a session that the client named: decides where its absence is refused
    CALLER = 10  # depends on who calls


# Values that the client chooses freely.
CHOSEN = (Level.CLIENT, Level.SESSION, Level.SECRET)
# What looking up by, or comparing with, such a value gives.
FINDS = {Level.SESSION: Level.FOUND, Level.SECRET: Level.CALLER, Level.MAC: Level.CALLER}


def merged(levels: Iterable[Level]) -> Level:
    """The level of what is made of values of these levels."""
    known = tuple(levels)
    best = max(known, default=Level.NONE)
    if best is Level.KEPT and any(level in CHOSEN for level in known):
        return Level.MAC
    return best


class Worth(Struct, frozen=True):
    """A level, and for an object literal those of its members. `rest`: what its other members are worth (they were
    spread into it); those of a value that is no literal go by their names."""

    level: Level = Level.NONE
    fields: tuple[tuple[str, Worth], ...] = ()
    shaped: bool = False
    rest: Level = Level.NONE

    def get(self, name: str) -> Worth | None:
        """The member `name`, None where the literal does not write it."""
        return next((worth for key, worth in self.fields if key == name), None)

    def parts(self) -> Iterator[Level]:
        """The levels of all that is in it."""
        if not self.shaped:
            yield self.level
            return
        yield self.rest
        for _, worth in self.fields:
            yield from worth.parts()

    def depth(self) -> int:
        """How many object literals are in each other."""
        return 1 + max((worth.depth() for _, worth in self.fields), default=0) if self.shaped else 0

    def chosen(self) -> Level:
        """The best of what the client sent in it."""
        sent = (level for level in self.parts() if level in CHOSEN or level is Level.MAC)
        return max((Level.SECRET if level is Level.MAC else level for level in sent), default=Level.NONE)


NOTHING_SENT = Worth()
SENT = Worth(Level.CLIENT)


class Guard(Struct, frozen=True):
    """What a facts function says about access.

    `throws`: it stops strangers itself. `decides`: something in it depends on who calls. `gives`: the level of
    what it returns. `always`: it does nothing but throw. `place`: where the caller is asked for. `proofs`: where it
    verifies what the client sent, as offsets in its module with what they verify (see `AccessCheck.how`). `linked`:
    it refuses who does not send the code of a link.
    """

    throws: bool = False
    decides: bool = False
    gives: Level = Level.NONE
    always: bool = False
    how: str = ""
    place: Place | None = None
    proofs: tuple[tuple[int, str], ...] = ()
    linked: bool = False

    @property
    def proves(self) -> str:
        """What it verifies, "" if nothing."""
        hows = {how for _, how in self.proofs}
        return "secret" if "secret" in hows else next(iter(sorted(hows)), "")


NOTHING = Guard()


class Answer(Struct, frozen=True, gc=False):
    """What one call means: the level of its result, whether it stops strangers or decides by itself, and what it
    verifies ("" for nothing)."""

    level: Level = Level.NONE
    throws: bool = False
    decides: bool = False
    how: str = ""
    place: Place | None = None
    proves: str = ""


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


@cache
def header_level(name: str) -> Level:
    """What a header, a cookie or a parameter of a request is worth by its name: NONE for what every request has."""
    if name.lower() in _ORDINARY_HEADERS:
        return Level.NONE
    return Level.SECRET if is_proof_header(name) else named_level(name)
