"""What built-in methods give: rows that the caller, a session or a secret of the client's leads to, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.behaviour.bindings import Bindings
from convexlint.program.behaviour.expressions import inside
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.proofs import POSITIONAL
from convexlint.program.behaviour.secret_names import (
    has_open_codes,
    is_address,
    is_code,
    is_known_field,
    is_login_table,
    is_published,
    says_published,
)
from convexlint.program.behaviour.trust import FINDS, Trust, Worth, header_trust
from convexlint.program.evaluation.queries import ID_METHODS
from convexlint.program.evaluation.values import Bound, IdOf, Part, QueryOf, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.nodes import descendants

# Fields that note who changed a row last, and say nothing of whose it is.
_NOTES = re.compile(r"^(last_?)?(updated|modified|edited|changed|deleted|archived)_?by", re.IGNORECASE)


class Lookups(Bindings):
    """Reads calls of built-in methods."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust) -> None:
        super().__init__(judge, module, index, ctx_trust)
        self._decides = False
        self._own_rows: set[int] = set()  # where rows are changed that a session or a code led to
        self._proofs: dict[int, str] = {}
        self._how = ""
        self._place: Place | None = None

    def _looked_up(
        self, node: ir.Call | ir.New, value: Bound, receiver: Trust, given: tuple[Worth, ...]
    ) -> Trust:
        """The trust in what a built-in method gives: found by what depends on the caller, it does too; found by a
        secret, the secret is verified."""
        sent = tuple(worth.trust for worth in given)
        if value.name in POSITIONAL and receiver is not Trust.NONE:
            return receiver
        trust = max((receiver, *sent), default=Trust.NONE)
        part = value.receiver
        if isinstance(part, Part) and part.name in ("db", "system"):
            if value.name == "get":
                return self._found(node, trust)
            if value.name == "normalizeId":
                return trust
            if value.name in ("insert", "patch", "replace") and given:
                at = (self.module.path, node.start)
                self.judge.written[at] = max(self.judge.written.get(at, Trust.NONE), _best_of(given[-1]))
            full = ID_METHODS.get(value.name)
            if full is None:
                return Trust.NONE
            position = 1 if len(sent) >= full else 0
            if position < len(sent):
                spot = (self.module.path, node.start)
                self.judge.rows[spot] = max(self.judge.rows.get(spot, Trust.NONE), sent[position])
                self._changed(node, sent[position])
            return Trust.NONE
        if value.name in ("eq", "gte", "lte") and isinstance(node.callee, ir.Member) and len(sent) == 2:
            found = self._matched(node, sent[1])
            return max(found, receiver) if receiver >= Trust.SHOWN else found
        if trust is Trust.CALLER and isinstance(part, QueryOf) and value.name in ("withIndex", "filter"):
            return self._found_by(node, receiver, trust)
        if trust is Trust.SHARED and value.name in ("withIndex", "filter") and isinstance(part, QueryOf):
            table = part.state.table
            if table is not None and is_login_table(table):
                self._note("secret", self.place(node))
                self.proven("secret", node)
                return Trust.FOUND
            if table is not None and has_open_codes(table):
                return Trust.NONE
        return trust

    def _changed(self, node: ir.Call | ir.New, row: Trust) -> None:
        """A row is changed, found by what is of this trust `row`."""
        if row >= Trust.ADMITTED:
            self._decides = True
            self._tie(Trust.OWN if row >= Trust.CALLER else row, node)
        elif row in (Trust.FOUND, Trust.SESSION, Trust.SECRET):
            self._own_rows.add(node.start)
            self._note("secret" if row is Trust.SECRET else "session", self.place(node))

    def _found_by(self, node: ir.Call | ir.New, receiver: Trust, trust: Trust) -> Trust:
        """The trust in rows that a range or a filter finds by the caller: by that and a field with another value, they
        say how the caller stands to it; by that and a literal, what the caller is."""
        chain = node.callee.object if isinstance(node.callee, ir.Member) else None
        if not node.args:
            return trust
        best = Trust.OWN if receiver < trust and _has_condition(chain) else trust
        for inner in self._within(node.args[-1]):
            if not isinstance(inner, ir.Call) or not isinstance(inner.callee, ir.Member):
                continue
            if inner.callee.name != "eq" or len(inner.args) != 2 or self.trust(inner.args[1]) >= Trust.CALLER:
                continue
            best = max(best, Trust.ROLE if self.is_fixed(inner.args[1]) else Trust.OWN)
        return best

    def _within(self, given: ir.Expr) -> Iterator[ir.Node]:
        """The nodes of a callback that is written as an argument."""
        made = inside(given)
        if isinstance(made, ir.Lambda):
            function = self.module.facts.functions[made.index]
            yield from descendants(function.expression if function.expression is not None else function.body)

    def _matched(self, node: ir.Call | ir.New, value: Trust) -> Trust:
        """The trust in what has such a value in a field: `q.eq("code", args.code)`, `q.eq(q.field("public"), true)`."""
        named = next((n.value for n in descendants(node.args[0]) if isinstance(n, ir.Text)), None)
        known = named is not None and named != "_id" and is_known_field(named)
        if known and value in (Trust.SESSION, Trust.SECRET):
            return Trust.NONE  # `q.eq("tokenIdentifier", args.token)`: who knows it proves nothing
        if named is None or value not in (Trust.NONE, Trust.CLIENT):
            return self._found(node, value)
        if value is Trust.CLIENT and isinstance(present(self.judge.ev.expr(self.module, node.args[1])), IdOf):
            return Trust.NONE  # the id of a row, whatever the field is called
        if value is Trust.CLIENT:
            return Trust.SHARED if is_code(named) else Trust.SHOWN if is_address(named) else Trust.NONE
        given = inside(node.args[1])
        if isinstance(given, ir.Atom) and given.kind == "true" and is_published(named):
            return Trust.SHOWN
        said = self.text_of(node.args[1])
        return Trust.SHOWN if said is not None and says_published(named, said) else Trust.NONE

    def _found(self, node: ir.Call | ir.New, trust: Trust) -> Trust:
        """The trust in what is looked up by a value of `trust`."""
        if trust is Trust.SESSION and self._table_of(node) in self.judge.events:
            return Trust.NONE
        if trust in FINDS:
            how = "session" if trust is Trust.SESSION else "secret"
            self._note(how, self.place(node))
            self.proven(how, node)
        return FINDS.get(trust, trust if trust >= Trust.SHOWN else Trust.NONE)

    def _table_of(self, node: ir.Call | ir.New) -> str | None:
        """The table of the query whose range or filter a comparison `q.eq(...)` stands in."""
        made = self.where.lambdas.get(self.where.owner(node))
        call = None if made is None else self.where.parent(made)
        if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member):
            return None
        value = self.judge.ev.expr(self.module, call.callee.object)
        return value.state.table if isinstance(value, QueryOf) else None

    def _of_header(self, node: ir.Call | ir.New, receiver: Trust) -> Trust | None:
        """The trust in `request.headers.get("x-signature")`: by the header's name, or the name of its constant."""
        if receiver is not Trust.CLIENT or len(node.args) != 1 or not isinstance(node.callee, ir.Member):
            return None
        if node.callee.name not in ("get", "getAll", "header"):
            return None
        name = self.text_of(node.args[0])
        bare = inside(node.args[0])
        if name is None and isinstance(bare, (ir.Name, ir.Member)):
            name = bare.name
        return None if name is None else header_trust(name)

    def proven(self, how: str, node: ir.Expr) -> None:
        """What the client sent is verified at `node`."""
        self._proofs.setdefault(node.start, how)
        if how == "secret":
            self._proofs[node.start] = how
        if isinstance(node, ir.Binary):
            self._note(how, self.place(node))

    def _note(self, how: str, place: Place) -> None:
        """Remember where the caller is first asked for."""
        if self._place is None:
            self._how, self._place = how, place


def _best_of(written: Worth) -> Trust:
    """The best that is in a value, notes of who changed it are left out."""
    if not written.shaped:
        return written.trust
    fields = (worth for name, worth in written.fields if not _NOTES.match(name))
    return max((written.rest, *(trust for worth in fields for trust in worth.parts())))


def _has_condition(chain: ir.Expr | None) -> bool:
    """Whether a query has a range or a filter already."""
    while isinstance(chain, ir.Call) and isinstance(chain.callee, ir.Member):
        if chain.callee.name in ("withIndex", "filter") and (
            len(chain.args) > 1 or chain.callee.name == "filter"
        ):
            return True
        chain = chain.callee.object
    return False
