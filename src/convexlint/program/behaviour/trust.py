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

# Tables whose ids are credentials: sessions of people, not of a game or a course.
_SECRET_TABLE = re.compile(
    r"^(auth|user|login|member|admin|contact|visitor|guest|anonymous|anon|client|device|browser|web|widget)?_?sessions?$|"
    r"token|secret|api_?key",
    re.IGNORECASE,
)


_ORDINARY_HEADERS = frozenset(
    {"origin", "referer", "host", "content-type", "content-length", "user-agent", "accept", "accept-language"}
    | {"x-forwarded-for", "x-real-ip", "cf-connecting-ip", "x-forwarded-host", "x-forwarded-proto"}
)


class Trust(IntEnum):
    """What is known of a value, as regards access."""

    NONE = 0
    CLIENT = 1  # sent by the client
    SESSION = 2  # sent by the client, and by its name a session
    SECRET = 3  # sent by the client, and by its name hard to guess; or a digest of what the client sent
    ASKED = 4  # the answer of another service that was sent what the client sent
    TOLD = 5  # what another service says of the thing whose id the client sent
    KEPT = 6  # a secret that the backend keeps: a variable of the environment, or stored by such a name
    MAC = 7  # made of what the client sent and a secret that the backend keeps
    SHOWN = 8  # found by the address of a page, or among what is published
    SHARED = 9  # found by the code of a link
    FOUND = 10  # found by a session that the client named: decides where its absence is refused
    ADMITTED = 11  # given where somebody was asked who calls; says nothing of the caller itself
    CALLER = 12  # who calls: the identity, what it holds, what is found by it alone
    VERIFIED = 13  # a secret of the client's that was verified, and what it leads to
    ROLE = 14  # what the caller may do: a test of a role, a flag or a permission of theirs
    OWN = 15  # how the caller stands to what is asked for: compared with it, or found by both


# Values that the client chooses freely.
CHOSEN = (Trust.CLIENT, Trust.SESSION, Trust.SECRET)
# Answers of other services.
ASKS = (Trust.ASKED, Trust.TOLD)
# What looking up by, or comparing with, such a value gives.
FINDS = {Trust.SESSION: Trust.FOUND, Trust.SECRET: Trust.VERIFIED, Trust.MAC: Trust.VERIFIED}
# Who calls, before anything else is known of them.
WHO = (Trust.CALLER, Trust.VERIFIED)


def merged(values: Iterable[Trust]) -> Trust:
    """The trust in what is made of such values."""
    known = tuple(values)
    best = max(known, default=Trust.NONE)
    if best is Trust.KEPT and any(trust in CHOSEN for trust in known):
        return Trust.MAC
    return best


def admitted(test: Trust) -> Trust:
    """The trust in what is given behind a test: of the caller, it says only that there is one."""
    return Trust.ADMITTED if test in WHO else test


class Worth(Struct, frozen=True):
    """A trust, and for an object literal those of its members. `rest`: what its other members are worth (they were
    spread into it); those of a value that is not a literal go by their names."""

    trust: Trust = Trust.NONE
    fields: tuple[tuple[str, Worth], ...] = ()
    shaped: bool = False
    rest: Trust = Trust.NONE

    def get(self, name: str) -> Worth | None:
        """The member `name`, None where the literal does not write it."""
        return next((worth for key, worth in self.fields if key == name), None)

    def parts(self) -> Iterator[Trust]:
        """The trust in all that is in it."""
        if not self.shaped:
            yield self.trust
            return
        yield self.rest
        for _, worth in self.fields:
            yield from worth.parts()

    def depth(self) -> int:
        """How many object literals are in each other."""
        return 1 + max((worth.depth() for _, worth in self.fields), default=0) if self.shaped else 0

    def chosen(self) -> Trust:
        """The best of what the client sent in it."""
        sent = (trust for trust in self.parts() if trust in CHOSEN or trust is Trust.MAC)
        return max((Trust.SECRET if trust is Trust.MAC else trust for trust in sent), default=Trust.NONE)


NOTHING_SENT = Worth()
SENT = Worth(Trust.CLIENT)


class Guard(Struct, frozen=True):
    """What a facts function says about access.

    `throws`: it stops strangers itself. `decides`: something in it depends on who calls. `gives`: the trust of
    what it returns. `always`: it does nothing but throw. `place`: where the caller is asked for. `proofs`: where it
    verifies what the client sent, as offsets in its module with what they verify (see `AccessCheck.how`). `linked`:
    it refuses who does not send the code of a link. `tie`: the best of what decides in it, from CALLER (whether
    somebody is signed in) to OWN, and `tied`, where. `asks`: the best that it asks for, whether or not that decides.
    `loose`: it changes
    something, and nothing of that depends on the caller, whatever it gives. `lets`, `welcomes`, `greets`: what comes to
    those who are not signed in (see `Strangers`). `mixed`: what it returns holds data that everybody gets as well.
    """

    throws: bool = False
    decides: bool = False
    gives: Trust = Trust.NONE
    always: bool = False
    how: str = ""
    place: Place | None = None
    proofs: tuple[tuple[int, str], ...] = ()
    linked: bool = False
    tie: Trust = Trust.NONE
    tied: Place | None = None
    asks: Trust = Trust.NONE
    loose: bool = False
    lets: bool = False
    welcomes: bool = False
    greets: bool = False
    mixed: bool = False

    @property
    def stops(self) -> bool:
        """Whether nobody comes back from it who is not signed in."""
        return self.throws and not self.lets

    @property
    def proves(self) -> str:
        """What it verifies, "" if nothing."""
        hows = {how for _, how in self.proofs}
        return "secret" if "secret" in hows else next(iter(sorted(hows)), "")


NOTHING = Guard()


class Answer(Struct, frozen=True, gc=False):
    """What one call means: the trust in its result, whether it stops strangers or decides by itself, and what it
    verifies ("" for nothing). `tie`, `tied`, `asks`, `linked`: see `Guard`."""

    trust: Trust = Trust.NONE
    throws: bool = False
    decides: bool = False
    how: str = ""
    place: Place | None = None
    proves: str = ""
    tie: Trust = Trust.NONE
    tied: Place | None = None
    asks: Trust = Trust.NONE
    linked: bool = False


def is_no_secret(value: Value, events: frozenset[str]) -> bool:
    """An id of some table of the user's is not a secret, nor is a number or a flag; the id of a session of an
    authentication library is one, but not of one of the tables `events`."""
    known = members(present(value))
    ids = [v for v in known if isinstance(v, IdOf)]
    return any(v.table in events or not _SECRET_TABLE.search(v.table) for v in ids) or all(
        v in (NUMBER, BOOLEAN) for v in known
    )


@cache
def named_trust(name: str) -> Trust:
    """What a member that the client sent is worth by its name."""
    if is_secret(name):
        return Trust.SECRET
    return Trust.SESSION if is_session(name) else Trust.CLIENT


@cache
def header_trust(name: str) -> Trust:
    """What a header, a cookie or a parameter of a request is worth by its name: NONE for what every request has."""
    if name.lower() in _ORDINARY_HEADERS:
        return Trust.NONE
    return Trust.SECRET if is_proof_header(name) else named_trust(name)
