"""How the caller's identity flows through one function: whether it decides anything there.

A value is worth what is known about it (`Level`): data of the client, a secret that the client sent, or something
that depends on who calls. The function is read in order of its statements, together with the functions written
inside it. Knowing who calls decides when it is tested before an exit, when documents found by it are returned or
changed, or when the function throws for strangers. Written into a log or a document, it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.expressions import Expressions, denies, inside
from convexlint.program.behaviour.levels import (
    CHOSEN,
    FINDS,
    Guard,
    Level,
    Worth,
    header_level,
    is_no_secret,
    named_level,
)
from convexlint.program.behaviour.secret_names import (
    has_open_codes,
    is_address,
    is_code,
    is_login_table,
    is_published,
    says_published,
)
from convexlint.program.evaluation.members import CTX_NAMES
from convexlint.program.evaluation.queries import ID_METHODS
from convexlint.program.evaluation.values import Bound, CtxOf, Global, Part, QueryOf, Value
from convexlint.program.model import Module, Place
from convexlint.program.modules.arrays import PREDICATES
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.tested_promises import is_condition

if TYPE_CHECKING:
    from convexlint.program.behaviour.access import Access

ROUNDS = 3  # a variable may be assigned further down in a loop
_REFUSALS = frozenset({400, 401, 403})


class Flow(Expressions):
    """One reading of a facts function. `given`: what its arguments are worth, by position; `told`: the level of
    members that custom builders add to the ctx."""

    def __init__(
        self, access: Access, module: Module, index: int, given: tuple[Worth, ...], told: Level, depth: int
    ) -> None:
        super().__init__(access, module, index, told)
        self.depth = depth
        self._results: list[Level] = []
        self._decides = self._linked = self._plain = False
        self._own_rows: set[int] = set()  # where rows are changed that a session or a code led to
        self._proofs: dict[int, str] = {}
        self._how = ""
        self._place: Place | None = None
        function = module.facts.functions[index]
        for position, param in enumerate(function.params):
            worth = given[position] if position < len(given) else Worth()
            self._bind(param.pattern, worth.level, worth)
            if position == 0 and told is not Level.NONE:
                self._bind_told(param.pattern, access.ev.param_value(module, index, 0, None))

    def read(self) -> Guard:
        """The verdict."""
        gives = Level.NONE
        for _ in range(ROUNDS):
            self._seen, self._asked, self._stale = {}, set(), False
            gives = max(gives, self._function(self.index))
            if not self._stale:
                break
        if gives in (Level.SHOWN, Level.SHARED) and self._plain:
            gives = Level.NONE  # something else is given away as well
        if self._own_rows and self.access.changes(self.module, self.index) <= self._own_rows:
            self._decides = True  # all that it changes is what the secret is the right to
        body = self.module.facts.functions[self.index].body
        always = any(isinstance(s, ir.Throw) for s in body)
        proofs = tuple(sorted(self._proofs.items()))
        return Guard(self._throws, self._decides, gives, always, self._how, self._place, proofs, self._linked)

    # ------------------------------------------------------------------------------------------- statements

    def _function(self, index: int) -> Level:
        """Read the body of the function, or of one written in it; the level of what it returns."""
        function = self.module.facts.functions[index]
        self._results.append(Level.NONE)
        if function.expression is not None:
            self._result(self.level(function.expression), Level.NONE, function.expression)
        self._body(function.body, Level.NONE)
        return self._results.pop()

    def _result(self, level: Level, known: Level, value: ir.Expr | None) -> None:
        best = max(level, known)
        if best < Level.SHOWN and len(self._results) == 1 and value is not None and not self.is_plain(value):
            self._plain = True
        self._results[-1] = max(self._results[-1], level, known)

    def _body(self, body: tuple[ir.Stmt, ...], known: Level) -> None:
        """`known`: CALLER where the caller decided that control comes here, SHOWN or SHARED where what is published, or
        the code of a link, did."""
        for statement in body:
            self._statement(statement, known)
            if isinstance(statement, ir.If) and (leaves(statement.yes) or leaves(statement.no)):
                known = max(known, self._decided(statement, leaves(statement.yes)))

    def _decided(self, node: ir.If, refuses: bool) -> Level:
        """What decided that control goes on after a branch that leaves, CALLER, SHARED, SHOWN, or NONE. `refuses`:
        whether the branch that holds leaves."""
        level = self.truth(node.test)
        if level is Level.CALLER or (level is Level.FOUND and refuses and denies(node.test)):
            return Level.CALLER
        if self._is_gate(node):
            return Level.CALLER
        if level not in (Level.SHARED, Level.SHOWN) or denies(node.test) is not refuses:
            return Level.NONE
        self._linked = self._linked or level is Level.SHARED
        return level

    def _is_gate(self, node: ir.If) -> bool:
        """Whether a test of the environment alone refuses everybody in production."""
        outcome = self.access.in_production(self.module, node.test)
        if outcome is None or not leaves(node.yes if outcome else node.no):
            return False
        self.note("environment", self.place(node.test))
        return True

    def _statement(self, node: ir.Stmt, known: Level) -> None:
        if isinstance(node, ir.Declare):
            self._declare(node)
        elif isinstance(node, ir.Evaluate):
            self._evaluate(node.value, known is Level.CALLER)
        elif isinstance(node, ir.Throw):
            self.level(node.value)
            self._throws = self._throws or known is Level.CALLER
        elif isinstance(node, ir.Return):
            self._return(node, known)
        elif isinstance(node, ir.Jump):
            self._decides = self._decides or known is Level.CALLER
        elif isinstance(node, ir.If):
            self._if(node, known)
        elif isinstance(node, ir.Loop):
            self._body(node.init, Level.NONE)
            source = self.level(node.source) if node.source is not None else Level.NONE
            if node.pattern is not None:
                self._bind(node.pattern, source)
            if node.update is not None:
                self.level(node.update)
            self._body(node.body, known)
        elif isinstance(node, ir.Try):
            self._body(node.body, known)
            self._body(node.handler or (), Level.NONE)
            self._body(node.final, known)
        elif isinstance(node, ir.Switch):
            self._switch(node)
        elif isinstance(node, ir.Block):
            self._body(node.body, known)

    def _switch(self, node: ir.Switch) -> None:
        level = self.truth(node.subject)
        tested = level is Level.CALLER
        before, stopping, open_ = self._throws, False, False
        for case in node.cases:
            if case.test is not None:
                tested = self.level(case.test) is Level.CALLER or tested
            self._throws = False
            self._body(case.body, Level.CALLER if tested else Level.NONE)
            stopping = stopping or self._throws
            if case.body and not self._throws:
                start, end = case.body[0].start, case.body[-1].end
                open_ = open_ or self.access.touches(self.module, self.index, start, end)
        # `case "add": await ctx.runMutation(...)`: the client chose the case, and not all of them stop strangers.
        chosen = level in CHOSEN or level is Level.ASKED
        self._throws = before or (stopping and not (chosen and open_))

    def _declare(self, node: ir.Declare) -> None:
        if node.init is None:
            self._bind(node.pattern, Level.NONE)
            return
        worth = self.worth(node.init)
        self._bind(node.pattern, worth.level, worth)
        if self.told is not Level.NONE:
            self._bind_told(node.pattern, self.access.ev.expr(self.module, node.init))

    def _return(self, node: ir.Return, known: Level) -> None:
        level = self.level(node.value) if node.value is not None else Level.NONE
        if known is Level.CALLER and node.value is not None and self._rejects(node.value):
            self._throws = True
        else:
            self._result(level, known, node.value)
            self._decides = self._decides or known is Level.CALLER

    def _if(self, node: ir.If, known: Level) -> None:
        level = self.truth(node.test)
        tested = level is Level.CALLER
        refused = tested or (level is Level.FOUND and denies(node.test))
        gate = self.access.in_production(self.module, node.test)
        if level is Level.ASKED and _answers_no(self.module, node.yes):
            self.proven("asked", node.test)
        gate_yes, gate_no = gate is True and leaves(node.yes), gate is False and leaves(node.no)
        if gate is False and not node.no and not self._touches_else(node):
            self.note("environment", self.place(node.test))
            self._decides = True
        before, self._throws = self._throws, False
        self._body(node.yes, self._behind(node, refused or gate_yes, level, True))
        stops, self._throws = self._throws, False
        self._body(node.no, self._behind(node, tested or gate_no, level, False))
        if stops is not self._throws and level in CHOSEN and self._goes_on(node, stops):
            stops = self._throws = False
        self._throws = before or stops or self._throws
        if known is Level.CALLER or tested:
            self._assigned_under(node.yes)
            self._assigned_under(node.no)

    def _touches_else(self, node: ir.If) -> bool:
        """Whether data is touched outside of the first branch of `node`, or not in it."""
        start, end = node.yes[0].start if node.yes else node.end, node.yes[-1].end if node.yes else node.end
        body = self.module.facts.functions[self.index]
        inside_ = self.access.touches(self.module, self.index, start, end)
        outside = self.access.touches(self.module, self.index, body.start, start) or self.access.touches(
            self.module, self.index, end, body.end
        )
        return outside or not inside_

    def _behind(self, node: ir.If, known: bool, level: Level, holds: bool) -> Level:
        """What decided that control comes to a branch: the one where the test `holds`, or the other."""
        if known:
            return Level.CALLER
        positive = denies(node.test) is not holds
        return level if positive and level in (Level.SHOWN, Level.SHARED) else Level.NONE

    def _goes_on(self, node: ir.If, stops: bool) -> bool:
        """Whether data is touched although the client chose the branch of `node` in which nobody stops strangers:
        `if (args.strict) await requireUser(ctx);` and then the work."""
        other = node.no if stops else node.yes
        start = other[0].start if other else node.end
        end = other[-1].end if other else node.end
        if self.access.touches(self.module, self.index, start, end):
            return True
        end = self.module.facts.functions[self.index].end
        return not leaves(other) and self.access.touches(self.module, self.index, node.end, end)

    def _evaluate(self, node: ir.Expr, known: bool) -> None:
        self.level(node)
        inner = inside(node)
        if known and isinstance(inner, ir.Call):
            if self._only_throws(inner):
                self._throws = True
            elif isinstance(node, ir.Await):
                self._decides = True
        if isinstance(inner, ir.Binary) and self.truth(inner.left) is Level.CALLER:
            self._decides = self._decides or isinstance(inside(inner.right), ir.Call)

    def _rejects(self, node: ir.Expr) -> bool:
        """`return Promise.reject(...)` or `return fail()` in place of a `throw`."""
        inner = inside(node)
        if not isinstance(inner, ir.Call):
            return False
        callee = self.access.ev.expr(self.module, inner.callee)
        return callee == Global("Promise.reject") or self._only_throws(inner)

    def _only_throws(self, node: ir.Expr) -> bool:
        inner = inside(node)
        return isinstance(inner, ir.Call) and self.access.only_throws(self.module, inner, self.depth)

    def _assigned_under(self, body: tuple[ir.Stmt, ...]) -> None:
        """What is assigned where only the caller leads depends on the caller."""
        for statement in body:
            if isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Assign):
                self._assign(statement.value.target, Level.CALLER)
            elif isinstance(statement, ir.If):
                self._assigned_under(statement.yes)
                self._assigned_under(statement.no)
            elif isinstance(statement, (ir.Block, ir.Loop)):
                self._assigned_under(statement.body)

    # --------------------------------------------------------------------------------------------- bindings

    def _bind(self, pattern: ir.Pattern, level: Level, worth: Worth | None = None) -> None:
        shape = worth if worth is not None and worth.shaped else None
        if isinstance(pattern, ir.BindName):
            if pattern.default is not None:
                self.level(pattern.default)
            if shape is not None:
                self._shapes[pattern.ref] = shape
            self._raise(pattern.ref, pattern.name, level)
        elif isinstance(pattern, ir.ObjectPattern):
            for entry in pattern.fields:
                found = shape.get(entry.key) if shape is not None and entry.key is not None else None
                inner = level if shape is None else shape.rest if found is None else found.level
                if inner is Level.CLIENT and entry.key is not None:
                    inner = named_level(entry.key)
                self._bind(entry.pattern, inner, found)
            if pattern.rest is not None:
                self._bind(pattern.rest, level)
        elif isinstance(pattern, ir.ArrayPattern):
            for item in (*pattern.items, pattern.rest):
                if item is not None:
                    self._bind(item, level)

    def _bind_told(self, pattern: ir.Pattern, value: Value) -> None:
        """`({ user, db }) => ...`: members of the ctx that custom builders added."""
        if isinstance(pattern, ir.ObjectPattern) and isinstance(value, CtxOf):
            for entry in pattern.fields:
                if entry.key is not None and entry.key not in CTX_NAMES:
                    self._bind(entry.pattern, self.told)

    def _raise(self, ref: int, name: str, level: Level) -> None:
        if ref < 0 or level is Level.NONE or self._levels.get(ref, Level.NONE) >= level:
            return
        value = self.access.ev.binding(self.module, ref)
        if isinstance(value, (CtxOf, Part)):
            return  # the ctx itself stands for nobody, wherever it was taken from
        if level in (Level.SECRET, Level.SESSION) and is_no_secret(value):
            level = Level.CLIENT
        self._levels[ref] = max(level, self._levels.get(ref, Level.NONE))
        self._stale = self._stale or ref in self._asked

    def _assign(self, target: ir.Expr | ir.Pattern, level: Level) -> None:
        if isinstance(target, ir.Name):
            self._raise(target.ref, target.name, level)
        elif isinstance(target, (ir.BindName, ir.ObjectPattern, ir.ArrayPattern)):
            self._bind(target, level)

    # ------------------------------------------------------------------------------------------------ calls

    def _call(self, node: ir.Call | ir.New) -> Level:
        receiver = Level.NONE
        if isinstance(node.callee, (ir.Member, ir.Index)):
            receiver = self.level(node.callee.object)
            if isinstance(node.callee, ir.Member):
                told = self.level(node.callee)
                receiver = max(receiver, told if told >= Level.SHOWN else Level.NONE)
        elif not isinstance(node.callee, (ir.Atom, ir.Name)):
            receiver = self.level(node.callee)
        if receiver is not Level.NONE:
            for arg in node.args:
                if isinstance(arg, ir.Lambda):
                    for param in self.module.facts.functions[arg.index].params:
                        self._bind(param.pattern, receiver)
        given = tuple(self.worth(a) for a in node.args)
        if self._is_async_predicate(node):
            given = (Worth(), *given[1:])
        named = self._header(node, receiver)
        if named is not None:
            return named
        answer = self.access.answer(self, node, receiver, given)
        if answer.place is not None:
            self.note(answer.how, answer.place)
        if answer.proves:
            self.proven(answer.proves, node)
        stops = answer.throws and not self._caught(node)
        self._throws = self._throws or stops
        self._decides = self._decides or answer.decides
        return answer.level

    def _header(self, node: ir.Call | ir.New, receiver: Level) -> Level | None:
        """The level of `request.headers.get("x-signature")`: by the header's name, or the name of its constant."""
        if receiver is not Level.CLIENT or len(node.args) != 1 or not isinstance(node.callee, ir.Member):
            return None
        if node.callee.name not in ("get", "getAll", "header"):
            return None
        name = self.text_of(node.args[0])
        bare = inside(node.args[0])
        if name is None and isinstance(bare, (ir.Name, ir.Member)):
            name = bare.name
        return None if name is None else header_level(name)

    def proven(self, how: str, node: ir.Expr) -> None:
        """What the client sent is verified at `node`."""
        self._proofs.setdefault(node.start, how)
        if how == "secret":
            self._proofs[node.start] = how
        if isinstance(node, ir.Binary):
            self.note(how, self.place(node))

    def _is_async_predicate(self, node: ir.Call | ir.New) -> bool:
        """`rows.filter(async (row) => ...)` keeps every row."""
        if not isinstance(node.callee, ir.Member) or node.callee.name not in PREDICATES or not node.args:
            return False
        test = node.args[0]
        return isinstance(test, ir.Lambda) and self.module.facts.functions[test.index].is_async

    def note(self, how: str, place: Place) -> None:
        """Remember where the caller is first asked for."""
        if self._place is None:
            self._how, self._place = how, place

    def _caught(self, node: ir.Expr) -> bool:
        """Whether an exception of the call cannot stop the function: not awaited, `.catch(...)`, or thrown away by
        a `try` that holds nothing else."""
        if is_condition(self.access.ev, self.module, node) and self._is_promise(node):
            return True
        child: ir.Node = node
        parent = self.where.parent(node)
        awaited = False
        while isinstance(parent, (ir.Await, ir.Cast)) or (
            isinstance(parent, ir.Unary) and parent.op == "void"
        ):
            awaited = awaited or isinstance(parent, ir.Await)
            child, parent = parent, self.where.parent(parent)
        if isinstance(parent, ir.Member) and parent.name in ("catch", "then"):
            call = self.where.parent(parent)
            if isinstance(call, ir.Call) and call.callee is parent:
                return parent.name == "catch" or len(call.args) > 1
        if isinstance(parent, ir.Evaluate):
            if not awaited and self.access.is_async(self.module, node):
                return True
            child, parent = parent, self.where.parent(parent)
            if isinstance(parent, ir.Try) and parent.handler is not None and parent.body[-1:] == (child,):
                return not leaves(parent.handler)
        return False

    def lookup(
        self, node: ir.Call | ir.New, value: Bound, receiver: Level, given: tuple[Worth, ...]
    ) -> Level:
        """The level of what a built-in method gives: found by what depends on the caller, it does too; found by a
        secret, the secret is verified."""
        sent = tuple(worth.level for worth in given)
        level = max((receiver, *sent), default=Level.NONE)
        part = value.receiver
        if isinstance(part, Part) and part.name in ("db", "system"):
            if value.name == "get":
                return self._found(node, level)
            full = ID_METHODS.get(value.name)
            if full is None:
                return Level.NONE
            position = 1 if len(sent) >= full else 0
            if position < len(sent):
                self._changed(node, sent[position])
            return Level.NONE
        if value.name in ("eq", "gte", "lte") and isinstance(node.callee, ir.Member) and len(sent) == 2:
            return self._matched(node, sent[1])
        if level is Level.SHARED and value.name in ("withIndex", "filter") and isinstance(part, QueryOf):
            table = part.state.table
            if table is not None and is_login_table(table):
                self.note("secret", self.place(node))
                self.proven("secret", node)
                return Level.FOUND
            if table is not None and has_open_codes(table):
                return Level.NONE
        return level

    def _changed(self, node: ir.Call | ir.New, row: Level) -> None:
        """A row is changed, found by what is of level `row`."""
        if row is Level.CALLER:
            self._decides = True
        elif row in (Level.FOUND, Level.SESSION, Level.SECRET):
            self._own_rows.add(node.start)

    def _matched(self, node: ir.Call | ir.New, value: Level) -> Level:
        """The level of what has such a value in a field: `q.eq("code", args.code)`, `q.eq(q.field("public"), true)`."""
        named = next((n.value for n in descendants(node.args[0]) if isinstance(n, ir.Text)), None)
        if named is None or value not in (Level.NONE, Level.CLIENT):
            return self._found(node, value)
        if value is Level.CLIENT:
            return Level.SHARED if is_code(named) else Level.SHOWN if is_address(named) else Level.NONE
        given = inside(node.args[1])
        if isinstance(given, ir.Atom) and given.kind == "true" and is_published(named):
            return Level.SHOWN
        said = self.text_of(node.args[1])
        return Level.SHOWN if said is not None and says_published(named, said) else Level.NONE

    def _found(self, node: ir.Call | ir.New, level: Level) -> Level:
        """The level of what is looked up by a value of `level`."""
        if level in FINDS:
            how = "session" if level is Level.SESSION else "secret"
            self.note(how, self.place(node))
            self.proven(how, node)
        return FINDS.get(level, level if level >= Level.SHOWN else Level.NONE)


def _answers_no(module: Module, body: tuple[ir.Stmt, ...]) -> bool:
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
