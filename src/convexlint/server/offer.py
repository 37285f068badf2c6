"""What the server offers to its client: the answer to `initialize`, as plain data.

The protocol's library makes the same answer from the features that are registered, but it takes longer to import than
kept findings take to read; `features.py` takes its options from here, and a test holds both answers together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convexlint import __version__
from convexlint.server.text import UTF8, UTF16, UTF32

NAME = "convexlint"
QUOTES = ('"', "'", "`")
"""What opens a string, in which names are completed."""
FIX_ALL = "source.fixAll.convexlint"
ACTION_KINDS = ("quickfix", "source.fixAll", FIX_ALL)
SHOW_CARD = "convexlint.showCard"
INCREMENTAL = 2
"""The protocol's number for documents that are sent as changes."""


def unit_for(client: Mapping[str, Any]) -> str:
    """In which units the client counts characters: the first of its own that we know. `client`: its capabilities."""
    general = client.get("general")
    named = general.get("positionEncodings") if isinstance(general, Mapping) else None
    units = named if isinstance(named, list) else ()
    return next((unit for unit in units if unit in (UTF8, UTF16, UTF32)), UTF16)


def offer(client: Mapping[str, Any]) -> dict[str, Any]:
    """The result of `initialize` for a client with these capabilities."""
    return {
        "capabilities": {
            "positionEncoding": unit_for(client),
            "textDocumentSync": {"openClose": True, "change": INCREMENTAL, "save": True},
            "completionProvider": {"triggerCharacters": list(QUOTES)},
            "hoverProvider": True,
            "definitionProvider": True,
            "referencesProvider": True,
            "codeActionProvider": {"codeActionKinds": list(ACTION_KINDS)},
            "codeLensProvider": {"resolveProvider": True},
            "documentLinkProvider": {"resolveProvider": False},
            "executeCommandProvider": {"commands": [SHOW_CARD]},
            "workspace": {
                "workspaceFolders": {"supported": True, "changeNotifications": True},
                "fileOperations": {},
            },
        },
        "serverInfo": {"name": NAME, "version": __version__},
    }
