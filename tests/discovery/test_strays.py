"""Files that Convex would load if they lay in the functions folder; packages and test folders that are not projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.discovery.discover import discover
from convexlint.session import Overrides, Request, check
from tests.discovery.conftest import COMPONENT, MODULE, SCHEMA, Tree

CRONS = 'import { cronJobs } from "convex/server";\nconst crons = cronJobs();\nexport default crons;\n'
HTTP = 'import { httpRouter as router } from "convex/server";\nexport default router();\n'
APP = 'import { defineApp } from "convex/server";\nconst app = defineApp(); app.use(x); export default app;\n'
AUTH = 'export default { providers: [{ domain: "https://a.example", applicationID: "convex" }] };\n'
PACKAGE = '{ "dependencies": { "convex": "1.31.0" } }'


def stray_files(root: Path) -> dict[str, str]:
    return {
        Path(stray.path).relative_to(root).as_posix(): stray.maker
        for target in discover([str(root)]).targets
        for stray in target.project.strays
    }


@pytest.mark.parametrize(
    ("functions", "files", "found"),
    [
        ("convex/api", {"convex/crons.ts": CRONS}, {"convex/crons.ts": "cronJobs()"}),
        (
            "convex/api",
            {"convex/schema.js": SCHEMA, "http.ts": HTTP},
            {"convex/schema.js": "defineSchema()", "http.ts": "httpRouter()"},
        ),
        ("convex/api/", {"convex/auth.config.ts": AUTH}, {"convex/auth.config.ts": "its providers"}),
        ("backend/functions", {"convex/convex.config.ts": APP}, {}),
        (
            "backend/functions",
            {"convex/crons.ts": CRONS, "backend/crons.ts": CRONS},
            {"backend/crons.ts": "cronJobs()", "convex/crons.ts": "cronJobs()"},
        ),
        ("convex/api", {"convex/crons.ts": CRONS, "convex/api/crons.ts": CRONS}, {}),
        ("convex/api", {"convex/crons.ts": "export const crons = () => cronJobs();\n"}, {}),
        (
            "convex/api",
            {"convex/schema.ts": 'import { defineSchema } from "other";\nexport default defineSchema({});\n'},
            {},
        ),
        (
            "convex/api",
            {"auth.config.ts": "export default { providers: [Google] } satisfies NextAuthConfig;\n"},
            {},
        ),
    ],
)
def test_files_outside_of_the_named_folder(
    tree: Tree, functions: str, files: dict[str, str], found: dict[str, str]
) -> None:
    config = f'{{ "functions": "{functions}" }}'
    module = {f"{functions.rstrip('/')}/a.ts": MODULE}
    root = tree({"package.json": PACKAGE, "convex.json": config, **module, **files})
    assert stray_files(root) == found


def test_what_lies_around_a_component_is_the_app_s(tree: Tree) -> None:
    component = {"convex/parts/convex.config.ts": COMPONENT, "convex/parts/a.ts": MODULE}
    assert (
        stray_files(
            tree({"package.json": PACKAGE, "convex/schema.ts": SCHEMA, "convex/a.ts": MODULE, **component})
        )
        == {}
    )


def test_misplaced_definition_stands_at_the_stray_file(tree: Tree) -> None:
    files = {
        "convex.json": '{ "functions": "convex/api" }',
        "convex/crons.ts": CRONS,
        "convex/api/a.ts": MODULE,
    }
    root = tree({"package.json": PACKAGE, **files})
    only = Overrides(select=("misplaced-definition",))
    (diagnostic,) = check(Request((str(root),), only, isolated=True)).diagnostics
    finding = diagnostic.finding
    assert (Path(finding.path), finding.span.start) == (root / "convex/crons.ts", CRONS.index("cronJobs()"))
    assert finding.help == "move this file to `convex/api/crons.ts`"
    assert "its jobs never run" in finding.message


KIT = '{ "name": "kit", "main": "./dist/index.js", "peerDependencies": { "convex": "^1.30.0" } }'
WRAPPED = """import { defineSchema as convexSchema, defineTable } from "convex/server";
export const defineSchema = (tables: Record<string, never>) => convexSchema({ extra: defineTable(tables) });
"""
GENERIC = 'import { queryGeneric } from "convex/server";\nexport const list = queryGeneric({});\n'
INSIDE = """import { defineSchema } from "convex/server";
export function make(tables) {
  return defineSchema(tables);
}
export default make;
"""
NAMESPACED = """import * as server from "convex/server";
export function defineSchema(tables) {
  return server.defineSchema({ ...tables });
}
export default defineSchema;
"""
HELD = """import { defineSchema } from "convex/server";
const schema = (tables) => defineSchema(tables);
export default schema;
"""
STATIC = """import { defineSchema } from "convex/server";
export class Kit { static schema(tables) { return defineSchema({ ...tables }); } }
export { Kit as default };
"""


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": KIT, "src/schema.ts": WRAPPED, "src/http.ts": HTTP},
        {"package.json": "{}", "src/schema.ts": WRAPPED},
        {"package.json": "{}", "src/schema.ts": INSIDE},
        {"package.json": "{}", "lib/schema.js": "// defineSchema({})\nexport default {};\n"},
        {"package.json": KIT, "src/schema.ts": SCHEMA},
        {
            "package.json": '{ "exports": "./lib/index.mjs" }',
            "lib/schema.ts": NAMESPACED,
            "lib/http.ts": HTTP,
        },
        {"package.json": KIT, "src/schema.js": HELD, "src/my-http.js": HTTP},
        {"package.json": KIT, "src/schema.ts": STATIC, "src/auth.config.ts": AUTH},
        {"package.json": '{ "workspaces": ["packages/*"] }', "packages/kit/src/schema.ts": WRAPPED},
        {
            "package.json": KIT,
            "src/server/functions.ts": GENERIC,
        },
    ],
)
def test_a_library_is_no_project(tree: Tree, files: dict[str, str]) -> None:
    assert discover([str(tree(files))]).targets == ()


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": "{}", "src/schema.ts": SCHEMA},
        {
            "package.json": "{}",
            "src/schema.ts": SCHEMA.replace("export default", "const schema =") + "export default schema;\n",
        },
        {
            "package.json": "{}",
            "src/schema.ts": SCHEMA.replace("export default", "const s =") + "export { s as default };\n",
        },
        {"package.json": KIT, "src/component/convex.config.ts": COMPONENT, "src/component/schema.ts": SCHEMA},
        {"package.json": KIT, "convex/schema.ts": SCHEMA},
    ],
)
def test_a_schema_that_convex_loads_is_a_mark(tree: Tree, files: dict[str, str]) -> None:
    assert len(discover([str(tree(files))]).targets) == 1


@pytest.mark.parametrize("folder", ["__fixtures__", "__tests__", "__mocks__", "fixtures"])
def test_folders_for_tests_are_left_out_unless_they_are_named(tree: Tree, folder: str) -> None:
    inner = {f"scripts/{folder}/one/_generated/api.d.ts": "", f"scripts/{folder}/one/users.ts": MODULE}
    root = tree({"package.json": PACKAGE, "convex/a.ts": MODULE, **inner})
    found = discover([str(root)])
    assert [Path(t.project.functions_dir) for t in found.targets] == [root / "convex"]
    left = (root / "scripts" / folder).as_posix()
    assert found.skipped == ((left, "a project for tests; name the folder to check it"),)
    for named in (
        root / "scripts" / folder,
        root / "scripts" / folder / "one",
        root / "scripts" / folder / "one/users.ts",
    ):
        (target,) = discover([str(named)]).targets
        assert Path(target.project.functions_dir) == root / "scripts" / folder / "one"


@pytest.mark.parametrize(
    "copy",
    [
        "convex.old",
        "convex-backup",
        "convex_bak2",
        "convex copy",
        "old-convex",
        "Convex.OLD",
        "backup.convex",
    ],
)
def test_an_old_copy_beside_a_project_is_left_out_unless_it_is_named(tree: Tree, copy: str) -> None:
    original = "Convex" if copy == "Convex.OLD" else "convex"
    inner = {f"{copy}/_generated/api.d.ts": "", f"{copy}/users.ts": MODULE, f"{copy}/schema.ts": SCHEMA}
    root = tree({"package.json": PACKAGE, f"{original}/a.ts": MODULE, **inner})
    found = discover([str(root)])
    assert [Path(t.project.functions_dir) for t in found.targets] == [root / original]
    words = f"an old copy of `{original}/`; name the folder to check it"
    assert found.skipped == (((root / copy).as_posix(), words),)
    for named in (root / copy, root / copy / "users.ts"):
        (target,) = discover([str(named)]).targets
        assert Path(target.project.functions_dir) == root / copy


@pytest.mark.parametrize(
    ("files", "functions"),
    [
        (
            {"convex.old/a.ts": MODULE, "convex.old/_generated/api.d.ts": ""},
            ["convex.old"],
        ),  # nothing beside it
        (
            {"convex/a.ts": MODULE, "convex.cold/a.ts": MODULE, "convex.cold/_generated/api.d.ts": ""},
            ["convex", "convex.cold"],
        ),
        (
            {
                "convex.json": '{ "functions": "convex.old/" }',
                "convex/a.ts": MODULE,
                "convex.old/a.ts": MODULE,
            },
            ["convex", "convex.old"],
        ),
        (
            {
                "api/convex/a.ts": MODULE,
                "api-copy/convex/a.ts": MODULE,
            },  # `api` itself is no functions folder
            ["api-copy/convex", "api/convex"],
        ),
        (
            {
                "convex/a.ts": MODULE,
                "convex-backup/package.json": PACKAGE,
                "convex-backup/convex/a.ts": MODULE,
            },
            ["convex", "convex-backup/convex"],
        ),
    ],
)
def test_what_only_is_called_like_an_old_copy(
    tree: Tree, files: dict[str, str], functions: list[str]
) -> None:
    root = tree({"package.json": PACKAGE, **files})
    found = [
        Path(t.project.functions_dir).relative_to(root).as_posix() for t in discover([str(root)]).targets
    ]
    assert sorted(found) == functions


def test_a_folder_of_that_name_without_a_project_is_not_spoken_of(tree: Tree) -> None:
    root = tree(
        {
            "package.json": PACKAGE,
            "convex/a.ts": MODULE,
            "fixtures/data.ts": "export const a = 1;\n",
            "convex/fixtures/b.ts": MODULE,
        }
    )
    found = discover([str(root)])
    assert found.skipped == ()
    assert "fixtures/b.ts" in {file.name for target in found.targets for file in target.project.files}


@pytest.mark.parametrize(
    "config",
    [APP, "import { defineConfig } from 'convex/server';\nexport default defineConfig({});\n", ""],
    ids=["an app", "a maker that convex does not have", "empty"],
)
def test_a_configuration_one_folder_too_high_makes_no_functions_folder(tree: Tree, config: str) -> None:
    files = {"convex/_generated/api.js": "", "convex/schema.ts": SCHEMA, "convex/a.ts": MODULE}
    top = tree(
        {"back/package.json": PACKAGE, "back/convex.config.ts": config}
        | {f"back/{k}": v for k, v in files.items()}
    )
    assert [t.project.functions_dir for t in discover([str(top)]).targets] == [f"{top}/back/convex"]


def test_a_component_may_have_a_project_for_its_tests_below_it(tree: Tree) -> None:
    top = tree(
        {
            "package.json": PACKAGE,
            "convex.config.ts": COMPONENT,
            "a.ts": MODULE,
            "convex/_generated/api.js": "",
            "convex/b.ts": MODULE,
        }
    )
    found = [t.project.functions_dir for t in discover([str(top)]).targets]
    assert str(top) in found
