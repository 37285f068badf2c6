"""Clients in TypeScript and JavaScript: which files they are, what of a file is code, what their imports mean."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from convexlint.clients.scripts import code_of, is_written
from convexlint.program.places.clients.calls import client_calls, client_modules
from convexlint.program.program import Program
from convexlint.reports.model.description import describe
from convexlint.session import Overrides, Request, check, programs

TASKS = """\
import { query, mutation } from "./_generated/server";
import { v } from "convex/values";
export const list = query({ args: { owner: v.string() }, returns: v.null(), handler: async () => null });
export const add = mutation({ args: {}, returns: v.null(), handler: async () => null });
"""
LIST = """\
import { useQuery } from "convex/react";
import { api } from "%s";
export const useTasks = () => useQuery(api.tasks.list, { owner: "me" });
"""


def laid_out(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / ".git").mkdir(exist_ok=True)
    return root


def the_program(root: Path, functions: str = "convex") -> Program:
    found = programs(Request((str(root),), cache_dir=None))
    return next(p for p in found if p.project.functions_dir.endswith(f"/{functions}"))


def named(program: Program) -> list[tuple[str, str, str]]:
    return [(call.file.rpartition("/")[2], call.path, call.by) for call in client_calls(program)]


def test_code_keeps_its_place_in_a_component() -> None:
    source = (
        '<!-- <script>let hidden = 1</script> -->\r\n<script context="module">\nlet a = "é";\n</script>\n'
        '<p>text</p>\n<script lang="ts" generics="T extends Record<string, string>">\nlet b: T;\n</script>\n'
        '<script type="application/ld+json">{"no": "code"}</script>\n'
    ).encode()
    name, code = code_of("/a/Page.svelte", source)
    assert name == "/a/Page.svelte.ts"
    assert len(code) == len(source)
    assert code.split() == b'let a = "\xc3\xa9"; let b: T;'.split()
    assert code.index(b"let b") == source.index(b"let b")
    assert code.count(b"\n") == source.count(b"\n")


def test_front_matter_and_scripts_of_astro() -> None:
    source = b'---\nimport { api } from "x";\n---\n<p>{api}</p>\n<script>\nlet a;\n</script>\n'
    assert code_of("/a/page.astro", source)[1].split() == [
        b"import",
        b"{",
        b"api",
        b"}",
        b"from",
        b'"x";',
        b"let",
        b"a;",
    ]


def test_components_without_a_language_are_javascript() -> None:
    assert code_of("/a/Page.vue", b"<script setup>let a</script>")[0].endswith(".jsx")


def test_bundles_are_not_written_by_a_person() -> None:
    assert is_written(b"const a = 1;\n" * 2000)
    assert not is_written(b"x" * 6000)
    assert not is_written(b"const a = 1;\n" * 40_000)


@pytest.mark.parametrize(
    ("specifier", "files"),
    [
        ("../../convex/_generated/api", {}),
        ("../../convex/_generated/api.js", {}),
        (
            "@/convex/_generated/api",
            {"tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./*"]}}}'},
        ),
        (
            "~backend/_generated/api",
            {"tsconfig.json": '{"compilerOptions": {"paths": {"~backend/*": ["convex/*"]}}}'},
        ),
        ("$convex/_generated/api", {}),  # an alias of a bundler, in an application with one backend
        ("../lib/backend", {"web/lib/backend.ts": 'export { api } from "../../convex/_generated/api";\n'}),
        (
            "../lib",
            {
                "web/lib/index.ts": 'export * from "./backend";\n',
                "web/lib/backend.ts": 'import { api } from "../../convex/_generated/api";\nexport { api };\n',
            },
        ),
    ],
)
def test_the_api_by_any_way(tmp_path: Path, specifier: str, files: dict[str, str]) -> None:
    project = {"package.json": "{}", "convex/tasks.ts": TASKS, "web/src/page.tsx": LIST % specifier}
    assert named(the_program(laid_out(tmp_path, {**project, **files}))) == [
        ("page.tsx", "tasks:list", "useQuery")
    ]


@pytest.mark.parametrize(
    ("specifier", "package"),
    [
        ("@acme/backend/convex/_generated/api", '{"name": "@acme/backend"}'),
        (
            "@acme/backend/api",
            '{"name": "@acme/backend", "exports": {"./api": "./convex/_generated/api.js"}}',
        ),
        ("@acme/backend", '{"name": "@acme/backend", "exports": {".": "./src/index.ts"}}'),
    ],
)
def test_the_api_of_a_package_of_the_workspace(tmp_path: Path, specifier: str, package: str) -> None:
    root = laid_out(
        tmp_path,
        {
            "package.json": '{"workspaces": ["packages/*", "apps/*"]}',
            "packages/backend/package.json": package,
            "packages/backend/src/index.ts": 'export { api } from "../convex/_generated/api";\n',
            "packages/backend/convex/tasks.ts": TASKS,
            "packages/other/package.json": '{"name": "@acme/other"}',
            "packages/other/convex/tasks.ts": TASKS,
            "apps/web/package.json": '{"name": "web"}',
            "apps/web/src/page.tsx": LIST % specifier,
        },
    )
    assert ("page.tsx", "tasks:list", "useQuery") in named(the_program(root, "packages/backend/convex"))
    assert "page.tsx" not in {file for file, _, _ in named(the_program(root, "packages/other/convex"))}


def test_an_alias_that_leads_nowhere_means_nobody_where_there_are_two_backends(tmp_path: Path) -> None:
    root = laid_out(
        tmp_path,
        {
            "a/convex/tasks.ts": TASKS,
            "b/convex/jobs.ts": TASKS,
            "web/page.tsx": LIST % "$convex/_generated/api",
        },
    )
    assert named(the_program(root, "a/convex")) == named(the_program(root, "b/convex")) == []


def test_what_does_not_parse_is_skipped_and_no_finding(tmp_path: Path) -> None:
    broken = LIST % "../convex/_generated/api" + "export const = ;\n"
    root = laid_out(
        tmp_path, {"convex/tasks.ts": TASKS, "src/page.tsx": broken.replace("tasks.list", "tasks.no")}
    )
    assert client_modules(the_program(root)) == ()
    outcome = check(Request((str(root),), Overrides(select=("clients",)), cache_dir=None))
    assert outcome.diagnostics == ()
    page = (root / "src/page.tsx").as_posix()
    assert [(kind, path) for kind, path, _ in outcome.notes] == [("client with a syntax error", page)]


def test_a_fix_writes_to_the_client(tmp_path: Path) -> None:
    text = LIST % "../convex/_generated/api"
    root = laid_out(
        tmp_path, {"convex/tasks.ts": TASKS, "src/page.tsx": text.replace("tasks.list", "tasks.lst")}
    )
    overrides = Overrides(select=("client-unknown-function",))
    outcome = check(Request((str(root),), overrides, cache_dir=None, fix="safe"))
    assert [one.rule for one in outcome.fixed] == ["client-unknown-function"]
    assert (root / "src/page.tsx").read_text(encoding="utf-8") == text


def test_a_recalled_lint_is_not_believed_once_a_client_changed(tmp_path: Path) -> None:
    root = laid_out(
        tmp_path / "p", {"convex/tasks.ts": TASKS, "src/page.tsx": LIST % "../convex/_generated/api"}
    )
    request = Request((str(root),), Overrides(select=("clients",)), cache_dir=str(tmp_path / "cache"))
    assert check(request).diagnostics == ()
    assert check(request).diagnostics == ()
    page = root / "src/page.tsx"
    page.write_text(page.read_text(encoding="utf-8").replace('owner: "me"', "owner: 1"), encoding="utf-8")
    (found,) = check(request).diagnostics
    assert (found.rule, found.finding.path) == ("client-args-mismatch", page.as_posix())


@pytest.mark.parametrize(
    "part", [b"<script>", b"<!--", b'<script "', b"<script '\"'", b"<script >x</script>", b"---\n"]
)
@pytest.mark.parametrize("ending", [".svelte", ".astro"])
def test_a_component_is_walked_once_however_often_it_opens_a_tag(part: bytes, ending: str) -> None:
    source = part * (400_000 // len(part))
    began = time.process_time()
    _, code = code_of(f"a{ending}", source)
    assert time.process_time() - began < 2
    assert len(code) == len(source)


def problems(
    root: Path, *paths: str, stdin: tuple[str, str] | None = None, cache: Path | None = None
) -> list[str]:
    outcome = check(
        Request(
            tuple(str(root / path) for path in paths),
            Overrides(select=("clients",)),
            stdin=None if stdin is None else (str(root / stdin[0]), stdin[1].encode()),
            cache_dir=None if cache is None else str(cache),
        )
    )
    return [one.rule for one in outcome.diagnostics]


def test_a_client_is_a_path_of_its_own(tmp_path: Path) -> None:
    wrong = LIST.replace("tasks.list", "tasks.lst") % "../convex/_generated/api"
    files = {
        "convex/tasks.ts": TASKS,
        "src/page.tsx": wrong,
        "src/other.tsx": wrong,
        "src/plain.ts": "export {};",
    }
    root = laid_out(tmp_path, files)
    assert problems(root, "src/page.tsx") == ["client-unknown-function"]
    assert problems(root, "src/page.tsx", "convex/tasks.ts") == ["client-unknown-function"]
    outcome = check(Request((str(root / "src/plain.ts"), str(root / "src/page.tsx")), cache_dir=None))
    assert outcome.files == 1
    assert outcome.skipped == ((f"{root.as_posix()}/src/plain.ts", "belongs to no Convex project"),)


def test_clients_count_among_the_files(tmp_path: Path) -> None:
    root = laid_out(tmp_path, {"convex/tasks.ts": TASKS, "src/page.tsx": LIST % "../convex/_generated/api"})
    assert check(Request((str(root),), cache_dir=None)).files == 2


def test_a_client_on_stdin_is_read_as_it_comes(tmp_path: Path) -> None:
    text = LIST % "../convex/_generated/api"
    root = laid_out(tmp_path / "p", {"convex/tasks.ts": TASKS, "src/page.tsx": text})
    cache = tmp_path / "cache"
    assert problems(root, ".", cache=cache) == []
    wrong = text.replace("tasks.list", "tasks.lst")
    for name in ("src/page.tsx", "src/new.tsx"):
        assert problems(root, stdin=(name, wrong), cache=cache) == ["client-unknown-function"]
        assert problems(root, stdin=(name, text), cache=cache) == []


def test_clients_are_not_read_where_the_settings_say_so(tmp_path: Path) -> None:
    wrong = LIST.replace("tasks.list", "tasks.lst") % "../convex/_generated/api"
    files = {"convex/tasks.ts": TASKS, "src/page.tsx": wrong, "convexlint.toml": "clients = false\n"}
    root = laid_out(tmp_path, files)
    assert problems(root, ".") == []
    (root / "convexlint.toml").write_text('[clients]\npaths = ["web/**"]\n', encoding="utf-8")
    assert problems(root, ".") == []
    (root / "convexlint.toml").write_text('exclude = ["src/**"]\n', encoding="utf-8")
    assert problems(root, ".") == []
    (root / "convexlint.toml").write_text('[clients]\npaths = ["src/**"]\n', encoding="utf-8")
    assert problems(root, ".") == ["client-unknown-function"]


def test_the_model_tells_who_calls(tmp_path: Path) -> None:
    script = (
        'from convex import ConvexClient\n\nConvexClient("https://x").query("tasks:list", {"owner": "me"})\n'
    )
    root = laid_out(
        tmp_path,
        {
            "convex/tasks.ts": TASKS,
            "src/page.tsx": LIST % "../convex/_generated/api",
            "scripts/list.py": script,
        },
    )
    described = describe(the_program(root), str(root))
    told = {f["path"]: [(c["by"], c["place"]["path"]) for c in f["clients"]] for f in described["functions"]}
    assert told == {
        "tasks:list": [("query", "scripts/list.py"), ("useQuery", "src/page.tsx")],
        "tasks:add": [],
    }


SVELTE = """\
<script lang="ts">
  import { useConvexClient } from "convex-svelte";
  import { api as backend } from "../convex/_generated/api";
  const client = useConvexClient();
  // backend.tasks.remove
</script>

<!-- backend.tasks.remove -->
<button on:click={() => client.mutation(backend.tasks.add, {})}>add</button>
{#if client}<p>{backend.tasks.gone}</p>{/if}
"""
VUE = """\
<script setup>
import { api } from "../convex/_generated/api";
import { mutate, ask } from "./client";
</script>

<template><p v-if="ask(api.tasks.list)" @click="mutate(api.tasks.add, { a: 1 })">a</p></template>
"""


def test_what_a_template_names_counts_and_is_never_reported(tmp_path: Path) -> None:
    tasks = f"{TASKS}export const remove = mutation({{ args: {{}}, returns: v.null(), handler: async () => null }});\n"
    files = {
        "package.json": '{"dependencies": {"convex": "1.31.0"}}',
        "convex/tasks.ts": tasks,
        "src/A.svelte": SVELTE,
        "src/B.vue": VUE,
    }
    root = laid_out(tmp_path, files)
    assert named(the_program(root)) == [
        ("A.svelte", "tasks:add", ""),
        ("B.vue", "tasks:list", ""),
        ("B.vue", "tasks:add", ""),
    ]
    select = Overrides(select=("clients", "unused-function"))
    outcome = check(Request((str(root),), cache_dir=None, overrides=select))
    assert [(d.rule, d.finding.function) for d in outcome.diagnostics] == [
        ("unused-function", "tasks:remove")
    ]


def test_an_alias_of_the_functions_folder_makes_a_client(tmp_path: Path) -> None:
    files = {
        "package.json": '{"dependencies": {"convex": "1.31.0"}}',
        "tsconfig.json": '{"compilerOptions": {"paths": {"@cvx/*": ["./convex/*"]}}}',
        "convex/tasks.ts": f"{TASKS}export const LABELS = [1];\n",
        "src/Labels.tsx": 'import { LABELS } from "@cvx/tasks";\nexport const Labels = () => LABELS.length;\n',
        "src/other.tsx": 'import { LABELS } from "@other/tasks";\nexport const Labels = () => LABELS.length;\n',
    }
    root = laid_out(tmp_path, files)
    assert [module.path.rpartition("/")[2] for module in client_modules(the_program(root))] == ["Labels.tsx"]


TESTED = """\
import assert from "node:assert";
import { convexTest } from "convex-test";
import { api } from "../convex/_generated/api";
test("all", async () => {
  const t = convexTest();
  await expect(t.query(api.tasks.list, {})).rejects.toThrow();
  await expect(async () => { await t.query(api.tasks.list, {}); }).rejects.toThrow();
  await assert.rejects(() => t.query(api.tasks.list, {}));
  try { await t.query(api.tasks.list, {}); } catch (error) { seen(error); }
  await t.query(api.tasks.list, {});
});
"""


def test_a_test_that_wants_a_refusal_is_right(tmp_path: Path) -> None:
    files = {
        "package.json": '{"dependencies": {"convex": "1.31.0"}}',
        "convex/tasks.ts": TASKS,
        "src/tasks.test.js": TESTED,
    }
    root = laid_out(tmp_path, files)
    select = Overrides(select=("client-args-mismatch",))
    found = check(Request((str(root),), cache_dir=None, overrides=select)).diagnostics
    assert [TESTED.encode()[: d.finding.span.start].count(b"\n") + 1 for d in found] == [10]


def test_the_hook_of_another_kind_is_suggested_with_its_import(tmp_path: Path) -> None:
    page = (
        'import { useQuery } from "convex/react";\nimport { api } from "../convex/_generated/api";\n'
        'export const useAdd = () => useQuery(api.tasks.add, { text: "" });\n'
    )
    files = {"package.json": "{}", "convex/tasks.ts": TASKS, "src/page.js": page}
    root = laid_out(tmp_path, files)
    select = Overrides(select=("client-wrong-kind",))
    (found,) = check(Request((str(root),), cache_dir=None, overrides=select)).diagnostics
    (suggestion,) = found.finding.suggestions
    text = page.encode()
    for edit in sorted(suggestion.edits, key=lambda e: -e.span.start):
        text = text[: edit.span.start] + edit.text.encode() + text[edit.span.end :]
    assert found.finding.fix is None
    assert text.decode() == page.replace("useQuery", "useMutation").replace(', { text: "" }', "")
