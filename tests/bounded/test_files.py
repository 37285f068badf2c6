"""Settings that extend each other, ignore files, and files that are none: each costs what its text costs."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from convexlint.collector import collector_at_rest
from convexlint.config.settings import ConfigError
from convexlint.discovery.listing import Listing
from convexlint.discovery.tsconfig import parse_jsonc, read_aliases
from convexlint.packs import Packs, clean
from convexlint.reading import read_regular
from convexlint.session.contract import Request
from convexlint.session.run import check
from tests.bounded.measure import limited, lint_files

MODULE = {
    "convex/a.ts": 'import { query } from "./_generated/server";\nexport const a = query(async () => null);\n'
}


def test_a_tsconfig_that_is_extended_twice_is_read_once(tmp_path: Path) -> None:
    for number in range(40):
        other = f'["./t{number + 1}.json", "./t{number + 1}.json"]' if number < 39 else '"./t0.json"'
        (tmp_path / f"t{number}.json").write_text(
            f'{{"extends": {other}, "compilerOptions": {{"paths": {{"@{number}/*": ["./x/*"]}}}}}}'
        )
    with limited(2):
        aliases = read_aliases(f"{tmp_path.as_posix()}/t0.json", Listing())
    assert [pattern for pattern, _ in aliases.paths] == ["@0/*"]


def test_settings_that_extend_each_other_twice_are_refused_at_some_number(tmp_path: Path) -> None:
    for number in range(20):
        other = f'extends = ["c{number + 1}.toml", "./c{number + 1}.toml"]' if number < 19 else ""
        (tmp_path / f"c{number}.toml").write_text(other)
    (tmp_path / "convexlint.toml").write_text('extends = ["./c0.toml"]')
    with limited(2), pytest.raises(ConfigError, match=r"c\d+\.toml:1: extends: leads to more than 100 files"):
        lint_files(MODULE, tmp_path)


def test_ignore_lines_and_globs_by_the_thousand(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("".join(f"name{i}*x\n" for i in range(5_000)) + "a*" * 300 + "b\n")
    per_file = "".join(f'"convex/x{i}/**" = {{ no-filter-in-query = "off" }}\n' for i in range(2_000))
    (tmp_path / "convexlint.toml").write_text(
        f'exclude = ["{"a*" * 300}b", "old/**"]\n[per-file]\n{per_file}'
    )
    outcome = lint_files({**MODULE, "convex/" + "a" * 200 + ".ts": MODULE["convex/a.ts"]}, tmp_path)
    assert outcome.files == 2


def test_a_bad_pattern_is_an_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "convexlint.toml").write_text('fail-on = "error"\nexclude = ["a["]\n')
    with pytest.raises(ConfigError, match=r'convexlint\.toml:2: exclude: "a\[" is not a pattern'):
        lint_files(MODULE, tmp_path)


@pytest.mark.parametrize("text", ["/*" * 100_000, '{"a": ' + ("[" * 100_000), '"' * 200_000, ",\n" * 100_000])
def test_settings_in_json_without_an_end(text: str) -> None:
    began = time.process_time()
    with collector_at_rest():  # as in every run; here it would go through all that other tests have left
        assert parse_jsonc(text.encode()) == {}
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text", ["import {", "defineComponent<", "/*\n", "import { query } from '_generated/server'\n"]
)
def test_sources_that_open_what_they_do_not_close(tmp_path: Path, text: str) -> None:
    source = "// convex/server _generated/server\n" + text * 40_000
    (tmp_path / "convex.config.ts").write_text(source)
    (tmp_path / "schema.ts").write_text(source)
    (tmp_path / "package.json").write_text("{}")
    with limited(5):
        from convexlint.discovery.discover import discover

        discover([str(tmp_path)])


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices in folders there")
class TestNoFiles:
    """What only looks like a file is neither waited for nor read without end."""

    def test_devices_and_pipes_are_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "zero").symlink_to("/dev/zero")
        for name in ("pipe", "zero"):
            with pytest.raises(OSError, match="not a regular file"):
                read_regular(tmp_path / name)

    def test_what_is_too_large_is_refused_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "large").write_bytes(b"x" * 2_000_001)
        with pytest.raises(OSError, match="larger than 2 megabytes"):
            read_regular(tmp_path / "large", 2_000_000)

    def test_links_to_devices_in_a_project(self, tmp_path: Path) -> None:
        for name in (".gitignore", "tsconfig.json", "convex.json", "package-lock.json", "convex/b.ts"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).symlink_to("/dev/zero")
        outcome = lint_files(MODULE, tmp_path)
        assert outcome.defects == ()
        assert outcome.files == 1

    def test_the_mark_of_a_cache_may_be_a_device(self, tmp_path: Path) -> None:
        (tmp_path / "CACHEDIR.TAG").symlink_to("/dev/zero")
        with limited(2):
            assert clean(str(tmp_path)) is None
            assert Packs(str(tmp_path)).store("facts", "a", b"x")
        assert not (tmp_path / "CACHEDIR.TAG").is_symlink()

    def test_no_pack_is_read_through_a_link(self, tmp_path: Path) -> None:
        real, other = Packs(str(tmp_path / "real")), Packs(str(tmp_path / "other"))
        assert real.store("facts", "a", b"x")
        assert other.store("facts", "b", b"y")
        pack = next((tmp_path / "real").glob("facts-*.pack"))
        (tmp_path / "other" / pack.name).symlink_to(pack)
        assert real.load("facts", "a") is not None
        assert other.load("facts", "a") is None

    def test_a_source_that_is_a_device_is_unreadable(self, tmp_path: Path) -> None:
        (tmp_path / "convex").mkdir()
        (tmp_path / "convex/zero.ts").symlink_to("/dev/zero")
        lint_files(MODULE, tmp_path)
        with limited(2):
            outcome = check(Request((str(tmp_path / "convex/zero.ts"),)))
        assert outcome.defects == ()
