"""Whether another checkout says the same: `python -m tools.same_findings path/to/other/python PROJECT ...`.

For changes that must not change what is found. Both programs check each project with every rule (cold, then warm, then
file by file for the modules that have findings), and their JSON is compared without what is only wording: messages,
help, titles, reasons. Prints what differs; ends with status 1 if anything does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_WORDING = frozenset(
    {"message", "help", "because", "title", "reason", "left", "failed", "timings", "version"}
)
_FILES = 12
"""Modules of a project that are also checked alone."""


def main(arguments: Sequence[str]) -> int:
    if len(arguments) < 2:
        raise SystemExit("error: name another python that has convexlint, and projects")
    other, *projects = arguments
    differing = 0
    for project in projects:
        for name, extra, files in _runs(project):
            ours, theirs = (_findings(python, project, extra, files) for python in (sys.executable, other))
            gone, new = _without(theirs, ours), _without(ours, theirs)
            differing += bool(gone or new)
            print(f"{project} {name}: {len(ours)} findings, {len(gone)} gone, {len(new)} new")
            for sign, lines in (("-", gone), ("+", new)):
                for line in lines[:20]:
                    print(f"  {sign} {line}")
    return 1 if differing else 0


def _runs(project: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    plain: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [("cold", ("--no-cache",), ())]
    plain += [("filling", (), ()), ("warm", (), ())]
    found = _findings(sys.executable, project, ("--no-cache",), ())
    files = sorted({str(json.loads(line)["path"]) for line in found})[:_FILES]
    return [*plain, *((f"alone: {file}", ("--no-cache",), (file,)) for file in files)]


def _findings(python: str, project: str, extra: tuple[str, ...], files: tuple[str, ...]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "convexlint.toml"
        config.write_text('extends = ["all"]\n', encoding="utf-8")
        command = [python, "-m", "convexlint", "check", *(files or (".",)), "--output-format", "json"]
        command += ["--config", str(config), *extra]
        run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        raise SystemExit(f"error: {project}: {run.stderr.strip()}")
    return sorted(json.dumps(_plain(one), sort_keys=True) for one in json.loads(run.stdout)["diagnostics"])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key not in _WORDING}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _without(these: list[str], those: list[str]) -> list[str]:
    known = set(those)
    return [one for one in these if one not in known]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
