"""What rules find: plain frozen data that every room may name.

Offsets everywhere are 0-based UTF-8 byte offsets into the file as it stands on disk (a byte order mark
counts), ends exclusive. Paths are absolute with `/` separators. Lines and columns exist only in reports.

There are thousands of them: written down, they are lists of values (`array_like`), and the collector need not know
them (`gc=False`), since nothing in them leads back to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from msgspec import Struct


class Level(str, Enum):
    """How serious a finding is; `off` is not a level but the absence of one."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return ("info", "warning", "error").index(self.value)


class Category(str, Enum):
    """The headings of the catalogue; usable in --select and --ignore, and the folders of the checks."""

    SCHEMA = "schema"
    FUNCTIONS = "functions"
    QUERIES = "queries"
    SECURITY = "security"
    HTTP = "http"
    CLIENTS = "clients"
    EVOLUTION = "evolution"
    META = "meta"


class Concern(str, Enum):
    """What a finding is about, the gravest first: who may do what; something that fails or is lost; what is paid for
    rows, time and calls; how the source reads. Reports rank by it, within a level."""

    SECURITY = "security"
    FAILURE = "failure"
    COST = "cost"
    STYLE = "style"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return ("security", "failure", "cost", "style").index(self.value)


class Span(Struct, frozen=True, order=True, gc=False, array_like=True):
    """A half-open range of bytes."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


class Edit(Struct, frozen=True, gc=False, array_like=True):
    """Replace `span` of the file `path` by `text` (an empty span inserts).

    `declared`: what an insertion declares, name and text, in the order of names; "" is the name of text that declares
    nothing, which is the first. Several fixes may insert at one place what has different names, and share the others.
    """

    path: str
    span: Span
    text: str
    declared: tuple[tuple[str, str], ...] = ()

    @property
    def is_inert(self) -> bool:
        """Whether it changes nothing: it only keeps its fix apart from others, and is not shown."""
        return self.text == "" and self.span.start == self.span.end

    @classmethod
    def declaring(cls, path: str, at: int, declared: Mapping[str, str]) -> Edit:
        """An insertion of these texts by name."""
        parts = tuple(sorted(declared.items()))
        return cls(path, Span(at, at), "".join(text for _, text in parts), parts)

    @property
    def parts(self) -> dict[str, str]:
        """Text by name, of an insertion; see `declared`."""
        return dict(self.declared) or {"": self.text}


class Fix(Struct, frozen=True, gc=False, array_like=True):
    """A change that removes the finding. Build with `safe` or `unsafe`.

    `because` completes the sentence "unsafe because ..."; None means that behaviour is provably unchanged.
    """

    title: str
    edits: tuple[Edit, ...]
    because: str | None = None

    @classmethod
    def safe(cls, title: str, *edits: Edit) -> Fix:
        return cls(title, edits)

    @classmethod
    def unsafe(cls, title: str, *edits: Edit, because: str) -> Fix:
        if not because:
            raise ValueError("an unsafe fix must say why")
        return cls(title, edits, because)

    @property
    def is_safe(self) -> bool:
        return self.because is None


class Suggestion(Struct, frozen=True, gc=False, array_like=True):
    """One of several ways out: shown, never applied by --fix.

    `withheld`: it would be a fix, but for a file that no fix may change; says which and why.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    because: str | None = None
    withheld: str | None = None


class Related(Struct, frozen=True, gc=False, array_like=True):
    """Another place that explains the finding: a link of the call chain, the definition of an index."""

    path: str
    span: Span
    message: str


class File(Protocol):
    """A file, by its absolute path."""

    @property
    def path(self) -> str: ...


class Named(Protocol):
    """A registered function, by its path ("messages:list"); None while it is not exported."""

    @property
    def path(self) -> str | None: ...


class Spot(Protocol):
    """Where something stands, as `program.model.Place` tells it: file, span, and the registered function around it."""

    @property
    def module(self) -> File: ...

    @property
    def span(self) -> Span: ...

    @property
    def inside(self) -> Named | None: ...


class Deed(Struct, frozen=True, gc=False, array_like=True):
    """What a function does, or reaches through helpers: a write, a read of the clock. `function`: the registered
    function whose handler contains the place, None in a helper."""

    path: str
    span: Span
    function: str | None


class Also(Struct, frozen=True, gc=False, array_like=True):
    """Another place that leads to the same deed as a finding does, and the registered function in which it stands."""

    path: str
    span: Span
    function: str | None


class Finding(Struct, frozen=True, gc=False, array_like=True):
    """What one check says about one place. The session adds the rule's name, category and level, and drops what
    stands in a file that is not reported (excluded, outside of the functions folder, not asked for). So a rule looks
    at `Module.reported` only to choose between several places for one finding.

    `level` is set only where the catalogue gives a variant another level than the rule's own; a level that
    the user configures replaces every variant.

    `deed`: given by rules whose verdict depends on who calls. Their findings that end in the same deed have one cause,
    and the session makes one finding of them (`session/causes.py`), which then has the other callers in `also`.

    `unless`: rules that say more of the same mistake, with the places in this file where they would: such a finding is
    left out where one of them is reported there, after levels, settings and suppression.

    `waits_for`: the version of convex ("1.31") that first has what the finding asks for, given only where the project's
    own is older. Such a finding is counted for the footer and never reported.

    `weight`: which of the findings of one rule and level to look at first: the greatest.
    """

    path: str
    span: Span
    message: str
    help: str | None = None
    function: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    suggestions: tuple[Suggestion, ...] = ()
    level: Level | None = None
    deed: Deed | None = None
    also: tuple[Also, ...] = ()
    waits_for: str | None = None
    unless: tuple[tuple[str, Span], ...] = ()
    weight: int = 0

    @classmethod
    def at(
        cls,
        place: Spot,
        message: str,
        *,
        span: Span | None = None,
        function: str | None = None,
        help: str | None = None,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        suggestions: tuple[Suggestion, ...] = (),
        level: Level | None = None,
        deed: Deed | None = None,
        also: tuple[Also, ...] = (),
        waits_for: str | None = None,
        unless: tuple[tuple[str, Span], ...] = (),
        weight: int = 0,
    ) -> Finding:
        """A finding at a place of the program.

        `span`: a part of its file to mark instead of the place's own. `function`: the path of the function that the
        finding is about, where that is not the one around the place (a helper that several functions call)."""
        if function is None and place.inside is not None:
            function = place.inside.path
        return cls(
            place.module.path,
            place.span if span is None else span,
            message,
            help,
            function,
            related,
            fix,
            suggestions,
            level,
            deed,
            also,
            waits_for,
            unless,
            weight,
        )


class Diagnostic(Struct, frozen=True, gc=False, array_like=True):
    """A finding as the user gets it: stamped with its rule and the level in force."""

    rule: str
    category: Category
    level: Level
    finding: Finding
    concern: Concern = Concern.STYLE
