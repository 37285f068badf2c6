"""A real VS Code: its server in Node, its window in a headless Chromium, our extension as it is packaged, and an
extension that drives it (`vscode/driver.js`). `make vscode`; it downloads 40 MB and compiles three native modules."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT
from tests.server.test_neovim import POSTS, SCHEMA
from tools.linter import convexlint

pytest.importorskip("pygls", reason="the extra `server` is not installed")

VARIABLE = "CONVEXLINT_VSCODE"
HOME = os.environ.get(VARIABLE)
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
RELEASES = {"v20": "4.99.4", "v22": "4.117.0", "v24": "4.139.1"}
"""The npm package `code-server` holds VS Code's server. Each release of it wants one version of Node."""
NATIVE = ("@vscode/spdlog", "node-pty", "native-watchdog")

OTHER = """import { query } from "./_generated/server";

export const all = query({ args: {}, handler: async (ctx) => (await ctx.db.query("posts").collect()).length });
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(HOME is None, reason=f"{VARIABLE} names no folder for VS Code: `make vscode` does"),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the PATH shows VS Code's window"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm, which brings VS Code's server"),
]


def said(*command: str | Path, cwd: Path | None = None) -> str:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=500, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def vscode() -> Path:
    """VS Code's server, installed into the folder that the variable names, once."""
    assert HOME is not None
    node = said("node", "--version").split(".")[0]
    release = RELEASES.get(node)
    if release is None:
        pytest.skip(f"no release of code-server that is known here runs on Node {node}")
    home = Path(HOME).resolve() / f"code-server-{release}"
    server = home / "node_modules" / "code-server" / "lib" / "vscode"
    if not (home / "ready").exists():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text("{}")
        npm = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev")
        said(*npm, f"code-server@{release}", cwd=home)
        said(*npm, cwd=server)
        said(*npm, cwd=server / "extensions")
        gyp = (
            Path(said("npm", "root", "-g").strip())
            / "npm"
            / "node_modules"
            / "node-gyp"
            / "bin"
            / "node-gyp.js"
        )
        headers = [
            f"--nodedir={path}"
            for path in (Path("/usr"), Path("/usr/local"))
            if (path / "include/node").is_dir()
        ]
        for module in NATIVE:
            said("node", gyp, "rebuild", *headers[:1], cwd=server / "node_modules" / module)
        (home / "ready").touch()
    return server


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our extension, out of its package."""
    home = tmp_path_factory.mktemp("extension") / "vscode"
    ignored = shutil.ignore_patterns("node_modules", "dist", "*.vsix")
    shutil.copytree(ROOT / "editors" / "vscode", home, ignore=ignored)
    said("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", cwd=home)
    said("npm", "run", "package", cwd=home)
    with zipfile.ZipFile(home / "convexlint.vsix") as package:
        package.extractall(home / "out")
    return home / "out" / "extension"


@pytest.fixture(scope="module")
def seen(vscode: Path, extension: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the driver saw."""
    folder = tmp_path_factory.mktemp("session").resolve()
    project, data, extensions = folder / "project", folder / "data", folder / "extensions"
    write_project(project)
    shutil.copytree(extension, extensions / "convexlint.convexlint-0.1.0")
    shutil.copytree(Path(__file__).parent / "vscode", extensions / "test.driver-0.0.1")
    binary = folder / "convexlint"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convexlint "$@"\n')
    binary.chmod(0o755)
    settings = {"security.workspace.trust.enabled": False, "convexlint.path": str(binary)}
    for place in ("Machine", "User"):
        (data / place).mkdir(parents=True)
        (data / place / "settings.json").write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    report = folder / "seen.json"
    options = ["--without-connection-token", "--accept-server-license-terms", "--telemetry-level", "off"]
    options += ["--host", "127.0.0.1", "--port", str(port), "--extensions-dir", str(extensions)]
    options += ["--server-data-dir", str(data), "--user-data-dir", str(data)]
    quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
    ]
    quiet += ["--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0"]
    address = f"http://127.0.0.1:{port}/?folder={project}"
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        ["node", vscode / "out" / "server-main.js", *options],
        env={**os.environ, "CONVEXLINT_SEEN": str(report)},
        stdout=log,
        stderr=log,
    )
    window = None
    try:
        wait(lambda: is_open(port), 60, "VS Code's server does not listen", server)
        window = subprocess.Popen(
            [str(BROWSER), *quiet, f"--user-data-dir={folder / 'browser'}", address], stdout=log, stderr=log
        )
        wait(report.exists, 240, "the driver has not come to its end", server, window)
        yield json.loads(report.read_text("utf-8"))
    finally:
        for process in filter(None, (window, server)):
            process.terminate()
            process.wait(20)
        log.close()


def write_project(project: Path) -> None:
    (project / "convex" / "_generated").mkdir(parents=True)
    (project / "package.json").write_text("{}")
    for name, text in (("schema", SCHEMA), ("posts", POSTS), ("other", OTHER)):
        (project / "convex" / f"{name}.ts").write_text(text)


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def wait(until: Any, seconds: float, otherwise: str, *alive: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, otherwise
        assert all(process.poll() is None for process in alive), "it has ended"
        time.sleep(0.2)


def checked(tmp_path: Path, file: str, text: str | None = None) -> list[tuple[str, int, int, str]]:
    """What `check` says of a file of the same project."""
    write_project(tmp_path / "again")
    if text is not None:
        (tmp_path / "again" / file).write_text(text, encoding="utf-8")
    ran = convexlint("check", "--no-cache", "--output-format", "json", file, folder=tmp_path / "again")
    found = json.loads(ran.stdout)["diagnostics"]
    return sorted(
        (one["rule"], one["range"]["start"]["line"], one["range"]["start"]["column"], one["message"])
        for one in found
    )


def plain(some: list[dict[str, Any]]) -> list[tuple[str, int, int, str]]:
    return sorted((one["rule"], one["line"], one["column"], one["message"].split("\n")[0]) for one in some)


def test_it_shows_what_check_says(seen: dict[str, Any], tmp_path: Path) -> None:
    assert "failed" not in seen, seen.get("failed")
    expected = checked(tmp_path, "convex/posts.ts")
    assert len(expected) > 1
    assert plain(seen["first"]) == expected
    assert plain(seen["elsewhere"]) == checked(tmp_path / "other", "convex/other.ts")
    levels = {one["rule"]: one["severity"] for one in seen["first"]}
    assert levels["no-floating-promise"] == "Error"


def test_it_answers_questions_about_names(seen: dict[str, Any]) -> None:
    assert "index `by_author` of table `posts`" in seen["hover"]
    assert seen["definition"] == ["convex/schema.ts"]
    assert "convex/posts.ts:6" in seen["references"]
    assert "by_author" in seen["completion"]
    assert any("anyone" in title or "reads" in title for title in seen["lenses"]), seen["lenses"]


def test_a_quick_fix_changes_the_file_and_its_findings(seen: dict[str, Any], tmp_path: Path) -> None:
    assert any(kind == "quickfix" for _, kind in seen["actions"])
    assert "await ctx.db.query" in seen["fixed"]
    assert plain(seen["afterFix"]) == checked(tmp_path, "convex/posts.ts", seen["fixed"])


def test_half_typed_code_and_a_new_start(seen: dict[str, Any]) -> None:
    assert "syntax-error" in {one["rule"] for one in seen["halfTyped"]}
    assert plain(seen["undone"]) == plain(seen["afterFix"]) == plain(seen["restarted"])
