"""What a card cannot show of require-cors-preflight: the route that it suggests."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Fix
from convexlint.fixes.edits import apply_all
from convexlint.session import Overrides, Request, check

HTTP = """import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
const echo = httpAction(async () => new Response(null, { headers: { "Access-Control-Allow-Origin": %s } }));
const http = httpRouter();
http.route({ %s, method: "PUT", handler: echo });
export default http;
"""
OPTIONS = """
http.route({
  %s,
  method: "OPTIONS",
  handler: httpAction(async () => new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Origin": %s,
      "Access-Control-Allow-Methods": "PUT",
      "Access-Control-Allow-Headers": "Content-Type, Authorization",
    },
  })),
});"""
ROUTE = 'http.route({ %s, method: "PUT", handler: echo });'


def linted(root: Path, text: str) -> list[tuple[Fix, ...]]:
    (root / "package.json").write_text("{}")
    (root / "convex").mkdir(exist_ok=True)
    (root / "convex" / "http.ts").write_text(text)
    only = Overrides(select=("require-cors-preflight",))
    found = check(Request(paths=(str(root),), isolated=True, overrides=only)).diagnostics
    return [
        tuple(Fix.unsafe(s.title, *s.edits, because="asked for") for s in d.finding.suggestions)
        for d in found
    ]


@pytest.mark.parametrize("origin", ['"*"', '"https://example.com"', "process.env.CLIENT_ORIGIN!"])
@pytest.mark.parametrize("target", ['path: "/echo"', 'pathPrefix: "/echo/"'])
def test_the_route_is_written_behind_and_answers(tmp_path: Path, origin: str, target: str) -> None:
    text = HTTP % (origin, target)
    ((fix,),) = linted(tmp_path, text)
    file = tmp_path / "convex" / "http.ts"
    (changed,) = apply_all({str(file): file.read_bytes()}, [fix]).values()
    route = ROUTE % target
    assert changed.decode() == text.replace(route, route + OPTIONS % (target, origin))
    assert linted(tmp_path, changed.decode()) == []


def test_an_origin_that_is_computed_is_not_copied(tmp_path: Path) -> None:
    assert linted(tmp_path, HTTP % ("allowed(1)", 'path: "/echo"')) == [()]
