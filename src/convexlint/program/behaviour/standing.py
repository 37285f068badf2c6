"""What it takes to be let in by a registered function: nothing, an identity, a role, a tie to what is asked for."""

from __future__ import annotations

from convexlint.program.behaviour.access import Access, access_judge, access_of
from convexlint.program.behaviour.trust import Trust
from convexlint.program.model import Place, RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.structs import Struct

_BY_SECRET = frozenset({"secret", "session", "asked", "environment"})
_LEVELS = {Trust.VERIFIED: "secret", Trust.ROLE: "role", Trust.OWN: "owner"}


class Standing(Struct, frozen=True, eq=False):
    """What a function asks of its caller.

    level: "open" (nothing that decides), "signed in" (that somebody is), "role" (what they may do), "owner" (that the
    document, or what it was found by, is theirs), "secret" (something that only few know). `place`: what decides.
    `asks_more`: whether anything in it, decisive or not, may ask for more than that somebody is signed in.
    """

    level: str
    place: Place | None
    asks_more: bool


@query
def standing_of(program: Program, function: RegisteredFunction) -> Standing:
    """What a registered function asks of its caller, with the customizations and wrappers around its handler."""
    check = access_of(program, function)
    tie, place, asks = _ties(access_judge(program), function)
    if check is None:
        return Standing("open", None, asks > Trust.CALLER)
    level = _LEVELS.get(tie) or ("secret" if check.how in _BY_SECRET else "signed in")
    more = asks > Trust.CALLER or check.how in _BY_SECRET or check.how == "runs"
    return Standing(level, place or check.place, more)


def _ties(judge: Access, function: RegisteredFunction) -> tuple[Trust, Place | None, Trust]:
    """The best that decides, where, and the best that is asked for."""
    best, place, asks = Trust.NONE, None, Trust.NONE
    for part, guard in judge.all_of(function):
        asks = max(asks, guard.asks)
        if guard.tie > best:
            best, place = guard.tie, guard.tied
        gives = part == "handler" and function.kind == "query" and guard.gives > Trust.ADMITTED
        if gives and best < Trust.OWN:  # it gives what the caller led to
            best, place = Trust.OWN, guard.place
    return best, place, asks
