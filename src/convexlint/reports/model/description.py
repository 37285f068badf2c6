"""A program as plain data: the documented shape of `convexlint model --output-format json`.

Places are {"path", "line", "column"}: paths relative to the working folder, 1-based lines and columns in code
points. Lists are sorted; equal programs give equal descriptions.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from convexlint.program.behaviour.access import access_of
from convexlint.program.behaviour.bounds import Each, reads_of, writes_of
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.convex.types_text import object_fields, referenced_tables, type_text
from convexlint.program.model import Effect, IndexDef, Place, RegisteredFunction, Step, Table
from convexlint.program.places.clients.calls import callers_in_clients, client_calls
from convexlint.program.places.clients.route_callers import route_callers, route_requests
from convexlint.program.places.elsewhere import call_at
from convexlint.program.places.notes import notes
from convexlint.program.places.references import references
from convexlint.program.places.routes import route_registrars, routes
from convexlint.program.places.sites import crons, database_calls, query_steps
from convexlint.program.program import Program
from convexlint.reports.model.costs import read_in_words, reads_in_words, write_in_words, writes_in_words
from convexlint.reports.places import Places

Data = dict[str, Any]


class Describer:
    """Describes one program; `cwd` is the absolute folder that paths are relative to."""

    def __init__(self, program: Program, cwd: str) -> None:
        self.program = program
        clients = {call.file: call.source for call in client_calls(program)}
        clients |= {one.path: one.source for one in route_requests(program)}
        self.places = Places({**clients, **{m.path: m.source for m in program.modules}}, cwd)
        self._tables_at = {
            (c.place.module.path, c.place.span.end): c.table if c.explicit else c.id_table
            for c in database_calls(program)
        }

    def place(self, path: str, start: int) -> Data:
        line, column, _ = self.places.at(path, start)
        return {"path": self.places.path(path), "line": line, "column": column}

    def at(self, place: Place) -> Data:
        """The place in the words of the description."""
        return self._at(place)

    def _at(self, place: Place) -> Data:
        return self.place(place.module.path, place.span.start)

    # --------------------------------------------------------------------------------------------- tables

    def tables(self) -> list[Data]:
        uses = self._index_uses()
        users = self._table_users()
        pointers: dict[str, set[str]] = defaultdict(set)
        for table in self.program.schema.tables.values():
            for target in referenced_tables(table.validator):
                pointers[target].add(table.name)
        return [
            self._table(table, uses, users.get(table.name, {}), sorted(pointers[table.name]))
            for table in self.program.schema.tables.values()
        ]

    def _table(
        self,
        table: Table,
        uses: dict[tuple[str, str], list[Data]],
        users: dict[str, list[str]],
        pointers: list[str],
    ) -> Data:
        place = None
        if table.module is not None and table.name_span is not None:
            place = self.place(table.module.path, table.name_span.start)
        return {
            "name": table.name,
            "origin": table.origin,
            "place": place,
            "type": type_text(table.validator),
            "fields": [
                {
                    "name": name,
                    "type": type_text(validator),
                    "optional": optional,
                    "references": referenced_tables(validator),
                }
                for name, (validator, optional) in object_fields(table.validator).items()
            ],
            "indexes": [self._index(index, table, uses) for index in table.indexes],
            "references": referenced_tables(table.validator),
            "referenced_by": pointers,
            "read_by": users.get("read", []),
            "written_by": users.get("write", []),
        }

    def _index(self, index: IndexDef, table: Table, uses: dict[tuple[str, str], list[Data]]) -> Data:
        known = table.origin == "schema"
        return {
            "name": index.name,
            "kind": index.kind,
            "fields": list(index.fields) if index.fields is not None else None,
            "staged": index.staged,
            "place": self.place(index.module.path, index.name_span.start) if known else None,
            "uses": uses.get((table.name, index.name), []),
        }

    def _index_uses(self) -> dict[tuple[str, str], list[Data]]:
        uses: dict[tuple[str, str], list[Data]] = defaultdict(list)
        for step in query_steps(self.program):
            if step.index_name is not None and step.table is not None:
                inside = step.place.inside
                where = self._at(step.place) | {"function": inside.path if inside is not None else None}
                uses[step.table, step.index_name].append(where)
        return uses

    def _table_users(self) -> dict[str, dict[str, list[str]]]:
        """table -> {"read": functions, "write": functions}, helpers included."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"read": [], "write": []})
        for function in self.program.functions:
            if function.path is None:
                continue
            for effect in effects_of(self.program, function):
                table = self._table_of(effect)
                if table is not None:
                    users = found[table]["write" if effect.kind == "db-write" else "read"]
                    if function.path not in users:
                        users.append(function.path)
        for users_of in found.values():
            users_of["read"].sort()
            users_of["write"].sort()
        return found

    def _table_of(self, effect: Effect) -> str | None:
        if effect.kind not in ("db-read", "db-write"):
            return None
        key = (effect.place.module.path, effect.place.span.end)
        if key not in self._tables_at:  # in a module that the program does not look at
            call = call_at(self.program, effect.place)
            self._tables_at[key] = None if call is None else call.table if call.explicit else call.id_table
        return self._tables_at[key]

    # ------------------------------------------------------------------------------------------ functions

    def functions(self) -> list[Data]:
        calls = self._references_from()
        return [self._function(f, calls) for f in self.program.functions]

    def function(self, function: RegisteredFunction) -> Data:
        """One function, as an entry of "functions"."""
        return self._function(function, self._references_from())

    def _function(self, function: RegisteredFunction, calls: dict[int, list[Data]]) -> Data:
        access = access_of(self.program, function)
        return {
            "path": function.path,
            "kind": function.kind,
            "visibility": function.visibility or None,
            "builder": function.builder,
            "runtime": "node" if function.module.node else "default",
            "place": self.place(function.module.path, function.builder_span.start),
            "args": type_text(function.args.validator) if function.args.state == "declared" else None,
            "returns": type_text(function.returns.validator)
            if function.returns.state == "declared"
            else None,
            "access": {"how": access.how, "place": self._at(access.place)} if access is not None else None,
            "standing": self.standing(function),
            "effects": self._effects(function),
            "reads": self._reads(function),
            "writes": self._writes(function),
            "cost": {
                "reads": reads_in_words(reads_of(self.program, function)) or None,
                "writes": writes_in_words(writes_of(self.program, function)) or None,
            },
            "calls": calls.get(id(function), []),
            "clients": self._clients(function),
        }

    def standing(self, function: RegisteredFunction) -> Data | None:
        """What it asks of its caller and what decides, None for an internal function: no client calls it."""
        if function.visibility == "internal":
            return None
        found = standing_of(self.program, function)
        if found.place is None:
            return {"level": found.level, "place": None, "text": None}
        text = found.place.module.text(found.place.span)
        return {"level": found.level, "place": self._at(found.place), "text": _brief(text)}

    def _clients(self, function: RegisteredFunction) -> list[Data]:
        """Where programs around the backend name the function, and by what they call it."""
        return [
            {"by": call.by or None, "place": self.place(call.file, call.at.start)}
            for call in callers_in_clients(self.program, function)
        ]

    def _reads(self, function: RegisteredFunction) -> list[Data]:
        """Each read with its bound, and the loop that repeats it."""
        return [
            {
                "text": read_in_words(read),
                "table": read.table,
                "bound": read.bound.kind,
                "limit": read.bound.limit,
                "fields": list(read.bound.fields),
                "owner": read.bound.owner,
                "walks": read.bound.walks or None,
                "each": _each(read.each),
                "place": self._at(read.place),
                "chain": self._chain(read.chain),
            }
            for read in reads_of(self.program, function)
        ]

    def _writes(self, function: RegisteredFunction) -> list[Data]:
        """Each write with the indexes that it touches, and the loop that repeats it."""
        return [
            {
                "text": write_in_words(write),
                "table": write.table,
                "method": write.method,
                "indexes": list(write.indexes),
                "exact": write.exact,
                "each": _each(write.each),
                "place": self._at(write.place),
                "chain": self._chain(write.chain),
            }
            for write in writes_of(self.program, function)
        ]

    def _chain(self, chain: tuple[Step, ...]) -> list[Data]:
        return [self._at(step.place) | {"text": step.text} for step in chain]

    def _effects(self, function: RegisteredFunction) -> list[Data]:
        """One entry per kind, table and wording: the shortest chain, and how often it happens."""
        found: dict[tuple[str, str | None, str], Data] = {}
        for effect in effects_of(self.program, function):
            table = self._table_of(effect)
            key = (effect.kind, table, effect.what if table is None else "")
            known = found.get(key)
            if known is not None:
                known["count"] += 1
                continue
            found[key] = {
                "kind": effect.kind,
                "what": effect.what,
                "table": table,
                "count": 1,
                "place": self._at(effect.place),
                "chain": self._chain(effect.chain),
            }
        return list(found.values())

    def _references_from(self) -> dict[int, list[Data]]:
        """Registered function -> functions that its handler refers to."""
        found: dict[int, list[Data]] = defaultdict(list)
        for reference in references(self.program):
            inside = reference.place.inside
            if inside is not None and reference.path is not None:
                entry = {"path": reference.path, "by": reference.use or "reference"}
                if entry not in found[id(inside)]:
                    found[id(inside)].append(entry)
        return found

    # ---------------------------------------------------------------------------------------------- whole

    def references(self) -> list[Data]:
        return [
            {
                "from": r.place.inside.path if r.place.inside is not None else None,
                "root": r.root,
                "to": r.path,
                "use": r.use or None,
                "status": r.status,
                "place": self._at(r.place),
            }
            for r in references(self.program)
            if r.path is not None
        ]

    def crons(self) -> list[Data]:
        """Each job with its schedule as written and the function that it runs."""
        targets = {
            (r.place.module.path, r.call_span): r.path for r in references(self.program) if r.use == "cron"
        }
        jobs = []
        for job in crons(self.program):
            if not job.certain:
                continue
            schedule = None
            if job.schedule is not None:
                text = job.place.module.source[job.schedule.start : job.schedule.end]
                schedule = " ".join(text.decode("utf-8", "replace").split())
            jobs.append(
                {
                    "name": job.name,
                    "method": job.method,
                    "schedule": schedule,
                    "function": targets.get((job.place.module.path, job.call_span)),
                    "place": self._at(job.place),
                }
            )
        return jobs

    def routes(self) -> list[Data]:
        """Each HTTP route: what it answers, the function that does, and who surely asks it, by which method."""
        found = []
        for route in routes(self.program):
            target = route.path or route.prefix
            handler = route.handler.function if route.handler is not None else None
            found.append(
                {
                    "method": route.method.value if route.method is not None else None,
                    "path": target.value if target is not None else None,
                    "prefix": route.path is None and route.prefix is not None,
                    "function": handler.path if handler is not None else None,
                    "place": self._at(route.place),
                    "clients": [
                        {"by": one.method, "place": self.place(one.path, one.span.start)}
                        for one in route_callers(self.program, route)
                    ],
                }
            )
        return found

    def unbounded_reads(self) -> list[Data]:
        """Each `.collect()` of a whole table: the table (None: a computed name) and the function (None: a helper)."""
        return [
            {
                "table": step.table,
                "function": step.place.inside.path if step.place.inside is not None else None,
                "place": self._at(step.place),
            }
            for step in query_steps(self.program)
            if step.method == "collect" and any(reads_whole_table(state) for state in step.before)
        ]

    def route_registrars(self) -> list[Data]:
        """Calls that are given the router, and may register routes that are not listed."""
        return [{"name": r.name, "place": self._at(r.place)} for r in route_registrars(self.program)]

    def describe(self) -> Data:
        """The whole program."""
        program = self.program
        schema = program.schema
        version = program.project.convex_version
        return {
            "functions_dir": self.places.path(program.project.functions_dir),
            "component": program.project.component,
            "convex_version": ".".join(map(str, version)) if version is not None else None,
            "modules": [m.name for m in program.modules if not m.name.startswith("/")],
            "schema": {
                "present": schema.present,
                "complete": schema.complete,
                "validation": schema.validation,
                "gaps": list(schema.gaps),
            },
            "tables": self.tables(),
            "functions": self.functions(),
            "crons": self.crons(),
            "routes": self.routes(),
            "route_registrars": self.route_registrars(),
            "unbounded_reads": self.unbounded_reads(),
            "references": self.references(),
            "notes": [self.place(n.path, n.start) | {"kind": n.kind} for n in notes(program)],
        }


def describe(program: Program, cwd: str) -> Data:
    """The program as the entry of "projects" in `convexlint model`'s JSON."""
    return Describer(program, cwd).describe()


def _each(each: Each | None) -> Data | None:
    if each is None:
        return None
    return {"kind": each.kind, "table": each.source.table if each.source is not None else None}


def _brief(code: str) -> str:
    """Code on one line, at most 80 characters."""
    line = " ".join(code.split())
    return line if len(line) <= 80 else line[:77] + "..."
