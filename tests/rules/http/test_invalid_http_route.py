"""What a card cannot show of invalid-http-route: the suggestion that makes a prefix of a path with a parameter."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Fix
from convexlint.fixes.edits import apply_all
from convexlint.session import Overrides, Request, check

HTTP = """import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
const serve = httpAction(async () => new Response());
const http = httpRouter();
http.route({ %s, method: "GET", handler: serve });
%s
export default http;
"""


def after(root: Path, part: str, other: str = "") -> str | None:
    """The route's first entry with the suggestion applied, None without one."""
    (root / "package.json").write_text("{}")
    (root / "convex").mkdir()
    file = root / "convex" / "http.ts"
    file.write_text(HTTP % (part, other))
    only = Overrides(select=("invalid-http-route",))
    finding = check(Request(paths=(str(root),), isolated=True, overrides=only)).diagnostics[0].finding
    assert finding.fix is None
    if not finding.suggestions:
        return None
    (suggestion,) = finding.suggestions
    fix = Fix.unsafe(suggestion.title, *suggestion.edits, because="asked for")
    (text,) = apply_all({str(file): file.read_bytes()}, [fix]).values()
    return text.decode().split("http.route({ ")[1].split(", method")[0]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ('path: "/users/:id"', 'pathPrefix: "/users/"'),
        ('"path": "/users/:id?"', 'pathPrefix: "/users/"'),
        ('path: "/files/report-{name}.pdf"', 'pathPrefix: "/files/"'),
        ('path: "/files/${name}"', 'pathPrefix: "/files/"'),
        ('path: "/a/b*"', 'pathPrefix: "/a/"'),
        ('path: "/a/**/c"', 'pathPrefix: "/a/"'),
        ('path: "/:any"', 'pathPrefix: "/"'),
        ('path: "/teams/[...all]"', 'pathPrefix: "/teams/"'),
        ('pathPrefix: "/teams/<int:team>/seats/"', 'pathPrefix: "/teams/"'),
    ],
)
def test_what_stands_before_the_parameter_becomes_the_prefix(
    tmp_path: Path, part: str, expected: str
) -> None:
    assert after(tmp_path, part) == expected


@pytest.mark.parametrize(
    "other",
    [
        'http.route({ pathPrefix: "/users/", method: "GET", handler: serve });',
        'http.route({ path: "/users/:id/posts", method: "GET", handler: serve });',
    ],
)
def test_a_prefix_that_is_taken_is_not_suggested(tmp_path: Path, other: str) -> None:
    assert after(tmp_path, 'path: "/users/:id"', other) is None


def test_another_method_does_not_take_the_prefix(tmp_path: Path) -> None:
    other = 'http.route({ pathPrefix: "/users/", method: "POST", handler: serve });'
    assert after(tmp_path, 'path: "/users/:id"', other) == 'pathPrefix: "/users/"'
