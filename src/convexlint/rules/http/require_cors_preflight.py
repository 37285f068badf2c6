"""A route for other origins needs a second one, for the question that a browser asks before."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Related, Span, Suggestion
from convexlint.program.behaviour.preflights import MissingPreflight, missing_preflights
from convexlint.program.model import Module
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert, line_indent, quoted
from convexlint.program.writing.imports import ensure_import, generated_server
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.HTTP, level=None, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for missing in missing_preflights(program):
        first = missing.routes[0]
        kind = "path" if first.path is not None else "pathPrefix"
        shown = f'`{kind}: "{missing.target.value}", method: "OPTIONS"`'
        yield Finding(
            first.module.path,
            missing.target.span,
            f"`{_methods(missing)} {missing.target.value}` answers other origins, and no OPTIONS route does: before it "
            "sends JSON or `Authorization`, a browser asks by OPTIONS, gets a 404, and sends nothing",
            f"add a route with {shown} that sends `Access-Control-Allow-Methods` and `-Headers`, "
            "or take `corsRouter` of convex-helpers",
            related=(Related(missing.module.path, missing.header, "the header for other origins"),),
            suggestions=_route(missing),
        )


def _methods(missing: MissingPreflight) -> str:
    found = [route.method.value for route in missing.routes if route.method is not None]
    return ", ".join(dict.fromkeys(str(method) for method in found))


def _route(missing: MissingPreflight) -> tuple[Suggestion, ...]:
    """The OPTIONS route behind the last of the routes."""
    first, last = missing.routes[0], missing.routes[-1]
    module = last.place.module
    key = "path" if first.path is not None else "pathPrefix"
    imported = ensure_import(module, generated_server(module), "httpAction")
    if imported is None or missing.origin is None or missing.target.value is None:
        return ()
    router = (
        module.text(Span(last.call_span.start, last.place.span.start)).rstrip().removesuffix(".").rstrip()
    )
    end = last.call_span.end + module.source[last.call_span.end : last.call_span.end + 1].count(b";")
    text = _text(module, router, key, missing, imported.text, line_indent(module, last.call_span.start))
    return (Suggestion("add the OPTIONS route", (*imported.edits, insert(module, end, text))),)


def _text(module: Module, router: str, key: str, missing: MissingPreflight, action: str, indent: str) -> str:
    origin = missing.origin or ""
    value = quoted(module, missing.target.value or "")
    lines = (
        f"{router}.route({{",
        f"  {key}: {value},",
        f"  method: {quoted(module, 'OPTIONS')},",
        f"  handler: {action}(async () => new Response(null, {{",
        "    status: 204,",
        "    headers: {",
        f"      {quoted(module, 'Access-Control-Allow-Origin')}: {origin},",
        f"      {quoted(module, 'Access-Control-Allow-Methods')}: {quoted(module, _methods(missing))},",
        f"      {quoted(module, 'Access-Control-Allow-Headers')}: {quoted(module, 'Content-Type, Authorization')},",
        "    },",
        "  })),",
        "});",
    )
    return "\n" + "\n".join(indent + line for line in lines)
