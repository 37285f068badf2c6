"""A client that names a function which is not there: the call fails at run time."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Level, Suggestion
from convexlint.program.convex.near import nearest
from convexlint.program.model import RegisteredFunction
from convexlint.program.places.client_calls import NamedCall, at_name, client_calls
from convexlint.program.program import Program, all_functions
from convexlint.rules.rule import NoOptions, rule
from convexlint.structs import replace


@rule(category=Category.CLIENTS, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    known: dict[str, RegisteredFunction] | None = None
    for named in client_calls(program):
        if not named.certain:
            continue
        if known is None:
            public = (f for f in all_functions(program) if f.is_public and f.path is not None)
            known = {f.path: f for f in public if f.path is not None}
        near = nearest(named.path, known, 0.75)
        home, _, export = named.path.partition(":")
        has_module = any(module.name == home for module in program.modules)
        said = f"module `{home}` exports no `{export}`" if has_module else f"there is no module `{home}`"
        finding = at_name(
            named,
            f"{said}, so this call fails" + (f"; did you mean `{near}`?" if near else ""),
            help=f"name a public function of the backend, or export `{export}` from `{home}`",
        )
        yield replace(finding, suggestions=_suggestions(named, near)) if near else finding


def _suggestions(named: NamedCall, near: str) -> tuple[Suggestion, ...]:
    span = named.call.name_span
    if span is None:
        return ()
    text = named.file.source[span.start : span.end]
    quote = text[-1:].decode("ascii", "replace")
    if text[:1] != quote.encode():  # a prefix, or several texts
        return ()
    edit = Edit(named.file.path, span, f"{quote}{near}{quote}")
    return (Suggestion(f"call `{near}`", (edit,)),)
