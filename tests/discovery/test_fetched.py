"""Requests to the routes of a backend, read as text."""

from __future__ import annotations

import pytest

from convexlint.discovery.fetched import MAY_NAME, read_sites


def asked(source: str) -> list[tuple[str, bool, str | None]]:
    text = source.encode()
    found = read_sites(text).requests
    assert all(text[one.start : one.end].decode() == one.path for one in found)
    assert not found or MAY_NAME.search(text) is not None
    return [(one.path, one.open, one.method) for one in found]


@pytest.mark.parametrize(
    ("source", "path", "method"),
    [
        ('fetch(`${process.env.CONVEX_SITE_URL}/up?a=${b}`, { method: "POST" })', "/up", "POST"),
        ('fetch(\n  `${import.meta.env.VITE_CONVEX_SITE_URL}/up`,\n  { method: "put" },\n)', "/up", "PUT"),
        ("const at = env.NEXT_PUBLIC_CONVEX_SITE_URL!;\nawait fetch(at + '/up')", "/up", "GET"),
        ('const u = url.replace(".cloud", ".site");\nfetch(`${u}/up`, options)', "/up", None),
        ('const u = url.replace(/\\.cloud$/, ".site");\nfetch(`${u}/up`, { headers })', "/up", "GET"),
        ('const S = (a as string).replace(\n  ".cloud",\n  ".site",\n);\nax.post(`${S}/up`)', "/up", "POST"),
        ('function site() {\n  return url.replace(".cloud", ".site");\n}\nfetch(`${site()}/up`)', "/up", "GET"),
        ('fetch("https://happy-otter-123.convex.site/up")', "/up", "GET"),
        ('new URL("/up", process.env.EXPO_PUBLIC_CONVEX_SITE_URL)', "/up", None),
        ("const target = new URL(`${convexSiteUrl}/up`);", "/up", None),
        ('requests.post(f"{CONVEX_SITE_URL}/up", json=row)', "/up", "POST"),
        ('requests.delete(os.environ["CONVEX_SITE_URL"] + "/up")', "/up", "DELETE"),
        ('curl -X POST "$CONVEX_SITE_URL/up"', "/up", None),
        ('URL(string: "\\(convexSiteUrl)/up")!', "/up", None),
    ],
)  # fmt: skip
def test_a_request_is_seen(source: str, path: str, method: str | None) -> None:
    assert asked(source) == [(path, False, method)]


@pytest.mark.parametrize(
    "source",
    ['fetch("https://a-b-1.convex.site/files/" + id)', "fetch(`${process.env.CONVEX_SITE_URL}/files/${id}`)"],
)
def test_what_follows_a_path_is_open(source: str) -> None:
    assert asked(source) == [("/files/", True, "GET")]


@pytest.mark.parametrize(
    "source",
    [
        "createAuthClient({ baseURL: process.env.CONVEX_SITE_URL })",
        'images: [{ hostname: "*.convex.site" }]',
        '// fetch("https://a-b-1.convex.site/up")',
        ' * fetch("https://a-b-1.convex.site/up")',
        "fetch(`${process.env.SITE_URL}/up`)",
        'fetch("https://a-b-1.convex.cloud/up")',
        "fetch(`${other}/up`); const u = process.env.CONVEX_SITE_URL;",
        'const a = process.env.CONVEX_SITE_URL;\nconst other = "x";\nfetch(`${other}/up`)',
    ],
)
def test_other_requests_are_not(source: str) -> None:
    assert asked(source) == []


def test_a_name_that_is_handed_on() -> None:
    source = b'const a = url.replace(".cloud", ".site");\nexport { a as base };\nexport const b = 1;'
    assert read_sites(source).exported == ("a",)
    assert [one.path for one in read_sites(b"fetch(`${a}/up`)", (b"a",)).requests] == ["/up"]
