"""Arguments by which a client says who it is, where a function believes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.secret_names import says_public, words
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.convex.predicates import read_predicate
from convexlint.program.model import Module, QueryStep, RegisteredFunction
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare, callee_name, descendants, names_of, statements_in
from convexlint.program.places.origins import Origin, Origins
from convexlint.program.places.origins import origins as origins_of
from convexlint.program.places.sites import SiteFinder, sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# Whose data: the caller's own. Who wrote something public is asked for by everybody.
_ID = re.compile(
    r"(my|user|owner|caller|requester|requesting_?user|viewer|actor|admin|"
    r"(current|acting|auth|clerk)_?(user)?)_?id|clerk_?sub|token_?identifier",
    re.IGNORECASE,
)
_OWNER = re.compile(_ID.pattern + r"|(author|creator|sender)_?id|created_?by", re.IGNORECASE)
_OWNER_FIELD = re.compile(_OWNER.pattern + r"|owner|user|author|creator|sender", re.IGNORECASE)
_EMAIL = re.compile(r"((my|user|owner|admin|caller|requester|current_?user)_?)?e_?mail", re.IGNORECASE)
_EXTERNAL = re.compile(r"external_?(user_?)?id", re.IGNORECASE)
_ROLE = re.compile(r"((my|user|caller)_?)?role", re.IGNORECASE)
_FLAG = re.compile(r"is_?(super_?)?admin|is_?owner", re.IGNORECASE)
# Tables of people who sign in: looking one of them up by an e-mail address is asking for that person.
_PEOPLE = re.compile(r"user|account|profile|member", re.IGNORECASE)
# Queries that show what people show of themselves, told by their own name or by the table.
_OWN = frozenset({"my", "mine", "own", "current", "me"})
# Fields that say who made something that others may look at.
_AUTHOR = re.compile(
    r"(author|creator|writer|poster|publisher|uploader|artist|instructor|teacher|speaker|organi[sz]er|curator)"
    r"(_?(user)?_?id)?|(created|posted|written|published|uploaded)_?by(_?(user)?_?id)?",
    re.IGNORECASE,
)
_PROFILES = re.compile(r"(?<!account)_?profiles?$", re.IGNORECASE)
# Tables of what nobody shows around, not even its author.
_PRIVATE = re.compile(
    r"order|purchase|payment|sale|invoice|payout|earning|message|notification|draft|setting|secret|token|session|"
    r"request|application|subscri|transaction|account|key",
    re.IGNORECASE,
)
# Calls that may look closer at the caller, and helpers that only ask whether somebody is signed in.
_LOOKS = re.compile(r"[aA]dmin|[rR]ole|[aA]ccess|[pP]ermission|[oO]wner|[mM]ember|[cC]an[A-Z]")
_ASKS = re.compile(_LOOKS.pattern + r"|require|assert|check|ensure|verify", re.IGNORECASE)
_SIGNED = re.compile(r"auth|user|identity|sign|log_?in|session|viewer", re.IGNORECASE)
_LOGGER = re.compile(r"^(console|log|logger|debug|trace|audit)$|^(log|audit)(Event|Info|Debug)?$|Logger$")
LOG_TABLE = re.compile(r"log|audit|activit|histor|metric|analytic", re.IGNORECASE)
_MAX_NAMES = 4  # variables from the identity to where it is used
_EQUALITIES = frozenset({"===", "!==", "==", "!="})


class Claim(Struct, frozen=True, eq=False):
    """The argument `origin` is believed at `span` of `module`.

    how: "selects" (rows of `table` by the field `field`), "owns" (a new row of `table` gets it as its `field`),
    "decides" (it is compared with what is stored). `anyone`: all that the function asks about its caller is whether
    somebody is signed in.
    """

    origin: Origin
    module: Module
    span: Span
    how: Literal["selects", "owns", "decides"]
    table: str | None
    field: str
    anyone: bool = False


@listed
def claims(program: Program) -> Iterator[Claim]:
    """Arguments by which clients say who they are, and which public functions believe, whatever else these check."""
    origins = origins_of(program)
    for claim in _claims(program, sites(program), origins, program.functions):
        anyone = asks_presence_alone(program, claim.origin.function)
        # Whoever is signed in may ask for somebody else by an address: that is how people are invited.
        if not (anyone and _is_address(claim)) and not _is_shown(claim):
            yield replace(claim, anyone=anyone)


def _is_address(claim: Claim) -> bool:
    return claim.how == "selects" and _EMAIL.fullmatch(claim.origin.path[-1]) is not None


def _is_shown(claim: Claim) -> bool:
    """Whether a query reads by an id what it calls public, what somebody made for others to see, or the profiles that
    people show."""
    function = claim.origin.function
    if claim.how != "selects" or function.kind != "query" or _EMAIL.fullmatch(claim.origin.path[-1]):
        return False
    if is_for_everybody(function):
        return True
    name = (function.path or "").rpartition(":")[2]
    private = claim.table is not None and _PRIVATE.search(claim.table) is not None
    if _AUTHOR.fullmatch(claim.field) and not private and not _OWN.intersection(words(name)):
        return True
    return claim.table is not None and _PROFILES.search(claim.table) is not None


def is_for_everybody(function: RegisteredFunction) -> bool:
    """Whether a query says by its name, its builder, its module or its folder that it is for everybody."""
    return function.kind == "query" and any(
        map(says_public, (*re.split(r"[/:]", function.path or ""), function.builder))
    )


def _claims(
    program: Program, finder: SiteFinder, origins: Origins, functions: tuple[RegisteredFunction, ...]
) -> Iterator[Claim]:
    for step in finder.steps:
        yield from _selections(step, origins)
    for call in finder.database_calls:
        if call.method == "insert" and len(call.args) == 2:
            yield from _owned(program, call.place.module, call.table, call.args[1], origins)
    for function in functions:
        if function.is_public:
            yield from _comparisons(program.ev, function, origins)


def _claimed(module: Module, value: ir.Expr, origins: Origins, *patterns: re.Pattern[str]) -> Origin | None:
    for origin in origins.of(module, value):
        name = origin.path[-1] if origin.path else ""
        if origin.function.is_public and not origin.rest and any(p.fullmatch(name) for p in patterns):
            return origin
    return None


def _selections(step: QueryStep, origins: Origins) -> Iterator[Claim]:
    module = step.place.module
    compared: list[tuple[str, ir.Expr]] = []
    if step.method == "withIndex":
        for part in step.range or ():
            if part.method == "eq" and part.field is not None and part.value is not None:
                compared.append((part.field, part.value))
    elif step.method == "filter":
        compared = [(e.field, e.value) for e in read_predicate(module, step.args).equalities]
    for field, value in compared:
        people = step.table is not None and _PEOPLE.search(step.table) is not None
        patterns = (_ID, _EMAIL, _EXTERNAL) if people else (_ID,)
        origin = _claimed(module, value, origins, *patterns)
        if origin is not None:
            yield Claim(origin, module, Span(value.start, value.end), "selects", step.table, field)


def _owned(
    program: Program, module: Module, table: str | None, value: ir.Expr, origins: Origins
) -> Iterator[Claim]:
    value = bare(value)
    written = value.props if isinstance(value, ir.Object) else ()
    for prop in written:
        if prop.key is None or prop.kind not in ("pair", "shorthand") or not _OWNER_FIELD.fullmatch(prop.key):
            continue
        origin = _claimed(module, prop.value, origins, _OWNER)
        if origin is not None:
            span = Span(prop.value.start, prop.value.end)
            yield Claim(origin, module, span, "owns", table, prop.key)
    # `insert("costs", { ...args })`, `insert("costs", row)`: the fields that come along.
    held = program.schema.tables.get(table or "")
    fields = held.validator.fields if held is not None and isinstance(held.validator, ObjectValidator) else {}
    for field in fields:
        if not _OWNER_FIELD.fullmatch(field) or any(prop.key == field for prop in written):
            continue
        for origin in origins.part(module, value, field):
            declared = origin.function.args.validator
            sent = isinstance(declared, ObjectValidator) and origin.path and origin.path[0] in declared.fields
            if sent and origin.function.is_public and not origin.rest and _OWNER.fullmatch(origin.path[-1]):
                yield Claim(origin, module, Span(value.start, value.end), "owns", table, field)
                break


def _comparisons(ev: Evaluator, function: RegisteredFunction, origins: Origins) -> Iterator[Claim]:
    """`note.ownerId !== args.userId` and `args.role === "admin"` in tests of the handler."""
    handler = function.handler
    if handler is None:
        return
    module = handler.module
    index = ev.world.index(module)
    pending = [handler.index]
    while pending:
        number = pending.pop(0)
        body = module.facts.functions[number]
        pending += index.inner.get(number, [])
        for statement in statements_in(body.body):
            if isinstance(statement, ir.If):
                yield from _tested(module, statement, origins)


def _tested(module: Module, branch: ir.If, origins: Origins) -> Iterator[Claim]:
    leaves = any(isinstance(s, (ir.Throw, ir.Return)) for s in branch.yes)
    for node in descendants(branch.test):
        sides: list[tuple[ir.Expr, ir.Expr | None]] = []
        if isinstance(node, ir.Binary) and node.op in _EQUALITIES:
            left, right = bare(node.left), bare(node.right)
            sides = [(left, right), (right, left)]
        elif isinstance(node, ir.Unary) and node.op == "!":
            sides = [(bare(node.value), None)]
        for mine, other in sides:
            refuses = other is None or (isinstance(node, ir.Binary) and node.op in ("!==", "!="))
            origin = None
            if isinstance(other, ir.Member) and not origins.of(module, other):
                origin = _claimed(module, mine, origins, _OWNER, _EMAIL)
            elif leaves and refuses and (other is None or isinstance(other, (ir.Text, ir.Atom))):
                pattern = _ROLE if isinstance(other, ir.Text) else _FLAG
                origin = _claimed(module, mine, origins, pattern)
            if origin is not None:
                field = other.name if isinstance(other, ir.Member) else ""
                yield Claim(origin, module, Span(mine.start, mine.end), "decides", None, field)


def _is_signed_in(program: Program, function: RegisteredFunction) -> bool:
    """Whether all that was read of its checks asks for no more than that somebody is signed in."""
    standing = standing_of(program, function)
    return standing.level == "signed in" and not standing.asks_more


def asks_presence_alone(program: Program, function: RegisteredFunction) -> bool:
    """Whether the handler asks once who calls, and then only whether that is nobody. False where helpers, builders,
    or calls that are named like checks may ask more."""
    ev, handler = program.ev, function.handler
    asked = [e for e in effects_of(program, function) if e.kind == "auth"]
    if handler is None or function.custom or not asked:
        return False
    first = asked[0].first
    if first.module is not handler.module or any(e.first.span != first.span for e in asked):
        return False
    module = handler.module
    index = ev.world.index(module)
    identity: ir.Call | None = None
    for node in descendants(module.facts.functions[handler.index].body):
        if not isinstance(node, ir.Call):
            continue
        name = callee_name(node.callee)[0]
        if node.start == first.span.start:
            # A helper that is told more than the ctx may compare it.
            if asked[0].chain and (len(node.args) != 1 or _LOOKS.search(name)):
                return False
            if asked[0].chain and not _SIGNED.search(name) and not _is_signed_in(program, function):
                return False
            identity = node
        elif _ASKS.search(name):
            return False
    return identity is not None and _is_presence(index, identity)


def _is_presence(index: ModuleIndex, identity: ir.Expr, hops: int = 0) -> bool:
    """Whether nothing is done with who calls but testing whether that is nobody, and noting it in a log."""
    node: ir.Node = identity
    parent = index.parent(identity)
    while isinstance(parent, (ir.Await, ir.Cast, ir.Template)) or (
        isinstance(parent, ir.Member)
        or (isinstance(parent, ir.Binary) and parent.op == "+")
        or (isinstance(parent, ir.Binary) and parent.op in ("??", "||") and _is_atom(parent))
    ):
        above = index.parent(parent)
        if isinstance(above, ir.Call) and above.callee is parent:
            return False
        node, parent = parent, index.parent(parent)
    if isinstance(parent, (ir.Evaluate, ir.Return)):  # told to the caller itself
        return True
    if isinstance(parent, ir.Declare):
        bound = tuple(names_of(parent.pattern))
        uses = [use for ref in bound for use in index.uses.get(ref, ())]
        return hops < _MAX_NAMES and all(_is_presence(index, use, hops + 1) for use in uses)
    if isinstance(parent, (ir.Object, ir.Array, ir.Prop)):
        while isinstance(parent, (ir.Object, ir.Array, ir.Prop)):
            node, parent = parent, index.parent(parent)
        return isinstance(parent, ir.Return) or (isinstance(parent, ir.Call) and _is_log(index, parent))
    if isinstance(parent, ir.Call):
        return parent.callee is not node and _is_log(index, parent)
    return _tests_presence(parent)


def _is_log(index: ModuleIndex, call: ir.Call) -> bool:
    """Whether a call writes its arguments into a log, and nothing else is made of it."""
    parent = index.parent(call)
    while isinstance(parent, ir.Await):
        parent = index.parent(parent)
    if not isinstance(parent, ir.Evaluate):
        return False
    callee = call.callee
    if isinstance(callee, ir.Member) and callee.name == "insert" and isinstance(call.args[0], ir.Text):
        return LOG_TABLE.search(call.args[0].value) is not None
    if isinstance(callee, ir.Member) and isinstance(callee.object, ir.Name):
        return _LOGGER.search(callee.object.name) is not None
    return isinstance(callee, ir.Name) and _LOGGER.search(callee.name) is not None


def _is_atom(node: ir.Binary) -> bool:
    right = bare(node.right)
    return isinstance(right, (ir.Atom, ir.Text, ir.Number)) or (
        isinstance(right, ir.Object) and not right.props
    )


def _tests_presence(parent: object) -> bool:
    if isinstance(parent, ir.Binary):
        return parent.op in _EQUALITIES and (
            isinstance(parent.left, ir.Atom) or isinstance(parent.right, ir.Atom)
        )
    return isinstance(parent, ir.If) or (isinstance(parent, ir.Unary) and parent.op in ("!", "typeof"))
