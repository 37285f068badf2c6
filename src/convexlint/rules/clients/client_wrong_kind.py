"""A client that calls a function as another kind than it is: the call fails at run time."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Fix, Level, Suggestion
from convexlint.program.places.clients.calls import NamedCall, at_name, client_calls
from convexlint.program.program import Program
from convexlint.program.writing.right_hook import right_hook
from convexlint.rules.rule import NoOptions, rule
from convexlint.structs import replace

_PLAIN = {
    "query": "",
    "mutation": "",
    "action": "",
    "runQuery": "run",
    "runMutation": "run",
    "runAction": "run",
}
"""Methods whose sister for another kind takes the same, with what their names begin with."""


@rule(category=Category.CLIENTS, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for named in client_calls(program):
        function = named.function
        if function is None or named.kind in ("", function.kind) or named.again:
            continue
        if function.kind == "httpAction":
            said, advice = "an HTTP action", "call its route by HTTP"
        else:
            said = f"{'an' if function.kind == 'action' else 'a'} {function.kind}"
            advice = f"call it with {_right(named, function.kind)}"
        finding = at_name(
            named,
            f"`{named.path}` is {said}, so {_call(named)} fails",
            span=named.by_span,
            help=advice,
        )
        before = _PLAIN.get(named.by) if named.method and function.kind != "httpAction" else None
        if before is not None:
            name = f"{before}{function.kind.capitalize()}" if before else function.kind
            edit = Edit(named.file, named.by_span, name)
            finding = replace(finding, fix=Fix.safe(f"call it with `.{name}(...)`", edit))
        elif named.use is not None and function.kind != "httpAction":
            finding = _with_hook(finding, named, function.kind)
        yield finding


def _with_hook(finding: Finding, named: NamedCall, kind: str) -> Finding:
    """With the right hook: as a fix where it is used in the same way, as a suggestion where its result is another."""
    found = right_hook(named, kind)
    if found is None:
        return finding
    title = f"call it with `{found.name}`"
    if found.used_alike:
        return replace(finding, fix=Fix.safe(title, *found.edits))
    return replace(finding, suggestions=(Suggestion(f"{title}, and call what it gives", found.edits),))


def _call(named: NamedCall) -> str:
    return f"`.{named.by}(...)`" if named.method else f"`{named.by}`"


def _right(named: NamedCall, kind: str) -> str:
    if named.method:
        return f"`.{kind}(...)`"
    word = kind.capitalize()
    for old in ("Query", "Mutation", "Action"):
        if old in named.by:
            return f"`{named.by.replace('Paginated', '').replace(old, word)}`"
    return f"what takes {'an' if kind == 'action' else 'a'} {kind}"
