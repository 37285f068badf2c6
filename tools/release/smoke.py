"""The same short test for every artefact: what it finds in the fixtures, its exit statuses, one fix, its times.

`python tools/release/smoke.py COMMAND...` puts an installed convexlint to it, with nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"

_COPIES = 25
_STARTS = 7


@dataclass(frozen=True)
class Installed:
    """An artefact ready to run: the words before the arguments, and the environment that they need."""

    command: Sequence[str]
    env: Mapping[str, str]

    def run(self, *arguments: str, folder: Path, colour: bool = False) -> subprocess.CompletedProcess[bytes]:
        """Bytes, since what is compared is bytes. `colour`: as on a terminal."""
        return subprocess.run(
            [*self.command, *arguments],
            cwd=folder,
            env={**self.env, **({"FORCE_COLOR": "1"} if colour else {"NO_COLOR": "1"})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )


@dataclass(frozen=True)
class Times:
    """Seconds. `start`: the quickest of several `--version`; `large`: one cold check of `large_project`."""

    start: float
    large: float


def problems(installed: Installed, version: str, scratch: Path) -> list[str]:
    """What is wrong with an installed artefact of that version; empty where all is well."""
    wrong: list[str] = []

    def expect(
        what: str, status: int, ran: subprocess.CompletedProcess[bytes], out: bytes | None = None
    ) -> None:
        if ran.returncode != status:
            said = ran.stderr.decode("utf-8", "replace").strip()[-300:]
            wrong.append(f"{what}: exit status {ran.returncode}, not {status}: {said}")
        elif out is not None and _plain(ran.stdout) != out:
            wrong.append(f"{what}: it printed something else than expected")

    told = installed.run("--version", folder=scratch)
    expect("--version", 0, told, f"convexlint {version}\n".encode())
    expect("rule", 0, installed.run("rule", "no-filter-in-query", folder=scratch))
    # Colour takes another way, through a library that reads markdown.
    shown = installed.run("rule", "no-filter-in-query", folder=scratch, colour=True)
    expect("rule in colour", 0, shown)
    if b"\x1b[" not in shown.stdout:
        wrong.append("rule in colour: there is none")
    expect("a wrong option", 2, installed.run("check", "--no-such-option", folder=scratch))
    expect("a folder without a project", 2, installed.run("check", str(_empty(scratch)), folder=scratch))
    for kept in sorted(FIXTURES.glob("*/expected/*.json")):
        house, name = kept.parent.parent, kept.stem
        # As tools/expected.py made it: in no repository of git, from whose root paths would be told.
        away = scratch / "houses" / house.name
        shutil.copytree(house / name, away / name)
        settings = () if (house / name / "convexlint.toml").is_file() else ("--isolated",)
        ran = installed.run("check", name, *settings, "--no-cache", "--output-format", "json", folder=away)
        expected = kept.read_bytes()
        fails = bool(json.loads(expected)["summary"]["errors"] or json.loads(expected)["summary"]["warnings"])
        expect(f"{house.name}/{name}", int(fails), ran, expected)
    expected = (FIXTURES / "notes" / "expected" / "broken.json").read_bytes()
    for turn in ("a cold cache", "a warm cache"):
        options = ("--isolated", "--cache-dir", str(scratch / "cache"), "--output-format", "json")
        expect(
            turn, 1, installed.run("check", "broken", *options, folder=scratch / "houses" / "notes"), expected
        )
    wrong += _fix(installed, scratch / "fixed")
    return wrong


def _fix(installed: Installed, scratch: Path) -> list[str]:
    house = FIXTURES / "notes"
    app = shutil.copytree(house / "broken", scratch / "broken")
    installed.run("check", "--isolated", "--no-cache", "--fix", "--unsafe-fixes", folder=app)
    expected = {
        path.relative_to(house / "fixed"): path for path in (house / "fixed").rglob("*") if path.is_file()
    }
    made = {path.relative_to(app): path for path in app.rglob("*") if path.is_file()}
    if made.keys() == expected.keys() and all(
        made[at].read_bytes() == expected[at].read_bytes() for at in made
    ):
        return []
    return ["--fix --unsafe-fixes leaves notes/broken otherwise than notes/fixed"]


def _plain(out: bytes) -> bytes:
    return out.replace(b"\r\n", b"\n") if os.name == "nt" else out


def _empty(scratch: Path) -> Path:
    folder = scratch / "empty"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def large_project(target: Path) -> Path:
    """A project of some 300 modules, made of one fixture many times over; what differs is where they lie."""
    source = FIXTURES / "elevated-school" / "broken"
    shutil.copytree(source, target)
    modules = [path for path in sorted((source / "convex").glob("*.ts")) if path.name != "schema.ts"]
    for number in range(1, _COPIES):
        folder = target / "convex" / f"again{number}"
        folder.mkdir()
        for module in modules:
            # Modules with the same text would be read once.
            (folder / module.name).write_bytes(module.read_bytes() + b"\n// again %d\n" % number)
    return target


def measure(installed: Installed, project: Path) -> tuple[Times, bytes]:
    """How long it takes, and what it finds in `project`, as JSON."""
    starts = []
    for _ in range(_STARTS):
        begin = time.perf_counter()
        installed.run("--version", folder=project)
        starts.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    ran = installed.run("check", "--no-cache", "--select", "all", "--output-format", "json", folder=project)
    return Times(min(starts), time.perf_counter() - begin), ran.stdout


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit("usage: python tools/release/smoke.py COMMAND...")
    program = shutil.which(sys.argv[1])
    if program is None:
        raise SystemExit(f"error: there is no command {sys.argv[1]}")
    command = [str(Path(program).absolute()), *sys.argv[2:]]
    source = (ROOT / "src" / "convexlint" / "__init__.py").read_text(encoding="utf-8")
    (version,) = re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    with tempfile.TemporaryDirectory() as scratch:
        wrong = problems(Installed(command, os.environ), version, Path(scratch))
    print("\n".join(wrong) or f"{' '.join(sys.argv[1:])}: convexlint {version} finds what it should")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
