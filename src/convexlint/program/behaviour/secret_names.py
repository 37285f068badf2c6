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
    if not _SECRET.search(name.replace("-", "_")):
        return False
    parts = words(name)
    if not parts or parts[-1] in _NO_VALUE or parts[0] in ("is", "has"):
        return False
    return not any(part in _COUNTS or part in _PLURALS or part in _OTHER_TOKENS for part in parts)


@cache
def is_session(name: str) -> bool:
    """Whether a name says that its value names a session."""
    parts = words(name)
    return (
        _SESSION.search(name) is not None and "sessions" not in parts and not any(p in _COUNTS for p in parts)
    )


@cache
def is_proof_header(name: str) -> bool:
    """Whether a header of a request carries what proves who sends it."""
    return _COMPARED.search(name) is not None or is_secret(name) or "sig" in words(name)


_KEPT_HASH = frozenset({"key", "code", "pin", "otp", "token", "secret", "password", "passcode", "credential"})
_HASHES = frozenset({"hash", "digest", "hmac", "hashed"})
_PUBLISHED = re.compile(
    r"^(is_?|was_?)?(public(ly)?_?(visible|listed|shared)?|published|listed|visible_to_(all|everyone))$",
    re.IGNORECASE,
)
_STATES = re.compile(r"^(status|state|visibility|access|privacy|access_?level)$", re.IGNORECASE)
_PUBLIC_STATES = frozenset({"public", "published", "live", "listed", "unlisted", "everyone", "anyone"})
_EXPIRY = re.compile(r"expir|valid_?(until|till|to)|ttl|deadline", re.IGNORECASE)
_CODE = re.compile(
    r"^((share|join|room|game|invite|invitation|link|lobby|party|group|pairing|short|public|event|session|quiz)_?)?"
    r"(code|pin)$|^share_?(id|key|hash|link|slug)$|^link_?(id|key|hash)$|^public_?id$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"^(\w+_)?slug$|Slug$|^handle$|^permalink$")
_LOGIN_TABLE = re.compile(
    r"login|log_?in|auth|otp|verif|recover|reset|invit|magic|challenge|one_?time|backup|confirm",
    re.IGNORECASE,
)


_KNOWN_SETTINGS = frozenset(
    {
        "email",
        "emails",
        "url",
        "urls",
        "origin",
        "origins",
        "host",
        "domain",
        "domains",
        "env",
        "environment",
        "mode",
    }
    | {
        "name",
        "region",
        "port",
        "address",
        "id",
        "ids",
        "version",
        "stage",
        "path",
        "locale",
        "user",
        "users",
    }
)


@cache
def is_known_setting(variable: str) -> bool:
    """Whether a variable of the environment holds what anybody may know, by its name."""
    parts = words(variable)
    return bool(parts) and parts[-1] in _KNOWN_SETTINGS


_OPEN_CODES = re.compile(
    r"coupon|promo|discount|referral|affiliate|voucher|gift|countr|currenc|language|locale|airport|postal|product|"
    r"station|warehouse|depot|branch|department|sku",
    re.IGNORECASE,
)


@cache
def has_open_codes(table: str) -> bool:
    """Whether the codes of a table of this name give no right: anybody may ask for a coupon or a country."""
    return _OPEN_CODES.search(table) is not None


@cache
def is_kept(name: str) -> bool:
    """Whether a stored field of this name holds a secret, or the hash of one."""
    parts = words(name)
    if parts and parts[-1] in _HASHES:
        return any(part in _KEPT_HASH for part in parts)
    return is_secret(name)


@cache
def is_published(name: str) -> bool:
    """Whether a flag of this name says that everybody may see its document."""
    return _PUBLISHED.match(name) is not None


def says_published(field: str, value: str) -> bool:
    """`status === "published"`."""
    return _STATES.match(field) is not None and value.lower() in _PUBLIC_STATES


@cache
def tells_expiry(name: str) -> bool:
    """Whether a field of this name says how long a code holds."""
    return _EXPIRY.search(name) is not None


@cache
def is_code(field: str) -> bool:
    """Whether a field of this name is the code of a link that people hand on."""
    return _CODE.match(field) is not None


@cache
def is_address(field: str) -> bool:
    """Whether a field of this name is the address of a page."""
    return _ADDRESS.search(field) is not None


@cache
def is_login_table(table: str) -> bool:
    """Whether a table of this name holds what people sign in with, or are invited by."""
    return _LOGIN_TABLE.search(table) is not None


_NOT_OPEN = frozenset({"id", "ids", "key", "keys", "url", "token", "address", "un", "not"})


@cache
def says_public(name: str) -> bool:
    """Whether a name says that what it names is for everybody: `getPublicPosts`, `publicQuery`, `listPublished`."""
    parts = words(name)
    for at, part in enumerate(parts):
        before, after = parts[max(at - 1, 0) : at], parts[at + 1 : at + 2]
        if part in ("public", "published") and not _NOT_OPEN.intersection((*before, *after)):
            return True
    return False


_PERSON = re.compile(
    r"((my|user|owner|caller|viewer|member|customer|student|clerk|auth|account|profile|admin)_?(user_?)?id)|"
    r"((user|owner|customer)_?)?e_?mail|clerk_?sub|token_?identifier",
    re.IGNORECASE,
)


@cache
def names_person(name: str) -> bool:
    """Whether an argument of this name says whose rows are meant."""
    return _PERSON.fullmatch(name) is not None


_KNOWN_FIELDS = frozenset({"_id", "subject", "issuer", "sub", "iss", "username", "handle", "slug"})


@cache
def is_known_field(name: str) -> bool:
    """Whether what a stored field of this name holds is no secret, whatever it is compared with: who somebody is."""
    return name in _KNOWN_FIELDS or names_person(name)


_SIGNING = frozenset({"secret", "salt", "pepper", "password"})
_SIGNED = frozenset({"jwt", "hmac", "signing", "encryption", "cipher", "csrf"})
_GATES = frozenset({"admin", "auth", "cron", "internal", "session", "verify", "verification", "webhook"})
_HANDED = frozenset(
    {"api", "client", "public", "publishable", "id", "url", "name", "email", "expiry", "ttl", "issuer"}
)


@cache
def signs(variable: str) -> bool:
    """Whether a variable of the environment signs, encrypts, or is what others prove themselves with, by its name:
    `JWT_SECRET`, `CRON_SECRET`, `WEBHOOK_VERIFY_TOKEN`. Not what is sent to a service: `OPENAI_API_KEY`, which a wrong
    value only makes refuse."""
    parts = words(variable)
    if not parts or _HANDED.intersection(parts):
        return False
    if parts[-1] in _SIGNING or (_SIGNED.intersection(parts) and parts[-1] in ("key", "secret", "salt")):
        return True
    return parts[-1] in ("token", "key") and bool(_GATES.intersection(parts))
