"""The extension for VS Code: what its manifest promises is what the sources and the program do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from convexlint.cli.app import run
from tests.checkout import ROOT, fixtures

HOME = ROOT / "editors" / "vscode"
MANIFEST = json.loads((HOME / "package.json").read_text("utf-8"))


def test_the_problem_matcher_reads_the_concise_report(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    folder = fixtures() / "notes" / "broken"
    run(["check", "--no-cache", "--output-format", "concise", "--output-file", str(report), str(folder)])
    (matcher,) = MANIFEST["contributes"]["problemMatchers"]
    pattern = matcher["pattern"]
    lines = report.read_text("utf-8").splitlines()
    assert len(lines) > 10
    for line in lines:
        found = re.match(pattern["regexp"], line)
        assert found is not None, line
        assert found[pattern["severity"]] in ("error", "warning", "info")
        assert int(found[pattern["line"]]) > 0 and int(found[pattern["column"]]) > 0


def test_every_setting_and_command_is_known_to_the_sources() -> None:
    source = (HOME / "src" / "extension.ts").read_text("utf-8")
    for name in MANIFEST["contributes"]["configuration"]["properties"]:
        assert f'"{name.removeprefix("convexlint.")}"' in source, name
    for command in MANIFEST["contributes"]["commands"]:
        assert f'registerCommand("{command["command"]}"' in source
    page = (ROOT / "docs" / "editors.md").read_text("utf-8")
    for option in re.findall(
        r"^    (\w+): ", source.partition("function options()")[2].partition("}\n")[0], re.M
    ):
        assert f"`{option}`" in page, option


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm, which builds the extension")
def test_it_is_checked_tested_and_packaged(tmp_path: Path) -> None:
    home = tmp_path / "vscode"
    shutil.copytree(HOME, home, ignore=shutil.ignore_patterns("node_modules", "dist", "*.vsix"))

    def npm(*words: str) -> str:
        ran = subprocess.run(
            ["npm", *words],
            cwd=home,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        said = ran.stdout + ran.stderr
        if words[0] == "install" and ran.returncode != 0:
            pytest.skip(f"npm install does not work here: {said[-300:]}")
        assert ran.returncode == 0, said
        return said

    npm("install", "--no-audit", "--no-fund", "--ignore-scripts")
    npm("run", "check")
    assert "fail 0" in npm("test")
    npm("run", "package")
    with zipfile.ZipFile(home / "convexlint.vsix") as package:
        names = {name.lower() for name in package.namelist()}
        manifest = json.loads(package.read("extension/package.json"))
    assert {"extension/dist/extension.js", "extension/readme.md", "extension/license.txt"} <= names
    assert not any("node_modules" in name or name.endswith(".ts") for name in names)
    assert manifest["main"] == "./dist/extension.js"
