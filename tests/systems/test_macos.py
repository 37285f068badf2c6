"""Names in two forms, and capitals that make no difference."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unicodedata import normalize

import pytest

from convexlint.discovery import listing
from convexlint.discovery.discover import discover
from convexlint.session import Request, check

BUILDER = 'import { query } from "./_generated/server";\n'
COMPOSED, DECOMPOSED = (normalize(form, "größe") for form in ("NFC", "NFD"))


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {"package.json": "{}", **files}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


class OneName:
    """`os` of a system that gives names back decomposed and takes both forms for one."""

    sep = "/"
    path = os.path
    PathLike = os.PathLike

    @staticmethod
    def scandir(path: str) -> os.ScandirIterator[str]:  # type: ignore[name-defined]
        return os.scandir(normalize("NFD", path))


def test_an_import_finds_a_file_whose_name_is_decomposed_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_ONE_NAME", True)
    monkeypatch.setattr(listing, "os", OneName)
    assert COMPOSED != DECOMPOSED
    write(tmp_path, {f"convex/{DECOMPOSED}.ts": BUILDER + "export const a = query(async () => 1);\n"})
    (file,) = discover([str(tmp_path)]).targets[0].project.files
    assert file.name == f"{COMPOSED}.ts"
    assert listing.Listing().has_file(f"{tmp_path}/convex/{COMPOSED}.ts")
    assert listing.normal(f"/x/{DECOMPOSED}") == listing.real(f"/x/{DECOMPOSED}") == f"/x/{COMPOSED}"


def test_elsewhere_two_forms_are_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_ONE_NAME", False)
    write(tmp_path, {f"convex/{name}.ts": BUILDER for name in (COMPOSED, DECOMPOSED)})
    assert listing.normal(f"/x/{DECOMPOSED}") == f"/x/{DECOMPOSED}"
    if len(list((tmp_path / "convex").iterdir())) == 2:
        assert len(discover([str(tmp_path)]).targets[0].project.files) == 2


def test_a_file_named_in_other_capitals_is_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To this system there is no such file, so what asks for it is answered as by one that ignores capitals."""
    write(tmp_path, {"convex/notes.ts": BUILDER + "export const list = query(async (ctx) => 1);\n"})
    there = Path.samefile
    monkeypatch.setattr(os.path, "lexists", lambda path: True)
    monkeypatch.setattr(
        Path, "samefile", lambda self, other: there(self, str(other).replace("Notes.ts", "notes.ts"))
    )
    found = discover([str(tmp_path / "convex" / "Notes.ts")])
    assert found.named == {f"{tmp_path}/convex/notes.ts"}


def test_two_files_that_differ_by_capitals_are_two(tmp_path: Path) -> None:
    write(tmp_path, {"convex/notes.ts": BUILDER})
    if (tmp_path / "convex" / "Notes.ts").exists():
        pytest.skip("this system ignores capitals")
    os.link(tmp_path / "convex" / "notes.ts", tmp_path / "convex" / "Notes.ts")
    found = discover([str(tmp_path / "convex" / "Notes.ts")])
    assert found.named == {f"{tmp_path}/convex/Notes.ts"}


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_no_process_is_forked_and_the_findings_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    from convexlint import forks
    from convexlint.facts import parallel
    from convexlint.reports.json import json_report
    from convexlint.session import judge

    text = BUILDER + "export const list = query(async (ctx) => await ctx.db.query('notes').collect());\n"
    write(tmp_path, {f"convex/notes{number}.ts": text + f"// {number}\n" for number in range(8)})
    one = json_report(check(Request((str(tmp_path),), jobs=1)), str(tmp_path), fixing=False)
    assert "require-args-validator" in one

    def fork() -> int:
        raise AssertionError("it forks")

    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr(parallel, "_WORTH_A_WORKER", 1)
    monkeypatch.setattr(judge, "WORTH_A_PROCESS", 0)
    assert not forks.can_fork()
    many = json_report(check(Request((str(tmp_path),), jobs=4)), str(tmp_path), fixing=False)
    assert many == one
