"""Writes the module that takes the place of `convexlint/facts/codec.py`: facts as bytes and back, class by class.

The bytes of `encode` are those of msgspec: msgpack, each node an array of its tag (if it has one) and its fields. So a
cache that the pure package filled serves the compiled one, and the other way round.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tools.native.records import Record, UnknownStructError

_PLAIN = frozenset({"int", "str", "bool", "float"})
_UNIONS = frozenset({"Expr", "Stmt", "Type", "Pattern"})  # of classes with tags

_BEGIN = '''"""Facts as bytes and back. Written by tools/native/codec.py from the classes of ir.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from convexlint.facts import ir
from convexlint.facts.ir import Head, ModuleFacts

DAMAGED: tuple[type[Exception], ...] = (
    msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, ValueError, LookupError
)

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode
_unpack_raw = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


def encode(facts: ModuleFacts) -> bytes:
    return _pack(_write_ModuleFacts(facts))


def decode(data: bytes) -> ModuleFacts:
    return _read_ModuleFacts(_unpack(data))


def decode_head(data: bytes) -> Head:
    return _read_Head(_unpack(_unpack_raw(data)[0]))


def _write(node: Any) -> list[Any]:
    return _WRITERS[type(node)](node)


def _read(row: list[Any]) -> Any:
    return _READERS[row[0]](row)

'''


def codec(records: Sequence[Record]) -> str:
    """The module's text for the classes of ir.py. Raises UnknownStructError for a field of a type it does not know."""
    tags = {record.name: record.tag for record in records}
    lines = [_BEGIN]
    writers: list[str] = []
    readers: list[str] = []
    for record in records:
        if record.name == "Node":
            continue
        kind = f"ir.{record.name}"
        values = [_converted(record, f"node.{name}", note, tags, "_write") for name, note, _ in record.fields]
        first = 0 if record.tag is None else 1
        parts = [
            _converted(record, f"row[{number}]", note, tags, "_read")
            for number, (_, note, _) in enumerate(record.fields, first)
        ]
        if record.tag is not None:
            values.insert(0, str(record.tag))
            writers.append(f"    {kind}: _write_{record.name},")
            readers.append(f"    {record.tag}: _read_{record.name},")
        lines += [
            f"\ndef _write_{record.name}(node: {kind}) -> list[Any]:\n    return [{', '.join(values)}]\n",
            f"\ndef _read_{record.name}(row: list[Any]) -> {kind}:\n    return {kind}({', '.join(parts)})\n",
        ]
    lines += ["\n_WRITERS: dict[type, Callable[[Any], list[Any]]] = {", *writers, "}\n"]
    lines += ["_READERS: dict[int, Callable[[list[Any]], Any]] = {", *readers, "}\n"]
    return "\n".join(lines)


def _converted(record: Record, value: str, annotation: str, tags: dict[str, int | None], way: str) -> str:
    """The expression that turns `value`, of the type `annotation`, into its row (`_write`) or back (`_read`)."""
    node = ast.parse(annotation, mode="eval").body
    members = [ast.unparse(part) for part in _union(node)]
    if "None" in members:
        inner = " | ".join(member for member in members if member != "None")
        made = _converted(record, value, inner, tags, way)
        return made if made == value else f"None if {value} is None else {made}"
    if all(member in _PLAIN for member in members):
        return value
    if (
        isinstance(node, ast.Subscript)
        and ast.unparse(node.value) == "tuple"
        and isinstance(node.slice, ast.Tuple)
    ):
        item = _converted(record, "item", ast.unparse(node.slice.elts[0]), tags, way)
        made = value if item == "item" else f"[{item} for item in {value}]"
        return made if way == "_write" else f"tuple({made})"  # msgpack's arrays come back as lists
    if all(member in _UNIONS or tags.get(member) is not None for member in members):
        return f"{way}({value})"
    if len(members) == 1 and members[0] in tags:
        return f"{way}_{members[0]}({value})"
    raise UnknownStructError(
        f"{record.file}:{record.node.lineno}: `{record.name}` has a field of type {annotation}"
    )


def _union(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_union(node.left), *_union(node.right)]
    return [node]
