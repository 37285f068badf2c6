"""Actions whose type depends on itself: what they return has the type of a function of their own file, which is known
only through `api` or `internal`, and the type of these is made of all exports of all files (docs/convex.md 7)."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import Reference, RegisteredFunction
from convexlint.program.modules.generated import FOLDER
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.references import references
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")


class CircularResult(Struct, frozen=True, eq=False):
    """An exported action without a return type. `reference`: the first one that what it returns depends on.
    `params`: the parameter list of its handler as written, `bare`: it is one name without parentheses."""

    function: RegisteredFunction
    reference: Reference
    params: Span
    bare: bool


@listed
def circular_results(program: Program) -> Iterator[CircularResult]:
    """Actions whose result has the type of a function of the same file, by module and place."""
    own: dict[str, dict[int, Reference]] = {}
    for reference in () if _is_untyped(program) else references(program):
        module, target = reference.place.module, reference.target
        if reference.root in ("api", "internal") and target is not None and target.module is module:
            own.setdefault(module.path, {})[reference.place.span.start] = reference
    for function in program.functions if own else ():
        module, handler = function.module, function.handler
        known = own.get(module.path)
        if known is None or not module.path.endswith(_TYPESCRIPT) or function.kind != "action":
            continue
        if function.path is None or handler is None or handler.module is not module:
            continue
        index = program.ev.world.index(module)
        if not _is_annotated(index, function):
            found = _Leaning(index, known).of(handler.index)
            if found is not None:
                facts = module.facts.functions[handler.index]
                params = Span(facts.params_start, facts.params_end)
                bare = module.source[params.start : params.start + 1] != b"("
                yield CircularResult(function, found, params, bare)


def _is_untyped(program: Program) -> bool:
    """Whether the generated `api` has no types of functions that it could lose: `AnyApi`, as static code generation and
    components may have it."""
    texts = [s.content for s in program.generated().values() if s.name.startswith(FOLDER + "api.")]
    return any(b"AnyApi" in text for text in texts) and not any(b"typeof" in text for text in texts)


def _is_annotated(index: ModuleIndex, function: RegisteredFunction) -> bool:
    """Whether the variable that is exported says its type."""
    for export in index.facts.exports:
        if export.name == function.export and export.kind == "local":
            definition = index.definitions.get(export.binding)
            return definition is not None and definition.annotation is not None
    return False


class _Leaning:
    """Follows the types of expressions within a module, as far as nothing there says its type."""

    def __init__(self, index: ModuleIndex, known: dict[int, Reference]) -> None:
        self._index = index
        self._known = known
        self._seen: set[tuple[str, int]] = set()

    def of(self, function: int) -> Reference | None:
        """The reference that the result of a function depends on."""
        if ("function", function) in self._seen or self._index.facts.functions[function].result is not None:
            return None
        self._seen.add(("function", function))
        return self._first(self._index.returns.get(function, ()))

    def _first(self, nodes: Iterator[ir.Expr] | list[ir.Expr] | tuple[ir.Expr, ...]) -> Reference | None:
        for node in nodes:
            found = self._in(node)
            if found is not None:
                return found
        return None

    def _in(self, node: ir.Expr) -> Reference | None:
        for part in descendants(node):
            found: Reference | None = None
            if isinstance(part, (ir.Member, ir.Name)):
                found = self._known.get(part.start)
                if found is not None and found.place.span.end != part.end:
                    found = None
            if found is not None:
                return found
            if isinstance(part, ir.Lambda):
                found = self.of(part.index)
            elif isinstance(part, ir.Name) and part.ref >= 0:
                found = self._of_name(part.ref)
            if found is not None:
                return found
        return None

    def _of_name(self, binding: int) -> Reference | None:
        definition = self._index.definitions.get(binding)
        if definition is None or ("name", binding) in self._seen:
            return None
        self._seen.add(("name", binding))
        if definition.kind == "function":
            return self.of(definition.index)
        held = definition.expr if definition.kind in ("var", "loop") else None
        if definition.annotation is not None:
            return None
        if held is None:  # `let out;` has the type of what is written into it
            written = self._index.assignments.get(binding, ()) if definition.kind == "var" else ()
            return self._first([value for path, value in written if not path])
        # A variable has the type that a cast says; within an expression TypeScript looks behind it.
        cast = held.value if isinstance(held, ir.Await) else held
        return None if isinstance(cast, ir.Cast) and cast.kind == "as" else self._in(held)
