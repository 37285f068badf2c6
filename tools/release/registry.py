"""A registry of npm on the loopback device that knows only the tarballs that it was given.

It asks nobody else: a name that it does not have is answered with 404 and remembered in `refused`. So no package
manager in a test can come to ask a real registry for a name of ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote


class Registry:
    """Packages by name and version, and what was asked for in vain."""

    def __init__(self, tarballs: Iterable[Path]) -> None:
        self.refused: list[str] = []
        self.url = ""
        """`http://127.0.0.1:PORT`, once it is served."""
        self._files = {path.name: path for path in tarballs}
        self._packages: dict[str, dict[str, dict[str, Any]]] = {}
        for path in self._files.values():
            with tarfile.open(path) as archive:
                manifest = archive.extractfile("package/package.json")
                assert manifest is not None, path
                about = json.loads(manifest.read())
            data = path.read_bytes()
            about["dist"] = {
                "tarball": path.name,
                "shasum": hashlib.sha1(data).hexdigest(),
                "integrity": f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}",
            }
            self._packages.setdefault(about["name"], {})[about["version"]] = about

    def answer(self, path: str) -> bytes | None:
        """What is at `path`: a tarball, or what is known of a package as JSON; None where there is nothing."""
        asked = unquote(path).split("?", 1)[0].strip("/")
        if asked.startswith("files/"):
            file = self._files.get(asked.removeprefix("files/"))
            return file.read_bytes() if file else None
        versions = self._packages.get(asked)
        if versions is None:
            self.refused.append(asked)
            return None
        served = {
            version: {
                **about,
                "dist": {**about["dist"], "tarball": f"{self.url}/files/{about['dist']['tarball']}"},
            }
            for version, about in versions.items()
        }
        document = {"name": asked, "dist-tags": {"latest": max(versions)}, "versions": served}
        return json.dumps(document).encode()


@contextmanager
def serve(registry: Registry) -> Iterator[Registry]:
    """Serve it at a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = registry.answer(self.path)
            self.send_response(404 if body is None else 200)
            body = b'{"error": "not found"}' if body is None else body
            kind = "application/octet-stream" if "/files/" in self.path else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
