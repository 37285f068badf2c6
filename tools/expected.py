"""The findings that each fixture project must give, kept on disk beside it as text and as JSON."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
# What a fixture is asked for, by the suffix of the file that keeps the answer.
VIEWS = {
    "txt": ("--output-format", "text"),
    "json": ("--output-format", "json"),
    "diff": ("--diff", "--quiet"),
}


def convexlint(*arguments: str, folder: Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run this checkout's convexlint in `folder`, without colour."""
    ran = subprocess.run(
        [sys.executable, "-m", "convexlint", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"},
        input=stdin,
        capture_output=True,
        check=False,
    )
    out, err = (text.decode("utf-8", "replace") for text in (ran.stdout, ran.stderr))
    return subprocess.CompletedProcess(ran.args, ran.returncode, out, err)


def projects() -> list[Path]:
    """The fixture projects: `fixtures/<name>/clean`, `fixtures/<name>/broken`, and any beside these."""
    return sorted(path for path in FIXTURES.glob("*/*") if path.is_dir() and path.name != "expected")


def files(project: Path) -> dict[Path, str]:
    """The files that keep what `project` gives, with what it gives now.

    Raises RuntimeError when the run itself fails.
    """
    answers = {}
    for suffix, options in VIEWS.items():
        ran = convexlint("check", project.name, "--isolated", "--no-cache", *options, folder=project.parent)
        if ran.returncode not in (0, 1) or ran.stderr:
            raise RuntimeError(f"{project}: convexlint failed: {ran.stderr.strip()}")
        answers[project.parent / "expected" / f"{project.name}.{suffix}"] = ran.stdout
    return answers


def main() -> None:
    """Write what every fixture gives now."""
    for project in projects():
        for path, text in files(project).items():
            path.parent.mkdir(exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                print(f"rewrote {path.relative_to(ROOT)}: read its diff")


if __name__ == "__main__":
    main()
