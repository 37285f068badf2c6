"""Structs as native classes: the same names, fields, defaults, equality and hash, spelled out for mypyc.

Only what the sources of `facts/` and `program/` use of Structs is known here; anything else raises
UnknownStructError rather than being compiled into something that behaves otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_KEYWORDS = frozenset({"frozen", "eq", "gc", "array_like", "tag"})

_BESIDES = {"Node": "number: int = 0"}
"""What a native class has besides the fields of its Struct: see by_node.py."""


class UnknownStructError(Exception):
    """A Struct is written in a way that `records` does not know; the text names file, line and class."""


@dataclass(frozen=True)
class Record:
    """One Struct. `fields`: name, annotation and default (each as written), those of its bases first. `tag`: of the
    array that stands for it in the cache. `acyclic`: the collector need not know it (`gc=False`). Of a family of
    classes it knows all or none: what one class has it track, another would free behind its back."""

    name: str
    file: str
    node: ast.ClassDef
    fields: tuple[tuple[str, str, ast.expr | None], ...]
    frozen: bool
    eq: bool
    acyclic: bool
    tag: int | None


def records_of(sources: Mapping[str, str]) -> dict[str, tuple[Record, ...]]:
    """The Structs of each file (sources by path), in the order in which they stand. Raises UnknownStructError."""
    finder = _Finder({file: ast.parse(text) for file, text in sources.items()})
    return {file: tuple(finder.records(file)) for file in sources}


class _Finder:
    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self._classes: dict[str, list[tuple[str, ast.ClassDef]]] = {}
        self._trees = trees
        for file, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self._classes.setdefault(node.name, []).append((file, node))

    def records(self, file: str) -> Iterator[Record]:
        for node in self._trees[file].body:
            if isinstance(node, ast.ClassDef) and self._is_struct(file, node):
                yield self._record(file, node)

    def _bases(self, file: str, node: ast.ClassDef) -> Iterator[tuple[str, ast.ClassDef]]:
        for base in node.bases:
            name = _name(base)
            known = self._classes.get(name, [])
            here = [(other, found) for other, found in known if other == file and found is not node]
            yield from here[:1] or known[:1]

    def _is_struct(self, file: str, node: ast.ClassDef) -> bool:
        if any(_name(base) == "Struct" for base in node.bases):
            return True
        return any(self._is_struct(*base) for base in self._bases(file, node))

    def _record(self, file: str, node: ast.ClassDef) -> Record:
        unknown = [
            k.arg for k in node.keywords if k.arg not in _KEYWORDS or not isinstance(k.value, ast.Constant)
        ]
        if unknown or len(node.bases) != 1 or node.decorator_list:
            raise UnknownStructError(f"{file}:{node.lineno}: `{node.name}`: bases or keywords {unknown}")
        fields = self._fields(file, node)
        tag = self._keyword(file, node, "tag", None)
        return Record(
            name=node.name,
            file=file,
            node=node,
            fields=fields,
            frozen=bool(self._keyword(file, node, "frozen", False)),
            eq=bool(self._keyword(file, node, "eq", True)),
            acyclic=all(self._is_acyclic(*one) for one in ((file, node), *self._derived(file, node))),
            tag=tag if isinstance(tag, int) else None,
        )

    def _keyword(self, file: str, node: ast.ClassDef, name: str, default: object) -> object:
        for keyword in node.keywords:
            if keyword.arg == name and isinstance(keyword.value, ast.Constant):
                return keyword.value.value
        for base in self._bases(file, node):
            return self._keyword(*base, name, default)
        return default

    def _is_acyclic(self, file: str, node: ast.ClassDef) -> bool:
        return self._keyword(file, node, "gc", True) is False and all(
            self._is_acyclic(*base) for base in self._bases(file, node)
        )

    def _derived(self, file: str, node: ast.ClassDef) -> Iterator[tuple[str, ast.ClassDef]]:
        """The classes that are derived from `node`, at any remove."""
        for other in (pair for pairs in self._classes.values() for pair in pairs):
            if any(base is node for _, base in self._bases(*other)):
                yield other
                yield from self._derived(*other)

    def _fields(self, file: str, node: ast.ClassDef) -> tuple[tuple[str, str, ast.expr | None], ...]:
        own = {}
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                own[item.target.id] = (item.target.id, ast.unparse(item.annotation), item.value)
            elif not isinstance(item, (ast.FunctionDef, ast.Expr, ast.Pass)):
                raise UnknownStructError(
                    f"{file}:{item.lineno}: `{node.name}` holds more than fields and methods"
                )
        given = [field for base in self._bases(file, node) for field in self._fields(*base)]
        return (*(field for field in given if field[0] not in own), *own.values())


def rewrite(text: str, records: tuple[Record, ...]) -> str:
    """The source of a module with each of its `records` as a native class. Line numbers change."""
    if not records:
        return text
    lines = text.split("\n")
    for record in reversed(records):
        lines[record.node.lineno - 1 : record.node.end_lineno] = _class(record)
    heads = [
        "from typing import TYPE_CHECKING as _CHECKING, Any as _Any",
        "from convexlint.structs import register as _register",
    ]
    heads += ["if _CHECKING:", "    from mypy_extensions import mypyc_attr"]
    at = next(number for number, line in enumerate(lines) if line.startswith("from __future__")) + 1
    lines[at:at] = heads
    for record in records:
        fields = {name: annotation for name, annotation, _ in record.fields}
        lines.append(f"_register({record.name}, {fields!r})")
    return "\n".join(lines) + "\n"


def _class(record: Record) -> list[str]:
    node = record.node
    base = _name(node.bases[0])
    header = (
        f"class {record.name}({ast.unparse(node.bases[0])}):" if base != "Struct" else f"class {record.name}:"
    )
    lines = ["@mypyc_attr(acyclic=True)"] if record.acyclic else []
    lines.append(header)
    methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    for item in node.body:
        if isinstance(item, ast.AnnAssign):
            lines += _indented(ast.unparse(ast.AnnAssign(item.target, item.annotation, None, 1)))
        elif isinstance(item, ast.FunctionDef) and item.name == "__ne__":
            # A Struct with an `__eq__` of its own needs one. mypyc makes one of `__eq__`, and fails on another.
            continue
        else:
            lines += _indented(ast.unparse(item))
    lines += _indented(_BESIDES[record.name]) if record.name in _BESIDES else []
    if record.fields:
        lines += _init(record)
    if record.eq and "__eq__" not in methods:
        lines += _equality(record)
    return lines


def _init(record: Record) -> list[str]:
    parameters = ["self"]
    body = []
    for name, annotation, default in record.fields:
        made = _factory(default)
        if made is not None:
            parameters.append(f"{name}: {annotation} | None = None")
            body.append(f"        self.{name} = {made}() if {name} is None else {name}")
        else:
            parameters.append(f"{name}: {annotation}" + (f" = {ast.unparse(default)}" if default else ""))
            body.append(f"        self.{name} = {name}")
    return [f"    def __init__({', '.join(parameters)}) -> None:", *body]


def _factory(default: ast.expr | None) -> str | None:
    """`list` of `field(default_factory=list)`."""
    if isinstance(default, ast.Call) and _name(default.func) == "field":
        for keyword in default.keywords:
            if keyword.arg == "default_factory":
                return ast.unparse(keyword.value)
    return None


def _equality(record: Record) -> list[str]:
    """Equal is what has the same class and equal fields; what is frozen, too, has a hash."""
    names = [name for name, _, _ in record.fields]
    same = "".join(f" and self.{name} == other.{name}" for name in names)
    lines = [
        "    def __eq__(self, other: _Any) -> bool:",
        f"        return type(other) is {record.name} and isinstance(other, {record.name}){same}",
    ]
    if record.frozen:
        values = ", ".join([repr(record.name), *(f"self.{name}" for name in names)])
        lines += ["    def __hash__(self) -> int:", f"        return hash(({values},))"]
    return lines


def _indented(text: str) -> list[str]:
    return ["    " + line for line in text.split("\n")]


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
