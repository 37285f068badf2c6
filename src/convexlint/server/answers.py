"""Answers about what stands at a place: hover, definition, references, completion, lenses.

Used by the thread that owns the knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lsprotocol import types as lsp

from convexlint.findings import Span
from convexlint.program.convex.types_text import object_fields, type_text
from convexlint.program.model import Module, RegisteredFunction, Table
from convexlint.program.places.references import references_to
from convexlint.program.places.symbols import Symbol, name_span, symbols_in
from convexlint.program.places.validator_sites import fields_of_table
from convexlint.program.program import Program
from convexlint.server import about
from convexlint.server.buffers import Buffers
from convexlint.server.knowledge import Knowledge
from convexlint.server.moments import Moment
from convexlint.server.protocol import as_range
from convexlint.server.render import Texts

_QUOTES = (b'"', b"'", b"`")
_OPEN_TABLE = re.compile(rb"""(?:\.(?:query|insert)|\bv\.id|\bId<|\bDoc<)\s*\(?\s*["'`]([\w]*)$""")
_OPEN_INDEX = re.compile(rb"""\.with(?:Search)?Index\s*\(\s*["'`]([\w]*)$""")
_QUERY = re.compile(rb"""\.query\s*\(\s*["'`](\w+)["'`]""")
_LOOK_BACK = 2000


class Answers:
    """Answers for one moment."""

    def __init__(self, knowledge: Knowledge, moment: Moment, buffers: Buffers, unit: str) -> None:
        self._knowledge = knowledge
        self._moment = moment
        self._uri = buffers.uri
        self._texts = Texts(knowledge.contents(moment), moment.buffers, unit)

    # --------------------------------------------------------------------------------------- what is at a place

    def hover(self, path: str, position: lsp.Position) -> lsp.Hover | None:
        """What the program knows of the name at a place."""
        found = self._at(path, position)
        if found is None:
            return None
        program, symbol = found
        words = _words(program, symbol)
        if words is None:
            return None
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, words)
        return lsp.Hover(content, as_range(self._texts.of(path).range(symbol.span)))

    def definition(self, path: str, position: lsp.Position) -> list[lsp.Location]:
        """Where what is named at a place is defined."""
        found = self._at(path, position)
        return [] if found is None else [self._place(m, span) for m, span in _defined(*found)]

    def references(self, path: str, position: lsp.Position, *, declaration: bool) -> list[lsp.Location]:
        """Where what is named at a place is named, in the whole project; `declaration`: also where it is defined."""
        found = self._at(path, position)
        if found is None:
            return []
        program, symbol = found
        spelled = (symbol.function.export if symbol.function is not None else symbol.name).encode()
        if not spelled or (symbol.kind in ("index", "field") and symbol.table is None):
            return []
        if spelled == b"default":
            naming = list(program.modules)
        else:
            naming = [module for module in program.modules if spelled in module.source]
        wider = self._knowledge.program_over(
            self._moment, path, frozenset(module.path for module in naming) | {path}
        )
        if wider is None:
            return []
        paths = {module.path for module in naming} | {path}
        places: dict[tuple[str, Span], tuple[Module, Span]] = {}
        for module in wider.modules:
            if module.path in paths:
                for other in symbols_in(wider, module):
                    if _same(symbol, other) and (declaration or not other.defines):
                        places[module.path, other.span] = (module, other.span)
        return [self._place(*places[key]) for key in sorted(places)]

    def _at(self, path: str, position: lsp.Position) -> tuple[Program, Symbol] | None:
        program, module = self._module(path)
        if program is None or module is None:
            return None
        offset = self._texts.of(path).offset(position)
        for symbol in symbols_in(program, module):
            if symbol.span.start <= offset <= symbol.span.end:
                return program, symbol
        return None

    def _module(self, path: str) -> tuple[Program | None, Module | None]:
        program = self._knowledge.program(self._moment, path)
        modules: Iterable[Module] = () if program is None else program.modules
        return program, next((module for module in modules if module.path == path), None)

    def _place(self, module: Module, span: Span) -> lsp.Location:
        return lsp.Location(self._uri(module.path), as_range(self._texts.of(module.path).range(span)))

    # ----------------------------------------------------------------------------------------------- completion

    def completion(self, path: str, position: lsp.Position) -> list[lsp.CompletionItem]:
        """The names that may stand in the string at a place."""
        program, module = self._module(path)
        if program is None or module is None:
            return []
        text = self._texts.of(path)
        offset = text.offset(position)
        for symbol in symbols_in(program, module):
            inside = Span(symbol.span.start + 1, symbol.span.end - 1)
            quoted = module.source[symbol.span.start : inside.start] in _QUOTES
            if quoted and inside.start <= offset <= inside.end:
                return list(self._items(program, symbol.kind, symbol.table, as_range(text.range(inside))))
        before = module.source[max(0, offset - _LOOK_BACK) : offset]
        table = _OPEN_TABLE.search(before)
        if table is not None:
            place = as_range(text.range(Span(offset - len(table[1]), offset)))
            return list(self._items(program, "table", None, place))
        index = _OPEN_INDEX.search(before)
        if index is not None:
            named = [match[1].decode() for match in _QUERY.finditer(before)]
            place = as_range(text.range(Span(offset - len(index[1]), offset)))
            return list(self._items(program, "index", named[-1] if named else None, place))
        return []

    def _items(
        self, program: Program, kind: str, table: str | None, place: lsp.Range
    ) -> Iterator[lsp.CompletionItem]:
        tables = program.schema.tables
        owner = tables.get(table) if table is not None else None
        if kind == "table":
            for one in tables.values():
                detail = f"table{'' if one.origin == 'schema' else f' of {one.origin}'}"
                yield _item(one.name, detail, about.of_table(one), place, lsp.CompletionItemKind.Class)
        elif kind == "index" and owner is not None:
            for index in owner.indexes:
                fields = "fields not known" if index.fields is None else ", ".join(index.fields)
                yield _item(
                    index.name, fields, about.of_index(index), place, lsp.CompletionItemKind.Reference
                )
        elif kind == "field" and owner is not None:
            for name, (validator, optional) in object_fields(owner.validator).items():
                detail = f"{type_text(validator)}{' (optional)' if optional else ''}"
                words = about.of_field(owner, name) or ""
                yield _item(name, detail, words, place, lsp.CompletionItemKind.Field)

    # --------------------------------------------------------------------------------------------------- lenses

    def lenses(self, path: str) -> list[lsp.CodeLens]:
        """A lens over each registered function of a file, and one for its callers; what they say comes later."""
        program, module = self._module(path)
        if program is None or module is None:
            return []
        text = self._texts.of(path)
        made = []
        for function in program.functions:
            if function.module is module and function.path is not None:
                place = as_range(text.range(name_span(function)))
                for about_ in ("function", "callers"):
                    made.append(lsp.CodeLens(place, data={"path": path, "name": function.path, "of": about_}))
        return made

    def lens(self, lens: lsp.CodeLens, show_references: str) -> lsp.CodeLens:
        """The lens with what it says. `show_references`: the client's command that shows places, "" without one."""
        data: Any = lens.data
        path, name, of = (str(_get(data, key)) for key in ("path", "name", "of"))
        program, module = self._module(path)
        function = None
        if program is not None and module is not None:
            function = next((f for f in program.functions if f.module is module and f.path == name), None)
        if program is None or function is None:
            return lsp.CodeLens(lens.range, lsp.Command("", ""))
        if of == "callers":
            places = [self._place(r.place.module, r.place.span) for r in references_to(program, function)]
            title = f"{len(places)} reference{'' if len(places) == 1 else 's'}"
            arguments = [self._uri(path), lens.range.start, places] if show_references and places else None
            return lsp.CodeLens(
                lens.range, lsp.Command(title, show_references if arguments else "", arguments=arguments)
            )
        return lsp.CodeLens(lens.range, lsp.Command(_summary(program, function), ""))


def _summary(program: Program, function: RegisteredFunction) -> str:
    """`public query, no access check: reads notes`, without marks of markdown."""
    words = about.kind_of(function)
    if function.visibility != "internal":
        words += f", {about.access_in_words(program, function)}"
    deeds = about.effects_in_words(program, function)
    return (words + (f": {'; '.join(deeds)}" if deeds else "")).replace("`", "")


def _words(program: Program, symbol: Symbol) -> str | None:
    if symbol.function is not None:
        return about.of_function(program, symbol.function)
    tables = program.schema.tables
    if symbol.kind == "table":
        table = tables.get(symbol.name)
        return None if table is None else about.of_table(table)
    owner = tables.get(symbol.table or "")
    if owner is None:
        return None
    if symbol.kind == "field":
        return about.of_field(owner, symbol.name)
    index = owner.index(symbol.name)
    return None if index is None else about.of_index(index)


def _defined(program: Program, symbol: Symbol) -> list[tuple[Module, Span]]:
    if symbol.function is not None:
        return [(symbol.function.module, name_span(symbol.function))]
    tables = program.schema.tables
    owner: Table | None = tables.get(symbol.name if symbol.kind == "table" else symbol.table or "")
    if owner is None:
        return []
    if symbol.kind == "table":
        return [] if owner.module is None or owner.name_span is None else [(owner.module, owner.name_span)]
    if symbol.kind == "index":
        index = owner.index(symbol.name)
        return [] if index is None or owner.origin != "schema" else [(index.module, index.name_span)]
    way = tuple(symbol.name.split("."))
    return [
        (site.module, site.key_span) for site in fields_of_table(program, owner.name) if site.use.path == way
    ]


def _same(one: Symbol, other: Symbol) -> bool:
    """Whether two names, perhaps of two programs of one project, mean the same thing."""
    if one.function is not None or other.function is not None:
        return (
            one.function is not None
            and other.function is not None
            and one.function.module.path == other.function.module.path
            and one.function.call_span == other.function.call_span
        )
    return (one.kind, one.table, one.name) == (other.kind, other.table, other.name)


def _item(
    name: str, detail: str, words: str, place: lsp.Range, kind: lsp.CompletionItemKind
) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        label=name,
        kind=kind,
        detail=detail,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, words),
        filter_text=name,
        text_edit=lsp.TextEdit(place, name),
    )


def _get(data: Any, key: str) -> Any:
    return data.get(key, "") if isinstance(data, dict) else getattr(data, key, "")
