"""The protocol: which message does what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types as lsp

from convexlint.discovery.listing import base
from convexlint.findings import Diagnostic
from convexlint.rules.card import card_path
from convexlint.rules.loader import rules_by_name
from convexlint.server.actions import Actions, Wanted
from convexlint.server.buffers import path_of, uri_of
from convexlint.server.connection import Server
from convexlint.server.first import Begun, folders_of
from convexlint.server.knowledge import Knowledge
from convexlint.server.links import links
from convexlint.server.moments import Given, Moment
from convexlint.server.offer import ACTION_KINDS, QUOTES, SHOW_CARD
from convexlint.server.protocol import as_diagnostic
from convexlint.server.text import Text
from convexlint.session.baseline import FILE_NAME

if TYPE_CHECKING:
    from convexlint.server.answers import Answers

SETTLED = "convexlint/settled"
SCRIPTS = (
    "ts",
    "tsx",
    "mts",
    "cts",
    "js",
    "jsx",
    "mjs",
    "cjs",
    "svelte",
    "vue",
    "astro",
    "mdx",
    "html",
    "py",
)
MANIFESTS = (
    "convex.json",
    "convexlint.toml",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "pnpm-workspace.yaml",
    "tsconfig*.json",
    "jsconfig.json",
    ".gitignore",
)


def make_server(given: Given, begun: Begun) -> Server:
    """A server with all its features. `begun`: what was done before it was there."""
    server = Server(given, begun)
    _life(server)
    _documents(server)
    _code_actions(server)
    _answers(server)
    return server


def _life(server: Server) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        named = [{"uri": folder.uri} for folder in params.workspace_folders or ()]
        roots = {"rootUri": params.root_uri, "rootPath": params.root_path}
        server.folders = list(folders_of({"workspaceFolders": named, **roots}))
        server.take_options(params.initialization_options)

    @server.feature(lsp.INITIALIZED)
    async def initialized(params: lsp.InitializedParams) -> None:
        server.begin()
        await _watch(server)

    @server.feature(lsp.SHUTDOWN)
    async def shutdown(params: None) -> None:
        if server.work is not None:
            await server.work.stop()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        gone = {path_of(folder.uri) for folder in params.event.removed}
        kept = [path for path in server.folders if path not in gone]
        new = [path for folder in params.event.added if (path := path_of(folder.uri)) is not None]
        server.folders = list(dict.fromkeys([*kept, *new]))
        if server.work is not None:
            server.work.aim(server.aim())

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration(params: lsp.DidChangeConfigurationParams) -> None:
        options = params.settings
        if not options and server.can("workspace", "configuration"):
            asked = lsp.ConfigurationParams([lsp.ConfigurationItem(section="convexlint")])
            found = await server.workspace_configuration_async(asked)
            options = found[0] if found else None
        server.take_options(options)
        if server.work is not None:
            server.work.aim(server.aim())

    @server.feature(SETTLED)
    async def settled(params: None) -> bool:
        """Answers when nothing is left to do: the client then has what a check would say."""
        if server.work is not None:
            await server.work.settled.wait()
        return True


async def _watch(server: Server) -> None:
    """Ask the client to tell of changes on disk, where it can be asked."""
    if not server.can("workspace", "did_change_watched_files", "dynamic_registration"):
        return
    patterns = [f"**/*.{{{','.join(SCRIPTS)}}}", f"**/{{{','.join((*MANIFESTS, FILE_NAME))}}}"]
    options = lsp.DidChangeWatchedFilesRegistrationOptions(
        [lsp.FileSystemWatcher(pattern) for pattern in patterns]
    )
    await server.client_register_capability_async(
        lsp.RegistrationParams(
            [lsp.Registration("convexlint-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)]
        )
    )


def _documents(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        if server.buffers.open(document.uri, document.version, document.text) is not None:
            _changed(server)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def edited(params: lsp.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        if server.buffers.change(document.uri, document.version, params.content_changes) is not None:
            _changed(server)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        if server.buffers.close(params.text_document.uri) is not None:
            _changed(server)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None:
            _on_disk(server, [path], came_or_went=False)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: lsp.DidChangeWatchedFilesParams) -> None:
        changes = [(path, one.type) for one in params.changes if (path := path_of(one.uri)) is not None]
        if changes:
            came_or_went = any(kind != lsp.FileChangeType.Changed for _, kind in changes)
            _on_disk(server, [path for path, _ in changes], came_or_went=came_or_went)


def _changed(server: Server) -> None:
    if server.work is not None:
        server.work.change()


def _on_disk(server: Server, paths: Sequence[str], *, came_or_went: bool) -> None:
    """Files have changed on disk."""
    if server.work is None:
        return
    afresh = came_or_went or any(_is_manifest(path) for path in paths)
    # What is not source of a project may be one that calls its functions; to find out is as cheap as to look.
    server.work.change(afresh=afresh, clients=True, on_disk=frozenset(paths))


def _is_manifest(path: str) -> bool:
    name = base(path)
    return name in MANIFESTS or (name.startswith("tsconfig") and name.endswith(".json"))


def _code_actions(server: Server) -> None:
    options = lsp.CodeActionOptions(code_action_kinds=list(ACTION_KINDS))

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, options)
    async def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        path = path_of(params.text_document.uri)
        work = server.work
        if path is None or work is None or work.known is None:
            return []
        findings = work.findings(path)
        if not findings:
            return []
        known = work.known
        shown = dict(zip(map(id, findings), known.shown.get(path, ()), strict=False))

        def diagnostic_of(one: Diagnostic) -> lsp.Diagnostic | None:
            found = shown.get(id(one))
            return None if found is None else as_diagnostic(found)

        only = params.context.only
        wanted = Wanted(
            path,
            known.texts.of(path).span(params.range),
            None if only is None else tuple(str(getattr(kind, "value", kind)) for kind in only),
            server.can("workspace", "workspace_edit", "document_changes"),
            server.can("window", "show_document", "support"),
        )
        maker = Actions(known.texts, server.buffers, server.always, wanted.document_changes)
        return maker.at(wanted, findings, diagnostic_of)

    @server.command(SHOW_CARD)
    async def show_card(rule: str) -> None:
        card = card_path(rule)
        if rule in rules_by_name() and card.is_file():
            await server.window_show_document_async(lsp.ShowDocumentParams(uri_of(card.as_posix())))


def _answers_of(server: Server, knowledge: Knowledge, moment: Moment) -> Answers:
    # It imports all of the program, which kept diagnostics do not need.
    from convexlint.server.answers import Answers

    return Answers(knowledge, moment, server.buffers, server.buffers.unit)


def _answers(server: Server) -> None:
    T = TypeVar("T")

    async def ask(uri: str, question: Callable[[Answers, str], T], nothing: T) -> T:
        """The answer about a file of a project."""
        path, work = path_of(uri), server.work
        if path is None or work is None:
            return nothing

        found = await work.ask(
            lambda knowledge, moment: question(_answers_of(server, knowledge, moment), path)
        )
        return nothing if found is None else found

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        def question(answers: Answers, path: str) -> lsp.Hover | None:
            return answers.hover(path, params.position)

        return await ask(params.text_document.uri, question, None)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        def question(answers: Answers, path: str) -> list[lsp.Location]:
            return answers.definition(path, params.position)

        return await ask(params.text_document.uri, question, [])

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        def question(answers: Answers, path: str) -> list[lsp.Location]:
            declaration = params.context.include_declaration
            return answers.references(path, params.position, declaration=declaration)

        return await ask(params.text_document.uri, question, [])

    quotes = lsp.CompletionOptions(trigger_characters=list(QUOTES))

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, quotes)
    async def completion(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        def question(answers: Answers, path: str) -> list[lsp.CompletionItem]:
            return answers.completion(path, params.position)

        return await ask(params.text_document.uri, question, [])

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensOptions(resolve_provider=True))
    async def lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        if server.options.get("codeLens") is False:
            return []
        return await ask(params.text_document.uri, lambda answers, path: answers.lenses(path), [])

    @server.feature(lsp.CODE_LENS_RESOLVE)
    async def lens(params: lsp.CodeLens) -> lsp.CodeLens:
        command = server.options.get("showReferences")
        shows = command if isinstance(command, str) else ""
        work = server.work
        if work is None:
            return params
        found = await work.ask(
            lambda knowledge, moment: _answers_of(server, knowledge, moment).lens(params, shows)
        )
        return found or lsp.CodeLens(params.range, lsp.Command("", ""))

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    def document_links(params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        path = path_of(params.text_document.uri)
        buffer = None if path is None else server.buffers.get(path)
        return (
            [] if buffer is None else links(Text(buffer.source, server.buffers.unit, held=True), buffer.path)
        )
