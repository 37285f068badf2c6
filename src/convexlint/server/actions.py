"""What the editor offers at a finding: its fix, other ways out, all of its rule, a comment, the rule's card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lsprotocol import types as lsp
from msgspec import Struct

from convexlint.findings import Diagnostic, Edit, Fix, Span, Suggestion
from convexlint.fixes.edits import FixSet, line_ending, merge
from convexlint.server.buffers import Buffers
from convexlint.server.offer import FIX_ALL, SHOW_CARD
from convexlint.server.protocol import as_range
from convexlint.server.render import Texts


class Wanted(Struct, frozen=True):
    """What the client asks for: a place, the kinds that it wants (None: all), and what it can do."""

    path: str
    span: Span
    only: tuple[str, ...] | None
    document_changes: bool
    show_document: bool

    def wants(self, kind: str) -> bool:
        """Whether actions of this kind are asked for. Kinds have sub-kinds after a dot."""
        return self.only is None or any(kind == one or kind.startswith(f"{one}.") for one in self.only)


class Actions:
    """Makes the actions of one moment."""

    def __init__(
        self, texts: Texts, buffers: Buffers, always: frozenset[str], document_changes: bool = True
    ) -> None:
        """`always`: the rules that no comment silences."""
        self._texts = texts
        self._buffers = buffers
        self._always = always
        self._document_changes = document_changes

    def at(
        self,
        wanted: Wanted,
        findings: Sequence[Diagnostic],
        shown: Callable[[Diagnostic], lsp.Diagnostic | None],
    ) -> list[lsp.CodeAction]:
        """The actions for the findings that touch a place. `findings`: all of the file. `shown`: a finding as the
        client has it."""
        made: list[lsp.CodeAction] = []
        if wanted.wants(lsp.CodeActionKind.QuickFix):
            here = [one for one in findings if _touches(one.finding.span, wanted.span)]
            for one in here:
                made += self._ways_out(one, shown(one))
            for rule in dict.fromkeys(one.rule for one in here):
                made += self._all_of(rule, findings)
            for one in here:
                if one.rule not in self._always:
                    made.append(self._silenced(one, shown(one)))
            if wanted.show_document:
                made += [_card(rule) for rule in dict.fromkeys(one.rule for one in here)]
        if wanted.wants(FIX_ALL):
            edits = _together(
                one.finding.fix
                for one in findings
                if one.finding.fix is not None and one.finding.fix.is_safe and _only_in(one, wanted.path)
            )
            if edits:
                made.append(
                    lsp.CodeAction(
                        "Fix all safe problems of convexlint", FIX_ALL, edit=self._workspace(edits)
                    )
                )
        return made

    def _ways_out(self, one: Diagnostic, shown: lsp.Diagnostic | None) -> Iterable[lsp.CodeAction]:
        fix = one.finding.fix
        if fix is not None:
            yield self._action(fix, one, shown, preferred=fix.is_safe)
        for suggestion in one.finding.suggestions:
            if suggestion.edits:
                yield self._action(suggestion, one, shown, preferred=False)

    def _action(
        self, way: Fix | Suggestion, one: Diagnostic, shown: lsp.Diagnostic | None, *, preferred: bool
    ) -> lsp.CodeAction:
        title = way.title if way.because is None else f"{way.title} (unsafe: {way.because})"
        return lsp.CodeAction(
            _capital(title),
            lsp.CodeActionKind.QuickFix,
            diagnostics=None if shown is None else [shown],
            is_preferred=preferred or None,
            edit=self._workspace(way.edits),
        )

    def _all_of(self, rule: str, findings: Sequence[Diagnostic]) -> Iterable[lsp.CodeAction]:
        fixes = [one.finding.fix for one in findings if one.rule == rule and one.finding.fix is not None]
        safe = [fix for fix in fixes if fix.is_safe]
        if len(fixes) < 2:
            return
        chosen, word = (safe, "safe ") if len(safe) > 1 else (fixes, "")
        edits = _together(chosen)
        if edits:
            title = f"Fix all {word}{rule} problems in this file"
            if chosen is fixes and len(safe) < len(fixes):
                title += " (unsafe)"
            yield lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, edit=self._workspace(edits))

    def _silenced(self, one: Diagnostic, shown: lsp.Diagnostic | None) -> lsp.CodeAction:
        return lsp.CodeAction(
            f"Disable {one.rule} for this line",
            lsp.CodeActionKind.QuickFix,
            diagnostics=None if shown is None else [shown],
            edit=self._workspace([self._comment(one)]),
        )

    def _comment(self, one: Diagnostic) -> Edit:
        """The edit that silences a finding: its rule joins a comment that stands over the line, else a new one."""
        path, text = one.finding.path, self._texts.of(one.finding.path)
        source = text.source
        start = text.line_start(one.finding.span.start)
        above = text.line_start(start - 1) if start else start
        line = source[above : text.line_end(above)] if above < start else b""
        mark = b"// convexlint-disable-next-line "
        if line.strip().startswith(mark) and mark in line:
            names = line.index(mark) + len(mark)
            reason = line.find(b" --", names)
            at = above + (len(line.rstrip()) if reason < 0 else reason)
            return Edit(path, Span(at, at), f", {one.rule}")
        indent = source[start : one.finding.span.start]
        indent = indent[: len(indent) - len(indent.lstrip(b" \t"))]
        words = f"{mark.decode()}{one.rule}"
        return Edit(path, Span(start, start), f"{indent.decode()}{words}{line_ending(source)}")

    def _workspace(self, edits: Iterable[Edit]) -> lsp.WorkspaceEdit:
        by_path: dict[str, list[lsp.TextEdit]] = {}
        for edit in edits:
            if not edit.is_inert:
                place = as_range(self._texts.of(edit.path).range(edit.span))
                by_path.setdefault(edit.path, []).append(lsp.TextEdit(place, edit.text))
        uris = {path: self._buffers.uri(path) for path in by_path}
        if not self._document_changes:
            return lsp.WorkspaceEdit(changes={uris[path]: some for path, some in by_path.items()})
        changes: list[lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile] = []
        for path, some in by_path.items():
            buffer = self._buffers.get(path)
            version = None if buffer is None else buffer.version
            document = lsp.OptionalVersionedTextDocumentIdentifier(uris[path], version)
            changes.append(lsp.TextDocumentEdit(document, list(some)))
        return lsp.WorkspaceEdit(document_changes=changes)


def _together(fixes: Iterable[Fix]) -> list[Edit]:
    """The edits of those fixes that can be applied in one go."""
    chosen = []
    fitting = FixSet()
    for fix in fixes:
        if fitting.add(fix):
            chosen.append(fix)
    return [edit for edits in merge(chosen).values() for edit in edits]


def _card(rule: str) -> lsp.CodeAction:
    title = f"Explain {rule}"
    return lsp.CodeAction(
        title, lsp.CodeActionKind.QuickFix, command=lsp.Command(title, SHOW_CARD, arguments=[rule])
    )


def _only_in(one: Diagnostic, path: str) -> bool:
    fix = one.finding.fix
    return fix is not None and all(edit.path == path for edit in fix.edits)


def _touches(span: Span, place: Span) -> bool:
    return span.start <= place.end and place.start <= span.end


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
