"""What is known of a place, for `convexlint why`: as JSON, and as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from convexlint.findings import Diagnostic
from convexlint.program.behaviour.access import access_of
from convexlint.program.model import QueryStep, RegisteredFunction
from convexlint.program.program import Program
from convexlint.reports.escape import encodable, visible
from convexlint.reports.json import diagnostic_data
from convexlint.reports.model.description import Data, Describer
from convexlint.reports.paint import Line
from convexlint.reports.places import Places
from convexlint.rules.card import load_card

VERSION = 1
_HOW = {
    "ctx.auth": "by `ctx.auth`",
    "builder": "by its builder",
    "configured": "by a function that the settings name",
    "helper": "by a helper",
    "secret": "by a secret",
    "session": "by what the client names a session",
    "environment": "by the environment: it is refused in production",
    "runs": "by the functions that it runs, and all that it does is to run them",
}


_LEVELS = {
    "open": "open: nothing that decides",
    "signed in": "signed in: any user who is signed in",
    "role": "role: what the caller may do",
    "owner": "owner: that the document, or what it was found by, is the caller's",
    "secret": "secret: what only few know",
}


class Reason(Protocol):
    """Why a rule says nothing: see `convexlint.session.why.Silence`."""

    @property
    def rule(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def evidence(self) -> str: ...


class Known(Protocol):
    """What is known of a place: see `convexlint.session.why.Why`."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def program(self) -> Program: ...
    @property
    def findings(self) -> tuple[tuple[Diagnostic, str], ...]: ...
    @property
    def function(self) -> RegisteredFunction | None: ...
    @property
    def steps(self) -> tuple[QueryStep, ...]: ...
    @property
    def silent(self) -> Sequence[Reason]: ...
    @property
    def contents(self) -> dict[str, bytes]: ...


def why_json(known: Known, cwd: str) -> str:
    """`version`, path, line, findings, function, access, effects, query, silent."""
    return json.dumps(why_data(known, cwd), indent=2, ensure_ascii=False) + "\n"


def why_data(known: Known, cwd: str) -> Data:
    """What `why_json` writes."""
    places = Places(known.contents, cwd)
    describer = Describer(known.program, cwd)
    function = None if known.function is None else describer.function(known.function)
    effects = function.pop("effects") if function is not None else []
    access = _access(known, describer) if known.function is not None else None
    if function is not None:
        function.pop("access")
    return {
        "version": VERSION,
        "path": places.path(known.path),
        "line": known.line,
        "findings": [
            {
                **msgspec.to_builtins(diagnostic_data(one, places, fingerprint)),
                "card": encodable(load_card(one.rule).summary),
            }
            for one, fingerprint in known.findings
        ],
        "function": function,
        "access": access,
        "effects": effects,
        "query": _query(known),
        "silent": [
            {"rule": one.rule, "reason": one.reason, "evidence": encodable(one.evidence)}
            for one in known.silent
        ],
    }


def _access(known: Known, describer: Describer) -> Data:
    """verdict: "checked", "unchecked", or "internal" (no client calls it); how and by what it is checked, if it is.
    What it asks of its caller is the function's `standing`."""
    assert known.function is not None
    check = access_of(known.program, known.function)
    verdict = "checked" if check is not None else "unchecked"
    if known.function.visibility == "internal":
        verdict = "internal"
    return {
        "verdict": verdict,
        "how": check.how if check is not None else None,
        "place": describer.at(check.place) if check is not None else None,
    }


def _query(known: Known) -> Data | None:
    """The query on the line: its table, the index that it reads by, and the indexes that the table has."""
    if not known.steps:
        return None
    # What the longest of the states is known of: the steps of a chain stand in any order.
    reached = max((s for step in known.steps for s in step.before), key=lambda s: len(s.trail), default=None)
    tables = {state.table for step in known.steps for state in step.before}
    table = next(iter(tables)) if len(tables) == 1 else None
    indexes = {s.index for step in known.steps for s in step.before if s.index != ""}
    indexes |= {step.index_name for step in known.steps if step.index_name is not None}
    index = next(iter(indexes)) if len(indexes) == 1 else None
    definition = known.program.schema.tables.get(table or "")
    bounds = reached.range if reached is not None else ()
    for step in known.steps:
        bounds = step.range if step.index_name is not None and not bounds else bounds
    return {
        "table": table,
        "index": index,
        "range": None
        if bounds is None
        else [{"method": part.method, "field": part.field} for part in bounds],
        "steps": [step.method for step in known.steps],
        "ends_in": sorted({name for step in known.steps for name in step.consumers}),
        "indexes": [
            {
                "name": one.name,
                "kind": one.kind,
                "fields": list(one.fields) if one.fields is not None else None,
            }
            for one in (definition.indexes if definition is not None else ())
        ],
    }


# ------------------------------------------------------------------------------------------------ text


def why_text(known: Known, cwd: str) -> list[Line]:
    """The same for people."""
    found = why_data(known, cwd)
    lines: list[Line] = [[(f"{visible(found['path'])}:{found['line']}", "path")], []]
    lines += [[(f"{name} ", "dim"), (visible(words), "")] for name, words in _facts(found)]
    for one in found["findings"]:
        lines += [[], *_finding(one)]
    if found["silent"]:
        lines += [[], [("Silent here:", "")]]
        width = max(len(one["rule"]) for one in found["silent"])
        lines += [
            [
                (f"  {one['rule']:<{width}}", "rule"),
                (f"  {one['reason']}: {visible(one['evidence'])}", ""),
            ]
            for one in found["silent"]
        ]
    if not found["findings"]:
        lines += [[], [("No finding stands here.", "good")]]
    return lines


def _asked(standing: Data) -> str:
    """What the function asks of its caller, and what decides."""
    words = _LEVELS[standing["level"]]
    if standing["text"] is None:
        return words
    return f"{words}: `{standing['text']}` ({_at(standing['place'])})"


def _facts(found: Data) -> list[tuple[str, str]]:
    function, access, query = found["function"], found["access"], found["query"]
    rows = []
    if function is None:
        rows.append(("in", "no registered function"))
    else:
        kind = " ".join(filter(None, (function["visibility"], function["kind"])))
        rows.append(("in", f"{kind} {function['path'] or '(not exported)'}, by `{function['builder']}`"))
        rows += [
            (f"{word}:", str(function[word])) for word in ("args", "returns") if function[word] is not None
        ]
    if access is not None:
        words = access["verdict"]
        if access["how"] is not None:
            how = f"checked {_HOW.get(access['how'], access['how'])} ({_at(access['place'])})"
            words = how if words == "checked" else f"{words}, {how}"
        rows.append(("access:", words))
        if function is not None and function["standing"] is not None:
            rows.append(("asks for:", _asked(function["standing"])))
    for effect in found["effects"]:
        through = f", through {len(effect['chain'])} calls" if len(effect["chain"]) > 1 else ""
        what = f"{effect['kind']} {effect['table'] or effect['what']}"
        times = f" ({effect['count']} times)" if effect["count"] > 1 else ""
        rows.append(("effect:", f"{what}{times}, {_at(effect['place'])}{through}"))
    if function is not None:
        rows += [(f"{word}:", text) for word, text in function["cost"].items() if text is not None]
    if query is not None:
        index = f"index {query['index']}" if query["index"] else "no index"
        rows.append(("query:", f"of {query['table'] or 'a table that is not known'}, by {index}"))
        for one in query["indexes"]:
            fields = ", ".join(one["fields"]) if one["fields"] is not None else "not known"
            rows.append(("index:", f"{one['name']} ({fields})"))
    return rows


def _finding(one: Data) -> list[Line]:
    at = one["range"]["start"]
    where = f"{one['path']}:{at['line']}:{at['column']}"
    lines: list[Line] = [
        [(one["level"], one["level"]), ("  ", ""), (one["rule"], "rule"), (f"  {visible(where)}", "dim")],
        [("  " + visible(one["message"]), "")],
    ]
    for related in one["related"]:
        start = related["range"]["start"]
        place = f"{related['path']}:{start['line']}:{start['column']}"
        lines.append([("   --> ", "dim"), (visible(f"{place}: {related['message']}"), "")])
    if one["help"]:
        lines.append([("   = help: ", "dim"), (visible(one["help"]), "")])
    lines.append([("   = card: ", "dim"), (visible(one["card"]), "")])
    return lines


def _at(place: Any) -> str:
    return f"{place['path']}:{place['line']}:{place['column']}"
