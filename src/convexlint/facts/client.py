"""Clients are lowered without what is only shown: texts of attributes, and markup in which nothing is computed.

Most of a page is that, and nobody asks for it: what a client has to do with Convex stands in expressions.
"""

from __future__ import annotations

_CLIENT = "client:"


def as_client(name: str) -> str:
    """The name by which a module is lowered as a client."""
    return f"{_CLIENT}{name}"


def is_client(name: str) -> bool:
    """Whether a module of that name is lowered as a client."""
    return name.startswith(_CLIENT)
