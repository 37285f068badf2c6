"""The findings that each fixture project must give, kept on disk beside it as text and as JSON."""

from __future__ import annotations

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
    """The fixture projects: `fixtures/<name>/clean`, `fixtures/<name>/broken`, and any beside these."""
    return sorted(path for path in FIXTURES.glob("*/*") if path.is_dir() and path.name != "expected")


def files(project: Path) -> dict[Path, str]:
    """The files that keep what `project` gives, with what it gives now, under its own convexlint.toml if it has one.

    Raises RuntimeError when the run itself fails.
    """
    own = (project / "convexlint.toml").is_file()
    settings = () if own else ("--isolated",)
    answers = {}
    for suffix, options in VIEWS.items():
        ran = convexlint("check", project.name, *settings, "--no-cache", *options, folder=project.parent)
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
