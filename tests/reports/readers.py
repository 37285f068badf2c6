"""Those who read our reports elsewhere: published schemas and real readers, installed with npm or pip for the tests."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tools import npm

_SARIF = {"@microsoft/jest-sarif": "1.0.0-beta.0"}  # ships the schema that OASIS published
_RDJSON = {"@umbrelladocs/rdformat-validator": "1.0.1"}

# What GitLab's server checks each entry against, in our words, and stricter: it documents the five severities.
_GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "minLength": 8},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def installed(packages: dict[str, str]) -> Path:
    """Where npm put them; without Node the test is skipped, in CI it fails."""
    try:
        return npm.install(packages) / "node_modules"
    except npm.NpmUnavailableError as problem:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to install {', '.join(packages)}: {problem}")
        pytest.skip(str(problem))


def read_sarif(text: str) -> Any:
    """The log, held against the schema of OASIS."""
    folder = installed(_SARIF) / "@microsoft/jest-sarif/lib/schemas"
    schema = json.loads((folder / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))
    log = json.loads(text)
    Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER).validate(log)
    return log


def read_rdjson(text: str) -> Any:
    """The report, held against reviewdog's format."""
    script = installed(_RDJSON) / "@umbrelladocs/rdformat-validator/bin/rdformat-validator.js"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        file.write_text(text, "utf-8")
        command = [npm.node(), str(script), "--strict", "--no-extra-fields", str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(text)


def read_gitlab(text: str) -> Any:
    """The entries, held against what GitLab asks for; it shows only the first of equal fingerprints."""
    entries = json.loads(text)
    Draft4Validator(_GITLAB).validate(entries)
    return entries


def read_junit(text: str) -> Any:
    """The report as junitparser reads it."""
    try:
        parser = import_module("junitparser")
    except ModuleNotFoundError:
        if os.environ.get("CI"):
            raise
        pytest.skip("needs junitparser")
    return parser.JUnitXml.fromstring(text.encode())
