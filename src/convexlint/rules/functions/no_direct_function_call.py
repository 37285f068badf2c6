"""A registered function is not a plain one: it is run by reference, or shares a helper."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level, Related, Span
from convexlint.program.model import DirectUse
from convexlint.program.places.direct_uses import direct_uses
from convexlint.program.places.unchecked import unchecked
from convexlint.program.program import Program
from convexlint.program.writing.api_imports import reference_root, reference_text
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule

REFUSED_SINCE = (1, 20, 0)
"""The release of convex whose types refuse to call a registered function (convex-facts 2.2)."""
RUNS = {"query": "runQuery", "mutation": "runMutation", "action": "runAction"}
# In a transaction a plain helper is the way (no-run-in-transaction), and so it is from action to action.
FROM_ACTIONS = ("query", "mutation")


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for use in direct_uses(program):
        module, function = use.place.module, use.function
        name = module.text(use.place.span)
        refusal = _refusal(program, use)
        yield Finding.at(
            use.place,
            _message(use, " ".join(name.split()), refusal),
            help=_help(use),
            related=(
                Related(
                    function.module.path, function.builder_span, f"`{function.builder}` registers it here"
                ),
            ),
            fix=_fix(use),
            level=Level.WARNING if use.kind == "call" and not refusal else None,
        )


def _refusal(program: Program, use: DirectUse) -> str:
    """What a call meets besides the validators that it skips: "" where nobody objects."""
    version = program.project.convex_version
    if (version is not None and version < REFUSED_SINCE) or unchecked(use.place.module, use.place.span):
        return ""
    return ", and types refuse it"


def _message(use: DirectUse, name: str, refusal: str) -> str:
    if use.kind == "call":
        return f"`{name}` is a registered {use.function.kind}: a direct call skips its validators{refusal}"
    taker = "a cron" if use.kind == "cron" else f"`{use.kind}`"
    return f"`{name}` is the {use.function.kind} itself, and {taker} takes a reference to it"


def _help(use: DirectUse) -> str:
    if use.kind == "call":
        return "move the handler's body to a helper function, and call that from both"
    return f"`{_reference(use)}`" if use.function.path is not None else "export it, and give its reference"


def _root(use: DirectUse) -> str:
    return "internal" if use.function.visibility == "internal" else "api"


def _reference(use: DirectUse) -> str:
    return reference_text(_root(use), use.function.path or "")


def _fix(use: DirectUse) -> Fix | None:
    """Use the reference: also of a call, where the ctx at hand can run the function."""
    module, function = use.place.module, use.function
    root = reference_root(module, _root(use))
    if function.path is None or function.kind not in RUNS or root is None:
        return None
    reference = reference_text(root.text, function.path)
    if use.kind != "call":
        edit = replace(module, use.place.span, reference)
        because = "the author may have meant to run it here"
        return Fix.unsafe(f"give its reference, `{reference}`", edit, *root.edits, because=because)
    if function.kind not in FROM_ACTIONS:
        return None
    caller = use.place.inside.kind if use.place.inside is not None else ""
    if use.ctx_span is None or len(use.rest) > 1 or caller not in ("action", "httpAction"):
        return None
    args = "".join(f", {module.text(Span(node.start, node.end))}" for node in use.rest)
    run = f"{module.text(use.ctx_span)}.{RUNS[function.kind]}({reference}{args})"
    because = "the function then runs on its own: its arguments are validated, and an error rolls back its writes alone"
    return Fix.unsafe(
        f"run it by reference: `{run}`", replace(module, use.call_span, run), *root.edits, because=because
    )
