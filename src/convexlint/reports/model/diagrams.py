"""Diagrams as text: mermaid (renders on code hosts) and dot (Graphviz). Tables with their references, call graph."""

from __future__ import annotations

import json
import re
from typing import Any

Data = dict[str, Any]

_WORD = re.compile(r"[^A-Za-z0-9_]")
_SHAPES = {"query": "box", "mutation": "box", "action": "ellipse", "httpAction": "ellipse"}


def _word(text: str) -> str:
    """A name that both languages take as an identifier."""
    return _WORD.sub("_", text) or "_"


def _shorten(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


def mermaid(projects: list[Data]) -> str:
    """One `erDiagram` and one `flowchart` per project, as fenced blocks of a markdown document."""
    blocks: list[str] = []
    for project in projects:
        blocks.append(f"## {project['functions_dir']}\n")
        blocks.append("```mermaid\n" + "\n".join(_er(project)) + "\n```\n")
        blocks.append("```mermaid\n" + "\n".join(_flow(project)) + "\n```\n")
    return "\n".join(blocks)


def _er(project: Data) -> list[str]:
    lines = ["erDiagram"]
    names = {t["name"] for t in project["tables"]}
    for table in project["tables"]:
        lines.append(f"  {_word(table['name'])} {{")
        for field in table["fields"]:
            key = " FK" if field["references"] else ""
            kind = _word(_shorten(field["type"]).replace(" | ", "_or_")).strip("_") or "any"
            note = ' "optional"' if field["optional"] else ""
            lines.append(f"    {kind} {_word(field['name'])}{key}{note}")
        lines.append("  }")
    for table in project["tables"]:
        for field in table["fields"]:
            for target in field["references"]:
                if target in names:
                    line = "o|" if field["optional"] else "||"
                    lines.append(
                        f"  {_word(table['name'])} }}o--{line} {_word(target)} : {_word(field['name'])}"
                    )
    return lines


def _calls(project: Data) -> list[tuple[str, str, str]]:
    """(from, to, by), each once, sorted."""
    found = {
        (function["path"], call["path"], call["by"])
        for function in project["functions"]
        if function["path"] is not None
        for call in function["calls"]
    }
    found.update(
        (f"cron {job['name'] or job['method']}", job["function"], "cron")
        for job in project["crons"]
        if job["function"] is not None
    )
    return sorted(found)


def _flow(project: Data) -> list[str]:
    lines = ["flowchart LR"]
    calls = _calls(project)
    for name in sorted({n for call in calls for n in call[:2]}):
        lines.append(f'  {_word(name)}["{name}"]')
    lines += [f"  {_word(a)} -->|{by}| {_word(b)}" for a, b, by in calls]
    return lines


def dot(projects: list[Data]) -> str:
    """Two digraphs per project: its tables, and who runs whom."""
    lines: list[str] = []
    for project in projects:
        title = project["functions_dir"]
        lines += [f"digraph {json.dumps(title + ': tables')} {{", "  rankdir=LR;"]
        lines.append('  node [shape=plain, fontname="Helvetica", fontsize=11];')
        names = {t["name"] for t in project["tables"]}
        for table in project["tables"]:
            lines.append(f"  {json.dumps(table['name'])} [label=<{_html_table(table)}>];")
        for table in project["tables"]:
            for field in table["fields"]:
                for target in field["references"]:
                    if target in names:
                        style = " [style=dashed]" if field["optional"] else ""
                        tail = f"{json.dumps(table['name'])}:{json.dumps(field['name'])}"
                        lines.append(f"  {tail} -> {json.dumps(target)}{style};")
        lines += ["}", f"digraph {json.dumps(title + ': calls')} {{", "  rankdir=LR;"]
        kinds = {f["path"]: f["kind"] for f in project["functions"]}
        calls = _calls(project)
        for name in sorted({n for call in calls for n in call[:2]}):
            lines.append(f"  {json.dumps(name)} [shape={_SHAPES.get(kinds.get(name, ''), 'plaintext')}];")
        lines += [f"  {json.dumps(a)} -> {json.dumps(b)} [label={json.dumps(by)}];" for a, b, by in calls]
        lines.append("}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _html_table(table: Data) -> str:
    rows = [f'<tr><td bgcolor="#ececec"><b>{_escape(table["name"])}</b></td></tr>']
    for field in table["fields"]:
        mark = "?" if field["optional"] else ""
        text = f"{field['name']}{mark}: {_shorten(field['type'])}"
        rows.append(f'<tr><td align="left" port="{_escape(field["name"])}">{_escape(text)}</td></tr>')
    return f'<table border="0" cellborder="1" cellspacing="0">{"".join(rows)}</table>'
