"""Validators read from the text that `types_text.type_text` writes: `Id<"users"> | null`."""

from __future__ import annotations

import json
import re

from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarName,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)

_TOKEN = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\.\.|\[\]|[\w$]+|[{}()<>|,:?])"""
)
_SCALARS: dict[str, ScalarName] = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "bigint": "int64",
    "ArrayBuffer": "bytes",
    "null": "null",
}
_DEPTH = 100


class TypeTextError(ValueError):
    """A text that `type_text` does not write."""


def read_type(text: str) -> Validator:
    """The validator. Raises TypeTextError."""
    reader = _Reader(text)
    found = reader.union(0)
    if reader.tokens:
        raise TypeTextError(f"{text!r}: nothing is expected behind the type, but {reader.tokens[-1]!r}")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        tokens, at = [], 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise TypeTextError(f"{text!r}: not understood from {text[at : at + 20]!r}")
            tokens.append(match[1])
            at = match.end()
        self.tokens = tokens[::-1]

    def union(self, depth: int) -> Validator:
        if depth > _DEPTH:
            raise TypeTextError("types are nested too deep")
        members = [self._array(depth)]
        while self._is("|"):
            members.append(self._array(depth))
        return members[0] if len(members) == 1 else UnionValidator(tuple(members))

    def _array(self, depth: int) -> Validator:
        found = self._single(depth)
        while self._is("[]"):
            found = ArrayValidator(found)
        return found

    def _single(self, depth: int) -> Validator:
        token = self._next()
        if token == "(":
            found = self.union(depth + 1)
            self._expect(")")
            return found
        if token == "{":
            return self._object(depth)
        if token == "Id":
            self._expect("<")
            table = self._next()
            self._expect(">")
            if table != "?" and not table.startswith('"'):
                raise TypeTextError(f"{self._text!r}: a table's name is expected in quotes, not {table!r}")
            return IdValidator(None if table == "?" else str(json.loads(table)))
        if token == "Record":
            self._expect("<")
            key = self.union(depth + 1)
            self._expect(",")
            value = self.union(depth + 1)
            self._expect(">")
            return RecordValidator(key, value)
        if token in _SCALARS:
            return ScalarValidator(_SCALARS[token])
        if token == "any":
            return AnyValidator()
        if token in ("unknown", "never"):
            return UnknownValidator() if token == "unknown" else UnionValidator(())
        if token in ("true", "false"):
            return LiteralValidator(token == "true")
        if token.startswith('"'):
            return LiteralValidator(str(json.loads(token)))
        try:
            return LiteralValidator(float(token))
        except ValueError:
            raise TypeTextError(f"{self._text!r}: {token!r} is not a type") from None

    def _object(self, depth: int) -> Validator:
        fields: dict[str, FieldValidator] = {}
        complete = True
        while not self._is("}"):
            if fields or not complete:
                self._expect(",")
            if self._is("..."):
                complete = False
                continue
            name = self._next()
            optional = self._is("?")
            self._expect(":")
            fields[name] = FieldValidator(self.union(depth + 1), optional)
        return ObjectValidator(fields, complete)

    def _next(self) -> str:
        if not self.tokens:
            raise TypeTextError(f"{self._text!r}: it ends too early")
        return self.tokens.pop()

    def _is(self, token: str) -> bool:
        if self.tokens and self.tokens[-1] == token:
            self.tokens.pop()
            return True
        return False

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise TypeTextError(f"{self._text!r}: {token!r} is expected, not {found!r}")
