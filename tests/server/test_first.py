"""What is told before the protocol's library is there: the same as later, once, and only while it holds."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the extra `server` is not installed")

from pygls.capabilities import ServerCapabilitiesBuilder

from convexlint.server.first import Again, Begun, begin
from convexlint.server.moments import Given
from convexlint.server.offer import offer
from tests.server.client import FULL, Client
from tests.server.truth import checked, published

Serve = Callable[..., Client]
Json = dict[str, Any]

CLIENTS: list[Json] = [
    {},
    FULL,
    {"general": {"positionEncodings": ["utf-8", "utf-16"]}},
    {"general": {"positionEncodings": ["utf-32"]}},
    {"general": {"positionEncodings": ["latin-1", "utf-16", "utf-8"]}},
    {"general": {"positionEncodings": []}},
    {"general": {}},
    {"textDocument": {"rename": {"prepareSupport": True}, "synchronization": {"willSave": True}}},
    {"notebookDocument": {"synchronization": {}}},
    {"workspace": {"fileOperations": {"willRename": True, "didCreate": True, "didDelete": True}}},
]


def wire(*messages: Mapping[str, Any]) -> bytes:
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
    return b"".join(b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies)


def heard(data: bytes) -> list[Json]:
    found, stream = [], io.BytesIO(data)
    while line := stream.readline():
        length = int(line.split(b":")[1])
        while stream.readline().strip():
            pass
        found.append(json.loads(stream.read(length)))
    return found


def initialize(folder: Path, **params: Any) -> Json:
    params = {"workspaceFolders": [{"uri": folder.as_uri(), "name": "x"}], "capabilities": {}, **params}
    return {"id": 7, "method": "initialize", "params": params}


def begun(cache: Path, *messages: Mapping[str, Any]) -> tuple[Begun, list[Json]]:
    target = io.BytesIO()
    found = begin(Given(lambda _: str(cache)), io.BytesIO(wire(*messages)), target)
    return found, heard(target.getvalue())


@pytest.fixture
def cache(project: Path, tmp_path: Path) -> Path:
    """The cache of a project that was linted."""
    there = tmp_path / "cache"
    command = [sys.executable, "-m", "convexlint", "check", str(project), "--cache-dir", str(there), "-q"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
    return there


@pytest.mark.parametrize("capabilities", CLIENTS)
def test_the_offer_is_that_of_the_library(capabilities: Json) -> None:
    from lsprotocol import types as lsp
    from pygls.protocol import default_converter

    from convexlint.server.features import make_server

    converter = default_converter()  # type: ignore[no-untyped-call]
    given = Given(lambda _: None)
    server = make_server(given, begin(given, io.BytesIO(), io.BytesIO()))
    client = converter.structure(capabilities, lsp.ClientCapabilities)
    manager = server.protocol.fm
    built = ServerCapabilitiesBuilder(
        client,
        {*manager.features, *manager.builtin_features},
        manager.feature_options,
        list(manager.commands),
        lsp.TextDocumentSyncKind.Incremental,
        None,
        ServerCapabilitiesBuilder.choose_position_encoding(client),
    ).build()  # type: ignore[no-untyped-call]
    theirs = json.loads(json.dumps(converter.unstructure(built)))
    for absent in ("willSave", "willSaveWaitUntil"):
        assert not theirs["textDocumentSync"].pop(absent, False)
    assert offer(capabilities)["capabilities"] == theirs


def test_kept_findings_are_told_without_the_library(project: Path, cache: Path) -> None:
    script = """
import io, sys
from convexlint.server.first import begin
from convexlint.server.moments import Given
begin(Given(lambda _: sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
late = [name for name in sys.modules if name.partition(".")[0] in ("lsprotocol", "cattrs", "tree_sitter")]
assert not late, late
assert "pygls.lsp" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(cache)],
        input=wire(initialize(project), {"method": "initialized", "params": {}}),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answer, *rest = heard(done.stdout)
    assert answer["id"] == 7 and answer["result"] == offer({})
    assert len(rest) > 3 and {one["method"] for one in rest} == {"textDocument/publishDiagnostics"}


def test_what_is_told_first_is_what_a_check_says(serve: Serve, project: Path, cache: Path) -> None:
    client = serve(project, arguments=("--cache-dir", str(cache)), unit="utf-32")
    client.settle()
    told = len(client.published)
    assert published(project, client.diagnostics) == checked(project, {})
    assert told == len(client.diagnostics), "each file is told once"
    assert [one for one in client.heard if one.get("id") == 1] == []
    path = next(Path(p) for p, some in sorted(client.diagnostics.items()) if some and p.endswith(".ts"))
    client.open(path)
    client.edit(path, 0, 0, "// a comment\n")
    client.settle()
    assert published(project, client.diagnostics) == checked(project, client.texts)
    assert client.actions(path, client.of(path)[0]["range"])
    assert client.stop() == 0


def test_each_request_has_one_answer(project: Path, cache: Path) -> None:
    messages = [
        initialize(project, capabilities=FULL),
        {"method": "initialized", "params": {}},
        {"id": 8, "method": "convexlint/settled", "params": {}},
        {"id": 9, "method": "shutdown"},
        {"method": "exit"},
    ]
    command = [sys.executable, "-m", "convexlint", "server", "--cache-dir", str(cache)]
    done = subprocess.run(command, input=wire(*messages), capture_output=True, timeout=60, check=False)
    answers = [one for one in heard(done.stdout) if "method" not in one]
    assert [one["id"] for one in answers if one["id"] == 7] == [7]
    assert answers[0]["result"] == offer(FULL)
    assert done.returncode == 0


@pytest.mark.parametrize("change", ["edited", "added", "configured", "no cache"])
def test_nothing_is_told_first_that_does_not_hold(
    change: str, serve: Serve, project: Path, cache: Path
) -> None:
    module = next(path for path in sorted(project.rglob("*.ts")) if "_generated" not in path.parts)
    if change == "edited":
        module.write_bytes(b"// other\n" + module.read_bytes())
    elif change == "added":
        module.with_name("another.ts").write_text("export const nothing = 1;\n")
    elif change == "configured":
        (project / "convexlint.toml").write_text('[rules]\nrequire-returns-validator = "off"\n')
    else:
        cache = cache / "elsewhere"
    found, told = begun(cache, initialize(project), {"method": "initialized", "params": {}})
    assert found.told is None and told == []
    client = serve(project, arguments=("--cache-dir", str(cache)), unit="utf-32")
    client.settle()
    assert published(project, client.diagnostics) == checked(project, {})


def test_settings_of_the_client_count_from_the_first_message(project: Path, cache: Path) -> None:
    options = {"convexlint": {"ignore": ["require-returns-validator"]}}
    found, told = begun(cache, initialize(project, initializationOptions=options))
    assert found.told is None and told == []
    assert found.aim is not None and found.aim.overrides.ignore == ("require-returns-validator",)


def test_a_client_that_is_not_ready_hears_nothing_but_the_answer(project: Path, cache: Path) -> None:
    found, told = begun(cache, initialize(project), {"id": 8, "method": "shutdown"})
    assert [one.get("id") for one in told] == [7]
    assert found.told is not None and found.told.published == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"Content-Length: 5\r\n\r\n{}",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 1\r\n\r\n\xff",
        b"Content-Length: -3\r\n\r\n",
        b"Content-Length: 99999999999999999999\r\n\r\n{}",
        b"hello\n" * 40,
        wire({"method": "exit"}),
        wire({"id": None, "method": "initialize", "params": {"capabilities": 3, "workspaceFolders": 4}}),
        wire({"id": 1, "method": "initialize", "params": [1]}),
        wire({"id": 1, "method": "initialize", "params": {"rootUri": 5, "rootPath": ["x"]}}),
        wire({"id": 1, "method": "initialize", "params": {"workspaceFolders": [{"uri": 1}, 2]}}),
    ],
)
def test_a_first_message_of_any_kind_reaches_the_library_whole(data: bytes, tmp_path: Path) -> None:
    rest = wire({"method": "later"})
    target = io.BytesIO()
    found = begin(Given(lambda _: str(tmp_path)), io.BytesIO(data + rest), target)
    whole = b"".join(iter(lambda: found.stream.read(7), b""))
    assert whole == data + rest


def test_a_stream_is_read_again_by_lines_and_by_bytes() -> None:
    stream = Again(io.BytesIO(b"one\ntwo\nthree"))
    assert (stream.readline(), stream.read(2)) == (b"one\n", b"tw")
    stream.rewind()
    assert (stream.read(2), stream.readline(), stream.read(5), stream.readline()) == (
        b"on",
        b"e\n",
        b"two\nt",
        b"hree",
    )
    assert (stream.read(3), stream.readline()) == (b"", b"")
