"""Clients that are out there go on calling functions as they were when they were built."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.convex.types_text import short_type
from convexlint.program.evolution.broken_clients import BrokenClient, broken_clients
from convexlint.program.evolution.function_changes import FunctionBreak, function_breaks, gone_routes
from convexlint.program.places.clients.calls import below_root
from convexlint.program.places.clients.route_callers import callers_of_path
from convexlint.program.places.special import special_values
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_MOST_PLACES = 3


@rule(category=Category.EVOLUTION, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    before = program.before()
    if before is None:
        return
    for found in function_breaks(program):
        if not any(fnmatchcase(found.old.path, pattern) for pattern in program.settings.may_change):
            yield _finding(program, found, before.revision)
    router = next((made for made in special_values(program) if made.maker == "httpRouter"), None)
    for route in gone_routes(program) if router is not None else ():
        assert router is not None
        method, _, path = route.partition(" ")
        prefix = path.endswith("*")
        asking = callers_of_path(program, path.removesuffix("*"), prefix=prefix, method=method)
        whoever = (
            f"`{below_root(program, asking[0].path)}` still asks it and"
            if asking
            else "whoever still calls it"
        )
        yield Finding(
            router.module.path,
            router.name_span,
            f"the route `{route}` of {before.revision} is gone: {whoever} gets 404",
            help="keep the route, and let it answer as before (or with 410) until nobody calls it any more",
            related=tuple(Related(one.path, one.span, "asked here") for one in asking[:3]),
            level=Level.ERROR if asking else None,
        )


def _finding(program: Program, found: FunctionBreak, revision: str) -> Finding:
    clients = broken_clients(program, found)
    spots = [
        Related(one.path, one.span, "it is read here" if one.reads else "it is called here")
        for one in clients
        if one.span is not None
    ]
    return Finding(
        found.module.path if found.module is not None else found.old.module,
        found.span,
        _message(program, found, revision) + _in_clients(program, found, clients),
        help=_help(found),
        function=found.now.path if found.now is not None else None,
        related=tuple(spots[:_MOST_PLACES]),
        level=Level.ERROR if clients else None,
    )


def _in_clients(program: Program, found: FunctionBreak, clients: tuple[BrokenClient, ...]) -> str:
    """What clients in the repository have to do with it."""
    if not clients:
        return ""
    first, more = f"`{below_root(program, clients[0].path)}`", len(clients) - 1
    who = first if not more else f"{first} and {more} more {'file' if more == 1 else 'files'}"
    verb = "reads" if found.kind == "returns" else "sends" if found.kind == "args" else "calls"
    what = "it" if found.kind != "args" else "what it refuses"
    return f"; in this repository {who} still {verb if not more else verb[:-1]} {what}"


def _callers(program: Program, found: FunctionBreak) -> str:
    if found.old.visibility == "public":
        return "apps that mount it" if program.project.component else "clients that are out there"
    return "a run of its cron that is under way" if found.old.queued == "cron" else "jobs that wait"


def _message(program: Program, found: FunctionBreak, revision: str) -> str:
    old, callers = found.old, _callers(program, found)
    if found.kind == "gone":
        renamed = f" (`{found.renamed}` looks like it by another name)" if found.renamed else ""
        return f"`{old.path}` of {revision} is gone{renamed}: calls of it by {callers} fail"
    if found.kind == "internal":
        return f"`{old.path}` was public in {revision} and is internal now: calls of it by {callers} fail"
    if found.kind == "kind":
        now = found.now.kind if found.now is not None else "gone"
        return (
            f"`{old.path}` was a {old.kind} in {revision} and is a {now} now: calls of it by {callers} fail"
        )
    one = found.found
    assert one is not None
    name, shown = one.name, one.shown
    if found.kind == "args":
        what = {
            "required": f"the argument `{name}` is new and required",
            "optional": f"the argument `{name}` was optional and is required now",
            "gone": f"the argument `{name}` is gone",
        }.get(
            one.kind,
            f"the {f'argument `{name}`' if name else 'arguments'} of `{short_type(one.old)}` "
            f"{'takes' if name else 'take'} `{short_type(one.new)}` now",
        )
        return f"{what}: `{old.path}` refuses {shown}, which {callers} may send since {revision}"
    what = {
        "required": f"`{name}` is gone from what `{old.path}` returns",
        "optional": f"`{name}` may be missing in what `{old.path}` returns now",
    }.get(
        one.kind,
        f"{f'`{name}` of what' if name else 'what'} `{old.path}` returns was `{short_type(one.new)}` "
        f"in {revision} and is `{short_type(one.old)}` now",
    )
    readers = "apps" if program.project.component else "clients"
    return f"{what}: {readers} that were built with {revision} do not expect {shown}"


def _help(found: FunctionBreak) -> str:
    if found.old.visibility != "public":
        return "keep the function as it was until the jobs that wait have run, and let it call the new one"
    if found.kind == "args":
        return "take what it took (`v.optional(...)`, or a union with the old type) until no client sends it any more"
    if found.kind == "returns":
        return "add a new function for the new shape, and keep this one for clients of the old shape"
    return (
        "keep the old function, public and of its kind, and let it call the new one until no client needs it"
    )
