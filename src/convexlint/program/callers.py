"""What programs outside of the backend ask of it: calls of functions by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from convexlint.discovery.fetched import Fetched
from convexlint.facts.ir import Comment
from convexlint.findings import Span
from convexlint.program.convex.values import Json
from convexlint.structs import Struct


class ClientCall(Struct, frozen=True, eq=False):
    """`client.query("tasks:list", {...})` of a Python program.

    `method`: as written (`query`), at `method_span`. `name`: the function ("tasks:list"), written as a literal at
    `name_span`, quotes included (None where it comes from a constant; then `name_at` is the argument). `args`: what is
    known of the arguments; `complete`: there are no others; None = nothing is known. `args_span`: the argument, or the
    whole call where there is none. `admin`: the client is given admin rights somewhere in the file.
    """

    method: Literal["query", "mutation", "action", "subscribe"]
    method_span: Span
    name: str
    name_at: Span
    name_span: Span | None
    args: Mapping[str, Json] | None
    complete: bool
    args_span: Span
    admin: bool


class ClientFile(Struct, frozen=True, eq=False):
    """A file with calls, in the order in which they are written. `comments`: those that speak to convexlint. `alone`:
    no other backend lies in the same application, which the calls could mean."""

    path: str
    source: bytes
    calls: tuple[ClientCall, ...]
    comments: tuple[Comment, ...] = ()
    alone: bool = False


class RequestFile(Struct, frozen=True, eq=False):
    """A file that asks HTTP routes of the backend, and its requests, in order."""

    path: str
    source: bytes
    requests: tuple[Fetched, ...]
