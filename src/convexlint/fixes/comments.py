"""Writing suppression comments into a module: one a line, and only where the language takes it for a comment."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from convexlint.facts import extract
from convexlint.facts.ir import Head
from convexlint.suppressions import Directive, Lines, read_directive

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
# The next line is all that these speak of, so nothing may come between.
_OTHERS = re.compile(rb"(?:eslint|oxlint|tslint)[-:]disable-next-line")
_REASON = " -- TODO: reason"


class Commented(Struct, frozen=True):
    """`source`: the module with the comments. `written`: the lines (from 0, of the old source) that have one now;
    `lines`: where each of them is in the new source. `refused`: the others, with the reason."""

    source: bytes
    written: tuple[int, ...]
    lines: Mapping[int, int]
    refused: Mapping[int, str]


class _Insertion(Struct, frozen=True):
    """Text to put at `offset`; `comment`: where in it the comment begins, None where it joins one that is there."""

    offset: int
    text: bytes
    comment: int | None


def with_comments(
    source: bytes, name: str, wanted: Mapping[int, Collection[str]], rule_names: Collection[str]
) -> Commented:
    """Comments that silence rules on lines (counted from 0). `name`: the file's, for its language."""
    before = extract(source, name).head
    text = _Text(source)
    directives = _directives(source, before, rule_names)
    pending = {line: _ways(text, line, sorted(rules), directives) for line, rules in wanted.items()}
    while True:
        chosen = {line: ways[0] for line, ways in sorted(pending.items()) if ways}
        made, failed = _applied(source, name, chosen, before)
        if not failed:
            break
        for line in failed:
            pending[line] = pending[line][1:]
    new = Lines(made)
    moved = {line: new.line(_moved(text.start(line), chosen.values())) for line in chosen}
    refused = {
        line: "the comment of another linter stands over it"
        if text.is_spoken_for(line)
        else "its line has no place for a comment"
        for line in wanted
        if line not in chosen
    }
    return Commented(made, tuple(chosen), moved, refused)


def _applied(
    source: bytes, name: str, chosen: Mapping[int, _Insertion], before: Head
) -> tuple[bytes, list[int]]:
    """The source with the insertions, and the lines whose comment is none there."""
    made, at, shift = [], 0, 0
    expected: dict[int, int] = {}
    for line, one in sorted(chosen.items(), key=lambda item: item[1].offset):
        made += [source[at : one.offset], one.text]
        if one.comment is not None:
            expected[line] = one.offset + shift + one.comment
        at = one.offset
        shift += len(one.text)
    text = b"".join([*made, source[at:]])
    if not chosen:
        return text, []
    after = extract(text, name).head
    comments = {comment.start for comment in after.comments}
    failed = [line for line, start in expected.items() if start not in comments]
    if not failed and after.problem is not None and before.problem is None:
        # A comment that breaks the syntax is one in braces, where there is no markup.
        failed = [line for line, one in chosen.items() if b"{/*" in one.text] or list(chosen)
    return text, failed


def _ways(
    text: _Text, line: int, rules: Sequence[str], directives: Mapping[int, Directive]
) -> list[_Insertion]:
    """The ways to silence rules on a line, best first."""
    ours = directives.get(line - 1)
    if ours is not None:
        names = {named.text for named in ours.names}
        new = "".join(f", {rule}" for rule in rules if rule not in names)
        return [_Insertion(ours.names[-1].span.end, new.encode(), None)] if new else []
    start, line_words, line_end = text.start(line), text.words(line), text.line_end(line)
    indent = line_words[: len(line_words) - len(line_words.lstrip(b" \t"))]
    said = f"{', '.join(rules)}{_REASON}"
    beside = _Insertion(start + len(line_words.rstrip()), f" // convexlint-disable-line {said}".encode(), 1)
    if text.is_spoken_for(line):
        return [beside]
    above = f"// convexlint-disable-next-line {said}".encode()
    braced = f"{{/* convexlint-disable-next-line {said} */}}".encode()
    return [
        _Insertion(start, indent + above + line_end, len(indent)),
        _Insertion(start, indent + braced + line_end, len(indent) + 1),
        beside,
    ]


def _directives(source: bytes, head: Head, rule_names: Collection[str]) -> dict[int, Directive]:
    """Our own comments about their next line, by the line on which they end."""
    lines = Lines(source)
    found = {}
    for comment in head.comments:
        one = read_directive("", source, comment, rule_names, ())
        if one is not None and one.ours and one.verb == "disable-next-line" and one.names:
            found[lines.line(max(one.span.start, one.span.end - 1))] = one
    return found


class _Text:
    """A module by lines, counted from 0."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._ends = list(_LINE_END.finditer(source))
        first = len(_BOM) if source.startswith(_BOM) else 0
        self._starts = [first, *(match.end() for match in self._ends)]

    def start(self, line: int) -> int:
        return self._starts[line]

    def words(self, line: int) -> bytes:
        """The line without its end."""
        end = self._ends[line].start() if line < len(self._ends) else len(self.source)
        return self.source[self._starts[line] : end]

    def line_end(self, line: int) -> bytes:
        """How a line ends here; the last one of a file as the first one does."""
        if not self._ends:
            return b"\n"
        return self._ends[line if line < len(self._ends) else 0].group()

    def is_spoken_for(self, line: int) -> bool:
        """Whether another linter's comment about it stands over the line."""
        return line > 0 and _OTHERS.search(self.words(line - 1)) is not None


def _moved(offset: int, insertions: Iterable[_Insertion]) -> int:
    """Where what stands at `offset` is after insertions at it and before it."""
    return offset + sum(len(one.text) for one in insertions if one.offset <= offset)
