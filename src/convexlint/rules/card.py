"""Rule cards: the page that documents a rule, read as data.

Cards lie in `rules/<name>.md` of a checkout, in `cards/` of an installed package.

A card is written to be read; the same text is executed (tests/cards):

    # no-filter-in-query
    One line that says what the rule is for.
    ## What            what is reported, and where
    ## Why             what it costs, in Convex's terms
    ## How to fix      what to write instead, and what the fix does
    ## Limits          what is not seen, on purpose or not
    ## Examples
    blocks that the whole page shares, then for each example a `### heading` of its own with blocks:

    ```ts given schema.ts       a file that the examples below need
    ```ts given old schema.ts   a file of the revision that the examples are compared with (--against)
    ```ts bad messages.ts       must be reported exactly where it is marked
    ```ts fixed messages.ts     what the fixes make of the bad block above (safe and unsafe ones together)
    ```ts good messages.ts      raises nothing at all under `recommended`
    ```ts not-reported x.ts     a trap: raises nothing of this rule
    ```toml                     the convexlint.toml for what follows it in this section (or on the page)

Paths are relative to the functions folder (`../convex.json` is beside it). Neighbouring blocks of one kind
with different paths are one project; a path that comes again starts the next example. `fixed safe x.ts` is
what safe fixes alone make; `fixed unsafe x.ts` says besides that safe ones alone do nothing. Codes after the
path (`bad x.ts TS2345`) are the errors that TypeScript itself must give for a bad block.

A mark stands in a line of its own under the line that it means, and is not part of the module:

    .filter((q) => q.eq(q.field("channelId"), args.channelId))
    //^^^^^ words that the message must contain

The carets cover the finding's columns; a finding that goes beyond its line is marked to the line's end. A `|`
in place of carets marks an empty range. The `//` is left out where the place begins too far left for it. The
words may begin with a level (`error:`). In fixed and good blocks a mark that begins with another rule's name
(`require-args-validator:`) admits that finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

SECTIONS = ("What", "Why", "How to fix", "Limits", "Examples")
KINDS = ("given", "bad", "fixed", "good", "not-reported")
OLD = "old:"
"""What the paths of files of an earlier revision begin with in `Example.files`."""

LANGUAGES = ("py", "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "json", "svelte", "vue", "astro")

_MARK = re.compile(r"^(?P<lead>\s*(?://)?\s*)(?P<carets>\^+|\|)(?:[ \t]+(?P<words>.*?))?\s*$")
_LEVEL = re.compile(r"^(error|warning|info):\s*")
_RULE = re.compile(r"^([a-z]+(?:-[a-z]+)+):\s*")
_CODE = re.compile(r"^TS\d+$")


class CardError(Exception):
    """A card that does not have the form; the text names file, line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An expected finding: 0-based line of the module without marks, code point columns [start, end).

    `level` and `rule` are None where the card does not name them.
    """

    line: int
    start: int
    end: int
    words: str
    level: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file of an example: its text without the mark lines, and the marks."""

    path: str
    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One small project. `files` holds the given files too (those of the same path are replaced).

    `kind`: bad, good, not-reported. `own`: the paths that the example itself wrote. `fixed`: path -> source
    for a bad example that shows its fixes, else empty; `fixed_mode`: "any", "safe" or "unsafe". `config`:
    TOML text. `codes`: TypeScript errors that a bad example must give. `title` is unique in the card.
    """

    title: str
    kind: str
    files: Mapping[str, Source]
    own: tuple[str, ...]
    fixed: Mapping[str, Source] = field(default_factory=dict)
    fixed_mode: str = "any"
    config: str = ""
    codes: tuple[str, ...] = ()

    @property
    def fixed_files(self) -> Mapping[str, Source]:
        """The whole project after the fixes."""
        return {**self.files, **self.fixed}


@dataclass(frozen=True, slots=True)
class Card:
    """A parsed card. `sections` holds the prose by heading, in order; `text` the page as written."""

    name: str
    summary: str
    sections: Mapping[str, str]
    examples: tuple[Example, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    heading: str
    info: tuple[str, ...]
    lines: tuple[str, ...]


def cards_folder() -> Path:
    """Where the cards lie: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "cards"
    return packaged if packaged.is_dir() else package.parent.parent / "rules"


_homes: dict[str, Path] = {}


def register_card(name: str, folder: Path) -> None:
    """Say where the card of a team's own rule lies."""
    _homes[name] = folder


def card_path(name: str) -> Path:
    """Where the card of the rule `name` lies, or would."""
    return _homes.get(name, cards_folder()) / f"{name}.md"


def load_card(name: str) -> Card:
    """The card of the rule `name`. Raises CardError when it is missing or malformed."""
    path = card_path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CardError(f"{path.name}: the rule {name} has no card") from None
    return parse_card(name, text)


def mark_of(mark: Mark) -> str:
    """The line of a card that is read as this mark."""
    carets = "|" if mark.start == mark.end else "^" * (mark.end - mark.start)
    lead = " " * mark.start if mark.start < 2 else " " * (mark.start - 2) + "//"
    return f"{lead}{carets} {f'{mark.level}: ' if mark.level else ''}{mark.words}"


def parse_card(name: str, text: str, *, unmarked: bool = False) -> Card:
    """Read a card's markdown. Raises CardError. `unmarked`: a bad example may have no marks yet."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != f"# {name}":
        raise CardError(f"{name}.md:1: the first line must be `# {name}`")
    prose: dict[str, list[str]] = {}
    blocks: list[_Block] = []
    section = heading = ""
    fence: tuple[int, tuple[str, ...], list[str]] | None = None
    for number, line in enumerate(lines[1:], start=2):
        if fence is not None:
            if line.rstrip() == "```":
                if section == "Examples":
                    blocks.append(_Block(fence[0], heading, fence[1], tuple(fence[2])))
                fence = None
            else:
                fence[2].append(line)
        elif line.startswith("```"):
            fence = (number, tuple(line[3:].split()), [])
        elif line.startswith("## "):
            section, heading = line[3:].strip(), ""
            if section not in SECTIONS or section in prose:
                raise CardError(f"{name}.md:{number}: the sections are {', '.join(SECTIONS)}, once each")
        elif line.startswith("### ") and section == "Examples":
            heading = line[4:].strip()
        if section != "Examples":
            prose.setdefault(section, []).append(line)
        else:
            prose.setdefault(section, [])
    if fence is not None:
        raise CardError(f"{name}.md:{fence[0]}: this block is never closed")
    missing = [wanted for wanted in SECTIONS if wanted not in prose]
    if missing:
        raise CardError(f"{name}.md: section {missing[0]!r} is missing")
    sections = {title: "\n".join(prose[title][1:]).strip() for title in SECTIONS if title != "Examples"}
    summary = "\n".join(prose.get("", [])).strip()
    return Card(name, summary, sections, tuple(_examples(name, blocks, unmarked=unmarked)), text)


def _examples(name: str, blocks: list[_Block], *, unmarked: bool) -> list[Example]:
    page_files: dict[str, Source] = {}
    page_config = ""
    files: dict[str, Source] = {}
    config = heading = ""
    examples: list[Example] = []
    fresh = True
    for block in blocks:
        if block.heading != heading:
            heading, files, config, fresh = block.heading, dict(page_files), page_config, True
        if not block.info:
            raise CardError(f"{name}.md:{block.line}: an example block says what it is: `ts bad messages.ts`")
        if block.info == ("toml",):
            config = "\n".join(block.lines) + "\n"
            page_config = config if not heading else page_config
            fresh = True
            continue
        if block.info == ("text",):
            continue
        kind, path, mode, codes = _read_info(name, block)
        source = _read_source(name, block, path, kind)
        if kind == "given":
            files[path] = source
            fresh = True
            if not heading:
                page_files[path] = source
        elif kind == "fixed":
            if not examples or examples[-1].kind != "bad" or fresh:
                raise CardError(f"{name}.md:{block.line}: a fixed block stands below its bad block")
            last = examples[-1]
            examples[-1] = replace(last, fixed={**last.fixed, path: source}, fixed_mode=mode)
        elif (
            not fresh
            and examples[-1].kind == kind
            and not examples[-1].fixed
            and path not in examples[-1].own
        ):
            last = examples[-1]
            examples[-1] = replace(
                last, files={**last.files, path: source}, own=(*last.own, path), codes=last.codes + codes
            )
        else:
            title = f"{heading or 'example'}: {kind} {sum(e.kind == kind for e in examples) + 1}"
            examples.append(
                Example(title, kind, {**files, path: source}, (path,), config=config, codes=codes)
            )
            fresh = False
    for example in () if unmarked else examples:
        if example.kind == "bad" and not any(example.files[path].marks for path in example.own):
            raise CardError(f"{name}.md: {example.title}: a bad example marks what is reported")
    return examples


def _read_info(name: str, block: _Block) -> tuple[str, str, str, tuple[str, ...]]:
    """Kind, path, fix mode and TypeScript codes of an example block's info string."""
    words = list(block.info)
    if words[0] not in LANGUAGES or len(words) < 3 or words[1] not in KINDS:
        kinds = ", ".join(KINDS)
        raise CardError(
            f"{name}.md:{block.line}: write `LANGUAGE KIND PATH`, with a KIND of {kinds}, "
            f"not `{' '.join(words)}`"
        )
    kind, rest = words[1], words[2:]
    mode = "any"
    if kind == "fixed" and rest[0] in ("safe", "unsafe") and len(rest) > 1:
        mode = rest.pop(0)
    if kind == "given" and rest[0] == "old" and len(rest) > 1:
        rest = [OLD + rest[1], *rest[2:]]
    path, codes = rest[0], tuple(rest[1:])
    if any(not _CODE.match(code) for code in codes) or (codes and kind != "bad"):
        raise CardError(f"{name}.md:{block.line}: only TypeScript codes of a bad block follow its path")
    return kind, path, mode, codes


def _read_source(name: str, block: _Block, path: str, kind: str) -> Source:
    lines: list[str] = []
    marks: list[Mark] = []
    for number, line in enumerate(block.lines, start=block.line + 1):
        match = _MARK.match(line)
        if match is None:
            lines.append(line)
            continue
        words = match["words"] or ""
        rule = level = None
        if kind in ("fixed", "good") and (named := _RULE.match(words)):
            rule, words = named[1], words[named.end() :]
        if found := _LEVEL.match(words):
            level, words = found[1], words[found.end() :]
        if kind in ("given", "not-reported") or (kind in ("fixed", "good") and rule is None):
            raise CardError(f"{name}.md:{number}: a {kind} block has no marks of its own rule")
        if not words and rule is None:
            raise CardError(f"{name}.md:{number}: a mark needs words of the message")
        start = len(match["lead"])
        end = start if match["carets"] == "|" else start + len(match["carets"])
        marks.append(Mark(max(0, len(lines) - 1), start, end, words, level, rule))
    return Source(path, "\n".join(lines) + "\n" if lines else "", tuple(marks))
