"""What is known of one place, as text and as JSON (`convexlint why`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from convexlint.findings import Span
from convexlint.program.model import QueryStep, RegisteredFunction
from convexlint.program.program import Program
from convexlint.reports.escape import encodable, visible
from convexlint.reports.json import json_report
from convexlint.reports.model.description import Describer
from convexlint.reports.outcome import Results
from convexlint.reports.places import Places
from convexlint.rules.card import load_card

Data = dict[str, Any]


class Silence(Protocol):
    @property
    def rule(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def evidence(self) -> str: ...


class Why(Protocol):
    """See `session.why.Why`."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int | None: ...
    @property
    def place(self) -> Span: ...
    @property
    def outcome(self) -> Results: ...
    @property
    def program(self) -> Program: ...
    @property
    def function(self) -> RegisteredFunction | None: ...
    @property
    def steps(self) -> tuple[QueryStep, ...]: ...
    @property
    def silent(self) -> Sequence[Silence]: ...


def why_data(known: Why, cwd: str) -> Data:
    """The place in the shape of `convexlint why --output-format json`."""
    describer = Describer(known.program, cwd)
    function = None if known.function is None else describer.function(known.function)
    return {
        "version": 1,
        "path": Places({}, cwd).path(known.path),
        "line": known.line,
        "findings": msgspec.json.decode(json_report(known.outcome, cwd))["diagnostics"],
        "function": None
        if function is None
        else {
            key: function[key]
            for key in ("path", "kind", "visibility", "builder", "args", "returns", "place")
        },
        "access": None if function is None else _access(function),
        "effects": [] if function is None else function["effects"],
        "query": _query(known.steps),
        "silent": [
            {"rule": one.rule, "reason": one.reason, "evidence": encodable(one.evidence)}
            for one in known.silent
        ],
    }


def why_text(data: Data) -> str:
    """The same for people."""
    lines = [f"{visible(data['path'])}:{data['line']}"]
    for one in data["findings"]:
        card = load_card(one["rule"])
        start = one["range"]["start"]
        lines += [
            "",
            f"{start['line']}:{start['column']}  {one['level']}  {one['rule']}",
            f"  {visible(one['message'])}",
        ]
        if one["help"]:
            lines.append(f"  = {visible(one['help'])}")
        lines += [
            f"  > {visible(r['path'])}:{r['range']['start']['line']}: {visible(r['message'])}"
            for r in one["related"]
        ]
        lines.append(f"  {' '.join(card.summary.split())}")
    if not data["findings"]:
        lines += ["", "no findings here"]
    function = data["function"]
    if function is not None:
        kind = " ".join(filter(None, (function["visibility"], function["kind"])))
        lines += ["", f"in {kind} {visible(function['path'] or '(not exported)')}"]
        access = data["access"]
        lines.append(
            f"  access: {access['verdict']}" + (f" ({_spot(access['place'])})" if access["place"] else "")
        )
        for effect in data["effects"]:
            times = f" x{effect['count']}" if effect["count"] > 1 else ""
            what = effect["table"] or effect["what"]
            lines.append(f"  {effect['kind']} {visible(what)}{times} at {_spot(effect['place'])}")
    query = data["query"]
    if query is not None:
        index = (
            query["index"] if query["index"] else "no index" if query["index"] == "" else "an index not known"
        )
        lines += ["", f"query of {query['table'] or 'a table not known'} by {index}"]
    if data["silent"]:
        lines += ["", "silent here:"]
        lines += [
            f"  {one['rule'] or 'some rules'}: {one['reason']} ({visible(one['evidence'])})"
            for one in data["silent"]
        ]
    return "\n".join(lines) + "\n"


def _access(function: Data) -> Data:
    """The verdict with its evidence."""
    found = function["access"]
    if function["visibility"] == "internal":
        return {"verdict": "internal", "how": None, "place": None}
    if found is None:
        return {"verdict": "unchecked", "how": None, "place": None}
    return {"verdict": "checked", "how": found["how"], "place": found["place"]}


def _query(steps: tuple[QueryStep, ...]) -> Data | None:
    """Table, index and range of the query at the place, where its steps agree."""
    if not steps:
        return None
    states = [state for step in steps for state in step.before]
    tables = {state.table for state in states}
    named = [step for step in steps if step.method in ("withIndex", "withSearchIndex")]
    indexes = {step.index_name for step in named} or {state.index for state in states}
    ranges = [step.range for step in named] or [state.range for state in states]
    parts = ranges[0] if ranges else ()
    return {
        "table": next(iter(tables)) if len(tables) == 1 else None,
        "index": next(iter(indexes)) if len(indexes) == 1 else None,
        "range": None if parts is None else [{"method": part.method, "field": part.field} for part in parts],
        "steps": [step.method for step in steps],
    }


def _spot(place: Data) -> str:
    return f"{visible(place['path'])}:{place['line']}:{place['column']}"
