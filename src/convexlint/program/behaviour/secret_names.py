"""What a name says of a value that a client sends: a secret that is hard to guess, a session, the code of a link."""

from __future__ import annotations

import re
from functools import cache

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET = re.compile(
    r"token|secret|api_?key|password|passwd|passphrase|signature|nonce|otp\b|pass_?code|admin_?key|magic|"
    r"credential|jwt|hmac|(invite|invitation|access|verification|recovery|reset|backup)_?code|session_?key",
    re.IGNORECASE,
)
_SESSION = re.compile(r"session", re.IGNORECASE)
# `tokenIdentifier` is issuer and subject; `usedTokens` are those of a language model; `tokenId` names a row.
_COUNTS = frozenset(
    {
        "count",
        "counts",
        "usage",
        "limit",
        "limits",
        "used",
        "max",
        "min",
        "total",
        "budget",
        "quota",
        "remaining",
    }
    | {"price", "cost", "balance", "amount", "avg", "average", "per", "num", "number", "size", "length"}
)
_PLURALS = frozenset({"tokens", "secrets", "signatures", "passwords", "credentials", "nonces", "keys"})
_NO_VALUE = frozenset(
    {"identifier", "identifiers", "id", "ids", "name", "type", "kind", "symbol", "address", "url", "uri"}
    | {
        "expiry",
        "expires",
        "expiration",
        "at",
        "ttl",
        "index",
        "decimals",
        "status",
        "provider",
        "label",
        "hint",
    }
    | {"required", "enabled", "valid", "verified", "sent", "prefix", "strength", "cursor", "model"}
)
# What pages through a list, or tells a machine where to deliver: no right to anything.
_OTHER_TOKENS = frozenset(
    {"page", "next", "continuation", "cursor", "sync", "push", "fcm", "apns", "device", "expo"}
)
_COMPARED = re.compile(
    rf"{_SECRET.pattern}|signature|\bsig\b|digest|hmac|hash|authorization|auth_?header|bearer|cookie",
    re.IGNORECASE,
)


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters: `resetTokenHash`, `reset_token_hash`."""
    return tuple(word.lower() for word in _WORDS.findall(name))


@cache
def is_secret(name: str) -> bool:
    """Whether a name says that its value is a secret: a token, a key, a password, the code of an invitation."""
    if not _SECRET.search(name):
        return False
    parts = words(name)
    if not parts or parts[-1] in _NO_VALUE or parts[0] in ("is", "has"):
        return False
    return not any(part in _COUNTS or part in _PLURALS or part in _OTHER_TOKENS for part in parts)


@cache
def is_session(name: str) -> bool:
    """Whether a name says that its value names a session."""
    return _SESSION.search(name) is not None and not any(part in _COUNTS for part in words(name))


@cache
def is_proof_header(name: str) -> bool:
    """Whether a header of a request carries what proves who sends it."""
    return _COMPARED.search(name) is not None or is_secret(name) or "sig" in words(name)
