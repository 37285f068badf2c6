"""The commands and recipes that README.md gives, read out of it, so that it cannot say what is not tested."""

from __future__ import annotations

import re

from tests.checkout import ROOT


def block(kind: str, name: str, page: str = "README.md") -> str:
    """The text of the code block that follows `<!-- kind: name -->`. Raises LookupError."""
    text = (ROOT / page).read_text(encoding="utf-8")
    pattern = rf"^<!-- {kind}: {re.escape(name)} -->\n```\w*\n(?P<body>.*?)^```$"
    match = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if match is None:
        raise LookupError(f"{page} has no {kind} called {name}")
    return match["body"]
