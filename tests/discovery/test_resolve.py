"""From specifiers to files."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.discovery.project import Project, Role, SourceFile
from convexlint.discovery.resolve import Resolver

from .conftest import Tree


class Imports:
    """Resolves in a tree, with paths relative to its top."""

    def __init__(self, top: Path, functions_dir: str = "convex") -> None:
        self.top = top
        self.resolver = Resolver(Project(str(top), f"{top}/{functions_dir}", False, None, ()))

    def __call__(self, specifier: str, from_path: str = "convex/a.ts") -> str | None:
        found = self.resolver.resolve(f"{self.top}/{from_path}", specifier)
        return None if found is None else found.removeprefix(f"{self.top}/")

    def kind(self, specifier: str, from_path: str = "convex/a.ts") -> str | None:
        return self.resolver.generated_kind(f"{self.top}/{from_path}", specifier)


@pytest.mark.parametrize(
    ("on_disk", "specifier", "found"),
    [
        ("convex/b.ts", "./b", "convex/b.ts"),
        ("convex/b.tsx", "./b", "convex/b.tsx"),
        ("convex/b.mts", "./b", "convex/b.mts"),
        ("convex/b.cts", "./b", "convex/b.cts"),
        ("convex/b.js", "./b", "convex/b.js"),
        ("convex/b.jsx", "./b", "convex/b.jsx"),
        ("convex/b.mjs", "./b", "convex/b.mjs"),
        ("convex/b.cjs", "./b", "convex/b.cjs"),
        ("convex/b.ts", "./b.ts", "convex/b.ts"),
        ("convex/b.ts", "./b.js", "convex/b.ts"),
        ("convex/b.tsx", "./b.js", "convex/b.tsx"),
        ("convex/b.tsx", "./b.jsx", "convex/b.tsx"),
        ("convex/b.mts", "./b.mjs", "convex/b.mts"),
        ("convex/b.cts", "./b.cjs", "convex/b.cts"),
        ("convex/b.node.ts", "./b.node", "convex/b.node.ts"),
        ("convex/b/index.ts", "./b", "convex/b/index.ts"),
        ("convex/b/index.js", "./b/", "convex/b/index.js"),
        ("convex/index.ts", ".", "convex/index.ts"),
        ("index.ts", "..", "index.ts"),
        ("shared/x.ts", "../shared/x", "shared/x.ts"),
        ("convex/b.d.ts", "./b", None),
        ("convex/b.d.ts", "./b.d.ts", None),
        ("convex/b.json", "./b.json", None),
        ("convex/b.ts", "./c", None),
        ("node_modules/b/index.ts", "b", None),
        ("node_modules/b/index.ts", "../node_modules/b", None),
        ("convex/_generated/api.d.ts", "./_generated/api", "convex/_generated/api.d.ts"),
        ("convex/_generated/api.d.ts", "./_generated/api.js", "convex/_generated/api.d.ts"),
        ("convex/_generated/api.js", "./_generated/api", "convex/_generated/api.js"),
    ],
)
def test_one_file_on_disk(tree: Tree, on_disk: str, specifier: str, found: str | None) -> None:
    assert Imports(tree({"convex/": "", on_disk: ""}))(specifier) == found


def test_a_file_wins_over_a_folder_and_typescript_over_javascript(tree: Tree) -> None:
    resolve = Imports(tree({"convex/b.ts": "", "convex/b.js": "", "convex/b/index.ts": ""}))
    assert resolve("./b") == "convex/b.ts"
    assert resolve("./b.js") == "convex/b.js"


def test_a_module_that_only_an_editor_has_is_found(tree: Tree) -> None:
    top = tree({"convex/a.ts": ""})
    new = SourceFile(f"{top}/convex/new/b.ts", "new/b.ts", Role.MODULE)
    resolver = Resolver(Project(str(top), f"{top}/convex", False, None, (new,)))
    assert resolver.resolve(f"{top}/convex/a.ts", "./new/b") == new.path


@pytest.mark.parametrize(
    "specifier", ["", "./a\0b", "./\udcff", "/abs", "node:fs", "https://x/y", "#x", "@", "./", "a?raw"]
)
def test_odd_specifiers_are_unknown(tree: Tree, specifier: str) -> None:
    imports = Imports(tree({"convex/a.ts": ""}))
    assert imports(specifier) is None
    assert imports.kind(specifier) is None


class TestTsconfig:
    def test_paths_with_comments_and_trailing_commas(self, tree: Tree) -> None:
        config = (
            '{ // "why"\n "compilerOptions": { "paths": { "@/*": ["./*",], "~lib": ["lib/x"], /* , */ }, }, }'
        )
        resolve = Imports(tree({"tsconfig.json": config, "convex/b.ts": "", "lib/x.ts": ""}))
        assert resolve("@/convex/b") == "convex/b.ts"
        assert resolve("~lib") == "lib/x.ts"
        assert resolve("@/convex/none") is None

    def test_the_longest_prefix_wins_and_fallbacks_are_tried_in_order(self, tree: Tree) -> None:
        config = '{"compilerOptions": {"paths": {"@/*": ["./one/*"], "@/x/*": ["./two/*", "./three/*"]}}}'
        resolve = Imports(tree({"tsconfig.json": config, "one/x/b.ts": "", "three/b.ts": "", "convex/": ""}))
        assert resolve("@/x/b") == "three/b.ts"

    def test_paths_are_relative_to_base_url(self, tree: Tree) -> None:
        config = '{"compilerOptions": {"baseUrl": "src", "paths": {"@/*": ["*"]}}}'
        resolve = Imports(tree({"tsconfig.json": config, "src/b.ts": "", "convex/": ""}))
        assert resolve("@/b") == "src/b.ts"
        assert resolve("b") == "src/b.ts"

    def test_base_url_never_turns_the_package_into_a_file(self, tree: Tree) -> None:
        config = '{"compilerOptions": {"baseUrl": "."}}'
        resolve = Imports(tree({"tsconfig.json": config, "convex/server.ts": "", "convex/b.ts": ""}))
        assert resolve("convex/server") is None
        assert resolve("convex/b") == "convex/b.ts"

    def test_extends_is_followed_and_its_paths_stay_relative_to_it(self, tree: Tree) -> None:
        resolve = Imports(
            tree(
                {
                    "config/base.json": '{"compilerOptions": {"paths": {"@/*": ["../lib/*"]}}}',
                    "convex/tsconfig.json": '{"extends": ["../config/base"]}',
                    "lib/b.ts": "",
                }
            )
        )
        assert resolve("@/b") == "lib/b.ts"

    def test_a_circle_of_extends_ends(self, tree: Tree) -> None:
        resolve = Imports(
            tree(
                {
                    "convex/tsconfig.json": '{"extends": "./other.json"}',
                    "convex/other.json": (
                        '{"extends": "./tsconfig.json", "compilerOptions": {"paths": {"@b": ["b"]}}}'
                    ),
                    "convex/b.ts": "",
                }
            )
        )
        assert resolve("@b") == "convex/b.ts"

    def test_aliases_of_an_outer_tsconfig_are_asked_when_the_nearest_has_none(self, tree: Tree) -> None:
        config = '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./*"]}}}'
        files = {"tsconfig.json": config, "convex/tsconfig.json": "{}", "lib/b.ts": ""}
        resolve = Imports(tree({**files, "convex/a.ts": ""}))
        assert resolve("@/lib/b") == "lib/b.ts"
        assert resolve("lib/b") is None

    def test_a_broken_tsconfig_gives_no_aliases(self, tree: Tree) -> None:
        resolve = Imports(tree({"tsconfig.json": "{ nope", "convex/b.ts": ""}))
        assert resolve("@/convex/b") is None
        assert resolve("./b") == "convex/b.ts"


class TestPackages:
    def test_imports_of_package_json(self, tree: Tree) -> None:
        package = (
            '{"imports": {"#lib/*": {"types": "./none/*.d.ts", "default": "./lib/*.js"}, "#one": "./one.ts"}}'
        )
        resolve = Imports(tree({"package.json": package, "lib/b.ts": "", "one.ts": "", "convex/": ""}))
        assert resolve("#lib/b") == "lib/b.ts"
        assert resolve("#one") == "one.ts"
        assert resolve("#two") is None

    @pytest.mark.parametrize(
        "workspace",
        [
            {"package.json": '{"workspaces": ["packages/*"]}'},
            {"package.json": '{"workspaces": {"packages": ["./packages/**"]}}'},
            {"package.json": "{}", "pnpm-workspace.yaml": "packages:\n  - 'packages/*' # all\n  - \"!x\"\n"},
        ],
    )
    def test_packages_of_the_workspace(self, tree: Tree, workspace: dict[str, str]) -> None:
        resolve = Imports(
            tree(
                {
                    **workspace,
                    "packages/back/package.json": '{"name": "@repo/back"}',
                    "packages/lib/package.json": (
                        '{"name": "@repo/lib", "exports": {".": "./src/i.ts", "./*": "./src/*.ts"}}'
                    ),
                    "packages/lib/src/i.ts": "",
                    "packages/lib/src/deep/x.ts": "",
                    "packages/plain/package.json": '{"name": "plain", "main": "./m.js"}',
                    "packages/plain/m.ts": "",
                    "packages/plain/sub/y.ts": "",
                    "packages/back/convex/a.ts": "",
                }
            ),
            "packages/back/convex",
        )
        source = "packages/back/convex/a.ts"
        assert resolve("@repo/lib", source) == "packages/lib/src/i.ts"
        assert resolve("@repo/lib/deep/x", source) == "packages/lib/src/deep/x.ts"
        assert resolve("plain", source) == "packages/plain/m.ts"
        assert resolve("plain/sub/y", source) == "packages/plain/sub/y.ts"
        assert resolve("@repo/back/convex/a", source) == "packages/back/convex/a.ts"
        assert resolve("elsewhere", source) is None


class TestGeneratedKind:
    @pytest.mark.parametrize("kind", ["server", "api", "dataModel"])
    def test_it_needs_no_file_on_disk(self, tree: Tree, kind: str) -> None:
        imports = Imports(tree({"convex/a.ts": ""}))
        assert imports.kind(f"./_generated/{kind}") == kind
        assert imports.kind(f"./_generated/{kind}.js") == kind
        assert imports.kind(f"../../_generated/{kind}", "convex/x/y/z.ts") == kind
        assert imports.kind(f"@/convex/_generated/{kind}") == kind
        assert imports.kind(f"../convex/_generated/{kind}", "src/b.ts") == kind

    @pytest.mark.parametrize(
        "specifier", ["./server", "convex/server", "./_generated/other", "./_generated", "server"]
    )
    def test_nothing_else_is_generated(self, tree: Tree, specifier: str) -> None:
        assert Imports(tree({"convex/a.ts": ""})).kind(specifier) is None

    def test_another_projects_api_and_tables_are_not_ours_but_builders_are_builders(self, tree: Tree) -> None:
        imports = Imports(tree({"convex/inner/a.ts": "", "convex/_generated/": ""}), "convex/inner")
        assert imports.kind("../_generated/api", "convex/inner/a.ts") is None
        assert imports.kind("../_generated/dataModel", "convex/inner/a.ts") is None
        assert imports.kind("../_generated/server", "convex/inner/a.ts") == "server"

    def test_an_alias_that_leads_to_another_project_is_not_ours(self, tree: Tree) -> None:
        config = '{"compilerOptions": {"paths": {"@/*": ["./*"]}}}'
        imports = Imports(tree({"tsconfig.json": config, "other/a.ts": "", "convex/a.ts": ""}))
        assert imports.kind("@/other/_generated/api") is None
        assert imports.kind("@/convex/_generated/api") == "api"
        assert imports.kind("@/gone/_generated/api") == "api"
