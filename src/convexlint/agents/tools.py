"""What an agent may ask, answered small and in pages: a whole report would fill its context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from convexlint.api import Function, Program, Settings, Table, fix, lint, report
from convexlint.discovery.listing import absolute, inside
from convexlint.reports.diff import diff
from convexlint.reports.explain import rule_page
from convexlint.reports.why import why_data
from convexlint.rules.card import load_card
from convexlint.rules.loader import rules_by_name
from convexlint.session import Request
from convexlint.session.why import why

Data = dict[str, Any]
T = TypeVar("T")

PAGE = 20
"""How many findings, tables or functions one answer has at most."""
LISTED = 60
"""How many names one answer lists at most."""
MOST_DIFF = 12_000
"""How many characters of a diff one answer has at most."""
_RANKS = {"error": 0, "warning": 1, "info": 2}


class ToolError(Exception):
    """What was asked cannot be answered; the text says why and what to ask instead."""


class Tools:
    """The tools, for projects below one folder. `settings` hold for every run."""

    def __init__(self, folder: str, settings: Settings) -> None:
        self._folder = absolute(folder)
        self._settings = settings

    # --------------------------------------------------------------------------------------------------- check

    def check(self, path: str = ".", rule: str = "", level: str = "", page: int = 1) -> Data:
        """Findings at `path`, grouped by rule on the first page without a rule, else one by one."""
        settings = self._settings
        if rule:
            settings = msgspec.structs.replace(settings, select=[self._rule_or_category(rule)])
        if level and level not in _RANKS:
            raise ToolError(f"{level!r} is not a level: error, warning or info")
        found = report(lint(self._path(path), settings))
        diagnostics: Any = found["diagnostics"]
        wanted = [one for one in diagnostics if not level or _RANKS[one["level"]] <= _RANKS[level]]
        wanted.sort(key=lambda one: _RANKS[one["level"]])
        counts = Counter(one["rule"] for one in wanted)
        answer: Data = {"summary": found["summary"], "rules": dict(counts.most_common())}
        answer.update(_paged(wanted, page, "findings", _finding))
        if found["failed"]:
            answer["failed"] = found["failed"]
        return answer

    def explain_rule(self, name: str) -> str:
        """The card of a rule, with its examples."""
        rule = self._rule(name)
        return rule_page(rules_by_name()[rule], load_card(rule), examples=True)

    # --------------------------------------------------------------------------------------------------- model

    def model(
        self,
        path: str = ".",
        table: str = "",
        function: str = "",
        open_functions: bool = False,
        page: int = 1,
    ) -> Data:
        """The project: an overview; one table; one function; or the public functions that check nobody."""
        programs = Program.load_all(self._path(path), self._settings)
        if table:
            return self._one(
                [(p, p.table(table)) for p in programs],
                [t.name for p in programs for t in p.tables],
                "table",
                table,
                _table,
            )
        if function:
            names = [f.path for p in programs for f in p.functions if f.path]
            return self._one(
                [(p, p.function(function)) for p in programs], names, "function", function, _function
            )
        if open_functions:
            open_ = [
                f
                for p in programs
                for f in p.functions
                if f.visibility == "public" and f.access is None and f.path
            ]
            return _paged(open_, page, "public_functions_without_a_check", _short)
        return {"projects": [_overview(program) for program in programs]}

    def _one(
        self,
        found: Sequence[tuple[Program, T | None]],
        names: Sequence[str],
        kind: str,
        name: str,
        tell: Callable[[Program, T], Data],
    ) -> Data:
        answer = [tell(program, one) for program, one in found if one is not None]
        if not answer:
            near = get_close_matches(name, names, n=3)
            hint = (
                f"; near: {', '.join(near)}"
                if near
                else f"; there are: {', '.join(sorted(set(names))[:LISTED])}"
            )
            raise ToolError(f"there is no {kind} {name!r}{hint}")
        return answer[0] if len(answer) == 1 else {kind + "s": answer}

    # ----------------------------------------------------------------------------------------------- why and fix

    def why(self, path: str, line: int, column: int = 0) -> Data:
        """All that is known of one place."""
        request: Request = self._settings.request(self._path(path))
        data = why_data(why(request, line, column or None), Path.cwd().as_posix())
        data["findings"] = [_finding(one) for one in data["findings"]]
        data["effects"] = data["effects"][:PAGE]
        return data

    def fix(self, path: str = ".", rule: str = "", unsafe: bool = False, write: bool = False) -> Data:
        """Apply fixes, or show what they would change."""
        settings = self._settings
        if rule:
            settings = msgspec.structs.replace(settings, select=[self._rule_or_category(rule)])
        outcome = fix(self._path(path), settings, unsafe=unsafe, write=write)
        reported = report(outcome, fixing=True)
        changes = diff(outcome, Path.cwd().as_posix()).decode("utf-8", "replace")
        left: Any = reported["left"]
        answer: Data = {
            "written": write,
            "fixed": dict(Counter(one.rule for one in outcome.fixed).most_common()),
            "files": sorted(path for path in outcome.before if outcome.before[path] != outcome.sources[path]),
            "diff": changes[:MOST_DIFF],
            "left": [{key: one[key] for key in ("rule", "path", "title", "because")} for one in left[:PAGE]],
        }
        if len(changes) > MOST_DIFF:
            answer["diff_cut"] = (
                f"{len(changes) - MOST_DIFF} characters more; name a file or a rule to see less at once"
            )
        if len(left) > PAGE:
            answer["left_more"] = len(left) - PAGE
        return answer

    # ------------------------------------------------------------------------------------------------- questions

    def _path(self, path: str) -> str:
        """The path, which must lie in the folder that the server was started for."""
        there = absolute(Path(self._folder, path))
        if not inside(there, self._folder):
            raise ToolError(f"{path} lies outside of {self._folder}, the folder that this server looks at")
        return there

    def _rule(self, name: str) -> str:
        name = name.removeprefix("@convex-dev/")
        if name not in rules_by_name():
            near = get_close_matches(name, list(rules_by_name()), n=3)
            raise ToolError(f"there is no rule {name!r}" + (f"; near: {', '.join(near)}" if near else ""))
        return name

    def _rule_or_category(self, name: str) -> str:
        categories = {rule.category.value for rule in rules_by_name().values()}
        return name if name in categories else self._rule(name)


def _paged(items: Sequence[T], page: int, name: str, tell: Callable[[T], Data]) -> Data:
    pages = max(1, -(-len(items) // PAGE))
    if not 1 <= page <= pages:
        raise ToolError(f"there is no page {page}: the pages are 1 to {pages}")
    shown = items[(page - 1) * PAGE : page * PAGE]
    answer: Data = {name: [tell(one) for one in shown], "page": page, "pages": pages}
    if page < pages:
        answer["next"] = f"ask for page {page + 1}, or narrow by path, rule or level"
    return answer


def _finding(one: Data) -> Data:
    """A finding without what an agent does not need: offsets, fingerprints, empty fields."""
    answer: Data = {
        "rule": one["rule"],
        "level": one["level"],
        "at": _at(one),
        "message": one["message"],
    }
    if one["help"]:
        answer["help"] = one["help"]
    if one["function"]:
        answer["function"] = one["function"]
    if one["related"]:
        answer["related"] = [f"{_at(r)} {r['message']}" for r in one["related"]]
    if one["also"]:
        answer["also"] = [_at(other) for other in one["also"][:PAGE]]
    if one["fix"]:
        answer["fix"] = {"title": one["fix"]["title"], "edits": [_edit(edit) for edit in one["fix"]["edits"]]}
        if one["fix"]["because"]:
            answer["fix"]["unsafe_because"] = one["fix"]["because"]
    ways = [
        {"title": s["title"], "edits": [_edit(edit) for edit in s["edits"]]} for s in one["suggestions"][:3]
    ]
    if ways:
        answer["suggestions"] = ways
    return answer


def _edit(edit: Data) -> Data:
    start, end = edit["range"]["start"], edit["range"]["end"]
    return {
        "path": edit["path"],
        "from": f"{start['line']}:{start['column']}",
        "to": f"{end['line']}:{end['column']}",
        "new_text": edit["new_text"],
    }


def _at(one: Data) -> str:
    start = one["range"]["start"]
    return f"{one['path']}:{start['line']}:{start['column']}"


def _place(place: Any) -> str | None:
    return None if place is None else f"{place.path}:{place.line}:{place.column}"


def _overview(program: Program) -> Data:
    public = [f for f in program.functions if f.visibility == "public"]
    return {
        "functions_dir": program.functions_dir,
        "convex_version": program.convex_version,
        "modules": len(program.modules),
        "schema": {"present": program.schema.present, "complete": program.schema.complete},
        "tables": [table.name for table in program.tables][:LISTED],
        "tables_in_all": len(program.tables),
        "functions": dict(Counter(" ".join(filter(None, (f.visibility, f.kind))) for f in program.functions)),
        "public_functions": len(public),
        "public_functions_without_a_check": sum(f.access is None for f in public),
        "crons": [
            {"name": c.name, "schedule": c.schedule, "function": c.function} for c in program.crons[:LISTED]
        ],
        "routes": [
            {"method": r.method, "path": r.path, "function": r.function} for r in program.routes[:LISTED]
        ],
        "ask": "table=NAME, function=PATH or open_functions=true for more",
    }


def _table(program: Program, table: Table) -> Data:
    return {
        "table": table.name,
        "origin": table.origin,
        "at": _place(table.place),
        "fields": {f"{f.name}{'?' if f.optional else ''}": f.type for f in table.fields},
        "indexes": [
            {
                "name": index.name,
                "kind": index.kind,
                "fields": index.fields,
                "staged": index.staged,
                "uses": [f"{use.path}:{use.line}" for use in index.uses[:PAGE]],
                "uses_in_all": len(index.uses),
            }
            for index in table.indexes
        ],
        "references": list(table.references),
        "referenced_by": list(table.referenced_by),
        "read_by": list(table.read_by[:LISTED]),
        "written_by": list(table.written_by[:LISTED]),
    }


def _function(program: Program, function: Function) -> Data:
    callers = program.callers(function.path or "")
    return {
        **_short(function),
        "runtime": function.runtime,
        "args": function.args,
        "returns": function.returns,
        "access": None
        if function.access is None
        else {"how": function.access.how, "at": _place(function.access.place)},
        "standing": None
        if function.standing is None
        else {
            "level": function.standing.level,
            "decided_by": function.standing.text,
            "at": None if function.standing.place is None else _place(function.standing.place),
        },
        "effects": [
            {
                "kind": effect.kind,
                "what": effect.table or effect.what,
                "count": effect.count,
                "at": _place(effect.place),
                "through": [step.text for step in effect.chain],
            }
            for effect in function.effects[:LISTED]
        ],
        "cost": {"reads": function.cost.reads, "writes": function.cost.writes},
        "calls": [f"{call.by} {call.path}" for call in function.calls[:LISTED]],
        "callers": [
            {"from": caller.origin, "use": caller.use, "at": _place(caller.place)}
            for caller in callers[:PAGE]
        ],
        "callers_in_all": len(callers),
        "clients": [{"use": one.by, "at": _place(one.place)} for one in function.clients[:PAGE]],
        "clients_in_all": len(function.clients),
    }


def _short(function: Function) -> Data:
    deeds = dict.fromkeys(f"{effect.kind} {effect.table or effect.what}" for effect in function.effects)
    return {
        "path": function.path,
        "kind": " ".join(filter(None, (function.visibility, function.kind))),
        "at": _place(function.place),
        "does": list(deeds)[:PAGE],
    }
