"""Projects above a folder that holds none: who types a command in a subfolder means the project around it."""

from __future__ import annotations

from convexlint.discovery.discover import discover
from convexlint.discovery.ignore import repository_root
from convexlint.discovery.listing import Listing, absolute, ancestors, inside
from convexlint.discovery.project import Discovered


def discover_above(folder: str) -> Discovered | None:
    """The projects below the nearest folder above that holds some, up to the root of the repository."""
    start = absolute(folder)
    top = repository_root(start, Listing())
    for above in ancestors(start)[1:]:
        if not inside(above, top):
            break
        found = discover((above,))
        if found.targets:
            return found
    return None
