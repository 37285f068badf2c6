"""How the caller's identity flows through one function: whether it decides anything there.

A value is worth what is known about it (`Level`): data of the client, a secret that the client sent, or something
that depends on who calls. The function is read in order of its statements, together with the functions written
inside it. Knowing who calls decides when it is tested before an exit, when documents found by it are returned or
changed, or when the function throws for strangers. Written into a log or a document, it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.levels import CHOSEN, FINDS, Guard, Level, is_no_secret, named_level
from convexlint.program.evaluation.members import CTX_NAMES
from convexlint.program.evaluation.queries import ID_METHODS
from convexlint.program.evaluation.values import (
    Bound,
    CtxOf,
    External,
    Global,
    Lit,
    Part,
    Value,
    members,
    present,
)
from convexlint.program.model import Module, Place
from convexlint.program.places.tested_promises import PREDICATES, PROMISE_METHODS, is_condition, is_promise

if TYPE_CHECKING:
    from convexlint.program.behaviour.access import Access

_EQUALITIES = frozenset({"===", "!==", "==", "!="})
_COMPARISONS = _EQUALITIES | {"<", ">", "<=", ">=", "in", "instanceof"}
_TESTS = _COMPARISONS | {"&&", "||", "??"}
ROUNDS = 3  # a variable may be assigned further down in a loop


class Flow:
    """One reading of a facts function. `given`: levels of its arguments by position; `told`: the level of
    members that custom builders add to the ctx."""

    def __init__(
        self, access: Access, module: Module, index: int, given: tuple[Level, ...], told: Level, depth: int
    ) -> None:
        self.access = access
        self.module = module
        self.index = index
        self.told = told
        self.depth = depth
        self.where = access.ev.world.index(module)
        self._levels: dict[int, Level] = {}
        self._asked: set[int] = set()
        self._stale = False  # a variable was read before its level rose
        self._seen: dict[int, Level] = {}
        self._results: list[Level] = []
        self._throws = self._decides = False
        self._how = ""
        self._place: Place | None = None
        function = module.facts.functions[index]
        for position, param in enumerate(function.params):
            level = given[position] if position < len(given) else Level.NONE
            self._bind(param.pattern, level)
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
        body = self.module.facts.functions[self.index].body
        always = any(isinstance(s, ir.Throw) for s in body)
        return Guard(self._throws, self._decides, gives, always, self._how, self._place)

    # ------------------------------------------------------------------------------------------- statements

    def _function(self, index: int) -> Level:
        """Read the body of the function, or of one written in it; the level of what it returns."""
        function = self.module.facts.functions[index]
        self._results.append(Level.NONE)
        if function.expression is not None:
            self._result(self.level(function.expression), False)
        self._body(function.body, False)
        return self._results.pop()

    def _result(self, level: Level, known: bool) -> None:
        self._results[-1] = max(self._results[-1], Level.CALLER if known else level)

    def _body(self, body: tuple[ir.Stmt, ...], known: bool) -> None:
        """`known`: whether the caller decided that control comes here."""
        for statement in body:
            self._statement(statement, known)
            if isinstance(statement, ir.If) and self.truth(statement.test) is Level.CALLER:
                known = known or leaves(statement.yes) or leaves(statement.no)

    def _statement(self, node: ir.Stmt, known: bool) -> None:
        if isinstance(node, ir.Declare):
            level = self.level(node.init) if node.init is not None else Level.NONE
            self._bind(node.pattern, level)
            if node.init is not None and self.told is not Level.NONE:
                self._bind_told(node.pattern, self.access.ev.expr(self.module, node.init))
        elif isinstance(node, ir.Evaluate):
            self._evaluate(node.value, known)
        elif isinstance(node, ir.Throw):
            self.level(node.value)
            self._throws = self._throws or known
        elif isinstance(node, ir.Return):
            level = self.level(node.value) if node.value is not None else Level.NONE
            if known and node.value is not None and self._rejects(node.value):
                self._throws = True
            else:
                self._result(level, known)
                self._decides = self._decides or known
        elif isinstance(node, ir.Jump):
            self._decides = self._decides or known
        elif isinstance(node, ir.If):
            level = self.truth(node.test)
            tested = level is Level.CALLER
            before, self._throws = self._throws, False
            self._body(node.yes, tested or (level is Level.FOUND and _denies(node.test)))
            stops, self._throws = self._throws, False
            self._body(node.no, tested)
            if stops is not self._throws and level in CHOSEN and self._goes_on(node, stops):
                stops = self._throws = False
            self._throws = before or stops or self._throws
            if known or tested:
                self._assigned_under(node.yes)
                self._assigned_under(node.no)
        elif isinstance(node, ir.Loop):
            self._body(node.init, False)
            source = self.level(node.source) if node.source is not None else Level.NONE
            if node.pattern is not None:
                self._bind(node.pattern, source)
            if node.update is not None:
                self.level(node.update)
            self._body(node.body, known)
        elif isinstance(node, ir.Try):
            self._body(node.body, known)
            self._body(node.handler or (), False)
            self._body(node.final, known)
        elif isinstance(node, ir.Switch):
            tested = self.truth(node.subject) is Level.CALLER
            for case in node.cases:
                if case.test is not None:
                    tested = self.level(case.test) is Level.CALLER or tested
                self._body(case.body, tested)
        elif isinstance(node, ir.Block):
            self._body(node.body, known)

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
        inner = _inside(node)
        if known and isinstance(inner, ir.Call):
            if self._only_throws(inner):
                self._throws = True
            elif isinstance(node, ir.Await):
                self._decides = True
        if isinstance(inner, ir.Binary) and self.truth(inner.left) is Level.CALLER:
            self._decides = self._decides or isinstance(_inside(inner.right), ir.Call)

    def _rejects(self, node: ir.Expr) -> bool:
        """`return Promise.reject(...)` or `return fail()` in place of a `throw`."""
        inner = _inside(node)
        if not isinstance(inner, ir.Call):
            return False
        callee = self.access.ev.expr(self.module, inner.callee)
        return callee == Global("Promise.reject") or self._only_throws(inner)

    def _only_throws(self, node: ir.Expr) -> bool:
        inner = _inside(node)
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

    def _bind(self, pattern: ir.Pattern, level: Level) -> None:
        if isinstance(pattern, ir.BindName):
            if pattern.default is not None:
                self.level(pattern.default)
            self._raise(pattern.ref, pattern.name, level)
        elif isinstance(pattern, ir.ObjectPattern):
            for entry in pattern.fields:
                inner = level
                if level is Level.CLIENT and entry.key is not None:
                    inner = named_level(entry.key)
                self._bind(entry.pattern, inner)
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

    # ------------------------------------------------------------------------------------------ expressions

    def level(self, node: ir.Expr) -> Level:
        """The level of an expression; reads it at the first time."""
        known = self._seen.get(id(node))
        if known is None:
            known = self._seen[id(node)] = self._level(node)
        return known

    def truth(self, node: ir.Expr) -> Level:
        """The level of an expression that is tested: a promise is always true."""
        level = self.level(node)
        return Level.NONE if level is not Level.NONE and self._is_promise(node) else level

    def _is_promise(self, node: ir.Expr) -> bool:
        return is_promise(self.access.ev, self.module, node)

    def _level(self, node: ir.Expr) -> Level:
        read = _READERS.get(type(node))
        return Level.NONE if read is None else read(self, node)

    def _name(self, node: ir.Name) -> Level:
        self._asked.add(node.ref)
        return self._levels.get(node.ref, Level.NONE)

    def _inner(self, node: ir.Await | ir.Cast | ir.Spread) -> Level:
        return self.level(node.value)

    def _unary(self, node: ir.Unary) -> Level:
        return self.truth(node.value) if node.op == "!" else self.level(node.value)

    def _conditional(self, node: ir.Conditional) -> Level:
        tested = self.truth(node.test)
        branches = max(self.level(node.yes), self.level(node.no))
        return Level.CALLER if tested is Level.CALLER else branches

    def _lambda(self, node: ir.Lambda) -> Level:
        return self._function(node.index)

    def _object(self, node: ir.Object) -> Level:
        return max((self.level(p.value) for p in node.props), default=Level.NONE)

    def _array(self, node: ir.Array) -> Level:
        return max((self.level(i) for i in node.items), default=Level.NONE)

    def _parts(self, node: ir.Template | ir.Opaque) -> Level:
        return max((self.level(p) for p in node.parts), default=Level.NONE)

    def _index(self, node: ir.Index) -> Level:
        return max(self.level(node.object), min(self.level(node.key), Level.CLIENT))

    def _assigned(self, node: ir.Assign) -> Level:
        level = self.level(node.value)
        self._assign(node.target, level)
        return level

    def _member(self, node: ir.Member) -> Level:
        level = self.level(node.object)
        if level is not Level.NONE and node.name not in PROMISE_METHODS and self._is_promise(node.object):
            return Level.NONE
        if level is Level.CLIENT:
            named = named_level(node.name)
            if named is Level.CLIENT or is_no_secret(self.access.ev.expr(self.module, node)):
                return Level.CLIENT
            return named
        if level in (Level.SECRET, Level.SESSION) and node.name == "length":
            return Level.CLIENT
        if level is Level.CALLER and isinstance(self.access.ev.expr(self.module, node), (CtxOf, Part)):
            return Level.NONE
        if level is Level.CALLER and isinstance(node.object, ir.Cast) and node.object.kind == "!":
            self._throws = True  # `identity!.subject` fails for strangers
        if level is Level.NONE and self.told is not Level.NONE and node.name not in CTX_NAMES:
            on_ctx = isinstance(self.access.ev.expr(self.module, node.object), CtxOf)
            return self.told if on_ctx else level
        return level

    def _binary(self, node: ir.Binary) -> Level:
        left, right = self.level(node.left), self.level(node.right)
        if node.op in _TESTS:
            left, right = self.truth(node.left), self.truth(node.right) if node.op in _COMPARISONS else right
        if node.op in _EQUALITIES:
            verified = max(left, right)
            if verified < Level.FOUND:
                verified = self._verified(node.left, left, node.right, right)
            if verified is not Level.NONE:
                self.note("secret", self.access.place(self.module, node, self.index))
            return verified
        if node.op in _COMPARISONS:
            return max(left, right) if max(left, right) >= Level.FOUND else Level.NONE
        if node.op in ("&&", "||") and self._evaded(node):
            return Level.CLIENT
        if node.op in ("??", "||") and left is Level.CALLER and self._only_throws(node.right):
            self._throws = True
        return max(left, right)

    def _evaded(self, node: ir.Binary) -> bool:
        """`doc.owner !== args.userId && !(await isAdmin(ctx))`: whoever sends the right id is never asked."""
        spoofed = _EQUALITIES & ({"!==", "!="} if node.op == "&&" else {"===", "=="})
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            test = _inside(mine)
            if (
                self.level(other) is not Level.CALLER
                or not isinstance(test, ir.Binary)
                or test.op not in spoofed
            ):
                continue
            sides = sorted((self.level(test.left), self.level(test.right)))
            literal = isinstance(_inside(test.left), (ir.Text, ir.Atom)) or isinstance(
                _inside(test.right), (ir.Text, ir.Atom)
            )
            if sides == [Level.NONE, Level.CLIENT] and not literal:
                return True
        return False

    def _verified(self, left: ir.Expr, left_level: Level, right: ir.Expr, right_level: Level) -> Level:
        """The level of comparing what the client sent with an environment variable, a secret with a stored one."""
        for level, other, other_level in ((left_level, right, right_level), (right_level, left, left_level)):
            if level is Level.NONE or other_level is not Level.NONE:
                continue
            if self._is_env(other):
                return Level.CALLER
            literal = isinstance(_inside(other), (ir.Text, ir.Atom, ir.Number, ir.Unary)) or isinstance(
                present(self.access.ev.expr(self.module, other)), Lit
            )
            if level > Level.CLIENT and not literal:
                return FINDS[level]
        return Level.NONE

    def _is_env(self, node: ir.Expr) -> bool:
        for value in members(present(self.access.ev.expr(self.module, node))):
            if isinstance(value, Global) and value.name.startswith("process.env."):
                return True
            if isinstance(value, External) and value.path[:1] == ("env",):
                return True
        inner = _inside(node)
        return isinstance(inner, ir.Binary) and (self._is_env(inner.left) or self._is_env(inner.right))

    # ------------------------------------------------------------------------------------------------ calls

    def _call(self, node: ir.Call | ir.New) -> Level:
        receiver = Level.NONE
        if isinstance(node.callee, (ir.Member, ir.Index)):
            receiver = self.level(node.callee.object)
            if isinstance(node.callee, ir.Member):
                receiver = max(receiver, min(self.level(node.callee), Level.CALLER))
        elif not isinstance(node.callee, (ir.Atom, ir.Name)):
            receiver = self.level(node.callee)
        if receiver is Level.CALLER:
            for arg in node.args:
                if isinstance(arg, ir.Lambda):
                    for param in self.module.facts.functions[arg.index].params:
                        self._bind(param.pattern, Level.CALLER)
        given = tuple(self.level(a) for a in node.args)
        if self._is_async_predicate(node):
            given = (Level.NONE, *given[1:])
        answer = self.access.answer(self, node, receiver, given)
        if answer.place is not None:
            self.note(answer.how, answer.place)
        stops = answer.throws and not self._caught(node)
        self._throws = self._throws or stops
        self._decides = self._decides or answer.decides
        return answer.level

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
        self, node: ir.Call | ir.New, value: Bound, receiver: Level, given: tuple[Level, ...]
    ) -> Level:
        """The level of what a built-in method gives: found by what depends on the caller, it does too; found by a
        secret, the secret is verified."""
        level = max((receiver, *given), default=Level.NONE)
        part = value.receiver
        if isinstance(part, Part) and part.name in ("db", "system"):
            if value.name == "get":
                return self._found(node, level)
            full = ID_METHODS.get(value.name)
            if full is None:
                return Level.NONE
            position = 1 if len(given) >= full else 0
            if position < len(given) and given[position] is Level.CALLER:
                self._decides = True
            return Level.NONE
        if value.name in ("eq", "gte", "lte") and isinstance(node.callee, ir.Member) and len(given) == 2:
            return self._found(node, given[1])
        return level

    def _found(self, node: ir.Call | ir.New, level: Level) -> Level:
        """The level of what is looked up by a value of `level`."""
        if level in (Level.SECRET, Level.SESSION):
            how = "secret" if level is Level.SECRET else "session"
            self.note(how, self.access.place(self.module, node, self.index))
        return FINDS.get(level, level if level >= Level.FOUND else Level.NONE)


def _denies(test: ir.Expr) -> bool:
    """Whether a test holds where something is absent or unequal."""
    test = _inside(test)
    if isinstance(test, ir.Unary):
        return test.op == "!"
    if isinstance(test, ir.Binary):
        if test.op in ("||", "&&"):
            return _denies(test.left) or _denies(test.right)
        if test.op in ("!=", "!=="):
            return not isinstance(test.right, ir.Atom)
        return test.op in ("==", "===") and isinstance(test.right, ir.Atom)
    return False


def _inside(node: ir.Expr) -> ir.Expr:
    while isinstance(node, (ir.Await, ir.Cast)) or (isinstance(node, ir.Unary) and node.op == "void"):
        node = node.value
    return node


# By exact type: this is asked of most expressions of a project.
_READERS: dict[type[ir.Node], Callable[[Flow, Any], Level]] = {
    ir.Name: Flow._name,
    ir.Member: Flow._member,
    ir.Call: Flow._call,
    ir.New: Flow._call,
    ir.Await: Flow._inner,
    ir.Cast: Flow._inner,
    ir.Unary: Flow._unary,
    ir.Spread: Flow._inner,
    ir.Binary: Flow._binary,
    ir.Conditional: Flow._conditional,
    ir.Lambda: Flow._lambda,
    ir.Object: Flow._object,
    ir.Array: Flow._array,
    ir.Template: Flow._parts,
    ir.Opaque: Flow._parts,
    ir.Index: Flow._index,
    ir.Assign: Flow._assigned,
}


__all__ = ["Flow"]
