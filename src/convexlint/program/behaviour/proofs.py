"""Calls and comparisons that verify what a client sent: digests, signatures, comparisons, questions to a provider."""

from __future__ import annotations

import re

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.secret_names import words
from convexlint.program.behaviour.trust import CHOSEN, FINDS, Trust, Worth, merged
from convexlint.program.modules.nodes import descendants

# What compares or verifies, told by the name of a callee that cannot be read.
VERIFY_NAME = re.compile(
    r"verify|compare|equals?$|constructEvent|decode|validate|authenticate|timingSafe|constantTime",
    re.IGNORECASE,
)
# Packages whose comparisons are of passwords, whatever their arguments are called.
PASSWORDS = re.compile(r"bcrypt|argon2|scrypt|pbkdf|password", re.IGNORECASE)
# The same for requests, whose handlers have nothing else to verify.
REQUEST_VERIFIER = re.compile(
    r"verif|constructevent|timingsafe|safecompare|securecompare|constanttime|authenticate|authorize|"
    r"(validate|check|assert|parse|unwrap).*(signature|request|webhook|secret|token|hmac)",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"digest|hash|hmac|^sha_?\d|md5|scrypt|pbkdf|argon|derive(Bits|Key)", re.IGNORECASE)
_SIGNS = re.compile(r"^(sign|createHmac|hmac\w*)$", re.IGNORECASE)
# What only gives its arguments another form.
_FORMS = re.compile(
    r"^(encode|decode|from|of|fromEntries|entries|values|stringify|parse|concat|join|map|slice|subarray|toString|"
    r"toLowerCase|toUpperCase|trim|replace|replaceAll|split|at|charCodeAt|codePointAt|padStart|padEnd|update|final|"
    r"importKey|btoa|atob|String|Set|Array|Buffer|Uint8Array|DataView|TextEncoder|TextDecoder|fromCharCode|fromCodePoint|all|allSettled|race|any|resolve|then|"
    r"reduce|flat|flatMap|freeze|assign|structuredClone|\w*(hex|base64|base64url|bytes|utf8))$",
    re.IGNORECASE,
)
# What is hashed to tell whether it is the same, and not to prove anything.
_CONTENT = frozenset(
    {"content", "contents", "text", "body", "file", "files", "url", "html", "data", "image", "email", "mail"}
    | {
        "message",
        "title",
        "name",
        "phone",
        "blob",
        "bytes",
        "payload",
        "markdown",
        "prompt",
        "query",
        "path",
        "ip",
    }
)
_ASKS_PROVIDER = re.compile(
    r"verif|validat|introspect|userinfo|user_info|tokeninfo|token_info|authenticate|oauth2?/.*token|/me\b",
    re.IGNORECASE,
)
# Methods that hold what they are called on against their argument.
COMPARES = frozenset({"includes", "has", "indexOf", "equals", "localeCompare", "timingSafeEqual"})
# Methods of a service's client that look one thing up there.
RETRIEVES = frozenset({"get", "retrieve", "fetch", "find", "findById", "getById", "lookup"})
# Methods whose arguments are positions.
POSITIONAL = frozenset(
    {"at", "charAt", "charCodeAt", "codePointAt", "getUint8", "slice", "subarray", "substring"}
)
_BITS = frozenset({"^", "-"})


def compared(left: Trust, right: Trust, left_literal: bool, right_literal: bool) -> Trust:
    """The trust in comparing two values: what the client sent with a secret that the backend keeps, a secret of the
    client's with something stored."""
    for mine, other, literal in ((left, right, right_literal), (right, left, left_literal)):
        if mine in CHOSEN and other in (Trust.KEPT, Trust.MAC):
            return Trust.VERIFIED
        if mine is Trust.MAC and other in (Trust.KEPT, Trust.MAC):
            return Trust.VERIFIED
        if mine in FINDS and other is Trust.NONE and not literal:
            return FINDS[mine]
    return Trust.NONE


def is_bit_comparison(op: str) -> bool:
    """`diff |= a ^ b`, `a - b`: zero where the two are equal."""
    return op in _BITS


def passed_on(name: str, receiver: Trust, given: tuple[Worth, ...], args: tuple[ir.Expr, ...]) -> Trust:
    """The trust in what an unread callee `name` makes of its arguments. A secret of the backend's stays one in another
    form, in a digest and in a signature; elsewhere it is only used."""
    if name in POSITIONAL and receiver is not Trust.NONE:
        return receiver
    sent = tuple(worth.trust for worth in given)
    if _SIGNS.search(name):
        keys = sent[1:2] or sent[:1]
        if not any(trust in CHOSEN for trust in keys):
            made = merged((receiver, *sent))
            if made in CHOSEN:
                return Trust.MAC
            if made in (Trust.KEPT, Trust.MAC):
                return made
        elif len(sent) > 1:
            return merged((receiver, *sent))
        if name.lower() == "createhmac" and not any(trust in CHOSEN for trust in keys):
            return max(Trust.KEPT, merged((receiver, *sent)))
    if _DIGEST.search(name):
        made = merged((receiver, *sent))
        return Trust.SECRET if made is Trust.CLIENT and not _is_content(args) else made
    if _FORMS.search(name):
        return merged((receiver, *sent))
    used = [trust for worth in given for trust in worth.parts() if trust not in (Trust.KEPT, Trust.MAC)]
    chosen = max((worth.chosen() for worth in given), default=Trust.NONE)
    return max((receiver, chosen, *used))


def is_digest_of_content(name: str, args: tuple[ir.Expr, ...]) -> bool:
    """Whether a call digests what is called a text, a file or an address: that tells what is the same, and proves
    nothing."""
    return _DIGEST.search(name) is not None and _is_content(args)


def _is_content(args: tuple[ir.Expr, ...]) -> bool:
    for arg in args:
        name = _member_name(arg)
        if name and words(name)[-1:] and words(name)[-1] in _CONTENT:
            return True
    return False


def _member_name(node: ir.Expr) -> str:
    """The name of the member that is handed over; what a parameter is called says nothing."""
    while isinstance(node, (ir.Await, ir.Cast)):
        node = node.value
    if isinstance(node, (ir.Call, ir.New)):
        return next((name for arg in node.args if (name := _member_name(arg))), "")
    return node.name if isinstance(node, ir.Member) else ""


def answered(written: str, given: tuple[Worth, ...]) -> Trust:
    """The trust in the answer to a `fetch`. Where it carries a secret of the client's, and its words say that this is
    verified there, it says whether that is genuine; else it is an answer like any other."""
    sent = max((trust for worth in given for trust in worth.parts() if trust in CHOSEN), default=Trust.NONE)
    if sent is Trust.SECRET and _ASKS_PROVIDER.search(written):
        return Trust.FOUND
    mixed = any(trust is Trust.MAC for worth in given for trust in worth.parts())
    return Trust.ASKED if mixed or sent is not Trust.NONE else Trust.NONE


_IDS = frozenset({"id", "token", "reference", "ref", "uuid"})
_REFUSALS = frozenset({400, 401, 403})
_LOOKS_UP = re.compile(r"^fetch\(\s*`[^`]*\$\{")


def looks_up(written: str) -> bool:
    """Whether a `fetch`, as written, asks for one thing by what stands in its address, and sends nothing else:
    "fetch(`https://pay.example.com/payments/${id}`, { headers })"."""
    return _LOOKS_UP.match(written) is not None and re.search(r"\b(method|body)\b", written) is None


def names_one(args: tuple[ir.Expr, ...]) -> bool:
    """Whether an address or an argument names one thing by an id that is not easily guessed: `/payments/${id}`."""
    for node in descendants(args):
        name = node.name if isinstance(node, (ir.Name, ir.Member)) else ""
        if words(name)[-1:] and words(name)[-1] in _IDS:
            return True
    return False


def compares_text(test: ir.Expr) -> bool:
    """Whether a test holds something against a text: `payment.status !== "paid"`."""
    return any(
        isinstance(node, ir.Binary) and (isinstance(node.left, ir.Text) or isinstance(node.right, ir.Text))
        for node in descendants(test)
    )


def answers_no(body: tuple[ir.Stmt, ...]) -> bool:
    """Whether a branch answers a request with a refusal."""
    if not leaves(body):
        return False
    for node in descendants(body):
        if isinstance(node, ir.Prop) and node.key == "status" and _is_refusal(node.value):
            return True
        if isinstance(node, (ir.Call, ir.New)) and any(map(_is_refusal, node.args)):
            return True
    return False


def _is_refusal(node: ir.Expr) -> bool:
    return isinstance(node, ir.Number) and node.value in _REFUSALS
