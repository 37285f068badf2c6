"""What works in the app alone, used in the modules of a component (convex-facts 1.4)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from convexlint.findings import Span
from convexlint.program.behaviour.chains import Beginning, beginnings
from convexlint.program.model import Module, Place
from convexlint.program.places.environment import declared_names, env_reads
from convexlint.program.places.sites import placing, query_steps
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

ALWAYS_SET = frozenset({"CONVEX_CLOUD_URL", "CONVEX_SITE_URL"})
"""Environment variables that a component has without declaring them."""


class AppFeature(Struct, frozen=True, eq=False):
    """kind: "auth" (the caller's identity; `beginning`: how `function` comes to it), "paginate", "env" (`name`: the
    variable), "import" (`name`: the generated file of another folder, `own`: the specifier of the component's own)."""

    place: Place
    kind: str
    name: str = ""
    own: str = ""
    beginning: Beginning | None = None


@listed
def app_features(program: Program) -> Iterator[AppFeature]:
    """Uses of what a component does not have, kind by kind, each by module and place; none in an app. Helpers count as
    far as functions of the component call them: the app may import others, and they then run in the app."""
    if not program.project.component:
        return
    for function in program.functions:
        if function.kind == "httpAction":
            continue  # the app may register it among its own routes
        for beginning in beginnings(program, function, ("auth",)):
            yield AppFeature(beginning.place, "auth", beginning=beginning)
    for step in query_steps(program):
        if step.method == "paginate":
            yield AppFeature(step.place, "paginate")
    declared = declared_names(program.ev)
    for read in env_reads(program):
        place = read.place
        if place.inside is None or place.inside.kind == "httpAction":
            continue
        if read.written:
            continue
        for name in read.names:
            if name not in ALWAYS_SET and name not in declared:
                yield AppFeature(Place(place.module, read.span, place.owner, place.inside), "env", name)
    with_functions = {function.module.path for function in program.functions}
    for module in program.reported:
        if module.path in with_functions:
            yield from _imports(program, module)


def _imports(program: Program, module: Module) -> Iterator[AppFeature]:
    """Builders and references of somebody else's `_generated` folder."""
    home = program.project.functions_dir
    if not module.path.startswith(home + "/"):
        return
    for statement in module.facts.imports:
        text = statement.specifier
        if not text.startswith(".") or statement.type_only:
            continue
        folder = posixpath.dirname(module.path)
        target = posixpath.normpath(posixpath.join(folder, text))
        name = posixpath.basename(target).removesuffix(".js").removesuffix(".ts")
        if posixpath.basename(posixpath.dirname(target)) != "_generated" or name != "server":
            continue
        if target.startswith(home + "/"):
            continue
        own = posixpath.relpath(f"{home}/_generated/{posixpath.basename(target)}", folder)
        span = Span(statement.specifier_start, statement.specifier_end)
        place = placing(program).at(module, span.start, span.end, 0)
        yield AppFeature(place, "import", text, own if own.startswith(".") else f"./{own}")
