"""What verifies the request of a POST route, and what only looks like it: `webhook_handlers.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from convexlint.program.behaviour.webhooks import unverified_routes
from tests.program.small_programs import program_of

_PAGE = Path(__file__).with_name("webhook_handlers.md").read_text(encoding="utf-8")
_FILES = dict(re.findall(r"^```ts (\S+)\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE))
_HANDLERS = re.findall(r"^## (\w+): ([^\n]+)\n```ts\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE)
# For each judgement, whether the routes that are reported verify afterwards.
_FOUND = {"verified": [], "open": [False], "late": [True]}
_ROUTE = """
import {{ httpRouter }} from "convex/server";
import {{ components, internal }} from "./_generated/api";
import {{ httpAction }} from "./_generated/server";
import {{ cookieOf, digest, keyOf, ok, sameSignature }} from "./signatures";
const http = httpRouter();
http.route({{ path: "/in", method: "POST", handler: httpAction(async (ctx, request) => {{ {handler} }}) }});
export default http;
"""


def handlers() -> Iterator[object]:
    for judgement, title, handler in _HANDLERS:
        yield pytest.param(judgement, handler, id=f"{judgement}: {title}")


@pytest.mark.parametrize(("judgement", "handler"), list(handlers()))
def test_a_request_is_judged(tmp_path: Path, judgement: str, handler: str) -> None:
    program = program_of(tmp_path, {**_FILES, "convex/http.ts": _ROUTE.format(handler=handler)})
    assert [found.late for found in unverified_routes(program)] == _FOUND[judgement]


def test_the_page_has_handlers_of_each_kind() -> None:
    assert {judgement for judgement, _, _ in _HANDLERS} == set(_FOUND)
