"""Secrets of the environment with a text of the code in their place where they are not set."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.behaviour.secret_names import signs
from convexlint.program.evaluation.values import Lit, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.environment import EnvRead, env_reads
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_MAX_HOPS = 4


class SecretFallback(Struct, frozen=True, eq=False):
    """`process.env.NAME || "text"`. `place.span`: the text, or the name of a constant that holds it. `name`: the
    variable, a secret that signs or that others prove themselves with. `others`: variables that are tried behind it."""

    place: Place
    name: str
    others: tuple[str, ...] = ()


@listed
def secret_fallbacks(program: Program) -> Iterator[SecretFallback]:
    """Texts that stand in for a secret, by module and place; none where code throws while the variable is not set."""
    reader = _Reader(program)
    found: dict[tuple[str, int], SecretFallback] = {}
    refused: set[tuple[str, str]] = set()
    for read in env_reads(program):
        for name in read.names:
            if not signs(name):
                continue
            module = read.place.module
            if reader.is_refused(module, read.node):
                refused.add((module.path, name))
            for node in reader.fallbacks(module, read, name):
                place = placing(program).at(module, node.start, node.end, read.place.owner)
                tried = tuple(one for one in reader.tried(module, node) if one != name)
                found.setdefault((module.path, node.start), SecretFallback(place, name, tried))
    yield from (one for one in found.values() if (one.place.module.path, one.name) not in refused)


class _Reader:
    def __init__(self, program: Program) -> None:
        self._ev = program.ev

    def fallbacks(self, module: Module, read: EnvRead, name: str) -> Iterator[ir.Expr]:
        index = self._ev.world.index(module)
        if read.name is not None:
            yield from self._after(module, index, read.node, 0)
            return
        _, parent = outward(index, read.node)
        pattern = parent.pattern if isinstance(parent, ir.Declare) else None
        for field in pattern.fields if isinstance(pattern, ir.ObjectPattern) else ():
            if field.key == name and isinstance(field.pattern, ir.BindName):
                if field.pattern.default is not None and self._is_text(module, field.pattern.default):
                    yield field.pattern.default
                for use in index.uses.get(field.pattern.ref, ()):
                    yield from self._after(module, index, use, 1)

    def _after(self, module: Module, index: ModuleIndex, node: ir.Node, hops: int) -> Iterator[ir.Expr]:
        """The texts that are taken where `node`, which holds the variable, has no value."""
        whole, parent = outward(index, node)
        if hops > _MAX_HOPS:
            return
        if isinstance(parent, ir.Binary) and parent.op in ("??", "||"):
            if parent.left is whole and self._is_text(module, parent.right):
                yield parent.right
            else:
                yield from self._after(module, index, parent, hops + 1)
        elif isinstance(parent, ir.Conditional) and parent.yes is whole and self._is_text(module, parent.no):
            yield parent.no
        elif isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName):
            for use in index.uses.get(parent.pattern.ref, ()):
                yield from self._after(module, index, use, hops + 1)

    def tried(self, module: Module, fallback: ir.Expr) -> tuple[str, ...]:
        """The variables in `process.env.A || process.env.B || "text"`."""
        whole, parent = outward(self._ev.world.index(module), fallback)
        if not isinstance(parent, ir.Binary) or parent.right is not whole:
            return ()
        members = (part for part in descendants(parent.left) if isinstance(part, ir.Member))
        found = (
            one.name for one in members if isinstance(one.object, ir.Member) and one.object.name == "env"
        )
        return tuple(dict.fromkeys(found))

    def _is_text(self, module: Module, node: ir.Expr) -> bool:
        node = bare(node)
        value = present(self._ev.expr(module, node)) if isinstance(node, (ir.Text, ir.Name)) else None
        return isinstance(value, Lit) and isinstance(value.value, str) and bool(value.value.strip())

    def is_refused(self, module: Module, node: ir.Node) -> bool:
        """Whether the variable stands in the test of an `if` that throws."""
        index = self._ev.world.index(module)
        child, parent = node, index.parent(node)
        while isinstance(parent, (ir.Unary, ir.Binary, ir.Call, ir.Cast, ir.Member)):
            child, parent = parent, index.parent(parent)
        if not isinstance(parent, ir.If) or parent.test is not child:
            return False
        return any(isinstance(part, ir.Throw) for part in descendants(parent.yes))
