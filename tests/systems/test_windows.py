"""Drive letters, backslashes, line ends, code pages, and files that something else has open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convexlint.discovery import listing
from convexlint.discovery.project import outer_name
from convexlint.fixes.write import write_all
from convexlint.reports.json import json_report
from convexlint.reports.model.description import describe
from convexlint.session import Request, check, programs
from tests.systems.conftest import Drive
from tools.linter import ROOT

PROJECT = {
    "package.json": '{"dependencies": {"convex": "1.31.0"}}',
    "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["shared/*"]}}}',
    "convex/schema.ts": (
        'import { defineSchema, defineTable } from "convex/server";\r\n'
        'import { v } from "convex/values";\r\n'
        "export default defineSchema({\r\n"
        '  notes: defineTable({ owner: v.string() }).index("by_owner", ["owner"]),\r\n'
        "});\r\n"
    ),
    "convex/notes.ts": (
        'import { query } from "./_generated/server";\r\n'
        'import { v } from "convex/values";\r\n'
        'import { mine } from "../shared/mine";\r\n'
        'import { all } from "@/all";\r\n'
        "// convexlint-disable-next-line no-filter-in-query -- nothing there\r\n"
        "export const list = query({\r\n"
        "  args: { owner: v.string() },\r\n"
        "  returns: v.any(),\r\n"
        "  handler: async (ctx, args) => [await mine(ctx, args.owner), await all(ctx)],\r\n"
        "});\r\n"
    ),
    # What would be reported in the functions folder: where it lies decides.
    "shared/mine.ts": (
        'import type { QueryCtx } from "../convex/_generated/server";\r\n'
        "export const mine = (ctx: QueryCtx, owner: string) =>\r\n"
        '  ctx.db.query("notes").filter((q) => q.eq(q.field("owner"), owner)).collect();\r\n'
    ),
    "shared/all.ts": (
        'import type { QueryCtx } from "../convex/_generated/server";\r\n'
        'export const all = (ctx: QueryCtx) => ctx.db.query("notes").collect();\r\n'
    ),
}


def report(cwd: str) -> str:
    """All that a run over the working folder says, and the program that it made."""
    (program,) = programs(Request((".",)))
    return json_report(check(Request((".",))), cwd, fixing=False) + json.dumps(describe(program, cwd))


def test_a_project_on_a_drive_gives_the_bytes_that_it_gives_elsewhere(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules outside of the functions folder among them, which are known by whole paths."""
    drive.write(PROJECT)
    there = report("C:/app")
    monkeypatch.undo()
    monkeypatch.chdir(drive.root)
    here = report(drive.root.as_posix())
    assert "require-access-control" in there
    assert '"modules": ["notes", "schema"]' in there
    assert there == here


def test_a_drive_has_one_spelling(drive: Drive) -> None:
    assert listing.absolute("convex\\notes.ts") == "C:/app/convex/notes.ts"
    assert listing.normal("c:\\app\\.\\convex\\..\\x.ts") == "C:/app/x.ts"
    assert listing.real("c:\\app") == "C:/app"
    assert listing.ancestors("C:/app/convex") == ["C:/app/convex", "C:/app", "C:/"]
    assert listing.join("C:/", "app") == "C:/app"
    assert listing.inside("C:/app", "C:/") and not listing.inside("D:/app", "C:/")


def test_a_folder_of_the_network_ends_somewhere(drive: Drive) -> None:
    path = listing.normal("\\\\server\\share\\app\\convex")
    assert path == "//server/share/app/convex"
    assert listing.ancestors(path)[-1] == "/"


def test_no_way_leads_to_another_drive(drive: Drive) -> None:
    assert listing.relative("C:/app/convex/a.ts", "C:/app") == "convex/a.ts"
    assert listing.relative("D:/other/a.ts", "C:/app") == "D:/other/a.ts"


def test_files_outside_of_the_functions_folder_are_told_apart_on_drives_too() -> None:
    assert outer_name("/app/src/a.ts") == "/app/src/a.ts"
    assert outer_name("C:/app/src/a.ts") == "/C:/app/src/a.ts"


class _LockedError(OSError):
    winerror = 32


def locked(monkeypatch: pytest.MonkeyPatch, times: int) -> list[float]:
    """The first `times` attempts to replace a file fail as while a scanner has it open; the waits."""
    waits: list[float] = []
    replace, left = Path.replace, [times]

    def refuse(self: Path, target: Path) -> Path:
        if left[0]:
            left[0] -= 1
            raise _LockedError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


def test_a_file_that_a_scanner_has_open_is_written_when_it_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.ts"
    file.write_bytes(b"old")
    waits = locked(monkeypatch, 3)
    assert write_all({str(file): b"new"}, {str(file): b"old"}) == {}
    assert file.read_bytes() == b"new"
    assert len(waits) == 3


def test_a_file_that_stays_open_is_left_as_it_is_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.ts"
    file.write_bytes(b"old")
    waits = locked(monkeypatch, 1000)
    assert write_all({str(file): b"new"}, {str(file): b"old"}) == {str(file): "permission denied"}
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.ts"]
    assert sum(waits) < 2


def spoken(encoding: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """What convexlint says where streams have `encoding`, as a pipe of Windows has cp1252."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "convexlint", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A project whose names no code page holds all of."""
    for name, text in PROJECT.items():
        target = tmp_path / name.replace("notes.ts", "größe_→_日本.ts")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            text.replace('"notes"', '"naïve_→"').replace("notes:", '"naïve_→":'), encoding="utf-8"
        )
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--output-format", "json"),
        ("check", "--diff", "--unsafe-fixes", "--quiet"),
        ("model", "--output-format", "json"),
        ("model", "--output-format", "html"),
        ("config", "--output-format", "json"),
        ("rule", "--all", "--output-format", "json"),
    ],
)
def test_what_programs_read_is_utf8_in_every_code_page(foreign: Path, arguments: tuple[str, ...]) -> None:
    modern, old = (spoken(encoding, *arguments, folder=foreign) for encoding in ("utf-8", "cp1252"))
    assert modern.stdout, modern.stderr
    assert old.stdout == modern.stdout
    assert old.returncode == modern.returncode


def test_what_people_read_escapes_what_the_code_page_lacks(foreign: Path) -> None:
    ran = spoken("cp1252", "check", folder=foreign)
    assert ran.returncode == 1, ran.stderr
    assert "größe_\\u2192_\\u65e5\\u672c.ts" in ran.stdout.decode("cp1252")
