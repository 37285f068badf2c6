"""Edits on bytes: which sets fit together, what a file looks like after them, where a place moves to."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from convexlint.findings import Edit, Fix, Span


class EditError(Exception):
    """An edit that does not lie inside its file: a defect of the rule that made it."""


class FixSet:
    """Fixes that can be applied together: none of their edits overlap.

    Two fixes that insert the same text at the same place (an import line, say) share that insertion, and what they
    declare there stands side by side, see `Edit.declared`. Any other touch is a conflict, except replacements that
    stand directly side by side.
    """

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._inserted: dict[tuple[str, int], dict[str, str]] = {}

    def add(self, fix: Fix) -> bool:
        """Take the fix in whole, or leave the set as it is and return False."""
        new = [edit for edit in fix.edits if not self._shared(edit)]
        if any(self._conflicts(edit) for edit in new) or not _is_sound(fix.edits):
            return False
        for edit in new:
            insort(self._spans.setdefault(edit.path, []), (edit.span.start, edit.span.end))
        for edit in fix.edits:
            if edit.span.start == edit.span.end:
                self._inserted.setdefault((edit.path, edit.span.start), {}).update(edit.parts)
        return True

    def _shared(self, edit: Edit) -> bool:
        there = self._inserted.get((edit.path, edit.span.start))
        if edit.span.start != edit.span.end or there is None:
            return False
        mine = edit.parts
        return ("" in mine) == ("" in there) and all(
            there.get(name, text) == text for name, text in mine.items()
        )

    def _conflicts(self, edit: Edit) -> bool:
        spans = self._spans.get(edit.path, [])
        at = bisect_left(spans, (edit.span.start, edit.span.end))
        neighbours = spans[max(0, at - 1) : at + 2]
        return any(_touch(edit.span, Span(start, end)) for start, end in neighbours)


def _touch(one: Span, other: Span) -> bool:
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def _is_sound(edits: Sequence[Edit]) -> bool:
    """Whether the edits of one fix are clear among themselves: a rule may order touching ones, not
    overlap."""
    ordered = sorted(edits, key=lambda edit: (edit.path, edit.span))
    return all(
        a.path != b.path or (a.span.end <= b.span.start and a.span != b.span) for a, b in pairwise(ordered)
    )


def merge(fixes: Iterable[Fix]) -> dict[str, tuple[Edit, ...]]:
    """The edits of fixes that fit together, by path, in order, insertions at one place as one."""
    by_path: dict[str, dict[Span, Edit]] = {}
    for fix in fixes:
        for edit in fix.edits:
            there = by_path.setdefault(edit.path, {})
            known = there.setdefault(edit.span, edit)
            if known.declared != edit.declared:
                there[edit.span] = Edit.declaring(edit.path, edit.span.start, known.parts | edit.parts)
    return {path: tuple(there[span] for span in sorted(there)) for path, there in sorted(by_path.items())}


def apply(source: bytes, edits: Sequence[Edit]) -> bytes:
    """`source` after the edits (sorted, not overlapping). Raises EditError."""
    parts: list[bytes] = []
    at = 0
    for edit in edits:
        if not at <= edit.span.start <= edit.span.end <= len(source):
            raise EditError(f"{edit.path}: edit of bytes {edit.span.start}..{edit.span.end} does not fit")
        parts += (source[at : edit.span.start], edit.text.encode())
        at = edit.span.end
    parts.append(source[at:])
    return b"".join(parts)


def moved(offset: int, edits: Sequence[Edit]) -> int:
    """Where the place `offset` lies after the edits. Inside a replaced span: as far into the new text."""
    shift = 0
    for edit in edits:
        if (edit.span.end <= offset and edit.span.start < offset) or edit.span.end < offset:
            shift += len(edit.text.encode()) - (edit.span.end - edit.span.start)
        elif edit.span.start < offset:
            return edit.span.start + shift + min(offset - edit.span.start, len(edit.text.encode()))
        elif edit.span.start == edit.span.end == offset:
            shift += len(edit.text.encode())
        else:
            break
    return offset + shift


def in_manner_of(source: bytes, edit: Edit) -> Edit:
    """The edit with the file's own line endings, and never before its byte order mark."""

    def ended(text: str) -> str:
        return text.replace("\r\n", "\n").replace("\n", line_ending(source))

    text, span = ended(edit.text), edit.span
    if source.startswith(b"\xef\xbb\xbf") and span.start < 3:
        span = Span(3, max(3, span.end))
    if text == edit.text and span == edit.span:
        return edit
    return Edit(edit.path, span, text, tuple((name, ended(part)) for name, part in edit.declared))


def line_ending(source: bytes) -> str:
    """The file's own line ending: the one that its first line has, `\\n` for a file of one line."""
    newline, carriage = source.find(b"\n"), source.find(b"\r")
    if carriage != -1 and (newline == -1 or carriage < newline):
        return "\r\n" if newline == carriage + 1 else "\r"
    return "\n"


def apply_all(sources: Mapping[str, bytes], fixes: Iterable[Fix]) -> dict[str, bytes]:
    """New bytes of every file that the fixes change. Raises EditError."""
    return {path: apply(sources[path], edits) for path, edits in merge(fixes).items()}
