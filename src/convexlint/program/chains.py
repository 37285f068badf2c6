"""Effects as findings show them: where they begin in a function, and the calls that lead to the deed."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Related, Span
from convexlint.program.model import Effect, Program, RegisteredFunction


def reached(program: Program, function: RegisteredFunction, kinds: frozenset[str]) -> Iterator[Effect]:
    """The effects of some kinds that a function has, one for each place where they begin in it.

    Deeds that a test of the ctx's own members guards (`if ("db" in ctx)`) are left out.
    """
    seen: set[tuple[str, Span]] = set()
    for effect in program.effects[function]:
        first = (effect.first.module.path, effect.first.span)
        if effect.kind in kinds and not effect.guarded and first not in seen:
            seen.add(first)
            yield effect


def chain_of(effect: Effect) -> tuple[Related, ...]:
    """The calls after the first one, and the deed itself at the end; () for what stands in the function."""
    if not effect.chain:
        return ()
    steps = [Related(s.place.module.path, s.place.span, s.text) for s in effect.chain[1:]]
    deed = Related(effect.place.module.path, effect.place.span, f"here: `{effect.what}`")
    return (*steps, deed)


def way_to(effect: Effect) -> str:
    """How the deed is reached, for a message: "" or "calls `a`, which leads to "."""
    return f"{effect.chain[0].text}, which leads to " if effect.chain else ""
