"""Globs that no shell expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.discovery.discover import discover
from convexlint.discovery.patterns import is_glob, matches


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "convex/schema.ts",
        "convex/a.ts",
        "convex/b.tsx",
        "convex/deep/c.ts",
        "convex/deep/node_modules/d.ts",
        "convex/.hidden/e.ts",
        "convex/[id].ts",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('import { defineSchema } from "convex/server";\nexport default defineSchema({});\n')
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("convex/*.ts", ["convex/[id].ts", "convex/a.ts", "convex/schema.ts"]),
        ("convex/**/*.ts", ["convex/[id].ts", "convex/a.ts", "convex/deep/c.ts", "convex/schema.ts"]),
        ("**/c.ts", ["convex/deep/c.ts"]),
        ("convex/*.{ts,tsx}", ["convex/[id].ts", "convex/a.ts", "convex/b.tsx", "convex/schema.ts"]),
        ("convex/[ab].ts*", ["convex/a.ts", "convex/b.tsx"]),
        ("convex/[!a].ts", []),
        ("convex/?.ts", ["convex/a.ts"]),
        ("convex/{a,deep/c}.ts", ["convex/a.ts", "convex/deep/c.ts"]),
        ("con*", ["convex"]),
        ("none/**", []),
        ("./convex/a.*", ["./convex/a.ts"]),
    ],
)
def test_what_a_glob_stands_for(pattern: str, found: list[str]) -> None:
    assert is_glob(pattern)
    assert matches(pattern) == found


def test_an_absolute_glob(tmp_path: Path) -> None:
    assert matches(f"{tmp_path.as_posix()}/convex/a*") == [f"{tmp_path.as_posix()}/convex/a.ts"]


def test_a_name_that_exists_is_meant_as_it_is() -> None:
    (target,) = discover(("convex/[id].ts",)).targets
    assert target.only is not None
    assert [Path(path).name for path in target.only] == ["[id].ts"]


def test_a_glob_without_a_match_is_an_error_with_the_glob() -> None:
    with pytest.raises(OSError, match="No file has a name like that") as caught:
        discover(("convex/*.go",))
    assert caught.value.filename == "convex/*.go"
