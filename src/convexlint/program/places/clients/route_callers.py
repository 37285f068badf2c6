"""Who asks an HTTP route of the backend, in its own code and around it: as far as requests can be read."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.discovery.fetched import Fetched, may_name_site, read_sites
from convexlint.discovery.roles import is_test
from convexlint.facts.lowered import TextTest
from convexlint.findings import Span
from convexlint.program.callers import RequestFile
from convexlint.program.places.routes import Route
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct


class _NamesSite(TextTest, frozen=True):
    """Whether a text may name the site of a backend."""

    def search(self, source: bytes) -> object:
        return True if may_name_site(source) else None


_NAMES_SITE = _NamesSite()
_SHOWN = (".tsx", ".jsx", ".svelte", ".vue")


class RouteCaller(Struct, frozen=True, eq=False):
    """A request in the file `path`, whose text is `source`: what it asks stands at `span`. `method`: None where it is
    not seen."""

    path: str
    source: bytes
    span: Span
    asked: str
    is_open: bool
    method: str | None


@listed
def route_requests(program: Program) -> Iterator[RouteCaller]:
    """The requests to routes of the program, by file and place; whatever the focus is."""
    if program.project.component:
        return
    own = tuple(
        RequestFile(module.path, module.source, read_sites(module.source).requests)
        for module in program.modules
        if module.holds(_NAMES_SITE)
    )
    files = {file.path: file for file in (*own, *program.fetched())}
    for path in sorted(files):
        yield from (_caller(files[path], one) for one in files[path].requests)


def _caller(file: RequestFile, one: Fetched) -> RouteCaller:
    return RouteCaller(file.path, file.source, Span(one.start, one.end), one.path, one.open, one.method)


def callers_of_path(
    program: Program, path: str, *, prefix: bool, method: str | None
) -> tuple[RouteCaller, ...]:
    """Who surely asks a path, or what begins with it, by that method; a method that is not known takes all."""

    def asks(one: RouteCaller) -> bool:
        if method is not None and one.method not in (None, method):
            return False
        return one.asked.startswith(path) if prefix else one.asked == path and not one.is_open

    return tuple(one for one in route_requests(program) if asks(one))


def route_callers(program: Program, route: Route) -> tuple[RouteCaller, ...]:
    """Who surely asks a route, by file and place."""
    target = route.path or route.prefix
    if target is None or target.value is None or (route.path is not None and route.prefix is not None):
        return ()
    method = route.method.value if route.method is not None else None
    return callers_of_path(program, target.value, prefix=route.path is None, method=method)


def shown_callers(program: Program, route: Route) -> tuple[RouteCaller, ...]:
    """Those of them that are components, whose code everybody can read."""
    return tuple(
        one for one in route_callers(program, route) if one.path.endswith(_SHOWN) and not _is_test(one)
    )


def _is_test(one: RouteCaller) -> bool:
    return is_test("/".join(one.path.split("/")[-3:]))
