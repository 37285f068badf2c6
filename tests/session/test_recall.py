"""A kept lint is used again exactly when linting anew would say the same."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.discovery import around, mentions
from convexlint.session import Outcome, Overrides, Request, check, run
from convexlint.session.workspace import Workspace
from tests.session.test_sameness import shown
from tests.session.toy import write

SERVER = 'import { query } from "./_generated/server";\nimport { v } from "convex/values";\n'
SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ notes: defineTable({ body: v.string() })%s });
"""
READ = SERVER + (
    'import { load } from "%s";\n'
    "export const list = query({ args: {}, handler: async (ctx) => await load(ctx) });\n"
)
LOAD = "export const load = async (ctx: any) => await ctx.db.query('notes')%s.collect();\n"

JOB = (
    'import { cronJobs } from "convex/server";\nimport { api } from "./_generated/api";\nconst jobs = cronJobs();\n'
    'jobs.interval("list", { hours: 1 }, api.notes.list);\nexport default jobs;\n'
)

# What each file may become; None = it is deleted.
STATES: dict[str, tuple[str | None, ...]] = {
    "convex/schema.ts": (SCHEMA % "", SCHEMA % '.index("by_body", ["body"])', "export default 1;\n", None),
    "convex/notes.ts": (READ % "../lib/load", READ % "@/load", READ % "./helper", "const = ;\n", None),
    "convex/helper.ts": (LOAD % "", LOAD % ".filter((q) => true)", None),
    "convex/more.ts": (SERVER, SERVER + "// convexlint-disable-file no-filter-in-query\n", None),
    "lib/load.ts": (LOAD % "", LOAD % ".filter((q) => true)", "export {};\n", None),
    "lib/load/index.ts": (LOAD % ".withIndex('by_body')", None),
    "src/load.ts": (LOAD % ".withIndex('by_body')", None),
    "tsconfig.json": ('{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}}', '{"compilerOptions": {}}', None),
    "package.json": ('{"dependencies": {"convex": "1.10.0"}}', '{"dependencies": {"convex": "1.40.0"}}'),
    "convex.json": ('{"codegen": {"staticDataModel": true}}', "{}", "{", None),
    "convexlint.toml": ("", 'extends = ["all"]\n', 'rules.no-filter-in-query = "error"\n', 'exclude = ["helper.ts"]\n'),
    ".gitignore": ("convex/helper.ts\n", None),
    "convex/crons.ts": (JOB, JOB.replace("api", "internal"), None),
    "src/App.tsx": ("use(api.notes.other)", "use(api.notes.list)", "use(api.notes[name])", None),
    "convex/_generated/api.d.ts": ("// edited\nexport const mine = 1;\n", None),
}  # fmt: skip
START: dict[str, str] = {
    path: text for path, (text, *_) in STATES.items() if text is not None and path != ".gitignore"
}

edits = st.lists(
    st.sampled_from(sorted(STATES)).flatmap(lambda path: st.tuples(st.just(path), st.sampled_from(STATES[path]))),
    min_size=1,
    max_size=4,
)  # fmt: skip


def apply(root: Path, changes: Mapping[str, str | None]) -> None:
    for path, text in changes.items():
        if text is not None:
            write(root, {"convexlint.toml": (root / "convexlint.toml").read_text("utf-8"), path: text})
        else:
            (root / path).unlink(missing_ok=True)


@settings(deadline=None, max_examples=40)
@given(st.lists(edits, min_size=1, max_size=3))
def test_after_any_edits_a_cached_run_says_what_a_cold_one_says(
    rounds: list[list[tuple[str, str | None]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder) / "project", START)
        warm, cold = (Request((str(root),), cache_dir=cache) for cache in (f"{folder}/cache", None))
        check(warm)
        for changes in rounds:
            apply(root, dict(changes))
            expected = shown(check(cold))
            assert shown(check(warm)) == expected
            assert shown(check(warm)) == expected


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "project", START)


@pytest.fixture
def linted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The projects that were really linted."""
    done: list[str] = []
    lint = Workspace.lint

    def watched(self: Workspace, *args: object) -> object:
        done.append(self.target.project.root)
        return lint(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Workspace, "lint", watched)
    return done


def cached(project: Path, *paths: str, overrides: Overrides | None = None) -> Outcome:
    given = tuple(str(project / path) for path in paths) or (str(project),)
    return check(Request(given, overrides or Overrides(), cache_dir=str(project.parent / "cache")))


def test_nothing_is_linted_again_when_nothing_changed(project: Path, linted: list[str]) -> None:
    first = cached(project)
    assert shown(cached(project)) == shown(first)
    assert len(linted) == 1


def test_a_file_that_was_only_touched_is_not_linted_again(project: Path, linted: list[str]) -> None:
    cached(project)
    (project / "convex/notes.ts").touch()
    cached(project)
    assert len(linted) == 1


def test_a_client_that_changes_without_a_word_on_it_does_not_matter(project: Path, linted: list[str]) -> None:
    first = cached(project)
    (project / "src/App.tsx").write_text("use(api.notes.another)")
    assert shown(cached(project)) == shown(first)
    assert len(linted) == 1


def test_a_client_that_starts_to_name_a_function_is_seen(project: Path, linted: list[str]) -> None:
    first = cached(project)
    (project / "src/New.tsx").write_text("use(api.notes.list)")
    assert shown(cached(project)) != shown(first)
    assert len(linted) == 2


def test_clients_that_have_rested_are_not_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "SETTLED_SECONDS", 0)
    time.sleep(0.01)
    first = cached(project)
    monkeypatch.setattr(mentions.Mentions, "read", None)
    assert shown(cached(project)) == shown(first)


def test_some_files_of_a_known_project_are_answered_from_the_whole(project: Path, linted: list[str]) -> None:
    cached(project)
    only = cached(project, "convex/notes.ts")
    assert len(linted) == 1
    assert shown(only) == shown(check(Request((str(project / "convex/notes.ts"),))))


def test_what_was_kept_of_some_files_answers_for_them_alone(project: Path, linted: list[str]) -> None:
    only = cached(project, "convex/notes.ts")
    assert shown(cached(project, "convex/notes.ts")) == shown(only)
    assert len(linted) == 1
    assert shown(cached(project)) == shown(check(Request((str(project),))))
    assert len(linted) == 3  # one of them without a cache
    cached(project, "convex/notes.ts")
    assert len(linted) == 3


def test_other_settings_do_not_push_each_other_out(project: Path, linted: list[str]) -> None:
    everything = Overrides(select=("all",))
    for _ in range(2):
        cached(project)
        cached(project, overrides=everything)
    assert len(linted) == 2


def test_other_code_lints_again(project: Path, linted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    cached(project)
    monkeypatch.setattr(run, "code_version", lambda: "other")
    cached(project)
    assert len(linted) == 2


def test_an_unsaved_module_is_not_kept_as_if_it_were_on_disk(project: Path) -> None:
    stdin = (str(project / "convex/notes.ts"), (SERVER + "const = ;\n").encode())
    check(Request((), stdin=stdin, cache_dir=str(project.parent / "cache")))
    assert shown(cached(project)) == shown(check(Request((str(project),))))


def test_a_damaged_lint_is_made_again(project: Path, linted: list[str]) -> None:
    first = cached(project)
    (pack,) = (project.parent / "cache").glob("result-*.pack")
    pack.write_bytes(pack.read_bytes()[:-1])
    assert shown(cached(project)) == shown(first)
    assert len(linted) == 2


def test_fixes_of_a_known_project_are_those_of_a_cold_run(project: Path) -> None:
    cached(project)
    cache = str(project.parent / "cache")
    warm, cold = (
        check(Request((str(project),), fix="unsafe", write=False, cache_dir=c)) for c in (cache, None)
    )
    assert shown(warm) == shown(cold)


def test_an_alias_that_leads_elsewhere_now_is_followed(project: Path, linted: list[str]) -> None:
    write(project, {"convex/notes.ts": READ % "@/load", "lib/load.ts": "export {};\n"})
    before = cached(project)
    write(project, {"tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}'})
    after = cached(project)
    assert len(linted) == 2
    assert shown(after) == shown(check(Request((str(project),))))
    assert shown(after) != shown(before)


def test_a_module_that_became_a_link_out_of_the_project_is_not_fixed(
    project: Path, linted: list[str]
) -> None:
    write(project, {"convex/more.ts": SERVER + "export const a = query({ handler: async () => 1 });\n"})
    before = cached(project)
    assert any(d.finding.fix is not None for d in before.diagnostics if d.finding.path.endswith("more.ts"))
    (project / "convex/more.ts").rename(project.parent / "more.ts")
    (project / "convex/more.ts").symlink_to(project.parent / "more.ts")
    after = cached(project)
    assert len(linted) == 2
    assert shown(after) == shown(check(Request((str(project),))))
    assert not any(d.finding.fix is not None for d in after.diagnostics if d.finding.path.endswith("more.ts"))


def test_a_run_that_only_recalls_imports_no_program() -> None:
    """That is most of its time: what makes a lint is imported by the first lint."""
    code = "import sys, convexlint.session.run; print([m for m in sys.modules if m.startswith('convexlint.program')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_run_with_a_kept_lint_imports_nothing_that_makes_one(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write(project, START)
    code = (
        "import sys, convexlint.discovery.around as around; around.SETTLED_SECONDS = 0;"
        "from convexlint.cli.app import run;"
        f" run(['check', {str(project)!r}, '--cache-dir', {str(tmp_path / 'cache')!r}, '-q']);"
        " print('imported', *sorted(sys.modules))"
    )
    first, again = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    makes = (
        "convexlint.facts",
        "convexlint.program",
        "convexlint.rules",
        "convexlint.session.clients",
        "tree_sitter",
    )
    needless = (*makes, "convexlint.git.repository", "convexlint.session.gates", "libcst", "rich")
    findings, _, imported = again.partition("imported ")
    assert first.partition("imported ")[0] == findings
    assert set(makes) <= set(first.split())
    assert not {*needless}.intersection(imported.split())
