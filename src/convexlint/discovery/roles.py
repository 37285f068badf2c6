"""What Convex does with a file of the functions folder (convex-facts 1.2, 1.3; npm bundler/index.ts)."""

from __future__ import annotations

import re

from convexlint.discovery.project import Role

EXTENSIONS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
GENERATED_FOLDER = "_generated"

_SPECIAL = {
    "schema.ts": Role.SCHEMA,
    "schema.js": Role.SCHEMA,
    "auth.config.ts": Role.AUTH_CONFIG,
    "auth.config.js": Role.AUTH_CONFIG,
    "convex.config.ts": Role.CONVEX_CONFIG,
    "convex.config.js": Role.CONVEX_CONFIG,
}
_TEST_NAME = re.compile(r"\.(?:test|spec|test-d|bench)\.[cm]?[jt]sx?$|\.(?:test|spec)\.[^/]+\.[cm]?[jt]sx?$")
_TEST_SETUP = re.compile(r"^(?:vitest|jest)\.(?:config|setup|workspace)\.|\.setup\.[cm]?[jt]sx?$")
_TEST_FOLDERS = frozenset({"__tests__", "__mocks__"})


def is_source(name: str) -> bool:
    """Whether a file of this name can hold code that Convex bundles (declarations hold none)."""
    return name.endswith(EXTENSIONS) and not name.endswith(DECLARATIONS)


def is_test(name: str) -> bool:
    """Whether `name` (relative, with `/`) is surely a test or a test runner's own file."""
    *folders, base = name.split("/")
    return bool(_TEST_NAME.search(base) or _TEST_SETUP.search(base)) or not _TEST_FOLDERS.isdisjoint(folders)


def role_of(name: str) -> Role | None:
    """The role of the file `name`, relative to the functions folder; None when it is not a source file.

    Declarations count inside `_generated/` only: there they are what Convex wrote.
    """
    *folders, base = name.split("/")
    if GENERATED_FOLDER in folders:
        return Role.GENERATED if base.endswith(EXTENSIONS) else None
    if not is_source(base):
        return None
    if not folders and base in _SPECIAL:
        return _SPECIAL[base]
    if is_test(name):
        return Role.TEST
    if base in ("schema.ts", "schema.js") or base.count(".") > 1 or base[0] in ".#" or " " in name:
        return Role.HELPER
    return Role.MODULE
