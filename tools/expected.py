"""What each fixture project must give, kept on disk: the findings as text and as JSON, beside it, and for a broken
project the whole project as `--fix --unsafe-fixes` leaves it, in `fixed/`."""

from __future__ import annotations

import shutil
import tempfile
from difflib import unified_diff
from pathlib import Path

from tools.linter import ROOT, convexlint

FIXTURES = ROOT / "fixtures"
# What a fixture is asked for, by the suffix of the file that keeps the answer.
VIEWS = {
    "txt": ("--output-format", "text"),
    "json": ("--output-format", "json"),
    "diff": ("--diff", "--quiet"),
    "unsafe.diff": ("--diff", "--unsafe-fixes", "--quiet"),
}


def projects() -> list[Path]:
    """The fixture projects: `fixtures/<name>/clean`, `broken` and `fixed`, and any beside these."""
    return sorted(path for path in FIXTURES.glob("*/*") if path.is_dir() and path.name != "expected")


def files(project: Path) -> dict[Path, str]:
    """The files that keep what `project` gives, with what it gives now, under its own convexlint.toml if it has one.

    Raises RuntimeError when the run itself fails.
    """
    own = (project / "convexlint.toml").is_file()
    settings = () if own else ("--isolated",)
    answers = {}
    with tempfile.TemporaryDirectory() as scratch:  # in no repository of git, wherever the checkout lies
        shutil.copytree(project, Path(scratch) / project.name)
        runs = {
            suffix: convexlint("check", project.name, *settings, "--no-cache", *options, folder=Path(scratch))
            for suffix, options in VIEWS.items()
        }
    for suffix, ran in runs.items():
        if ran.returncode not in (0, 1) or ran.stderr:
            raise RuntimeError(f"{project}: convexlint failed: {ran.stderr.strip()}")
        answers[project.parent / "expected" / f"{project.name}.{suffix}"] = ran.stdout
    return answers


def broken_projects() -> list[Path]:
    """The fixture projects that are there to be fixed."""
    return [path for path in projects() if path.name == "broken"]


def fixed_files(broken: Path) -> dict[Path, bytes]:
    """All files that `fixed/` beside `broken` must hold: what is left of a copy after `--fix --unsafe-fixes`.

    Raises RuntimeError when the run itself fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(shutil.copytree(broken, Path(scratch) / broken.name))
        settings = () if (broken / "convexlint.toml").is_file() else ("--isolated",)
        ran = convexlint("check", *settings, "--no-cache", "--fix", "--unsafe-fixes", folder=root)
        if ran.returncode not in (0, 1) or ran.stderr:
            raise RuntimeError(f"{broken}: convexlint failed: {ran.stderr.strip()}")
        return {broken.parent / "fixed" / name: content for name, content in tree(root).items()}


def tree(root: Path) -> dict[str, bytes]:
    """Every file under a folder, by its relative path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def distance(house: Path) -> str:
    """How the fixed project differs from its clean twin, as a diff: what no fix reaches."""
    sides = [tree(house / name) for name in ("fixed", "clean")]
    lines: list[str] = []
    for name in sorted(set(sides[0]) | set(sides[1])):
        old, new = (side.get(name, b"").decode("utf-8", "backslashreplace").splitlines() for side in sides)
        lines += unified_diff(old, new, f"fixed/{name}", f"clean/{name}", lineterm="", n=1)
    return "".join(line + "\n" for line in lines)


def _write_fixed(broken: Path) -> None:
    wanted = fixed_files(broken)
    folder = broken.parent / "fixed"
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path not in wanted:
            path.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            print(f"rewrote {path.relative_to(ROOT)}: read its diff")
    (broken.parent / "expected" / "fixed.to-clean.diff").write_text(distance(broken.parent), encoding="utf-8")


def main() -> None:
    """Write what every fixture gives now."""
    for broken in broken_projects():
        _write_fixed(broken)
    for project in projects():
        for path, text in files(project).items():
            path.parent.mkdir(exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                print(f"rewrote {path.relative_to(ROOT)}: read its diff")


if __name__ == "__main__":
    main()
