"""Tests of `process.env.NODE_ENV`, which the bundler of Convex settles: it writes "production" in its place."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Lit, members, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare
from convexlint.program.places.environment import env_reads
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

# What esbuild replaces, these spellings alone: a variable that is taken out of `process.env` is read when code runs.
_REPLACED = frozenset({"process.env.NODE_ENV", 'process.env["NODE_ENV"]', "process.env['NODE_ENV']"})
_WRITTEN = "production"
_TESTS = frozenset({"test", "testing"})  # vitest, which bundles nothing, sets NODE_ENV to "test"
_EQUALITIES = {"===": True, "==": True, "!==": False, "!=": False}
_MAX_HOPS = 4


class NodeEnvTest(Struct, frozen=True, eq=False):
    """A test whose outcome is settled when the code is bundled. `place.span`: the comparison, the `includes(...)`, or
    the subject of a `switch`. `holds`: how a comparison comes out; None for a `switch`.

    `read`: where `process.env.NODE_ENV` is written. `dead`: the cases of a `switch` that are never run, as texts.
    """

    place: Place
    holds: bool | None
    read: Span
    dead: tuple[str, ...] = ()


@listed
def node_env_tests(program: Program) -> Iterator[NodeEnvTest]:
    """Tests of `process.env.NODE_ENV` with another text than "test", by module and place."""
    reader = _Reader(program)
    for read in env_reads(program):
        module = read.place.module
        replaced = read.name == "NODE_ENV" and module.text(read.span) in _REPLACED
        if replaced and not read.written and module.role is not Role.CONVEX_CONFIG:
            yield from reader.tests(read.place, read.span, read.node, 0)


class _Reader:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev

    def tests(self, origin: Place, read: Span, node: ir.Node, hops: int) -> Iterator[NodeEnvTest]:
        """The tests of what `node` holds: the read itself, with a default, or in a constant."""
        module = origin.module
        index = self._ev.world.index(module)
        whole, parent = outward(index, node)
        found: tuple[bool | None, tuple[str, ...]] | None = None
        if hops > _MAX_HOPS:
            return
        if isinstance(parent, ir.Binary):
            if parent.op in ("??", "||") and parent.left is whole:
                yield from self.tests(origin, read, parent, hops + 1)
                return
            other = parent.right if parent.left is whole else parent.left
            found = self._compared(module, parent, other)
            whole = parent
        elif isinstance(parent, ir.Switch) and parent.subject is whole:
            found = self._switched(module, parent)
        elif isinstance(parent, ir.Call) and any(argument is whole for argument in parent.args):
            found = self._listed(module, parent)
            whole = parent
        elif isinstance(parent, ir.Declare) and parent.init is whole:
            for use in _uses(module, index, parent.pattern):
                yield from self.tests(origin, read, use, hops + 1)
        if found is not None:
            place = placing(self._program).at(module, whole.start, whole.end, index.owner(whole))
            yield NodeEnvTest(place, found[0], read, found[1])

    def _compared(
        self, module: Module, test: ir.Binary, other: ir.Expr
    ) -> tuple[bool | None, tuple[str, ...]] | None:
        equal = _EQUALITIES.get(test.op)
        text = self._text(module, other)
        if equal is None or text is None or text in _TESTS:
            return None
        return (text == _WRITTEN) is equal, ()

    def _switched(self, module: Module, node: ir.Switch) -> tuple[bool | None, tuple[str, ...]] | None:
        texts = [self._text(module, case.test) for case in node.cases if case.test is not None]
        dead = tuple(text for text in texts if text not in (None, _WRITTEN, *_TESTS))
        return (
            (None, tuple(text for text in dead if text is not None)) if dead and None not in texts else None
        )

    def _listed(self, module: Module, call: ir.Call) -> tuple[bool | None, tuple[str, ...]] | None:
        """`["development", "preview"].includes(process.env.NODE_ENV)`."""
        callee = call.callee
        if not isinstance(callee, ir.Member) or callee.name not in ("includes", "has") or len(call.args) != 1:
            return None
        among = bare(callee.object)
        if isinstance(among, ir.Name) and among.ref >= 0:
            held = self._ev.world.constant(module, among.ref)
            module, among = (held[0], bare(held[1])) if held is not None else (module, among)
        if isinstance(among, ir.New) and len(among.args) == 1:
            among = bare(among.args[0])
        if not isinstance(among, ir.Array):
            return None
        texts = [self._text(module, item) for item in among.items]
        if not texts or any(text is None or text in _TESTS for text in texts):
            return None
        return _WRITTEN in texts, ()

    def _text(self, module: Module, node: ir.Expr) -> str | None:
        found = {
            value.value if isinstance(value, Lit) else None
            for value in members(present(self._ev.expr(module, node)))
        }
        text = next(iter(found)) if len(found) == 1 else None
        return text if isinstance(text, str) else None


def _uses(module: Module, index: ModuleIndex, pattern: ir.Pattern) -> list[ir.Name]:
    """Where a variable is read that is never assigned again."""
    if not isinstance(pattern, ir.BindName) or pattern.ref < 0 or module.facts.bindings[pattern.ref].assigned:
        return []
    return index.uses.get(pattern.ref, [])
