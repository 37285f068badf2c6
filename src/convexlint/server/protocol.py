"""Our shapes of places and diagnostics as those of the protocol's library."""

from __future__ import annotations

from lsprotocol import types as lsp

from convexlint.server.shapes import Location, Position, Range, Shown


def as_position(position: Position) -> lsp.Position:
    return lsp.Position(position.line, position.character)


def as_range(place: Range) -> lsp.Range:
    return lsp.Range(as_position(place.start), as_position(place.end))


def as_diagnostic(shown: Shown) -> lsp.Diagnostic:
    """A finding as a code action names it."""
    about = shown.code_description
    related = shown.related_information
    return lsp.Diagnostic(
        range=as_range(shown.range),
        message=shown.message,
        severity=None if shown.severity is None else lsp.DiagnosticSeverity(shown.severity),
        code=shown.code,
        code_description=None if about is None else lsp.CodeDescription(about.href),
        source=shown.source,
        tags=None if shown.tags is None else [lsp.DiagnosticTag(tag) for tag in shown.tags],
        related_information=None
        if related is None
        else [lsp.DiagnosticRelatedInformation(_location(one.location), one.message) for one in related],
    )


def _location(location: Location) -> lsp.Location:
    return lsp.Location(location.uri, as_range(location.range))
