"""One pass over a module's facts that indexes what the evaluator asks for: definitions, uses, calls, parents.

Nothing is evaluated here. All indices are by object identity (`id`) of facts nodes, which live as long as the
module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from sys import intern
from typing import Any

from convexlint.facts import ir
from convexlint.program.modules.index import LONG_TEXT, OF_CTX, CallSite, Definition, ModuleIndex
from convexlint.program.modules.merging import merged
from convexlint.program.modules.nodes import bare, is_exports, is_global, is_validator_call, validator_names
from convexlint.structs import force_setattr


class _Walker:
    def __init__(self, index: ModuleIndex) -> None:
        self.index = index
        self.facts = index.facts
        self.owner = 0
        self.klass = -1  # the class whose field initialisers are walked
        self.validators = validator_names(self.facts)

    # ------------------------------------------------------------------------------------------ functions

    def run(self) -> None:
        index = self.index
        for export in self.facts.exports:
            if export.binding >= 0:
                index.exported.setdefault(export.binding, []).append(export)
        for binding in self.facts.bindings:
            _share_word(binding, "name", binding.name)
        for statement in self.facts.imports:
            for name in statement.names:
                index.definitions[name.binding] = Definition("import", imported=name, statement=statement)
        for number, function in enumerate(self.facts.functions):
            index.functions[id(function)] = number
            if function.parent >= 0:
                index.inner.setdefault(function.parent, []).append(number)
            if function.binding >= 0:
                index.definitions[function.binding] = Definition("function", index=number)
        for number, klass in enumerate(self.facts.classes):
            if klass.binding >= 0:
                index.definitions[klass.binding] = Definition("class", index=number)
        for number, function in enumerate(self.facts.functions):
            self.owner = number
            for position, param in enumerate(function.params):
                base = Definition("param", index=number, position=position, annotation=param.annotation)
                path: tuple[tuple[str, Any], ...] = (("tail", 0),) if param.rest else ()
                self.pattern(param.pattern, base, path, function)
            if function.expression is not None:
                self.expr(function.expression, function)
                index.returns.setdefault(number, []).append(function.expression)
            self.body(function.body, function)
        for number, klass in enumerate(self.facts.classes):
            self.owner = klass.function
            if klass.superclass is not None:
                self.expr(klass.superclass, klass)
            self.klass = number
            for member in klass.members:
                if member.init is not None:
                    self.expr(member.init, klass)
            self.klass = -1

    def _class_around(self) -> int:
        """The class of the method that is walked, arrows in it included; -1 for none."""
        functions, number = self.facts.functions, self.owner
        while number > 0 and functions[number].kind == "arrow":
            number = functions[number].parent
        return functions[number].owner_class

    def pattern(
        self, pattern: ir.Pattern, base: Definition, path: tuple[tuple[str, Any], ...], parent: Any
    ) -> None:
        self.index.parents.put(pattern, parent)
        default = pattern.default
        if default is not None:
            self.expr(default, pattern)
            path = (*path, ("default", default))
        if isinstance(pattern, ir.BindName):
            _share_word(pattern, "name", pattern.name)
            if pattern.ref >= 0:
                self.index.definitions[pattern.ref] = Definition(
                    base.kind,
                    path,
                    base.expr,
                    base.annotation,
                    base.index,
                    base.position,
                    base.loop,
                    base.keyword,
                )
        elif isinstance(pattern, ir.ObjectPattern):
            names = []
            for entry in pattern.fields:
                names.append(entry.key)
                self.pattern(entry.pattern, base, (*path, ("key", entry.key)), pattern)
            if pattern.rest is not None:
                self.pattern(pattern.rest, base, (*path, ("rest", tuple(names))), pattern)
        elif isinstance(pattern, ir.ArrayPattern):
            for position, item in enumerate(pattern.items):
                if item is not None:
                    self.pattern(item, base, (*path, ("item", position)), pattern)
            if pattern.rest is not None:
                self.pattern(pattern.rest, base, (*path, ("tail", len(pattern.items))), pattern)
        else:
            self.expr(pattern.value, pattern)

    def assign_pattern(
        self, pattern: ir.Pattern, value: ir.Expr, path: tuple[tuple[str, Any], ...], parent: Any
    ) -> None:
        self.index.parents.put(pattern, parent)
        if pattern.default is not None:
            self.expr(pattern.default, pattern)
            path = (*path, ("default", pattern.default))
        if isinstance(pattern, ir.BindName):
            if pattern.ref >= 0:
                self.index.assignments.setdefault(pattern.ref, []).append((path, value))
        elif isinstance(pattern, ir.ObjectPattern):
            for entry in pattern.fields:
                self.assign_pattern(entry.pattern, value, (*path, ("key", entry.key)), pattern)
            if pattern.rest is not None:
                names = tuple(f.key for f in pattern.fields)
                self.assign_pattern(pattern.rest, value, (*path, ("rest", names)), pattern)
        elif isinstance(pattern, ir.ArrayPattern):
            for position, item in enumerate(pattern.items):
                if item is not None:
                    self.assign_pattern(item, value, (*path, ("item", position)), pattern)
            if pattern.rest is not None:
                self.assign_pattern(pattern.rest, value, (*path, ("tail", len(pattern.items))), pattern)
        else:
            self.expr(pattern.value, pattern)

    # ----------------------------------------------------------------------------------------- statements

    def body(self, body: tuple[ir.Stmt, ...], parent: Any) -> None:
        for statement in body:
            self.statement(statement, parent)

    def statement(self, node: ir.Stmt, parent: Any) -> None:
        index = self.index
        index.parents.put(node, parent)
        if isinstance(node, ir.Declare):
            base = Definition(
                "var", expr=node.init, annotation=node.annotation, keyword=node.keyword, index=self.owner
            )
            self.pattern(node.pattern, base, (), node)
            if node.init is not None:
                self.expr(node.init, node)
                if isinstance(node.init, ir.Name) and isinstance(node.pattern, ir.BindName):
                    index.aliases.setdefault(node.init.ref, []).append(node.pattern.ref)
        elif isinstance(node, (ir.Evaluate, ir.Throw)):
            self.expr(node.value, node)
        elif isinstance(node, ir.Return):
            if node.value is None:
                index.bare_returns[self.owner] = index.bare_returns.get(self.owner, 0) + 1
            else:
                self.expr(node.value, node)
                index.returns.setdefault(self.owner, []).append(node.value)
        elif isinstance(node, ir.If):
            self.expr(node.test, node)
            self.body(node.yes, node)
            self.body(node.no, node)
        elif isinstance(node, ir.Loop):
            index.loops.append((node, self.owner))
            self.body(node.init, node)
            if node.pattern is not None:
                base = Definition("loop", expr=node.source, loop=node.kind)
                self.pattern(node.pattern, base, (), node)
            if node.source is not None:
                self.expr(node.source, node)
            if node.update is not None:
                self.expr(node.update, node)
            self.body(node.body, node)
        elif isinstance(node, ir.Try):
            self.body(node.body, node)
            if node.param is not None:
                self.pattern(node.param, Definition("catch"), (), node)
            if node.handler is not None:
                self.body(node.handler, node)
            self.body(node.final, node)
        elif isinstance(node, ir.Switch):
            self.expr(node.subject, node)
            for case in node.cases:
                index.parents.put(case, node)
                if case.test is not None:
                    self.expr(case.test, case)
                self.body(case.body, case)
        elif isinstance(node, ir.Block):
            self.body(node.body, node)
        elif isinstance(node, ir.ExportDefault):
            index.default_export = node.value
            self.expr(node.value, node)

    def write(self, goal: ir.Expr, value: ir.Expr) -> None:
        """`name.key = value` and `name[key] = value`, by the binding of the name."""
        if not isinstance(goal, (ir.Member, ir.Index)):
            return
        holder = bare(goal.object)
        if isinstance(goal, ir.Member) and is_exports(holder):
            self.index.assigned_exports[goal.name] = value
        elif isinstance(goal, ir.Member) and goal.name == "exports" and is_global(holder, "module"):
            self.index.module_exports = value
        if not isinstance(holder, ir.Name) or holder.ref < 0:
            return
        key = goal.key if isinstance(goal, ir.Index) else None
        name = goal.name if isinstance(goal, ir.Member) else key.value if isinstance(key, ir.Text) else None
        self.index.writes.setdefault(holder.ref, []).append((name, value))

    # ---------------------------------------------------------------------------------------- expressions

    def expr(self, node: ir.Expr, parent: Any) -> None:
        self.index.parents.put(node, parent)
        if isinstance(node, ir.Name):  # most are one of these
            self.name(node)
        elif isinstance(node, ir.Text):
            self.text(node)
        elif isinstance(node, ir.Member):
            if node.name in OF_CTX and type(parent) in _TESTS:
                self.index.tests_ctx = True
            self.member(node)
        elif isinstance(node, ir.Call):
            self.call(node)
        elif isinstance(node, ir.Object):
            self.object(node)
        else:
            handler = _OTHERS.get(type(node))
            if handler is not None:
                handler(self, node)

    def name(self, node: ir.Name) -> None:
        _share_word(node, "name", node.name)
        index = self.index
        if node.ref >= 0:
            index.uses.setdefault(node.ref, []).append(node)
        else:
            index.globals.append((node, self.owner))

    def member(self, node: ir.Member) -> None:
        _share_word(node, "name", node.name)
        self.expr(node.object, node)
        if node.optional or id(node.object) in self.index.optional:
            self.index.optional.add(id(node))

    def call(self, node: ir.Call | ir.New) -> None:
        index = self.index
        site = CallSite(node, self.owner)
        index.calls.append(site)
        callee = node.callee
        if not is_validator_call(node, self.validators):
            index.code_calls.append(site)
            index.calls_by_owner.setdefault(self.owner, []).append(site)
        self.expr(callee, node)
        for arg in node.args:
            self.expr(arg, node)
        if type(node) is ir.Call and (node.optional or id(callee) in index.optional):
            index.optional.add(id(node))
        if type(callee) is ir.Member and callee.name in _PUTS:
            self.put(callee, node, node.args)

    def put(self, callee: ir.Member, node: ir.Call | ir.New, args: tuple[ir.Expr, ...]) -> None:
        """`list.push(x)`, `map.set(k, v)`, `Object.assign(o, x)`."""
        if callee.name == "assign":
            whole = merged(node) if isinstance(node, ir.Call) else None
            if whole is not None:
                self.index.merged[id(node)] = whole
                self.index.parents.put(whole, self.index.parents.get(node))
            target = args[0] if args else None
            if isinstance(target, ir.Name) and target.ref >= 0:
                self.index.writes.setdefault(target.ref, []).extend(("*", arg) for arg in args[1:])
        elif isinstance(callee.object, ir.Name) and callee.object.ref >= 0:
            self.index.pushes.setdefault(callee.object.ref, []).append((callee.name, args))

    def object(self, node: ir.Object) -> None:
        for prop in node.props:
            if prop.key is not None:
                _share_word(prop, "key", prop.key)
            self.index.parents.put(prop, node)
            self.expr(prop.value, prop)
            if prop.computed is not None:
                self.expr(prop.computed, prop)

    def lambda_(self, node: ir.Lambda) -> None:
        self.index.lambdas[node.index] = node
        if self.klass >= 0:
            self.index.field_class[node.index] = self.klass

    def atom(self, node: ir.Atom) -> None:
        if node.kind == "this" and self.klass >= 0:
            self.index.this_class[id(node)] = self.klass

    def text(self, node: ir.Text) -> None:
        if node.size >= LONG_TEXT:
            self.index.long_texts.append(node)
        _share_word(node, "value", node.value)

    def value_of(self, node: ir.Await | ir.Spread) -> None:
        self.expr(node.value, node)

    def unary(self, node: ir.Unary) -> None:
        self.expr(node.value, node)
        if node.op == "delete":  # the same as to write undefined, for all that is asked
            self.write(bare(node.value), ir.Unary(node.start, node.size, "void", node.value))

    def cast(self, node: ir.Cast) -> None:
        if node.kind == "const":
            self.index.constants.update(_literals(node.value))
        self.expr(node.value, node)
        if node.kind == "!" and id(node.value) in self.index.optional:
            self.index.optional.add(id(node))

    def binary(self, node: ir.Binary) -> None:
        if node.op in _COMPARING:
            self.index.comparisons.append(node)
        elif node.op == "in" and isinstance(node.left, ir.Text) and node.left.value in OF_CTX:
            self.index.tests_ctx = True
        self.expr(node.left, node)
        self.expr(node.right, node)

    def conditional(self, node: ir.Conditional) -> None:
        self.expr(node.test, node)
        self.expr(node.yes, node)
        self.expr(node.no, node)

    def array(self, node: ir.Array) -> None:
        for item in node.items:
            self.expr(item, node)

    def subscript(self, node: ir.Index) -> None:
        self.expr(node.object, node)
        self.expr(node.key, node)
        if node.optional or id(node.object) in self.index.optional:
            self.index.optional.add(id(node))

    def parts(self, node: ir.Template | ir.Opaque) -> None:
        if node.size >= LONG_TEXT and isinstance(node, ir.Template):
            self.index.long_texts.append(node)
        for part in node.parts:
            self.expr(part, node)

    def assign(self, node: ir.Assign) -> None:
        index = self.index
        goal: Any = node.target
        if isinstance(goal, (ir.BindName, ir.ObjectPattern, ir.ArrayPattern, ir.OtherTarget)):
            self.assign_pattern(goal, node.value, (), node)
        elif isinstance(goal, ir.Name) and goal.ref >= 0:
            plain = node.op in ("=", "??=", "||=", "&&=")
            index.assignments.setdefault(goal.ref, []).append(
                (() if plain else (("added" if node.op == "+=" else "number", None),), node.value)
            )
            index.parents.put(goal, node)
        else:
            self.expr(goal, node)
            of_this = isinstance(goal, ir.Member) and isinstance(goal.object, ir.Atom)
            if of_this and goal.object.kind == "this":
                stored = index.this_fields.setdefault((self._class_around(), goal.name), [])
                stored.append(node.value)
            self.write(goal, node.value)
        self.expr(node.value, node)


_TESTS = frozenset({ir.If, ir.Conditional, ir.Binary, ir.Unary, ir.Cast})  # around `ctx.db` that is not used
_COMPARING = frozenset({"===", "!==", "==", "!="})
_PUTS = frozenset({"push", "unshift", "add", "set", "assign"})
_OTHERS: dict[type, Callable[[_Walker, Any], None]] = {
    ir.New: _Walker.call,
    ir.Lambda: _Walker.lambda_,
    ir.Atom: _Walker.atom,
    ir.Await: _Walker.value_of,
    ir.Spread: _Walker.value_of,
    ir.Unary: _Walker.unary,
    ir.Cast: _Walker.cast,
    ir.Binary: _Walker.binary,
    ir.Conditional: _Walker.conditional,
    ir.Array: _Walker.array,
    ir.Index: _Walker.subscript,
    ir.Assign: _Walker.assign,
    ir.Template: _Walker.parts,
    ir.Opaque: _Walker.parts,
}


def _share_word(node: ir.Node, field: str, word: str) -> None:
    """Facts that come from another process or from disk have each of their words by itself, and a project says the same
    few all over: an equal one takes its place."""
    shared = intern(word)
    if shared is not word:
        force_setattr(node, field, shared)


def _literals(node: ir.Expr) -> Iterator[int]:
    """The literals of which objects and arrays are made, by id()."""
    if isinstance(node, ir.Object):
        for prop in node.props:
            if prop.kind == "pair":
                yield from _literals(prop.value)
    elif isinstance(node, ir.Array):
        for item in node.items:
            yield from _literals(item)
    elif isinstance(node, (ir.Text, ir.Number, ir.Atom)):
        yield id(node)


def index_module(facts: ir.ModuleFacts) -> ModuleIndex:
    """Walk a module once."""
    index = ModuleIndex(facts)
    _Walker(index).run()
    return index
