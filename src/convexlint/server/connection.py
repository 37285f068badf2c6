"""The server as a connection: what its editor can do, what it tells the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from lsprotocol import types as lsp
from msgspec import to_builtins
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from convexlint import __version__
from convexlint.server.first import Begun
from convexlint.server.moments import Aim, Given, options_of
from convexlint.server.offer import NAME
from convexlint.server.shapes import Shown
from convexlint.server.work import Client, Work


class Protocol(LanguageServerProtocol):
    """The protocol without the library's own copies of documents: it takes other characters than the protocol does for
    the ends of lines, and moves the positions of changes to where they are in its copy."""

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Iterator[Any]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    answered: int | str | None = None
    """The id of a request that has its answer already: see `first.py`."""

    def _send_response(
        self, msg_id: int | str, result: Any = None, error: lsp.ResponseError | None = None
    ) -> None:
        if msg_id == self.answered:
            self.answered = None
            self._result_types.pop(msg_id, None)
        else:
            super()._send_response(msg_id, result, error)

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification whose parameters are plain data."""
        self._send_data({"jsonrpc": self.VERSION, "method": method, "params": params})


class Server(LanguageServer):
    """The language server of one client."""

    protocol: Protocol

    def __init__(self, given: Given, begun: Begun) -> None:
        super().__init__(NAME, __version__, protocol_cls=Protocol)
        self.given = given
        self.begun = begun
        self.buffers = begun.buffers
        if begun.told is not None:
            self.protocol.answered = begun.told.answered
        self.work: Work | None = None
        self.options: Mapping[str, Any] = {}
        self.folders: list[str] = []
        self._progress: str | None = None
        self._progresses = 0

    @cached_property
    def always(self) -> frozenset[str]:
        """The rules that no comment silences, loaded when somebody asks: the first diagnostics may be kept ones."""
        from convexlint.rules.loader import load_rules

        return frozenset(rule.name for rule in load_rules() if rule.always)

    # ------------------------------------------------------------------------------------ what the client can do

    def can(self, *names: str) -> bool:
        """Whether the client has a capability, named by its way from the top."""
        found: Any = self.client_capabilities
        for name in names:
            found = getattr(found, name, None)
        return bool(found)

    @property
    def shut_down(self) -> bool:
        """Whether the client has asked to shut down, as it must before it says exit."""
        return bool(self.protocol._shutdown)

    def begin(self) -> None:
        """The client is ready: look at its folders."""
        self.buffers.unit = self.workspace.position_encoding or lsp.PositionEncodingKind.Utf16
        self.work = Work(
            self.begun, Client(self._publish, self._began, self._reached, self._ended, self._log)
        )
        self.work.start(self.aim())

    def aim(self) -> Aim:
        """What to look at, by the folders and settings of now."""
        return self.given.aim(tuple(self.folders), self.options)

    def take_options(self, options: object) -> None:
        """Settings of the client, given whole or under our name."""
        self.options = options_of(options)

    # ----------------------------------------------------------------------------------------- to the client

    def _publish(self, path: str, version: int | None, diagnostics: list[Shown]) -> None:
        params = {"uri": self.buffers.uri(path), "diagnostics": to_builtins(diagnostics)}
        if version is not None:
            params["version"] = version
        self.protocol.tell(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)

    def _began(self, title: str) -> None:
        if self.can("window", "work_done_progress"):
            self._progresses += 1
            token = self._progress = f"convexlint-{self._progresses}"
            task = asyncio.ensure_future(self._show_progress(token, title))
            task.add_done_callback(lambda done: done.exception())

    async def _show_progress(self, token: str, title: str) -> None:
        await self.work_done_progress.create_async(token)
        if self._progress == token:
            self.work_done_progress.begin(token, lsp.WorkDoneProgressBegin(f"convexlint: {title}"))
        else:
            self.work_done_progress.begin(token, lsp.WorkDoneProgressBegin("convexlint"))
            self.work_done_progress.end(token, lsp.WorkDoneProgressEnd())

    def _reached(self, stage: str) -> None:
        if self._progress is not None and self._progress in self.work_done_progress.tokens:
            self.work_done_progress.report(self._progress, lsp.WorkDoneProgressReport(message=stage))

    def _ended(self, words: str) -> None:
        token, self._progress = self._progress, None
        if token is not None and token in self.work_done_progress.tokens:
            self.work_done_progress.end(token, lsp.WorkDoneProgressEnd(message=words))

    def _log(self, words: str) -> None:
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Warning, f"convexlint: {words}"))
