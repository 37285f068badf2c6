"""The files of a functions folder and their roles."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from convexlint.discovery.discover import discover
from convexlint.discovery.project import Role, SourceFile
from convexlint.discovery.roles import role_of

from .conftest import MODULE, Tree


def files_of(top: Path) -> dict[str, SourceFile]:
    (target,) = discover([str(top)]).targets
    return {file.name: file for file in target.project.files}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("a.ts", Role.MODULE),
        ("a/b.tsx", Role.MODULE),
        ("a.mts", Role.MODULE),
        ("a.cts", Role.MODULE),
        ("a.js", Role.MODULE),
        ("a.jsx", Role.MODULE),
        ("a.mjs", Role.MODULE),
        ("a.cjs", Role.MODULE),
        ("http.ts", Role.MODULE),
        ("crons.ts", Role.MODULE),
        ("_deps/x.ts", Role.MODULE),
        ("test.ts", Role.MODULE),
        ("tests/a.ts", Role.MODULE),
        ("schema.ts", Role.SCHEMA),
        ("schema.js", Role.SCHEMA),
        ("schema.tsx", Role.MODULE),
        ("game/schema.ts", Role.HELPER),
        ("auth.config.ts", Role.AUTH_CONFIG),
        ("auth.config.js", Role.AUTH_CONFIG),
        ("sub/auth.config.ts", Role.HELPER),
        ("convex.config.ts", Role.CONVEX_CONFIG),
        ("convex.config.js", Role.CONVEX_CONFIG),
        ("ask.node.ts", Role.HELPER),
        ("my file.ts", Role.HELPER),
        ("my dir/file.ts", Role.HELPER),
        (".hidden.ts", Role.HELPER),
        ("#a.ts", Role.HELPER),
        ("a.test.ts", Role.TEST),
        ("a.spec.tsx", Role.TEST),
        ("a.test.http.ts", Role.TEST),
        ("setup.test.ts", Role.TEST),
        ("__tests__/a.ts", Role.TEST),
        ("vitest.config.ts", Role.TEST),
        ("vitest.setup.ts", Role.TEST),
        ("db.setup.ts", Role.TEST),
        ("_generated/api.js", Role.GENERATED),
        ("_generated/api.d.ts", Role.GENERATED),
        ("_generated/ai/guidelines.md", None),
        ("types.d.ts", None),
        ("types.d.mts", None),
        ("a.TS", None),
        ("a.json", None),
        ("tsconfig.json", None),
    ],
)
def test_roles_follow_the_bundler(name: str, role: Role | None) -> None:
    assert role_of(name) is role


def test_files_are_sorted_by_name_with_absolute_paths(tree: Tree) -> None:
    top = tree(
        {"convex/b.ts": MODULE, "convex/a/z.ts": "", "convex/B.ts": "", "convex/_generated/api.js": ""}
    )
    (target,) = discover([str(top)]).targets
    assert [file.name for file in target.project.files] == ["B.ts", "_generated/api.js", "a/z.ts", "b.ts"]
    assert target.project.files[2].path == f"{top}/convex/a/z.ts"


def test_the_typescript_schema_and_config_win(tree: Tree) -> None:
    top = tree(
        {f"convex/{name}": "" for name in ("schema.ts", "schema.js", "convex.config.ts", "convex.config.js")}
    )
    roles = {name: file.role for name, file in files_of(top).items()}
    assert roles == {
        "schema.ts": Role.SCHEMA,
        "schema.js": Role.HELPER,
        "convex.config.ts": Role.CONVEX_CONFIG,
        "convex.config.js": Role.HELPER,
    }


def test_node_modules_and_tool_folders_are_not_entered_but_hidden_ones_are(tree: Tree) -> None:
    top = tree(
        {
            "convex/_generated/api.js": "",
            "convex/a.ts": "",
            "convex/node_modules/x/a.ts": "",
            "convex/.git/a.ts": "",
            "convex/.drafts/a.ts": "",
        }
    )
    assert list(files_of(top)) == [".drafts/a.ts", "_generated/api.js", "a.ts"]


def test_a_directory_named_like_a_module_is_a_directory(tree: Tree) -> None:
    top = tree({"convex/_generated/api.js": "", "convex/x.ts/y.ts": MODULE, "convex/z.ts/": ""})
    assert list(files_of(top)) == ["_generated/api.js", "x.ts/y.ts"]


def test_symlink_loops_end(tree: Tree) -> None:
    top = tree({"convex/_generated/api.js": "", "convex/a/b.ts": MODULE})
    (top / "convex/a/up").symlink_to(top / "convex", target_is_directory=True)
    (top / "convex/self").symlink_to(top / "convex/self")
    (top / "loop").symlink_to(top, target_is_directory=True)
    assert list(files_of(top)) == ["_generated/api.js", "a/b.ts"]


def test_a_linked_folder_from_outside_is_walked_once(tree: Tree) -> None:
    top = tree({"convex/_generated/api.js": "", "shared/s.ts": ""})
    (top / "convex/one").symlink_to(top / "shared", target_is_directory=True)
    (top / "convex/two").symlink_to(top / "shared", target_is_directory=True)
    assert [name for name in files_of(top) if name.endswith("s.ts")] == ["one/s.ts"]


def test_a_broken_link_is_listed_so_that_reading_it_can_fail(tree: Tree) -> None:
    top = tree({"convex/_generated/api.js": ""})
    (top / "convex/gone.ts").symlink_to(top / "nowhere.ts")
    assert "gone.ts" in files_of(top)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_module(tree: Tree) -> None:
    top = tree({"convex/_generated/api.js": ""})
    os.mkfifo(top / "convex/pipe.ts")
    assert "pipe.ts" not in files_of(top)


class TestGitignore:
    def excluded(self, top: Path) -> list[str]:
        return [name for name, file in files_of(top).items() if file.excluded]

    def test_nested_files_with_negation_decide(self, tree: Tree) -> None:
        top = tree(
            {
                ".gitignore": "*.gen.ts\nold/\n# comment\n",
                "convex/.gitignore": "!keep.gen.ts\n/top.ts\n",
                "convex/_generated/api.js": "",
                "convex/a.gen.ts": "",
                "convex/keep.gen.ts": "",
                "convex/top.ts": "",
                "convex/sub/top.ts": "",
                "convex/old/x.ts": "",
            }
        )
        assert self.excluded(top) == ["a.gen.ts", "old/x.ts", "top.ts"]

    def test_a_file_in_an_ignored_folder_cannot_come_back(self, tree: Tree) -> None:
        top = tree(
            {
                ".gitignore": "old/\n!old/x.ts\n",
                "convex/_generated/api.js": "",
                "convex/old/x.ts": "",
            }
        )
        assert self.excluded(top) == ["old/x.ts"]

    def test_an_ignored_generated_folder_still_marks_the_project_and_is_read(self, tree: Tree) -> None:
        top = tree({".gitignore": "_generated\n", "backend/_generated/api.js": "", "backend/a.ts": ""})
        assert [(file.name, file.role, file.excluded) for file in files_of(top).values()] == [
            ("_generated/api.js", Role.GENERATED, False),
            ("a.ts", Role.MODULE, False),
        ]

    def test_patterns_above_the_repository_do_not_count(self, tree: Tree) -> None:
        top = tree(
            {
                ".gitignore": "*.ts\n",
                "repo/.git/": "",
                "repo/convex/_generated/api.js": "",
                "repo/convex/a.ts": "",
            }
        )
        assert self.excluded(top / "repo") == []

    def test_patterns_from_the_root_count_when_the_functions_folder_is_named(self, tree: Tree) -> None:
        top = tree({".gitignore": "/convex/a.ts\n", "convex/_generated/api.js": "", "convex/a.ts": ""})
        assert self.excluded(top / "convex") == ["a.ts"]

    def test_without_a_repository_the_package_is_the_bound(self, tmp_path: Path) -> None:
        for name, text in {
            "package.json": "{}",
            ".gitignore": "a.ts",
            "convex/_generated/api.js": "",
            "convex/a.ts": "",
        }.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        assert self.excluded(tmp_path / "convex") == ["a.ts"]
