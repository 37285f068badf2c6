"""What names say of rights: whether a member or a helper tells more of a caller than who that is."""

from __future__ import annotations

from functools import cache

from convexlint.program.behaviour.secret_names import words
from convexlint.program.behaviour.trust import Trust

_RIGHTS = frozenset(
    {"role", "roles", "permission", "permissions", "access", "allowed", "scope", "scopes", "grant", "grants"}
    | {
        "admin",
        "admins",
        "owner",
        "owners",
        "moderator",
        "staff",
        "superuser",
        "member",
        "members",
        "membership",
    }
    | {"can", "may", "plan", "tier", "subscription", "subscribed", "entitlement", "entitlements", "premium"}
    | {"approved", "verified", "enabled", "active", "banned", "blocked", "policy", "policies", "privilege"}
    | {
        "privileges",
        "capability",
        "capabilities",
        "has",
        "rights",
        "authorized",
        "authorize",
        "authorization",
    }
)
# Helpers that ask for more than who calls, whatever they are told.
_OWNS = frozenset({"owner", "owners", "member", "members", "membership", "mine", "belongs", "owns"})


@cache
def says_right(name: str) -> bool:
    """Whether a member by this name tells what a user may do: `isAdmin`, `role`, `permissions`, `canEdit`."""
    return not _RIGHTS.isdisjoint(words(name))


@cache
def called_right(name: str, told: int) -> Trust:
    """What a helper that cannot be read asks for, by its name and the number of its arguments: `requireUser(ctx)`
    who calls, `requireAdmin(ctx)` what they may, `assertCanEdit(ctx, id)` how they stand to what they ask for."""
    said = set(words(name))
    if told > 1 or said & _OWNS:
        return Trust.OWN
    return Trust.ROLE if said & _RIGHTS else Trust.CALLER
