"""Calls of Convex in Python programs, in whatever way they are written."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from convexlint.clients.python import UnreadableError, read, text_constants
from convexlint.program.callers import ClientCall
from convexlint.program.convex.values import Bytes, Int64, Json, Unfollowed
from convexlint.session.words import imports_convex

URL = '"https://happy-otter-123.convex.cloud"'


def nothing(name: str, dots: int) -> Mapping[str, str]:
    return {}


def calls(source: str) -> tuple[ClientCall, ...]:
    return read("/app/run.py", source.encode(), nothing).calls


@pytest.mark.parametrize(
    "source",
    [
        f"from convex import ConvexClient\nc = ConvexClient({URL})\nc.query('a:b')",
        f"from convex import ConvexClient as Client\nc = Client({URL})\nc.query('a:b')",
        f"import convex\nc = convex.ConvexClient({URL})\nc.query('a:b')",
        f"import convex as cvx\nc = cvx.ConvexClient({URL})\nc.query('a:b')",
        f"from convex.http_client import ConvexHttpClient\nc = ConvexHttpClient({URL})\nc.query('a:b')",
        f"from convex import http_client\nc = http_client.ConvexHttpClient({URL})\nc.query('a:b')",
        f"import convex.http_client\nc = convex.http_client.ConvexHttpClient({URL})\nc.query('a:b')",
        "from convex import ConvexClient\ndef f(c: ConvexClient):\n    return c.query('a:b')",
        "from convex import ConvexClient\ndef f(c: 'ConvexClient'):\n    return c.query('a:b')",
        (
            f"from convex import ConvexClient\nclass A:\n  def __init__(self):\n    self.c = ConvexClient({URL})\n"
            "  async def run(self):\n    return await self.c.query('a:b')"
        ),
        f"from convex import ConvexClient\nConvexClient({URL}).query('a:b')",
        f"from convex import ConvexClient\nc: ConvexClient = ConvexClient({URL})\nc.query(name='a:b')",
        f"from convex import ConvexClient\nif (c := ConvexClient({URL})):\n    c.query('a' ':b')",
        f"from convex import ConvexClient\nNAME = 'a:b'\nc = ConvexClient({URL})\nc.query(NAME)",
        f"from convex import ConvexClient\nc = ConvexClient({URL})\nc.query(f'a:b')",
        f"# \u00e4\u00f6\nfrom convex import ConvexClient\nc = ConvexClient({URL})\nc.query('a:b')",
    ],
)
def test_a_client_is_known_however_it_is_made(source: str) -> None:
    (call,) = calls(source)
    assert (call.method, call.name, call.args, call.complete) == ("query", "a:b", {}, True)
    if call.name_span is not None:
        text = source.encode()[call.name_span.start : call.name_span.end].decode()
        assert text.replace("' '", "") == "'a:b'"


@pytest.mark.parametrize(
    "source",
    [
        "client.query('a:b')",
        "import sqlite\nclient = sqlite.ConvexClient()\nclient.query('a:b')",
        f"from convex import ConvexClient\nc = ConvexClient({URL})\nc = other()\nc.query('a:b')",
        f"from convex import ConvexClient\nc = ConvexClient({URL})\nfor c in rows:\n    c.query('a:b')",
        f"from convex import ConvexClient\nc = ConvexClient({URL})\nc.query(name_of())",
        f"from convex import ConvexClient\nx = 1\nc = ConvexClient({URL})\nc.query(f'a:{{x}}')",
        f"from convex import ConvexClient\nNAME = 'a:b'\nNAME = 'a:c'\nc = ConvexClient({URL})\nc.query(NAME)",
        f"from convex import ConvexClient\nc = ConvexClient({URL})\nc.query(*given)",
        f"from convex import ConvexClient\nc = ConvexClient({URL})\nc.close('a:b')",
    ],
)
def test_what_is_not_known_is_silent(source: str) -> None:
    assert calls(source) == ()


@pytest.mark.parametrize(
    ("text", "args", "complete"),
    [
        ("{'a': 1, 'b': 2.5, 'c': 'x'}", {"a": 1.0, "b": 2.5, "c": "x"}, True),
        ("{'a': True, 'b': None, 'c': b'x'}", {"a": True, "b": None, "c": Bytes()}, True),
        (
            "{'a': ConvexInt64(3), 'b': [1, 'x'], 'c': {'d': ()}}",
            {"a": Int64(), "b": [1.0, "x"], "c": {"d": []}},
            True,
        ),
        ("dict(a=1)", {"a": 1.0}, True),
        ("{'a': other, 'b': -1, **more}", {"a": Unfollowed(), "b": Unfollowed()}, False),
        ("{key: 1}", {}, False),
        ("None", {}, True),
        ("given", None, False),
        ("{'a': [*rows]}", {"a": Unfollowed()}, True),
    ],
)
def test_arguments_are_values_of_convex(text: str, args: dict[str, Json] | None, complete: bool) -> None:
    (call,) = calls(f"from convex import ConvexClient\nc = ConvexClient({URL})\nc.mutation('a:b', {text})")
    assert (call.args, call.complete) == (args, complete)


def test_constants_of_other_modules_are_asked_for_by_name() -> None:
    asked = []

    def constants(name: str, dots: int) -> Mapping[str, str]:
        asked.append((name, dots))
        return {"LIST": "a:b"}

    source = f"from .names import LIST\nfrom convex import ConvexClient\nc = ConvexClient({URL})\nc.subscribe(LIST)"
    (call,) = read("/app/run.py", source.encode(), constants).calls
    assert (call.name, call.name_span, asked) == ("a:b", None, [("names", 1)])
    assert text_constants(b"A = 'x'\nB: str = 'y'\nC = 'z'\nC = 'w'\nD = f()\n") == {"A": "x", "B": "y"}


@pytest.mark.parametrize(
    "source", [b"def f(:\n", b"print 'old'\n", b"# coding: klingon\nx = 1\n", b"\xff\xfe"]
)
def test_what_libcst_cannot_parse_is_told_in_one_line(source: bytes) -> None:
    with pytest.raises(UnreadableError) as found:
        read("/app/run.py", source, nothing)
    assert "\n" not in str(found.value)


def test_admin_rights_are_those_of_one_client() -> None:
    source = (
        f"from convex import ConvexClient\na = ConvexClient({URL})\nb = ConvexClient({URL})\n"
        "a.set_admin_auth('k')\na.query('a:b')\nb.query('a:b')"
    )
    assert [call.admin for call in calls(source)] == [True, False]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (b"from convex import ConvexClient\n", True),
        (b"import os, convex\n", True),
        (b"try:\n    import convex.values as cv\nexcept ImportError:\n    pass\n", True),
        (b"from convexlint.findings import Finding\n", False),
        (b"import convex_utils\n", False),
        (b'name = "convex"\n', False),
    ],
)
def test_only_what_imports_the_package_is_parsed(source: bytes, wanted: bool) -> None:
    assert imports_convex(source) is wanted
