"""Suppression comments: what each silences, and which of them silenced nothing.

Ours:     // convexlint-disable-next-line RULE[, RULE...] -- reason     // convexlint-disable-line RULE
          /* convexlint-disable RULE */ ... /* convexlint-enable RULE */    // convexlint-disable-file RULE
Foreign:  the same verbs after `eslint-` or `oxlint-` with `@convex-dev/RULE`, for rules with
          an official name.
          ESLint reads `eslint-disable` and `eslint-enable` in block comments only, and so do we.

The next line is the line of the file after the comment's last one, whatever stands there. A finding is on
the line where it starts. A finding that ends a chain of calls elsewhere (its last related place) is also
silenced there. A comment without rule names silences nothing; an `enable` without names ends everything that
is open.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from msgspec import Struct

from convexlint.facts.ir import Comment
from convexlint.findings import Finding, Span

_OFFICIAL_PREFIX = "@convex-dev/"
_VERBS = ("disable-next-line", "disable-line", "disable-file", "disable", "enable")
_DIRECTIVE = re.compile(rb"(?P<tool>convexlint|eslint|oxlint)-(?P<verb>[A-Za-z-]*)(?=$|[\s:,*])")
_REASON = re.compile(rb"(?:^|\s)-{2,}(?=\s|$)")
_NAME = re.compile(rb"[^\s,](?:[^,]*[^\s,])?")


class Named(Struct, frozen=True):
    """A rule name in a comment: as written, and where. `rule` is the catalogue's name, None when unknown."""

    text: str
    span: Span
    rule: str | None


class Directive(Struct, frozen=True):
    """A suppression comment. `tool`: convexlint, eslint, oxlint. `verb` as written, so it may be unknown.

    `span` is the whole comment. `removal` is what to delete to be rid of it: its whole line when it stands
    alone.
    """

    path: str
    tool: str
    verb: str
    span: Span
    removal: Span
    names: tuple[Named, ...]

    @property
    def ours(self) -> bool:
        return self.tool == "convexlint"

    @property
    def known_verb(self) -> bool:
        return self.verb in _VERBS


class Ledger(Struct, frozen=True):
    """What `after` rules read once all others have run.

    `directives`: all comments of the modules in which findings may stand, sorted by path and place. `unused`:
    per directive the names that were looked at and silenced (or re-enabled) nothing. `rule_names`: the
    catalogue.
    """

    directives: tuple[Directive, ...]
    unused: Mapping[Directive, tuple[Named, ...]]
    rule_names: tuple[str, ...]

    @property
    def verbs(self) -> tuple[str, ...]:
        return _VERBS


class _Cover(Struct, frozen=True):
    """One rule name at work: it silences its rule on the line `first` (`lines`), or for what starts at a byte from
    `first` to `last`."""

    directive: Directive
    named: Named
    lines: bool
    first: int
    last: int


class _Covers:
    """The covers of one rule in one file: those of single lines by line, the others in the order of their starts."""

    def __init__(self) -> None:
        self._on_line: dict[int, list[_Cover]] = {}
        self._starts: list[int] = []
        self._ranges: list[_Cover] = []
        self._furthest: list[int] = []
        """Where the furthest of the ranges up to this one ends."""

    def add(self, cover: _Cover) -> None:
        if cover.lines:
            self._on_line.setdefault(cover.first, []).append(cover)
            return
        at = bisect_right(self._starts, cover.first)
        self._starts.insert(at, cover.first)
        self._ranges.insert(at, cover)
        self._furthest.insert(at, 0)
        for number in range(at, len(self._ranges)):
            before = self._furthest[number - 1] if number else -1
            self._furthest[number] = max(before, self._ranges[number].last)

    def over(self, start: int, line: int) -> Iterator[_Cover]:
        """Those that cover what starts at a byte in a line."""
        yield from self._on_line.get(line, ())
        at = bisect_right(self._starts, start) - 1
        while at >= 0 and self._furthest[at] >= start:
            if self._ranges[at].last >= start:
                yield self._ranges[at]
            at -= 1


class Lines:
    """Line numbers (0-based) of byte offsets; `\\n`, `\\r\\n` and `\\r` end lines."""

    def __init__(self, source: bytes) -> None:
        self._starts = [0, *(m.end() for m in re.finditer(rb"\r\n|\n|\r", source))]

    def line(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1

    def start(self, line: int) -> int:
        return self._starts[line]


class Suppressions:
    """The comments of one program, and the memory of which silenced something."""

    def __init__(
        self,
        modules: Iterable[tuple[str, bytes, tuple[Comment, ...]]],
        rule_names: Collection[str],
        official: Collection[str],
    ) -> None:
        """`modules`: path, source and comments of each. `official`: the rules that carry an official name."""
        self._rule_names = tuple(sorted(rule_names))
        self._lines: dict[str, Lines] = {}
        self._directives: list[Directive] = []
        self._covers: dict[tuple[str, str], _Covers] = {}
        self._idle_enables: set[tuple[Directive, Named]] = set()
        self._used: set[tuple[Directive, Named]] = set()
        for path, source, comments in modules:
            found = [
                directive
                for comment in comments
                if (directive := read_directive(path, source, comment, rule_names, official)) is not None
            ]
            if found:
                self._lines[path] = Lines(source)
                self._directives += found
                self._lay_out(path, found)

    def silences(self, rule: str, finding: Finding) -> bool:
        """Whether a comment silences this finding of `rule`; remembers every comment that does."""
        covers = list(self._covering(rule, finding))
        self._used.update((cover.directive, cover.named) for cover in covers)
        return bool(covers)

    def silencing(self, rule: str, finding: Finding) -> list[Directive]:
        """The comments that silence this finding of `rule`."""
        return [cover.directive for cover in self._covering(rule, finding)]

    def _covering(self, rule: str, finding: Finding) -> Iterator[_Cover]:
        places = [(finding.path, finding.span.start)]
        if finding.related:
            places.append((finding.related[-1].path, finding.related[-1].span.start))
        for path, start in places:
            covers = self._covers.get((path, rule))
            if covers is not None:
                yield from covers.over(start, self._lines[path].line(start))

    def ledger(self, ran: Mapping[str, Collection[str]]) -> Ledger:
        """The state once all rules have run. `ran`: path -> the rules that ran there; comments of other
        paths, and names of rules that did not run, are not judged."""
        directives = tuple(
            sorted((d for d in self._directives if d.path in ran), key=lambda d: (d.path, d.span))
        )
        unused: dict[Directive, tuple[Named, ...]] = {}
        for directive in directives:
            if not directive.ours or not directive.known_verb:
                continue
            names = tuple(
                named
                for named in directive.names
                if named.rule is not None
                and named.rule in ran[directive.path]
                and self._is_idle(directive, named)
            )
            if names:
                unused[directive] = names
        return Ledger(directives, unused, self._rule_names)

    def _is_idle(self, directive: Directive, named: Named) -> bool:
        if directive.verb == "enable":
            return (directive, named) in self._idle_enables
        return (directive, named) not in self._used

    def _lay_out(self, path: str, directives: list[Directive]) -> None:
        """Turn the comments of one file, in order, into covers."""
        lines = self._lines[path]
        far = 1 << 62
        open_blocks: dict[tuple[str, bool], list[tuple[Directive, Named]]] = {}

        def close(rule: str, ours: bool, end: int) -> bool:
            blocks = open_blocks.pop((rule, ours), [])
            for opener, name in blocks:
                self._cover(path, _Cover(opener, name, False, opener.span.end, end))
            return bool(blocks)

        for directive in directives:
            if directive.verb == "enable" and not directive.names:
                for rule, ours in list(open_blocks):
                    if ours is directive.ours:
                        close(rule, ours, directive.span.start)
            for named in directive.names:
                if named.rule is None:
                    continue
                if directive.verb == "disable-next-line":
                    line = lines.line(max(directive.span.start, directive.span.end - 1)) + 1
                    self._cover(path, _Cover(directive, named, True, line, line))
                elif directive.verb == "disable-line":
                    line = lines.line(directive.span.start)
                    self._cover(path, _Cover(directive, named, True, line, line))
                elif directive.verb == "disable-file":
                    self._cover(path, _Cover(directive, named, False, 0, far))
                elif directive.verb == "disable":
                    open_blocks.setdefault((named.rule, directive.ours), []).append((directive, named))
                elif directive.verb == "enable" and not close(
                    named.rule, directive.ours, directive.span.start
                ):
                    self._idle_enables.add((directive, named))
        for rule, ours in list(open_blocks):
            close(rule, ours, far)

    def _cover(self, path: str, cover: _Cover) -> None:
        assert cover.named.rule is not None
        self._covers.setdefault((path, cover.named.rule), _Covers()).add(cover)


def read_directive(
    path: str,
    source: bytes,
    comment: Comment,
    rule_names: Collection[str],
    official: Collection[str],
) -> Directive | None:
    """The suppression that a comment is, or None: prose, other tools' rules, blanket foreign comments."""
    raw = source[comment.start : comment.end]
    body_end = len(raw) - (2 if comment.block and raw.endswith(b"*/") else 0)
    body_start = 1 if raw.startswith(b"#") else 2
    while (
        raw[body_start : body_start + 1] in (b" ", b"\t", b"\r", b"\n", b"*", b"/") and body_start < body_end
    ):
        body_start += 1
    match = _DIRECTIVE.match(raw, body_start, body_end)
    if match is None:
        return None
    tool, verb = match["tool"].decode(), match["verb"].decode()
    rest_end = body_end
    reason = _REASON.search(raw, match.end(), body_end)
    if reason is not None:
        rest_end = reason.start()
    names = []
    for piece in _NAME.finditer(raw, match.end(), rest_end):
        text = piece.group().decode("utf-8", "replace")
        span = Span(comment.start + piece.start(), comment.start + piece.end())
        if tool == "convexlint":
            name = text if text in rule_names else text.lower().removeprefix(_OFFICIAL_PREFIX)
            names.append(Named(text, span, name if name in rule_names else None))
        elif text.startswith(_OFFICIAL_PREFIX) and text[len(_OFFICIAL_PREFIX) :] in official:
            names.append(Named(text, span, text[len(_OFFICIAL_PREFIX) :]))
    if tool == "convexlint":
        if verb not in _VERBS and not _resembles_verb(verb):
            return None
    else:
        needs_block = tool == "eslint" and verb in ("disable", "enable")
        enables_all = verb == "enable" and not raw[match.end() : rest_end].strip()
        if verb not in _VERBS or verb == "disable-file" or (needs_block and not comment.block):
            return None
        if not names and not enables_all:
            return None
    span = Span(comment.start, comment.end)
    return Directive(path, tool, verb, span, _removal(source, span, comment.own_line), tuple(names))


def _resembles_verb(verb: str) -> bool:
    """Whether an unknown word after `convexlint-` is meant as a suppression and not as prose."""
    meant = verb.startswith(("disable", "enable", "ignore", "suppress", "allow", "expect"))
    return meant or bool(get_close_matches(verb, _VERBS, 1))


def _removal(source: bytes, span: Span, own_line: bool) -> Span:
    """What goes with a comment: its line when nothing else stands there, else the blanks beside it."""
    start, end = span.start, span.end
    while start and source[start - 1 : start] in (b" ", b"\t"):
        start -= 1
    after = end
    while source[after : after + 1] in (b" ", b"\t"):
        after += 1
    line_ends = after >= len(source) or source[after : after + 1] in (b"\n", b"\r")
    if not own_line and (line_ends or start < span.start):
        return Span(start, end)
    if not line_ends:
        return Span(span.start, after)
    if source[after : after + 2] == b"\r\n":
        after += 2
    elif after < len(source):
        after += 1
    return Span(start, after)
