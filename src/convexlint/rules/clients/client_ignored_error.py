"""A mutation that tells its client of errors by design, called where nobody listens."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Related, Span
from convexlint.program.behaviour.designed_errors import designed_error
from convexlint.program.modules.enclosing import is_caught
from convexlint.program.places.clients.browser_modules import is_on_server
from convexlint.program.places.clients.calls import client_modules, function_path, scripts_of
from convexlint.program.places.clients.floating_mutations import started_calls
from convexlint.program.program import Program, all_functions
from convexlint.rules.rule import NoOptions, rule

_ELSEWHERE = (b"ErrorBoundary", b"unhandledrejection", b"componentDidCatch")


@rule(category=Category.CLIENTS, level=None, concern=Concern.FAILURE)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    ev = scripts_of(program).ev
    if ev is None or any(m.holds(word) for m in client_modules(program) for word in _ELSEWHERE):
        return
    functions = {f.path: f for f in all_functions(program) if f.path is not None}
    for started in started_calls(program):
        use, function = started.use, functions.get(function_path(started.use.path))
        if is_on_server(use.module):  # the framework catches, and answers
            continue
        if function is None or is_caught(ev.world.index(use.module), started.call):
            continue
        thrown = designed_error(program, function) if started.is_kept_here else None
        if thrown is None:
            continue
        callee = started.call.callee
        yield Finding(
            use.module.path,
            Span(callee.start, callee.end),
            f"`{function.path}` throws a ConvexError for its client to read, and nothing catches it here",
            help="`try { await ... } catch (error)`, and show what `error.data` says",
            related=(Related(thrown.module.path, thrown.span, "it is thrown here"),),
        )
