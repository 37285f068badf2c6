"""Findings as the protocol's diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convexlint.addresses import rule_url
from convexlint.findings import Diagnostic, Level
from convexlint.server.buffers import Buffer
from convexlint.server.shapes import Description, Location, Related, Shown
from convexlint.server.text import Text
from convexlint.session.files import Files

SOURCE = "convexlint"
SEVERITIES = {Level.ERROR: 1, Level.WARNING: 2, Level.INFO: 3}
"""The protocol's numbers of levels."""
_UNNECESSARY, _DEPRECATED = 1, 2
"""The protocol's numbers of tags."""
UNNECESSARY = frozenset({"unused-function", "unused-index", "unused-suppression"})
"""Rules whose findings mark what could be left out: editors show it faded."""
DEPRECATED = frozenset(
    {"no-deprecated-validator", "no-old-registered-function-syntax", "no-storage-get-metadata"}
)
"""Rules whose findings mark what has a successor: editors strike it through."""


class Texts:
    """The texts of one moment, as the client counts in them. Each is laid out once."""

    def __init__(self, files: Files, buffers: Mapping[str, Buffer], unit: str) -> None:
        self._files = files
        self._buffers = buffers
        self._unit = unit
        self._texts: dict[str, Text] = {}

    def of(self, path: str) -> Text:
        """The text of a file; that of one that cannot be read is empty."""
        text = self._texts.get(path)
        if text is None:
            text = Text(self._files.content(path), self._unit, held=path in self._buffers)
            self._texts[path] = text
        return text


class Renderer:
    """Turns the findings of files into diagnostics. What it made of a file is used again while nothing that it was made
    from has changed: an edit changes one file of hundreds."""

    def __init__(self, uri: Callable[[str], str]) -> None:
        self._uri = uri
        self._made: dict[str, tuple[_Ground, _Contents, list[Shown]]] = {}

    def render(
        self, found: Mapping[str, tuple[Diagnostic, ...]], files: Files, texts: Texts
    ) -> dict[str, list[Shown]]:
        """By path, in the order of the findings."""
        made: dict[str, tuple[_Ground, _Contents, list[Shown]]] = {}
        for path, diagnostics in found.items():
            known = self._made.get(path)
            if known is None or (
                known[0].diagnostics is not diagnostics and known[0].diagnostics != diagnostics
            ):
                ground = _Ground(path, diagnostics)
            else:
                ground = known[0]
            contents = ground.contents(files, self._uri)
            if known is not None and known[0] is ground and known[1] == contents:
                made[path] = known
            else:
                rendered = [self._one(diagnostic, texts) for diagnostic in diagnostics]
                made[path] = (ground, contents, rendered)
        self._made = made
        return {path: rendered for path, (_, _, rendered) in made.items()}

    def _one(self, diagnostic: Diagnostic, texts: Texts) -> Shown:
        finding = diagnostic.finding
        message = finding.message if finding.help is None else f"{finding.message}\n{finding.help}"
        related = [
            Related(Location(self._uri(one.path), texts.of(one.path).range(one.span)), one.message)
            for one in finding.related
        ]
        related += [
            Related(
                Location(self._uri(one.path), texts.of(one.path).range(one.span)),
                f"`{one.function}` leads there too" if one.function else "this leads there too",
            )
            for one in finding.also
        ]
        url = rule_url(diagnostic.rule)
        return Shown(
            range=texts.of(finding.path).range(finding.span),
            message=message,
            severity=SEVERITIES[diagnostic.level],
            code=diagnostic.rule,
            code_description=Description(url) if url is not None else None,
            source=SOURCE,
            tags=_tags(diagnostic.rule),
            related_information=related or None,
        )


_Contents = list[tuple[str, bytes]]


class _Ground:
    """What the diagnostics of a file are made from: findings, and the files in which their places stand."""

    def __init__(self, path: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        paths = {path}
        for diagnostic in diagnostics:
            paths.update(one.path for one in diagnostic.finding.related)
            paths.update(one.path for one in diagnostic.finding.also)
        self.diagnostics = diagnostics
        self._paths = sorted(paths)

    def contents(self, files: Files, uri: Callable[[str], str]) -> _Contents:
        """Names and contents of these files."""
        return [(uri(path), files.content(path)) for path in self._paths]


def _tags(rule: str) -> list[int] | None:
    if rule in UNNECESSARY:
        return [_UNNECESSARY]
    return [_DEPRECATED] if rule in DEPRECATED else None
