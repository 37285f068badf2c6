"""A query that refuses users who are not signed in, asked while the sign-in may still be loading: the component
fails."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Suggestion
from convexlint.program.behaviour.early_queries import EarlyQuery, early_queries
from convexlint.program.places.clients.calls import at_name, scripts_of
from convexlint.program.program import Program
from convexlint.program.writing.skipped import skip_until_signed_in
from convexlint.rules.rule import NoOptions, rule
from convexlint.structs import replace


@rule(category=Category.CLIENTS, level=None, fix="suggestion", concern=Concern.FAILURE)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for early in early_queries(program):
        finding = at_name(
            early.named,
            f"`{early.named.path}` throws for a caller who is not signed in, and `{early.named.by}` asks it in the"
            " first render, while the sign-in may still be loading: the component throws",
            help='ask it with `isAuthenticated ? {...} : "skip"` of `useConvexAuth`, or show the component inside'
            " `<Authenticated>`",
        )
        yield replace(finding, suggestions=_suggestions(program, early))


def _suggestions(program: Program, early: EarlyQuery) -> tuple[Suggestion, ...]:
    use, ev = early.named.use, scripts_of(program).ev
    if use is None or ev is None:
        return ()
    edits = skip_until_signed_in(use.module, ev.world.index(use.module), early.call, early.args)
    return (Suggestion("skip it until somebody is signed in", edits),) if edits is not None else ()
