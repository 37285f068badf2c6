"""The model as one self-contained page: no network, no library, opens from the disk."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def page(projects: list[dict[str, Any]]) -> str:
    """The HTML document with the projects' data inside."""
    folder = files("convexlint.reports.model")
    text = (folder / "page.html").read_text("utf-8")
    style = (folder / "page.css").read_text("utf-8")
    script = (folder / "page.js").read_text("utf-8")
    data = json.dumps(projects, ensure_ascii=False, separators=(",", ":"))
    # Inside a script element only "</" and "<!--" could end or open something.
    data = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text.replace("/*STYLE*/", style).replace("/*DATA*/null", data).replace("/*SCRIPT*/", script)
