"""The model as one self-contained page: no network, no library, opens from the disk."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from convexlint.reports.escape import encodable_json

# In the order in which they build on one another.
_SCRIPTS = ("dom", "diagram", "views", "overview", "search", "findings", "page")


def page(projects: list[dict[str, Any]], report: dict[str, Any] | None = None) -> str:
    """The HTML document with the projects' data inside. `report`: the findings of a check (`reports/html.py`)."""
    folder = files("convexlint.reports.model")
    text = (folder / "page.html").read_text("utf-8")
    style = (folder / "page.css").read_text("utf-8")
    script = "".join((folder / f"{name}.js").read_text("utf-8") for name in _SCRIPTS)
    # What stands in the data is put in last, so that nothing in it is taken for a mark.
    head, _, rest = text.replace("/*STYLE*/", style).partition("/*DATA*/null")
    middle, _, tail = rest.partition("/*REPORT*/null")
    return f"{head}{_inline(projects)}{middle}{_inline(report)}{tail.replace('/*SCRIPT*/', script)}"


def _inline(data: object) -> str:
    """JSON inside a script element, where only "</" and "<!--" could end or open something."""
    text = encodable_json(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
