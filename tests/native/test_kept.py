"""A build is used again only where nothing has changed that it was made from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.native import kept


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "staged"
    for name, text in {
        "convexlint/a.py": "from convexlint import b\nfrom convexlint.c.d import x\n",
        "convexlint/b.py": "import os\n",
        "convexlint/c/__init__.py": "",
        "convexlint/c/d.py": "def f():\n    import convexlint.e\nx = 1\n",
        "convexlint/e.py": "",
        "convexlint/apart.py": "import convexlint.a\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("name", ["a.py", "b.py", "c/__init__.py", "c/d.py", "e.py"])
def test_the_key_is_another_where_a_source_or_what_it_imports_is(sources: Path, name: str) -> None:
    before = kept.key_of(sources, ["convexlint/a.py"])
    assert kept.key_of(sources, ["convexlint/a.py"]) == before
    (sources / "convexlint" / name).write_text("# other\n")
    assert kept.key_of(sources, ["convexlint/a.py"]) != before


def test_what_nothing_of_it_imports_does_not_count(sources: Path) -> None:
    before = kept.key_of(sources, ["convexlint/a.py"])
    (sources / "convexlint" / "apart.py").write_text("# other\n")
    assert kept.key_of(sources, ["convexlint/a.py"]) == before


@pytest.mark.parametrize("name", ["CC", "CFLAGS", "LDFLAGS"])
def test_the_compiler_and_its_words_count(sources: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = kept.key_of(sources, ["convexlint/a.py"])
    monkeypatch.setenv(name, "cc -g")
    assert kept.key_of(sources, ["convexlint/a.py"]) != before


def test_a_build_is_kept_whole_and_the_oldest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "kept"))
    built = tmp_path / "built"
    (built / "convexlint").mkdir(parents=True)
    (built / "convexlint" / "a.so").write_bytes(b"code")
    assert not kept.take("one", tmp_path / "target")
    for age, key in enumerate(("one", "two", "three")):
        kept.keep(key, built)
        os.utime(tmp_path / "kept" / key, (age, age))
    assert kept.take("one", tmp_path / "target")  # which makes it the youngest
    assert (tmp_path / "target" / "convexlint" / "a.so").read_bytes() == b"code"
    kept.keep("four", built)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["four", "one", "three"]


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(kept.VARIABLE, raising=False)
    kept.keep("one", tmp_path)
    assert not kept.take("one", tmp_path / "target")
