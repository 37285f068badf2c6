"""Schema, crons, routes and configuration that lie outside of the functions folder, where Convex never looks
(convex-facts 1.3): `convex/crons.ts` where convex.json names `convex/api`."""

from __future__ import annotations

import re

from convexlint.discovery.listing import Listing, ancestors, inside, join
from convexlint.discovery.marks import Marks, made_with, read_bytes
from convexlint.discovery.project import Stray

_MAKERS = {
    "schema": ("defineSchema",),
    "crons": ("cronJobs",),
    "http": ("httpRouter",),
    "convex.config": ("defineApp", "defineComponent"),
}
_ENDINGS = (".ts", ".js")
_PROVIDERS = re.compile(rb"\bproviders\b")
_OF_CONVEX = re.compile(rb"""["']convex/server["']|\bapplicationID\b""")
_DEFAULT = re.compile(rb"^export\s+(default)\b", re.M)


def strays(functions_dir: str, root: str, listing: Listing, marks: Marks) -> tuple[Stray, ...]:
    """Such files in the folders around the functions folder, up to the project's root, and in the default folder where
    convex.json names another one; each only where the functions folder has no file of that name. Sorted by path."""
    if marks.named_by(root) != functions_dir or marks.is_component(functions_dir):
        return ()
    folders = [one for one in ancestors(functions_dir) if one != functions_dir and inside(one, root)]
    found = []
    for folder in (*folders, join(root, "convex"), join(root, "src/convex")):
        if folder == functions_dir or inside(folder, functions_dir) or not listing.has_folder(folder):
            continue
        if marks.named_by(folder) not in (None, functions_dir):
            continue
        if folder not in folders and marks.is_marked(folder):
            continue  # a project of its own
        for file in (*_MAKERS, "auth.config"):
            if _has(listing, functions_dir, file):
                continue
            for ending in _ENDINGS:
                path = join(folder, file + ending)
                if listing.has_file(path):
                    stray = _stray(path, file)
                    if stray is not None:
                        found.append(stray)
    return tuple(sorted(set(found), key=lambda stray: stray.path))


def _has(listing: Listing, folder: str, file: str) -> bool:
    return any(
        listing.has_file(join(folder, file + ending))
        for ending in (*_ENDINGS, ".tsx", ".jsx", ".mts", ".mjs")
    )


def _stray(path: str, file: str) -> Stray | None:
    data = read_bytes(path)
    for maker in _MAKERS.get(file, ()):
        span = made_with(data, maker)
        if span is not None:
            return Stray(path, file, f"{maker}()", *span)
    if file == "auth.config" and _PROVIDERS.search(data) and _OF_CONVEX.search(data):
        exported = _DEFAULT.search(data)
        if exported is not None:
            return Stray(path, file, "its providers", exported.start(1), exported.end(1))
    return None
