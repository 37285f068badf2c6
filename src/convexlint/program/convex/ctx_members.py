"""Which members `ctx` has, by the kind of the function and the version of convex (convex-facts 3)."""

from __future__ import annotations

Version = tuple[int, int, int]

_ALL = frozenset({"query", "mutation", "action", "httpAction"})
_ACTIONS = frozenset({"action", "httpAction"})
_WRITERS = frozenset({"mutation", "action", "httpAction"})
_READERS = frozenset({"query", "mutation"})
_RUNS = frozenset({"workflow"})
_SINCE_FILES = (1, 48, 0)

MEMBERS: dict[str, frozenset[str]] = {
    "auth": _ALL,
    "auth.getUserIdentity": _ALL,
    "auth.signJwt": frozenset({"mutation"}),
    "db": _READERS,
    "log": _ALL,
    "meta": _ALL,
    "meta.getDeploymentMetadata": _ALL,
    "meta.getFunctionMetadata": _ALL,
    "meta.getRequestMetadata": _WRITERS,
    "meta.getSnapshotTs": _READERS,
    "meta.getTransactionMetrics": _READERS,
    "runAction": _ACTIONS | _RUNS,
    "runMutation": _WRITERS | _RUNS,
    "runQuery": _ALL | _RUNS,
    "scheduler": _WRITERS,
    "storage": _ALL,
    "storage.get": _WRITERS,
    "storage.store": _WRITERS,
    "vectorSearch": _ACTIONS,
}
"""By the path of the member: the kinds of functions that have it, at the newest version."""

_SINCE: dict[str, Version] = {
    "auth.signJwt": _SINCE_FILES,
    "meta": (1, 36, 0),
    "meta.getDeploymentMetadata": (1, 37, 0),
    "meta.getRequestMetadata": (1, 38, 0),
    "meta.getSnapshotTs": (1, 47, 0),
}
_SINCE_IN_MUTATIONS: dict[str, Version] = {"storage.get": _SINCE_FILES, "storage.store": _SINCE_FILES}


def member_of(written: str) -> str:
    """The path of the member in what is written, whatever the ctx is called there: "storage.get" of "c.storage.get"."""
    parts = written.split(".")
    while len(parts) > 1 and parts[0] not in MEMBERS:
        parts.pop(0)
    return ".".join(parts)


def lacks(kind: str, member: str, version: Version | None) -> str | None:
    """Why the `ctx` of a function of that kind has no `member` ("runAction", "storage.get"): "kind", or the release
    that brings it ("1.48"). None where it has it, or where Convex has no such member at all. `version` None: the
    newest."""
    kinds = MEMBERS.get(member)
    if kinds is None:
        return None
    if kind not in kinds:
        return "kind"
    since = _SINCE.get(member)
    if since is None and kind == "mutation":
        since = _SINCE_IN_MUTATIONS.get(member)
    if since is None or version is None or version >= since:
        return None
    return f"{since[0]}.{since[1]}"
