"""`check --watch`: it draws again when files change, outlives what is broken, and ends with `q`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from convexlint.cli import watching
from tests.checkout import ROOT
from tests.cli.conftest import Runner
from tests.reports.outcomes import outcome

CLEAN = ROOT / "fixtures" / "notes" / "clean"
PATIENCE = 60.0
pytest.importorskip("watchfiles")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")


class Screen:
    """A terminal in which `convexlint check --watch` runs."""

    def __init__(self, folder: Path) -> None:
        import pty

        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "convexlint", "check", "--watch", "--no-cache"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            close_fds=True,
        )
        os.close(slave)
        os.set_blocking(self.master, False)
        self.drawn = 0

    def next(self) -> str:
        """What stands on the screen once it has been drawn anew."""
        text, end = "", time.monotonic() + PATIENCE
        while "q quits" not in text:
            assert time.monotonic() < end, f"nothing came: {text!r}"
            try:
                text += os.read(self.master, 65536).decode("utf-8", "replace")
            except BlockingIOError:
                time.sleep(0.05)
        return text.rpartition("\x1b[H")[2]

    def quit(self) -> int:
        os.write(self.master, b"q")
        return self.process.wait(PATIENCE)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    shutil.copytree(CLEAN, tmp_path / "app")
    return tmp_path / "app"


@pytest.fixture
def screen(app: Path) -> Iterator[Screen]:
    screen = Screen(app)
    yield screen
    if screen.process.poll() is None:
        screen.process.kill()
        screen.process.wait()
    os.close(screen.master)


def test_it_draws_what_changes_bring_and_outlives_what_is_broken(app: Path, screen: Screen) -> None:
    assert "No problems found" in screen.next()
    notes = app / "convex" / "notes.ts"
    good = notes.read_text()
    notes.write_text(good + "\nexport const broken = (;\n")
    assert "syntax-error" in screen.next()
    notes.write_text(good)
    assert "No problems found" in screen.next()
    (app / "convex" / "more").mkdir()
    (app / "convex" / "more" / "new.ts").write_text("export const broken = (;\n")
    text = screen.next()
    assert "convex/more/new.ts" in text
    (app / "convex" / "more" / "new.ts").unlink()
    assert "No problems found" in screen.next()
    (app / "convexlint.toml").write_text("nonsense = 1\n")
    assert "unknown key" in screen.next()
    (app / "convexlint.toml").write_text('extends = ["recommended"]\n')
    assert "q quits" in f"{screen.next()} q quits"
    assert screen.quit() == 0


def test_a_missing_extra_is_told(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    ran = cli("check", "--watch", answer=outcome())
    assert (ran.status, ran.out) == (2, "")
    assert "--watch needs the package watchfiles" in ran.err and "convexlint[watch]" in ran.err


@pytest.mark.parametrize("other", ["--fix", "--diff", "--write-baseline", "--add-suppressions"])
def test_it_writes_nothing(cli: Runner, other: str) -> None:
    ran = cli("check", "--watch", other, answer=outcome())
    assert ran.status == 2 and "--watch writes nothing" in ran.err


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("/app/convex/a.ts", True),
        ("/app/convex/_generated/api.d.ts", True),
        ("/app/convexlint.toml", True),
        ("/app/package-lock.json", True),
        ("/app/convex/README.md", False),
        ("/app/node_modules/x/a.ts", False),
        ("/app/.git/a.ts", False),
        ("/app/dist/a.js", False),
    ],
)
def test_which_files_matter(path: str, matters: bool) -> None:
    assert watching.matters(None, path) is matters
