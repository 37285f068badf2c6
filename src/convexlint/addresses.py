"""Where convexlint's pages are on the web: nowhere yet.

A release that gets a home for them sets `HOME`, and every place that may name a page follows: `url` in JSON, the help
links of SARIF and of editors, and the site. Until then nothing links to an address that nobody owns.
"""

from __future__ import annotations

HOME: str | None = None
"""The address of the documentation, with `/` at its end; None: there is none."""


def rule_url(name: str) -> str | None:
    """The page of a rule; None while there is none."""
    return None if HOME is None else f"{HOME}rules/{name}/"
