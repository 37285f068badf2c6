"""Which version of convex is in force."""

from __future__ import annotations

import pytest

from convexlint.discovery.listing import Listing
from convexlint.discovery.versions import Version, convex_version, lower_bound

from .conftest import Tree


@pytest.mark.parametrize(
    ("wanted", "bound"),
    [
        ("1.31.2", (1, 31, 2)),
        ("^1.31.0", (1, 31, 0)),
        ("~1.2", (1, 2, 0)),
        (">=1.31 <2", (1, 31, 0)),
        ("1.x", (1, 0, 0)),
        ("v1.2.3-alpha.4", (1, 2, 3)),
        ("^1.40.0 || ^1.20.0", (1, 20, 0)),
        ("npm:convex@^1.5.0", (1, 5, 0)),
        ("latest", None),
        ("*", None),
        ("workspace:*", None),
        ("<2", None),
        ("github:someone/convex", None),
        ("^1.2.0 || latest", None),
    ],
)
def test_lower_bounds_of_ranges(wanted: str, bound: Version | None) -> None:
    assert lower_bound(wanted) == bound


def package(wanted: str) -> str:
    return f'{{"dependencies": {{"convex": "{wanted}"}}}}'


NPM = '{"lockfileVersion": 3, "packages": {"": {}, "node_modules/convex": {\n "version": "1.32.0"}}}'
NPM_ONE = (
    '{"lockfileVersion": 1, "dependencies": {"convex-helpers": {"version": "0.1.0"}, '
    '"convex": {"version": "1.9.1"}}}'
)
NPM_OWN = (
    '{"packages": {"apps/web/node_modules/convex": {"version": "1.10.0"}, '
    '"node_modules/convex": {"version": "1.32.0"}}}'
)
YARN = 'convex-helpers@^0.1.0:\n  version "0.1.1"\n\nconvex@^1.31.0, convex@^1.30.0:\n  version "1.31.7"\n'
BERRY = '"convex-helpers@npm:^0.1.0":\n  version: 0.1.1\n\n"convex@npm:^1.31.0":\n  version: 1.31.8\n'
PNPM = """\
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      next:
        specifier: ^1
        version: 1.0.0

  apps/web:
    dependencies:
      convex:
        specifier: ^1.26.2
        version: 1.26.2(react@19.0.0)

  apps/other:
    devDependencies:
      convex:
        specifier: ^1.20.0
        version: 1.20.1

packages:

  convex@1.26.2:
    resolution: {}
"""
BUN = (
    '{\n  "packages": {\n    "convex-helpers": ["convex-helpers@0.1.1"],\n'
    '    "convex": ["convex@1.31.7", "", {}],\n  }\n}\n'
)


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("package-lock.json", NPM, (1, 32, 0)),
        ("package-lock.json", NPM_ONE, (1, 9, 1)),
        ("package-lock.json", NPM_OWN, (1, 10, 0)),
        ("yarn.lock", YARN, (1, 31, 7)),
        ("yarn.lock", BERRY, (1, 31, 8)),
        ("pnpm-lock.yaml", PNPM, (1, 26, 2)),
        ("pnpm-lock.yaml", PNPM.replace("apps/web", "apps/gone"), (1, 26, 2)),
        ("bun.lock", BUN, (1, 31, 7)),
    ],
)
def test_a_lock_file_in_the_monorepo_root_settles_it(
    tree: Tree, name: str, text: str, version: Version
) -> None:
    top = tree({"apps/web/package.json": package("^1.5.0"), name: text})
    assert convex_version(f"{top}/apps/web", str(top), Listing()) == version


def test_the_importer_of_a_pnpm_lock_is_the_package_itself(tree: Tree) -> None:
    top = tree({"apps/other/package.json": package("^1.20.0"), "pnpm-lock.yaml": PNPM})
    assert convex_version(f"{top}/apps/other", str(top), Listing()) == (1, 20, 1)


def test_the_nearest_lock_file_wins(tree: Tree) -> None:
    near = NPM.replace("1.32.0", "1.33.0")
    top = tree(
        {"web/package.json": package("^1.5.0"), "web/package-lock.json": near, "package-lock.json": NPM}
    )
    assert convex_version(f"{top}/web", str(top), Listing()) == (1, 33, 0)


def test_an_exact_pin_needs_no_lock_file(tree: Tree) -> None:
    top = tree({"web/package.json": package("1.45.0"), "package-lock.json": NPM})
    assert convex_version(f"{top}/web", str(top), Listing()) == (1, 45, 0)


@pytest.mark.parametrize(
    ("wanted", "version"),
    [("^1.31.0", (1, 31, 0)), ("latest", None), ("workspace:*", None), ("catalog:", (1, 40, 0))],
)
def test_without_lock_file_the_range_tells(tree: Tree, wanted: str, version: Version | None) -> None:
    top = tree({"web/package.json": package(wanted), "package.json": package("^1.40.0")})
    assert convex_version(f"{top}/web", str(top), Listing()) == version


def test_nothing_known_is_none(tree: Tree) -> None:
    top = tree({"web/package.json": "{ broken", "package-lock.json": "{}"})
    assert convex_version(f"{top}/web", str(top), Listing()) is None
