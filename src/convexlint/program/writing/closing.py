"""Making a public function internal, with every reference that the backend has to it."""

from __future__ import annotations

from convexlint.discovery.mentions import NO, YES
from convexlint.findings import Edit, Span, Suggestion
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.places.api_mentions import mentions_touching
from convexlint.program.places.references import references_to
from convexlint.program.program import Program
from convexlint.program.writing.api_imports import reference_root
from convexlint.program.writing.editing import replace
from convexlint.program.writing.imports import ensure_import, imported_as, swap_import

INTERNAL = {
    "query": "internalQuery",
    "mutation": "internalMutation",
    "action": "internalAction",
    "queryGeneric": "internalQueryGeneric",
    "mutationGeneric": "internalMutationGeneric",
    "actionGeneric": "internalActionGeneric",
}


def internal_builder(function: RegisteredFunction) -> str | None:
    """The builder that registers the same function as an internal one; None where that is not known."""
    if function.custom or not function.is_public or function.syntax == "made" or function.path is None:
        return None
    imported = imported_as(function.module, function.builder.rpartition(".")[2])
    return INTERNAL.get(imported[1] if imported is not None else function.builder.rpartition(".")[2])


def closing(program: Program, function: RegisteredFunction | None) -> tuple[Suggestion, ...]:
    """The suggestion to make a function internal, with edits where the whole application is known not to name it."""
    builder = internal_builder(function) if function is not None else None
    if function is None or function.path is None or builder is None:
        return ()
    named = program.named_outside(function.path)
    if named == YES:
        return ()
    title = f"make `{function.path}` an `{builder}`"
    edits = close(program, function) if named == NO else None
    if edits is None:
        return (Suggestion(title, because="some code may name it in a way that could not be followed"),)
    because = "clients that are not kept beside the backend can then no longer call it"
    if program.project.static_api:
        because += ", and it compiles only after `npx convex codegen`, which lists the functions"
    return (Suggestion(title, edits, because),)


def close(program: Program, function: RegisteredFunction) -> tuple[Edit, ...] | None:
    """The edits on definition and references. None where a reference cannot be changed, or one may have been missed.

    Whether clients call the function is not asked here.
    """
    builder = internal_builder(function)
    if builder is None or function.path is None or not function.module.reported:
        return None
    roots = _roots(program, function)
    swapped = _swap_builder(function.module, function.builder_span, builder)
    if roots is None or swapped is None:
        return None
    edits = list(swapped)
    for module, spans in roots:
        swap = swap_roots(module, spans, "internal")
        if swap is None:
            return None
        edits += swap
    return tuple(dict.fromkeys(edits))


def swap_roots(module: Module, spans: list[Span], root: str) -> list[Edit] | None:
    """Write `root` for the `api` or `internal` at `spans`, and import it: in place of the other one where that has no
    further use in the module."""
    written = module.text(spans[0])
    imported = imported_as(module, written)
    if imported is not None and all(module.text(span) == written for span in spans):
        edits = swap_import(module, written, root, spans)
        if edits is not None:
            return edits
    name = reference_root(module, root)
    if name is None:
        return None
    return [*name.edits, *(replace(module, span, name.text) for span in spans)]


def _roots(program: Program, function: RegisteredFunction) -> list[tuple[Module, list[Span]]] | None:
    """Where `api` stands in the backend's references to the function, by module; None where not all are known."""
    assert function.path is not None
    name, _, export = function.path.partition(":")
    parts = (*name.split("/"), export)
    spans: dict[Module, dict[int, Span]] = {}
    for reference in references_to(program, function):
        if reference.root == "api":
            if reference.root_span is None or not reference.place.module.reported:
                return None
            here = spans.setdefault(reference.place.module, {})
            here[reference.root_span.start] = reference.root_span
    for module, mention in mentions_touching(program, parts):
        if mention.start not in spans.get(module, {}):
            return None
    return [(module, sorted(here.values())) for module, here in spans.items()]


def _swap_builder(module: Module, span: Span, builder: str) -> list[Edit] | None:
    written = module.text(span)
    if "." in written:  # `server.mutation`
        dot = module.source.rindex(b".", span.start, span.end) + 1
        return [replace(module, Span(dot, span.end), builder)]
    swapped = swap_import(module, written, builder, [span])
    if swapped is not None:
        return swapped
    imported = imported_as(module, written)
    name = ensure_import(module, imported[0], builder) if imported is not None else None
    return None if name is None else [*name.edits, replace(module, span, name.text)]
