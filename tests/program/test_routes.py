"""Which calls are routes of which router, and what answers them."""

from __future__ import annotations

from pathlib import Path

from convexlint.program.places.routes import route_registrars, routes
from convexlint.program.program import Program
from tests.program.small_programs import program_of

HTTP = """
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
import { corsRouter } from "convex-helpers/server/cors";
import { auth } from "./auth";
import { answer, wrapped } from "./answers";
import { more } from "./more";
import library from "some-library";
const http = httpRouter();
const open = corsRouter(http, { allowedOrigins: ["*"] });
const PATH = "/constant";
http.route({ path: PATH, method: "GET", handler: answer });
http.route({ pathPrefix: "/files/", method: "POST", handler: wrapped });
open.route({ path: "/shared", method: "PUT", handler: httpAction(async () => new Response()) });
http.route({ path: "/plain", method: "GET", handler: async () => new Response() });
http.route({ path: "/made", method: "GET", handler: library.handler() });
if (process.env.MORE) http.route({ path: "/more", method: "GET", handler: answer });
more(http);
auth.addHttpRoutes(http);
export default http;
"""
ANSWERS = """
import { httpAction } from "./_generated/server";
export const answer = httpAction(async () => new Response());
const guarded = (inner: (request: Request) => Promise<Response>) => httpAction(async (_, request) => inner(request));
export const wrapped = guarded(async () => new Response());
"""
MORE = """
import type { HttpRouter } from "convex/server";
import { answer } from "./answers";
export function more(router: HttpRouter) {
  router.route({ path: "/helper", method: "DELETE", handler: answer });
}
export class Map {
  route(_: { path: string }) {}
}
new Map().route({ path: "/elsewhere" });
"""
AUTH = """
import { convexAuth } from "@convex-dev/auth/server";
export const { auth } = convexAuth({ providers: [] });
"""


def routed(root: Path) -> Program:
    files = {"http": HTTP, "answers": ANSWERS, "more": MORE, "auth": AUTH}
    return program_of(root, {f"convex/{name}.ts": text for name, text in files.items()})


def test_routes_are_read_through_constants_helpers_and_cors(tmp_path: Path) -> None:
    found = {}
    for route in routes(routed(tmp_path)):
        target = route.path or route.prefix
        assert target is not None
        assert route.method is not None
        found[target.value] = (route.method.value, route.handler.kind if route.handler else "", route.cors)
    assert found == {
        "/constant": ("GET", "function", False),
        "/files/": ("POST", "function", False),
        "/shared": ("PUT", "function", True),
        "/plain": ("GET", "plain", False),
        "/made": ("GET", "unknown", False),
        "/more": ("GET", "function", False),
        "/helper": ("DELETE", "function", False),
    }


def test_only_what_surely_runs_always_does(tmp_path: Path) -> None:
    conditional = [r.path.value for r in routes(routed(tmp_path)) if r.path is not None and not r.always]
    assert conditional == ["/more"]


def test_a_cors_router_is_the_router_that_it_stands_around(tmp_path: Path) -> None:
    numbers = {r.router for r in routes(routed(tmp_path)) if r.place.module.name == "http"}
    assert len(numbers) == 1


def test_calls_that_may_hide_routes_are_listed(tmp_path: Path) -> None:
    assert [r.name for r in route_registrars(routed(tmp_path))] == ["auth.addHttpRoutes"]
