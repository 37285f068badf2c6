"""On which line of a TOML text each key stands. The parser that we use tells values, not places."""

from __future__ import annotations

import re

Path = tuple[str, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)


def key_lines(text: str) -> dict[Path, int]:
    """The 1-based line of every key and table header of `text`, which must be valid TOML."""
    return _Scanner(text).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip(_BLANK):
            if self._text[self._at] == "[":
                while self._text[self._at] == "[":
                    self._at += 1
                table = self._key(())
                while self._peek() == "]":
                    self._at += 1
            else:
                self._pair(table)
        return self._lines

    def _pair(self, table: Path) -> None:
        path = self._key(table)
        self._at += 1  # the "="
        self._skip(_SPACE)
        self._value(path)

    def _key(self, table: Path) -> Path:
        path = table
        while True:
            self._skip(_SPACE)
            line = self._text.count("\n", 0, self._at) + 1
            path = (*path, self._name())
            self._lines.setdefault(path, line)
            self._skip(_SPACE)
            if self._peek() != ".":
                return path
            self._at += 1

    def _name(self) -> str:
        quoted = _STRING.match(self._text, self._at)
        if quoted is not None:
            self._at = quoted.end()
            return _unescape(quoted[0])
        bare = _BARE.match(self._text, self._at)
        if bare is None:
            raise ValueError(f"no key at offset {self._at}")
        self._at = bare.end()
        return bare[0]

    def _value(self, path: Path) -> None:
        start = self._peek()
        if start == "[":
            self._at += 1
            while self._skip(_BLANK) and self._peek() != "]":
                self._value(path)
                self._skip(_BLANK)
                if self._peek() == ",":
                    self._at += 1
            self._at += 1
        elif start == "{":
            self._at += 1
            while self._skip(_BLANK) and self._peek() != "}":
                self._pair(path)
                self._skip(_BLANK)
                if self._peek() == ",":
                    self._at += 1
            self._at += 1
        else:
            match = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
            if match is not None:
                self._at = match.end()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Pass over what `pattern` matches; whether text is left."""
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return self._at < len(self._text)


def _unescape(quoted: str) -> str:
    if quoted.startswith("'"):
        return quoted[1:-1]
    simple = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}

    def put(match: re.Match[str]) -> str:
        word = match[1]
        return chr(int(word[1:], 16)) if word[0] in "uUx" else simple.get(word, word)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|.)", put, quoted[1:-1])
