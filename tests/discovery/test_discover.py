"""From paths to projects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import pytest

from convexlint.discovery.discover import discover, exclude_files, where_looked
from convexlint.discovery.project import Discovered

from .conftest import COMPONENT, MODULE, SCHEMA, Tree

GENERATED = {"convex/_generated/server.js": "", "convex/_generated/api.d.ts": ""}
PROJECT = {**GENERATED, "convex/schema.ts": SCHEMA, "convex/tasks.ts": MODULE, "package.json": "{}"}


def roots(found: Discovered, top: Path) -> list[str]:
    return [os.path.relpath(target.project.functions_dir, top) for target in found.targets]


def asked(found: Discovered) -> list[str] | None:
    (target,) = found.targets
    if target.only is None:
        return None
    return sorted(path.removeprefix(target.project.functions_dir + "/") for path in target.only)


@pytest.mark.parametrize("path", ["", "convex", "convex/", "convex/../convex"])
def test_a_root_or_its_functions_folder_asks_for_the_whole_project(tree: Tree, path: str) -> None:
    top = tree(PROJECT)
    found = discover([f"{top}/{path}"])
    assert roots(found, top) == ["convex"]
    assert asked(found) is None
    assert found.targets[0].project.root == str(top)


def test_one_file_asks_for_that_file_of_the_whole_project(tree: Tree) -> None:
    top = tree(PROJECT)
    found = discover([f"{top}/convex/tasks.ts"])
    assert asked(found) == ["tasks.ts"]
    assert [file.name for file in found.targets[0].project.files if "_gen" not in file.name] == [
        "schema.ts",
        "tasks.ts",
    ]


def test_a_folder_inside_a_project_asks_for_the_files_in_it(tree: Tree) -> None:
    top = tree({**PROJECT, "convex/admin/a.ts": MODULE, "convex/admin/b/c.ts": MODULE})
    assert asked(discover([f"{top}/convex/admin"])) == ["admin/a.ts", "admin/b/c.ts"]


def test_overlapping_paths_count_once(tree: Tree) -> None:
    top = tree(PROJECT)
    two = discover([f"{top}/convex/tasks.ts", f"{top}/convex/schema.ts", f"{top}/convex/tasks.ts"])
    assert asked(two) == ["schema.ts", "tasks.ts"]
    for paths in (["convex/tasks.ts", "convex"], ["", "convex/tasks.ts"]):
        assert asked(discover([f"{top}/{path}" for path in paths])) is None


def test_one_project_reached_through_a_link_counts_once(tree: Tree) -> None:
    top = tree(PROJECT)
    (top / "alias").symlink_to(top / "convex", target_is_directory=True)
    assert len(discover([f"{top}/convex", f"{top}/alias"]).targets) == 1


def test_the_order_of_paths_does_not_matter(tree: Tree) -> None:
    top = tree({**PROJECT, "other/convex/schema.ts": SCHEMA, "a.txt": ""})
    (top / "alias").symlink_to(top / "convex", target_is_directory=True)
    paths = [f"{top}/{name}" for name in ("other", "alias/tasks.ts", "convex/schema.ts", "a.txt")]
    assert discover(paths) == discover(paths[::-1])
    assert roots(discover(paths), top) == ["convex", "other/convex"]


def test_relative_paths_are_taken_from_the_working_folder(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tree(PROJECT)
    monkeypatch.chdir(top / "convex")
    assert asked(discover(["tasks.ts"])) == ["tasks.ts"]
    assert asked(discover(["."])) is None


def test_a_monorepo_gives_every_project_below(tree: Tree) -> None:
    top = tree(
        {
            "package.json": "{}",
            "packages/a/package.json": '{"dependencies": {"convex": "1.0.0"}}',
            "packages/a/convex/_generated/api.js": "",
            "packages/a/convex/x.ts": MODULE,
            "apps/b/package.json": "{}",
            "apps/b/backend/convex.config.ts": "",
            "apps/c/convex/schema.ts": SCHEMA,
            "node_modules/d/convex/_generated/api.js": "",
            ".hidden/convex/_generated/api.js": "",
            "packages/a/dist/convex/_generated/api.js": "",
        }
    )
    assert roots(discover([str(top)]), top) == ["apps/b/backend", "apps/c/convex", "packages/a/convex"]


class TestWhatIsAProject:
    def test_convex_json_names_the_folder(self, tree: Tree) -> None:
        top = tree(
            {"convex.json": '{"functions": "src/backend/"}', "src/backend/a.ts": "", "convex/b.ts": ""}
        )
        assert roots(discover([str(top)]), top) == ["src/backend"]
        assert roots(discover([f"{top}/src/backend/a.ts"]), top) == ["src/backend"]

    def test_convex_json_without_functions_means_convex(self, tree: Tree) -> None:
        top = tree({"convex.json": "{}", "convex/": ""})
        found = discover([str(top)])
        assert roots(found, top) == ["convex"]
        assert found.targets[0].project.files == ()

    def test_convex_json_may_name_its_own_folder(self, tree: Tree) -> None:
        top = tree({"back/convex.json": '{"functions": "."}', "back/a.ts": MODULE})
        found = discover([str(top)])
        assert roots(found, top) == ["back"]
        assert found.targets[0].project.root == f"{top}/back"

    def test_react_scripts_move_the_default(self, tree: Tree) -> None:
        package = '{"dependencies": {"convex": "^1.0.0", "react-scripts": "5"}}'
        top = tree({"package.json": package, "src/convex/a.ts": "export const a = 1;", "convex/b.ts": ""})
        assert roots(discover([str(top)]), top) == ["src/convex"]

    @pytest.mark.parametrize(
        "files",
        [
            {"backend/_generated/server.d.ts": "", "backend/a.ts": ""},
            {"backend/convex.config.js": "", "backend/a.ts": ""},
            {"backend/schema.ts": SCHEMA},
            {"backend/a.ts": MODULE},
            {
                "backend/a.js": (
                    'const { mutation } = require("./_generated/server");\n'
                    "exports.x = 1;\nconst y = mutation({});"
                )
            },
            {
                "backend/a.ts": (
                    'import { queryGeneric as q } from "convex/server";\nexport default q(async () => 1);\n'
                )
            },
            {"backend/deep/b.ts": MODULE.replace("./_gen", "../_gen")},
            {"backend/a.ts": MODULE.replace("./_gen", "@/backend/_gen")},
        ],
    )
    def test_each_mark_makes_one(self, tree: Tree, files: dict[str, str]) -> None:
        top = tree(files)
        assert roots(discover([str(top)]), top) == ["backend"]
        for name in files:
            if "_generated" not in name:
                assert roots(discover([f"{top}/{name}"]), top) == ["backend"]

    def test_a_generic_builder_belongs_to_the_convex_folder_around(self, tree: Tree) -> None:
        top = tree(
            {
                "convex/a/b.ts": (
                    'import { actionGeneric } from "convex/server";\nexport const x = actionGeneric({});'
                )
            }
        )
        assert roots(discover([str(top)]), top) == ["convex"]

    @pytest.mark.parametrize(
        "files",
        [
            {"src/a.ts": 'import type { FunctionReference } from "convex/server";\n'},
            {
                "src/a.tsx": (
                    'import { useQuery } from "convex/react";\n'
                    'import { api } from "../convex/_generated/api";\n'
                )
            },
            {
                "src/a.ts": (
                    'import { queryGeneric } from "convex/server";\nexport '
                    "function make() {\n  return queryGeneric({});\n}\n"
                )
            },
            {
                "src/a.ts": (
                    '/*\nimport { query } from "./_generated/server";\nexport const x = query({});\n*/\n'
                )
            },
            {
                "src/a.ts": (
                    'import { query } from "./db";\nexport const x = query("select 1");\n// convex/server\n'
                )
            },
            {"src/schema.ts": 'import { defineSchema } from "./own";\nexport default defineSchema({});\n'},
            {"src/_generated/_ignore.ts": "", "src/a.ts": ""},
            {"src/a.test.ts": MODULE},
            {
                "package.json": '{"dependencies": {"convex": "1.0.0"}}',
                "convex/p.tsx": 'import "convex/react";',
            },
            {"readme.md": ""},
        ],
    )
    def test_what_only_resembles_one_is_none(self, tree: Tree, files: dict[str, str]) -> None:
        top = tree(files)
        found = discover([str(top)])
        assert found.targets == ()
        assert found.looked_in == (str(top),)

    def test_stray_files_beside_a_project_make_no_second_one(self, tree: Tree) -> None:
        stray = MODULE.replace("./_generated", "../convex/_generated")
        top = tree({**PROJECT, "src/schema.ts": "", "scripts/x.ts": stray, "schema.ts": SCHEMA})
        assert roots(discover([str(top)]), top) == ["convex"]

    def test_a_convex_folder_with_sources_is_the_last_resort(self, tree: Tree) -> None:
        top = tree({"convex/broken.ts": "export const = ;"})
        assert roots(discover([str(top)]), top) == ["convex"]
        assert roots(discover([f"{top}/convex/broken.ts"]), top) == ["convex"]

    def test_ignored_folders_are_not_searched_unless_named(self, tree: Tree) -> None:
        top = tree({".gitignore": "/tmp/\n", **{f"tmp/{name}": text for name, text in PROJECT.items()}})
        assert discover([str(top)]).targets == ()
        found = discover([f"{top}/tmp"])
        assert roots(found, top) == ["tmp/convex"]
        assert not any(file.excluded for file in found.targets[0].project.files)

    def test_where_looked_names_folder_and_marks(self, tree: Tree) -> None:
        text = where_looked(discover([str(tree({"a.txt": ""}))]))
        assert str(tree({})) in text
        assert "convex.json" in text and "_generated/" in text and "defineSchema" in text


class TestComponents:
    FILES: ClassVar = {
        **PROJECT,
        "convex/convex.config.ts": "export default defineApp();",
        "convex/inner/convex.config.ts": COMPONENT,
        "convex/inner/lib.ts": MODULE,
        "convex/inner/deep/convex.config.ts": COMPONENT,
        "convex/inner/deep/lib.ts": MODULE,
        "convex/plain/schema.ts": SCHEMA,
    }

    def test_a_nested_component_is_a_project_that_the_outer_one_skips(self, tree: Tree) -> None:
        top = tree(self.FILES)
        found = discover([str(top)])
        assert roots(found, top) == ["convex", "convex/inner", "convex/inner/deep"]
        assert [target.project.component for target in found.targets] == [False, True, True]
        names = [file.name for file in found.targets[0].project.files if "_gen" not in file.name]
        assert names == ["convex.config.ts", "plain/schema.ts", "schema.ts", "tasks.ts"]

    def test_a_file_in_it_belongs_to_it(self, tree: Tree) -> None:
        top = tree(self.FILES)
        found = discover([f"{top}/convex/inner/lib.ts"])
        assert (roots(found, top), asked(found)) == (["convex/inner"], ["lib.ts"])

    def test_its_folder_is_it(self, tree: Tree) -> None:
        top = tree(self.FILES)
        assert roots(discover([f"{top}/convex/inner/deep"]), top) == ["convex/inner/deep"]

    def test_a_component_package_is_found_beside_its_example(self, tree: Tree) -> None:
        top = tree(
            {
                "package.json": "{}",
                "convex.json": '{"functions": "example/convex"}',
                "example/convex/a.ts": MODULE,
                "src/component/convex.config.ts": COMPONENT,
                "src/component/lib.ts": MODULE,
                "src/client/_generated/_ignore.ts": "",
                "dist/component/convex.config.js": COMPONENT,
            }
        )
        found = discover([str(top)])
        assert roots(found, top) == ["example/convex", "src/component"]
        assert [target.project.root for target in found.targets] == [str(top), str(top)]


class TestSkipped:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("src/app.ts", "belongs to no Convex project"),
            ("readme.md", "belongs to no Convex project"),
            ("convex/_generated/server.js", "generated"),
            ("convex/tasks.test.ts", "never pushed by Convex"),
            ("convex/types.d.ts", "never pushed by Convex"),
            ("convex/readme.md", "never pushed by Convex"),
            ("convex/ignored.ts", "excluded"),
            ("convex/node_modules/x/a.ts", "belongs to no Convex project"),
        ],
    )
    def test_a_named_file_that_is_not_linted_is_noted_with_its_reason(
        self, tree: Tree, name: str, reason: str
    ) -> None:
        top = tree({**PROJECT, ".gitignore": "ignored.ts\n", name: ""})
        found = discover([f"{top}/{name}"])
        assert found.targets == ()
        assert found.skipped == ((f"{top}/{name}", reason),)
        assert found.looked_in == ()

    def test_what_the_config_excludes_is_marked_and_noted_when_named(self, tree: Tree) -> None:
        top = tree({**PROJECT, "convex/old/a.ts": MODULE})
        found = discover([f"{top}/convex/old/a.ts", f"{top}/convex/tasks.ts"])
        found = exclude_files(found, lambda project, path: "/old/" in path)
        assert found.skipped == ((f"{top}/convex/old/a.ts", "excluded"),)
        assert asked(found) == ["tasks.ts"]
        marked = [file.name for file in found.targets[0].project.files if file.excluded]
        assert marked == ["old/a.ts"]

    def test_a_folder_with_excluded_files_notes_nothing(self, tree: Tree) -> None:
        top = tree({**PROJECT, "convex/old/a.ts": MODULE})
        found = discover([f"{top}/convex"], exclude=lambda project, path: path.endswith("a.ts"))
        assert found.skipped == ()
        assert asked(found) is None

    def test_a_missing_path_raises_with_its_name(self, tree: Tree) -> None:
        top = tree(PROJECT)
        with pytest.raises(FileNotFoundError) as caught:
            discover([f"{top}/convex", f"{top}/nowhere"])
        assert caught.value.filename == f"{top}/nowhere"

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
    def test_a_folder_that_cannot_be_read_is_noted(self, tree: Tree) -> None:
        top = tree({**PROJECT, "convex/locked/a.ts": MODULE})
        (top / "convex/locked").chmod(0)
        try:
            found = discover([str(top)])
            with pytest.raises(PermissionError):
                discover([f"{top}/convex/locked"])
        finally:
            (top / "convex/locked").chmod(0o755)
        assert found.skipped == ((f"{top}/convex/locked", "cannot be read"),)

    def test_a_folder_that_the_system_refuses_is_noted(
        self, tree: Tree, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        top = tree({**PROJECT, "convex/locked/a.ts": MODULE})
        scandir = os.scandir

        def refuse(path: str) -> Any:
            if path.endswith("locked"):
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refuse)
        found = discover([str(top)])
        assert found.skipped == ((f"{top}/convex/locked", "cannot be read"),)
        assert [file.name for file in found.targets[0].project.files if file.name == "tasks.ts"] == [
            "tasks.ts"
        ]
        with pytest.raises(PermissionError):
            discover([f"{top}/convex/locked"])


class TestStdin:
    def test_a_module_on_disk_is_asked_for(self, tree: Tree) -> None:
        top = tree(PROJECT)
        assert asked(discover([], stdin_path=f"{top}/convex/tasks.ts")) == ["tasks.ts"]

    def test_a_new_module_joins_its_project(self, tree: Tree) -> None:
        top = tree(PROJECT)
        found = discover([], stdin_path=f"{top}/convex/new/thing.ts")
        assert asked(found) == ["new/thing.ts"]
        assert "new/thing.ts" in [file.name for file in found.targets[0].project.files]

    def test_a_file_outside_may_be_a_client_of_the_project(self, tree: Tree) -> None:
        top = tree(PROJECT)
        found = discover([], stdin_path=f"{top}/src/new.ts")
        assert [(one.project.root, one.only) for one in found.targets] == [
            (str(top), frozenset({f"{top}/src/new.ts"}))
        ]

    def test_what_is_no_source_outside_is_noted(self, tree: Tree) -> None:
        top = tree(PROJECT)
        found = discover([], stdin_path=f"{top}/src/new.css")
        assert (found.targets, found.skipped[0][1]) == ((), "belongs to no Convex project")


class TestConvexJson:
    def test_a_folder_elsewhere_in_the_repository_is_checked(self, tree: Tree) -> None:
        top = tree({".git/HEAD": "", "app/package.json": "{}", "server/a.ts": MODULE})
        (top / "app/convex.json").write_text('{"functions": "../server"}', encoding="utf-8")
        (target,) = discover([str(top / "app")]).targets
        assert target.project.functions_dir == f"{top}/server"
        assert target.project.problems == ()

    @pytest.mark.parametrize(
        ("text", "span", "message"),
        [
            (
                '{"functions": 3}',
                "3",
                '"functions" in convex.json must be the path of a folder, not a number',
            ),
            (
                '{"ä": 1, "functions": ["x"]}',
                '["x"]',
                '"functions" in convex.json must be the path of a folder, not an array',
            ),
            (
                '{"functions": ""}',
                '""',
                '"functions" in convex.json must be the path of a folder, not an empty string',
            ),
            (
                '{"functions": "no/where"}',
                '"no/where"',
                '"functions" in convex.json names "no/where", which is not a folder',
            ),
            (
                '{"functions": "../../.."}',
                '"../../.."',
                '"functions" in convex.json names "../../..", which lies outside of the repository',
            ),
            ('{"functions": "a\\u0000b"}', '"a\\u0000b"', '"functions" in convex.json names "a\0b", which'),
            ('{"a": 1,}', "}", "convex.json is not valid JSON: "),
            ('{\n// why\n"a": 1}', "/", "convex.json is not valid JSON: comments are not allowed"),
            ('["ö"]', '["ö"]', "convex.json must hold an object"),
        ],
    )
    def test_a_broken_one_is_a_problem_with_its_place(
        self, tree: Tree, text: str, span: str, message: str
    ) -> None:
        top = tree({**PROJECT, "convex.json": text})
        (target,) = discover([str(top)]).targets
        (problem,) = target.project.problems
        assert problem.path == f"{top}/convex.json"
        assert problem.message.startswith(message)
        assert problem.message.endswith("; the default folder is used")
        assert text.encode()[problem.start : problem.end].decode() == span

    def test_bytes_that_are_not_utf8_are_a_problem(self, tree: Tree) -> None:
        top = tree(PROJECT)
        (top / "convex.json").write_bytes(b'{"a": "\xff"}')
        (problem,) = discover([str(top)]).targets[0].project.problems
        assert (problem.start, problem.message) == (7, "convex.json is not UTF-8; the default folder is used")

    def test_a_byte_order_mark_is_a_problem(self, tree: Tree) -> None:
        top = tree({**PROJECT, "convex.json": "\ufeff{}"})
        (problem,) = discover([str(top)]).targets[0].project.problems
        assert (problem.start, problem.end) == (0, 3)
        assert "byte order mark" in problem.message

    def test_one_in_src_is_a_problem(self, tree: Tree) -> None:
        top = tree({**PROJECT, "src/convex.json": "{}"})
        (problem,) = discover([str(top)]).targets[0].project.problems
        assert problem.path == f"{top}/src/convex.json"
        assert "must sit beside package.json" in problem.message

    def test_a_good_one_has_no_problems_and_unknown_keys_pass(self, tree: Tree) -> None:
        top = tree({**PROJECT, "convex.json": '{"$schema": "x", "other": {"functions": 3}}'})
        assert discover([str(top)]).targets[0].project.problems == ()

    def test_named_itself_it_asks_for_itself(self, tree: Tree) -> None:
        top = tree({**PROJECT, "convex.json": "{"})
        (target,) = discover([f"{top}/convex.json"]).targets
        assert target.only == frozenset({f"{top}/convex.json"})
        assert len(target.project.problems) == 1


def test_a_schema_that_only_a_comment_shows_marks_no_folder(tree: Tree) -> None:
    helper = 'import { defineTable } from "convex/server";\n/**\n * export default defineSchema({})\n */\n'
    top = tree({**PROJECT, "src/server/schema.ts": helper + "export const table = defineTable;\n"})
    assert roots(discover([str(top)]), top) == ["convex"]


LIBRARY = '{"name": "kit", "main": "./dist/index.js", "peerDependencies": {"convex": "^1.30.0"}}'
SERVER = 'from "convex/server";\n'
REGISTERS = (
    f"import {{ queryGeneric }} {SERVER}export const one = queryGeneric({{ handler: async () => 1 }});\n"
)


class TestALibraryIsNoProject:
    @pytest.mark.parametrize(
        "schema",
        [
            "import { defineSchema as make } "
            + SERVER
            + "export const defineSchema = (t: any) => make({ ...t });\n",
            "import { defineSchema } "
            + SERVER
            + "export function mine(t: any) {\n  return defineSchema(t);\n}\n",
            "import * as s "
            + SERVER
            + "export default function make(t: any) {\n  return s.defineSchema(t);\n}\n",
            "import { defineSchema } "
            + SERVER
            + "const make = (t: any) => defineSchema(t);\nexport default make;\n",
        ],
    )
    def test_a_schema_file_that_exports_no_schema_marks_no_folder(self, tree: Tree, schema: str) -> None:
        top = tree({"package.json": "{}", "src/schema.ts": schema})
        assert discover([str(top)]).targets == ()

    @pytest.mark.parametrize(
        "schema",
        [
            "import { defineSchema as make } " + SERVER + "export default make({});\n",
            "import * as s "
            + SERVER
            + "export const schema = s.defineSchema({});\nexport { schema as default };\n",
            "import { defineSchema } "
            + SERVER
            + "const schema =\n  defineSchema({});\nexport default schema;\n",
            'const { defineSchema } = require("convex/server");\nmodule.exports = defineSchema({});\n',
        ],
    )
    def test_one_that_exports_a_schema_marks_its_folder(self, tree: Tree, schema: str) -> None:
        top = tree({"package.json": "{}", "src/schema.ts": schema})
        assert roots(discover([str(top)]), top) == ["src"]

    def test_what_a_package_made_for_convex_registers_is_its_users(self, tree: Tree) -> None:
        top = tree({"package.json": LIBRARY, "src/index.ts": REGISTERS, "src/schema.ts": SCHEMA})
        assert discover([str(top)]).targets == ()

    def test_its_example_and_its_tests_are_projects(self, tree: Tree) -> None:
        top = tree(
            {
                "package.json": LIBRARY,
                "src/index.ts": REGISTERS,
                "example/convex/schema.ts": SCHEMA,
                "test/convex/a.ts": REGISTERS,
            }
        )
        assert roots(discover([str(top)]), top) == ["example/convex", "test/convex"]

    def test_a_convex_json_beside_its_package_is_believed(self, tree: Tree) -> None:
        top = tree(
            {"package.json": LIBRARY, "convex.json": '{"functions": "src"}', "src/index.ts": REGISTERS}
        )
        assert roots(discover([str(top)]), top) == ["src"]
