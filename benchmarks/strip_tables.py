"""Table names taken away and put back: how often explicit-table-ids restores what its author wrote.

    python benchmarks/strip_tables.py PROJECT [PROJECT ...]

Copies each project to a temporary folder, turns `ctx.db.get("t", id)` (also patch, replace, delete) into
`ctx.db.get(id)`, runs `convexlint check --fix` there, and compares with the original, place by place. No
TypeScript is needed: the truth is what stands in the code. Exits 1 when a name comes back wrong.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from convexlint.discovery.discover import discover
from convexlint.discovery.project import Role

LEFT_OUT = shutil.ignore_patterns("node_modules", ".git", "dist", ".next")
# A call on something called db, with the table's name if there is one; comments are left alone.
CALL = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<head>\bdb\s*\.\s*(?:get|patch|replace|delete)\(\s*)(?P<table>[\"']\w+[\"']\s*,\s*)?",
    re.DOTALL,
)


@dataclass
class Count:
    """`lines`: the places that are not right, one line each."""

    right: int = 0
    unnamed: int = 0
    wrong: int = 0
    lines: list[str] = field(default_factory=list)


def calls(text: str) -> list[tuple[int, str | None]]:
    """(line, table or None) of each call, in order."""
    return [
        (text.count("\n", 0, m.start()) + 1, m["table"].rstrip(" ,\n\t").strip("\"'") if m["table"] else None)
        for m in CALL.finditer(text)
        if m["head"]
    ]


def strip(text: str) -> str:
    return CALL.sub(lambda m: m["comment"] or m["head"], text)


def linted(root: Path) -> list[Path]:
    """The modules of all Convex projects under `root`: tests and generated code are not linted."""
    found = discover([str(root)])
    roles = (Role.TEST, Role.GENERATED)
    files = {f.path for t in found.targets for f in t.project.files if f.role not in roles and not f.excluded}
    return sorted(Path(path) for path in files)


def stripped(root: Path) -> dict[Path, list[tuple[int, str | None]]]:
    """Take the names out of every linted file under `root`; what stood there, for the files that changed."""
    found: dict[Path, list[tuple[int, str | None]]] = {}
    for path in linted(root):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        bare = strip(text)
        if bare != text:
            found[path] = calls(text)
            path.write_text(bare, encoding="utf-8", errors="surrogateescape")
    return found


def compare(before: dict[Path, list[tuple[int, str | None]]], root: Path) -> Count:
    count = Count()
    for path, wanted in before.items():
        now = calls(path.read_text(encoding="utf-8", errors="surrogateescape"))
        for (line, table), (_, restored) in zip(wanted, now, strict=True):
            where = f"{path.relative_to(root).as_posix()}:{line}"
            if table is None:
                continue
            if restored == table:
                count.right += 1
            elif restored is None:
                count.unnamed += 1
                count.lines.append(f"unnamed  {where} ({table})")
            else:
                count.wrong += 1
                count.lines.append(f"WRONG    {where} named {restored}, is {table}")
    return count


def measure(project: Path) -> Count:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / project.name
        shutil.copytree(project, root, ignore=LEFT_OUT, symlinks=True)
        before = stripped(root)
        command = [sys.executable, "-m", "convexlint", "check", str(root), "--isolated", "--no-cache"]
        command += ["--select", "explicit-table-ids", "--fix", "--output-format", "concise"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode == 2:
            raise SystemExit(run.stderr)
        return compare(before, root)


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    wrong = 0
    for argument in arguments:
        project = Path(argument).resolve()
        count = measure(project)
        print(f"{project.name}: {count.right} right, {count.unnamed} unnamed, {count.wrong} wrong")
        for line in count.lines:
            print("   " + line)
        wrong += count.wrong
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
