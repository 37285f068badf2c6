"""Arguments of a query that differ in every render: each is a new subscription, and the query loads for ever."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related, Span, Suggestion
from convexlint.program.places.clients.calls import scripts_of
from convexlint.program.places.clients.unstable_arguments import UnstableArgument, unstable_arguments
from convexlint.program.program import Program
from convexlint.program.writing.once import kept_in_state, kept_outside
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.WARNING, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in unstable_arguments(program):
        change, node = found.change, found.node
        said = _text(change.module.source, change.node.start, change.node.end)
        held = _text(found.module.source, node.start, node.end)
        what = f"`{said}` is" if node is change.node else f"`{held}` holds `{said}`,"
        svelte = found.use.taker is not None and found.use.taker.anew == "change"
        when = "each time the arguments are asked for" if svelte else "in every render"
        related = Related(
            change.module.path, Span(change.node.start, change.node.end), f"`{said}` is computed here"
        )
        yield Finding(
            found.module.path,
            Span(node.start, node.end),
            f"{what} another value {when}, so `{found.hook}` asks `{found.use.path}` anew each time"
            " and may never leave the loading state",
            help=(
                f"compute it once, in front of the query: `const now = {said}`"
                if svelte
                else f"keep it over renders: `const [now] = useState(() => {said})`, or round it to a minute or more"
            ),
            related=() if node is change.node else (related,),
            suggestions=_suggestions(program, found, svelte),
        )


def _text(source: bytes, start: int, end: int) -> str:
    """As it is written, on one line, its end left out where it is long."""
    text = " ".join(source[start:end].decode("utf-8", "replace").split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _suggestions(program: Program, found: UnstableArgument, svelte: bool) -> tuple[Suggestion, ...]:
    ev, change = scripts_of(program).ev, found.change
    if ev is None or change.module is not found.module or found.use.call is None:
        return ()
    index = ev.world.index(found.module)
    if index.owner(change.node) != found.owner:
        return ()
    edits = (
        kept_outside(found.module, index, found.use.call, change.node, change.by_chance)
        if svelte
        else kept_in_state(found.module, index, change.node, change.by_chance)
    )
    title = "compute it once" if svelte else "keep it with `useState`"
    return (Suggestion(title, edits),) if edits is not None else ()
