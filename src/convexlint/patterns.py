"""Patterns of .gitignore, matched in time that grows with pattern and path: no pattern can make it look back.

What a line means is what git means by it (`man gitignore`, wildmatch.c); tests hold it to git itself. `*` and `?` stand
for anything but `/`; `**` between slashes for any number of folders; a pattern without `/` inside is one of names,
at any depth; `!` takes back; a `/` at the end asks for a folder. A line that is not a pattern matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}


class Part(Struct, frozen=True):
    """What stands between two `*` of a name: plain text, or, with `?` and `[...]` in it, an expression that matches
    exactly `size` characters."""

    text: str
    expression: re.Pattern[str] | None
    size: int

    def at(self, name: str, start: int) -> bool:
        """Whether it stands at `start`."""
        if self.expression is None:
            return name.startswith(self.text, start)
        return self.expression.match(name, start) is not None

    def find(self, name: str, start: int, end: int) -> int:
        """Where it stands first, from `start` on and before `end`; -1 where it does not."""
        if self.expression is None:
            return name.find(self.text, start, end)
        found = self.expression.search(name, start, end)
        return -1 if found is None else found.start()


class Name(Struct, frozen=True):
    """One segment of a pattern: parts with a `*` between each two."""

    parts: tuple[Part, ...]

    @property
    def plain(self) -> str | None:
        """Its text, where it stands for this alone."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only.text if only is not None and only.expression is None else None

    def matches(self, name: str) -> bool:
        """Whether it stands for this name. The first place for each part is the best one: nobody looks back."""
        first = self.parts[0]
        if len(self.parts) == 1:
            return len(name) == first.size and first.at(name, 0)
        last = self.parts[-1]
        end = len(name) - last.size
        if end < first.size or not first.at(name, 0) or not last.at(name, end):
            return False
        start = first.size
        for part in self.parts[1:-1]:
            found = part.find(name, start, end)
            if found < 0:
                return False
            start = found + part.size
        return start <= end


class Pattern(Struct, frozen=True):
    """One line. `include`: False after `!`. `runs`: the segments, split where `**` stands between slashes; a pattern of
    names alone has one run of one segment and `floating`. `inside`: it ends in `/**`, so it means what is below.
    `glued`: plain text right before the first `**`, which git takes off the path first, and where that begins."""

    include: bool
    folder: bool
    floating: bool
    inside: bool
    runs: tuple[tuple[Name, ...], ...]
    glued: str = ""

    def matches(self, names: Sequence[str], is_folder: bool) -> bool:
        """Whether the path of these names, from the pattern's folder on, is what it means itself."""
        if self.folder and not is_folder:
            return False
        if self.floating:
            return self.runs[0][0].matches(names[-1])
        if self.glued:
            at = len(self.runs[0])
            if len(names) <= at or not names[at].startswith(self.glued):
                return False
            names = [*names[:at], names[at][len(self.glued) :], *names[at + 1 :]]
        end = len(names) - (1 if self.inside else 0)
        if len(self.runs) == 1 and not self.inside:
            return len(names) == len(self.runs[0]) and _stand_at(self.runs[0], names, 0)
        first, *middle = self.runs
        if not _stand_at(first, names[:end], 0):
            return False
        start = len(first)
        last: tuple[Name, ...] = ()
        if not self.inside:
            last = middle.pop()
            end -= len(last)
            if end < start or not _stand_at(last, names, end):
                return False
        for run in middle:
            found = next((i for i in range(start, end - len(run) + 1) if _stand_at(run, names, i)), None)
            if found is None:
                return False
            start = found + len(run)
        return start <= end


class Patterns:
    """The lines of one file, of which the last that matches decides."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns: list[Pattern] = []
        self._names: dict[str, list[int]] = {}  # those that are one plain name
        self._endings: dict[str, list[int]] = {}  # those that are `*` and a plain ending after a dot
        self._paths: dict[str, list[int]] = {}  # those that are plain names between slashes
        self._others: list[int] = []
        for line in lines:
            pattern = parse(line)
            if pattern is not None:
                self._add(pattern)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def _add(self, pattern: Pattern) -> None:
        number = len(self._patterns)
        self._patterns.append(pattern)
        only = pattern.runs[0][0] if pattern.floating else None
        ending = _ending(only)
        if only is not None and only.plain is not None:
            self._names.setdefault(only.plain, []).append(number)
        elif ending:
            self._endings.setdefault(ending, []).append(number)
        elif (path := _path(pattern)) is not None:
            self._paths.setdefault(path, []).append(number)
        else:
            self._others.append(number)

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """Whether the last pattern that means this path takes it in; None where none means it."""
        names = path.split("/")
        best = -1
        known = (self._names.get(names[-1], ()), self._endings.get(_after_dot(names[-1]), ()))
        for numbers in (*known, self._paths.get(path, ()), self._others):
            for number in reversed(numbers):
                if number < best:
                    break
                if self._patterns[number].matches(names, is_folder):
                    best = number
                    break
        return None if best < 0 else self._patterns[best].include

    def takes(self, path: str) -> bool:
        """Whether a file is meant, itself or by a folder around it; what is said of it itself goes before."""
        verdict = self.verdict(path, False)
        folder = path
        while verdict is None and "/" in folder:
            folder = folder.rpartition("/")[0]
            verdict = self.verdict(folder, True)
        return verdict is True


def parse(line: str) -> Pattern | None:
    """The pattern of a line; None where it has none (blank, a comment, or what git cannot read)."""
    found = _parse(line)
    return found if isinstance(found, Pattern) else None


def problem(line: str) -> str | None:
    """Why a line is not a pattern, in words; None where it is one."""
    found = _parse(line)
    return found if isinstance(found, str) else None


def _parse(line: str) -> Pattern | str:
    text = _without_end(line)
    if not text or text.startswith("#"):
        return "it is empty" if not text else "it is a comment"
    include = not text.startswith("!")
    text = text if include else text[1:]
    folder = text.endswith("/")
    text = text[:-1] if folder else text
    segments = _segments(text)
    if segments is None:
        return "a `\\` at its end, or a `[` that is not closed"
    floating = len(segments) == 1
    if not floating and segments[0] == "":
        segments = segments[1:]
    if not segments or all(segment == "" for segment in segments):
        return "it names nothing"
    if floating:
        return Pattern(include, folder, True, False, ((_name(segments[0]),),))
    segments = ["**" if len(one) > 1 and not one.strip("*") else one for one in segments]
    glued = ""
    special = next((number for number, one in enumerate(segments) if set(one) & set("*?[\\")), len(segments))
    if special < len(segments) - 1:
        match = re.fullmatch(r"([^*?\[\\]+)\*\*+", segments[special])
        if match is not None:
            glued, segments[special] = match[1], "**"
    inside = segments[-1] == "**"
    runs: list[tuple[Name, ...]] = []
    run: list[Name] = []
    for segment in segments[:-1] if inside else segments:
        if segment == "**":
            runs.append(tuple(run))
            run = []
        else:
            run.append(_name(segment))
    runs.append(tuple(run))
    return Pattern(include, folder, False, inside, tuple(runs), glued)


def _without_end(line: str) -> str:
    """The line without its end and the spaces before it, but for one that is escaped."""
    text = line.rstrip("\n").removesuffix("\r")
    stripped = text.rstrip(" ")
    escapes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if escapes % 2 and len(stripped) < len(text) else stripped


def _segments(text: str) -> list[str] | None:
    """The text between slashes; None where an escape or a bracket has no end."""
    found = [""]
    place = 0
    while place < len(text):
        end = place + 1
        if text[place] == "\\":
            end = place + 2
        elif text[place] == "[":
            end = _bracket_end(text, place)
        if not place < end <= len(text):
            return None
        if text[place] == "/":
            found.append("")
        else:
            found[-1] += text[place:end]
        place = end
    return found


def _bracket_end(text: str, start: int) -> int:
    """Where the bracket that opens at `start` ends; 0 where it does not."""
    place = start + 1
    if text[place : place + 1] in ("!", "^"):
        place += 1
    first = True
    while place < len(text):
        if text[place] == "]" and not first:
            return place + 1
        first = False
        if text[place] == "\\":
            place += 1
        elif text.startswith("[:", place):
            close = text.find(":]", place + 2)
            if close >= 0:
                place = close + 1
        place += 1
    return 0


def _name(segment: str) -> Name:
    parts: list[Part] = []
    plain: list[str] = []  # as it is
    expression: list[str] = []
    special = False
    place = 0
    while place <= len(segment):
        if place == len(segment) or segment[place] == "*":
            if not parts or plain or place == len(segment):
                compiled = re.compile("".join(expression), re.DOTALL) if special else None
                parts.append(Part("".join(plain), compiled, len(plain)))
            plain, expression, special = [], [], False
            place += 1
            continue
        char = segment[place]
        end = place + 1
        if char == "\\":
            char = segment[place + 1]
            end = place + 2
        if segment[place] == "?":
            special = True
            expression.append(".")
        elif segment[place] == "[":
            special = True
            end = _bracket_end(segment, place)
            expression.append(_bracket(segment[place + 1 : end - 1]))
        else:
            expression.append(re.escape(char))
        plain.append(char)
        place = end
    return Name(tuple(parts))


def _bracket(inner: str) -> str:
    """What stands in a bracket, as an expression for one character."""
    refuses = inner[:1] in ("!", "^")
    place = 1 if refuses else 0
    found: list[str] = []
    while place < len(inner):
        if inner.startswith("[:", place) and ":]" in inner[place + 2 :]:
            close = inner.index(":]", place + 2)
            known = _CLASSES.get(inner[place + 2 : close])
            if known is None:
                return "(?!)"  # git takes no such pattern
            found.append(known)
            place = close + 2
            continue
        low, place = _bracket_char(inner, place)
        if inner[place : place + 1] == "-" and place + 1 < len(inner):
            high, place = _bracket_char(inner, place + 1)
            if low <= high:
                found.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            found.append(re.escape(low))
    if not found:
        return "." if refuses else "(?!)"
    return f"[{'^' if refuses else ''}{''.join(found)}]"


def _bracket_char(inner: str, place: int) -> tuple[str, int]:
    if inner[place] == "\\" and place + 1 < len(inner):
        return inner[place + 1], place + 2
    return inner[place], place + 1


def _path(pattern: Pattern) -> str | None:
    """The one path that a pattern means; None where it means others as well."""
    if pattern.floating or pattern.inside or pattern.glued or len(pattern.runs) != 1:
        return None
    names = [name.plain for name in pattern.runs[0]]
    plain = [name for name in names if name is not None]
    return "/".join(plain) if len(plain) == len(names) else None


def _ending(name: Name | None) -> str:
    """The ending that `*.ending` asks for, "" where the pattern is another."""
    if name is None or len(name.parts) != 2 or name.parts[0].size:
        return ""
    last = name.parts[1]
    if last.expression is not None or not last.text.startswith(".") or "." in last.text[1:]:
        return ""
    return last.text


def _after_dot(name: str) -> str:
    found = name.rfind(".")
    return "" if found < 0 else name[found:]


def _stand_at(run: Sequence[Name], names: Sequence[str], start: int) -> bool:
    if start + len(run) > len(names):
        return False
    return all(name.matches(names[start + number]) for number, name in enumerate(run))
