"""A client of the language server that knows nothing of its code: JSON-RPC over the pipes of a real process."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the extra `server` is not installed")

Json = dict[str, Any]
SECONDS = 60
FULL: Json = {
    "workspace": {
        "workspaceEdit": {"documentChanges": True},
        "configuration": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "textDocument": {"publishDiagnostics": {"relatedInformation": True, "versionSupport": True}},
}


class Client:
    """One server process and what it said. `diagnostics`: the last ones by path; `published`: every message."""

    def __init__(
        self, *folders: Path, arguments: tuple[str, ...] = ("--no-cache",), cwd: Path | None = None
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "convexlint", "server", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=cwd,
        )
        self.folders = folders
        self.diagnostics: dict[str, list[Json]] = {}
        self.published: list[Json] = []
        self.heard: list[Json] = []
        self._answers: dict[int, queue.Queue[Json]] = {}
        self._number = 0
        self._lock = threading.Lock()
        self._versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    # ------------------------------------------------------------------------------------------------ the wire

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def begin(self, method: str, params: Any) -> int:
        """Send a request and do not wait."""
        self._number += 1
        self._answers[self._number] = queue.Queue()
        self._send({"id": self._number, "method": method, "params": params})
        return self._number

    def answer(self, number: int, seconds: float = SECONDS) -> Json:
        return self._answers[number].get(timeout=seconds)

    def request(self, method: str, params: Any, seconds: float = SECONDS) -> Any:
        answer = self.answer(self.begin(method, params), seconds)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _send(self, message: Json) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
            self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                return
            self._take(json.loads(stream.read(length)))

    def _take(self, message: Json) -> None:
        if "method" not in message:
            self._answers[message["id"]].put(message)
            return
        self.heard.append(message)
        if "id" in message:
            results: Json = {"workspace/configuration": [{}], "window/showDocument": {"success": True}}
            self._send({"id": message["id"], "result": results.get(message["method"])})
        elif message["method"] == "textDocument/publishDiagnostics":
            self.published.append(message["params"])
            self.diagnostics[path_of(message["params"]["uri"])] = message["params"]["diagnostics"]

    # ---------------------------------------------------------------------------------------------- an editor

    def start(
        self, options: Json | None = None, capabilities: Mapping[str, Any] = FULL, unit: str = "utf-16"
    ) -> Json:
        capabilities = {**capabilities, "general": {"positionEncodings": [unit, "utf-16"]}}
        result: Json = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": self.folders[0].as_uri() if self.folders else None,
                "workspaceFolders": [{"uri": f.as_uri(), "name": f.name} for f in self.folders],
                "capabilities": capabilities,
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        return result

    def open(self, path: Path, text: str | None = None) -> None:
        text = path.read_bytes().decode() if text is None else text
        self._versions[str(path)] = 1
        self.texts[str(path)] = text
        document = {"uri": path.as_uri(), "languageId": "typescript", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def edit(self, path: Path, start: int, end: int, new: str) -> None:
        """Replace characters [start, end) of the open text, as an incremental change in UTF-16."""
        old = self.texts[str(path)]
        self._versions[str(path)] += 1
        self.texts[str(path)] = old[:start] + new + old[end:]
        change = {"range": {"start": place(old, start), "end": place(old, end)}, "text": new}
        self._change(path, change)

    def replace(self, path: Path, text: str) -> None:
        self._versions[str(path)] += 1
        self.texts[str(path)] = text
        self._change(path, {"text": text})

    def _change(self, path: Path, change: Json) -> None:
        document = {"uri": path.as_uri(), "version": self._versions[str(path)]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def close(self, path: Path) -> None:
        del self.texts[str(path)]
        self.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})

    def save(self, path: Path) -> None:
        path.write_bytes(self.texts[str(path)].encode())
        self.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})

    def watched(self, *changes: tuple[Path, int]) -> None:
        """Tell of changes on disk: 1 created, 2 changed, 3 deleted."""
        self.notify(
            "workspace/didChangeWatchedFiles",
            {"changes": [{"uri": path.as_uri(), "type": kind} for path, kind in changes]},
        )

    def settle(self, seconds: float = SECONDS) -> None:
        """Wait until the server has nothing left to do."""
        self.request("convexlint/settled", {}, seconds)

    def of(self, path: Path) -> list[Json]:
        return self.diagnostics.get(path.as_posix(), [])

    def version(self, path: Path) -> int:
        """The version of an open document."""
        return self._versions[str(path)]

    def memory(self) -> float:
        """Megabytes that the server has in memory, where the system tells."""
        status = Path(f"/proc/{self._process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)

    def processor(self) -> float:
        """Seconds of processor time that the server has taken, without other processes that it starts; 0 where the
        system does not tell."""
        status = Path(f"/proc/{self._process.pid}/stat")
        if not status.exists():
            return 0.0
        user, system = status.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def rules(self, path: Path) -> list[str]:
        return [diagnostic["code"] for diagnostic in self.of(path)]

    def actions(self, path: Path, range_: Json, only: list[str] | None = None) -> list[Json]:
        context: Json = {"diagnostics": self.of(path)}
        if only is not None:
            context["only"] = only
        params = {"textDocument": {"uri": path.as_uri()}, "range": range_, "context": context}
        result: list[Json] = self.request("textDocument/codeAction", params)
        return result

    def at(self, method: str, path: Path, text: str, offset: int = 0, **more: Any) -> Any:
        """Ask about the place where `text` stands first in the open file, `offset` characters into it."""
        whole = self.texts[str(path)]
        where = place(whole, whole.index(text) + offset)
        return self.request(method, {"textDocument": {"uri": path.as_uri()}, "position": where, **more})

    def stop(self) -> int:
        """Shut the server down as the protocol asks; its exit status."""
        self.request("shutdown", None, 20)
        self.notify("exit", None)
        return self._process.wait(20)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_for(self, what: Any, seconds: float = SECONDS) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.01)


def place(text: str, at: int) -> Json:
    """The position of character `at`, in UTF-16 units."""
    before = text[:at].replace("\r\n", "\n").replace("\r", "\n")
    line = before.rpartition("\n")[2]
    return {"line": before.count("\n"), "character": len(line.encode("utf-16-le")) // 2}


def index(text: str, position: Json) -> int:
    """The character at a position in UTF-16 units."""
    lines = text.splitlines(keepends=True) or [""]
    at = sum(len(line) for line in lines[: position["line"]])
    rest = lines[position["line"]] if position["line"] < len(lines) else ""
    units = 0
    for character in rest:
        if units >= position["character"]:
            break
        units += 2 if ord(character) > 0xFFFF else 1
        at += 1
    return at


def apply(text: str, edits: list[Json]) -> str:
    """The text after the edits of the protocol."""
    for edit in sorted(
        edits, key=lambda e: (e["range"]["start"]["line"], e["range"]["start"]["character"]), reverse=True
    ):
        start, end = index(text, edit["range"]["start"]), index(text, edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text


def edits_of(action: Json, path: Path) -> list[Json]:
    """The edits of a code action in one file."""
    edit = action["edit"]
    if "documentChanges" in edit:
        return [
            one
            for change in edit["documentChanges"]
            if change["textDocument"]["uri"] == path.as_uri()
            for one in change["edits"]
        ]
    found: list[Json] = edit["changes"][path.as_uri()]
    return found


def path_of(uri: str) -> str:
    from urllib.parse import unquote, urlparse

    return unquote(urlparse(uri).path)
