"""`--against`: a revision of git or a model, what is compared, and what is not written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convexlint.harness.projects import model_of
from convexlint.rules.card import Source
from convexlint.session import GitError, Outcome, Overrides, PathError, Request, check

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { extra } from "./fields";
export default defineSchema({ rooms: defineTable({ name: v.string(), ...extra }) });
"""
FIELDS = 'import { v } from "convex/values";\nexport const extra = { floor: v.optional(v.number()) };\n'
ROOMS = """import { query } from "./_generated/server";
import { v } from "convex/values";
export const list = query({ args: {}, returns: v.null(), handler: async () => null });
"""


def git(root: Path, *arguments: str) -> str:
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "a"}
    environment = {**os.environ, **names, "GIT_COMMITTER_EMAIL": "a@b.c", "GIT_CONFIG_GLOBAL": os.devnull}
    ran = subprocess.run(
        ["git", *arguments], cwd=root, env=environment, check=True, capture_output=True, text=True
    )
    return ran.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    write(root, {"package.json": '{"dependencies": {"convex": "1.31.0"}}', "convex/schema.ts": SCHEMA})
    write(root, {"convex/fields.ts": FIELDS, "convex/rooms.ts": ROOMS, ".gitignore": "convex/_generated/\n"})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def run(root: Path, against: str | None, *paths: str, cache: Path | None = None) -> Outcome:
    where = tuple(str(root / path) for path in paths) or (str(root),)
    overrides = Overrides(select=("evolution",))
    return check(
        Request(
            where, overrides, against=against, cache_dir=str(cache) if cache is not None else None, jobs=1
        )
    )


def messages(outcome: Outcome) -> list[str]:
    return [d.finding.message for d in outcome.diagnostics]


def test_the_old_program_is_built_from_git_and_nothing_is_written(project: Path) -> None:
    write(project, {"convex/fields.ts": FIELDS.replace("v.optional(v.number())", "v.number()")})
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    (message,) = messages(run(project, "HEAD"))
    assert message.startswith("`rooms.floor` was optional and is required now")
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_what_did_not_change_is_silent(project: Path) -> None:
    assert messages(run(project, "HEAD")) == []
    assert messages(run(project, None)) == []


def test_a_file_that_is_gone_is_the_place_of_its_functions(project: Path) -> None:
    (project / "convex/rooms.ts").unlink()
    (found,) = run(project, "HEAD").diagnostics
    assert found.finding.path == (project / "convex/rooms.ts").as_posix()
    assert found.finding.message.startswith("`rooms:list` of HEAD is gone")
    git(project, "mv", "convex/fields.ts", "convex/parts.ts")
    write(project, {"convex/schema.ts": SCHEMA.replace("./fields", "./parts")})
    assert len(messages(run(project, "HEAD"))) == 1


def test_a_function_that_clients_name_is_an_error(project: Path) -> None:
    (project / "convex/rooms.ts").unlink()
    client = (
        'import { api } from "../convex/_generated/api";\nexport const a = () => useQuery(api.rooms.list);\n'
    )
    write(project, {"src/App.tsx": client})
    (found,) = run(project, "HEAD").diagnostics
    assert found.level.value == "error"


def test_a_route_that_the_repository_still_asks_is_an_error(project: Path) -> None:
    routed = (
        'import { httpRouter } from "convex/server";\nimport { httpAction } from "./_generated/server";\n'
        "const http = httpRouter();\nconst handler = httpAction(async () => new Response());\n%sexport default http;\n"
    )
    route = 'http.route({ path: "/up", method: "POST", handler });\n'
    write(project, {"convex/http.ts": routed % route})
    git(project, "add", "-A")
    git(project, "commit", "-qm", "two")
    write(project, {"convex/http.ts": routed % ""})
    (before,) = run(project, "HEAD").diagnostics
    asking = 'requests.post(f"{CONVEX_SITE_URL}/up")\n'
    write(project, {"scripts/send.py": asking, "scripts/read.py": asking.replace("post", "get")})
    (after,) = run(project, "HEAD").diagnostics
    assert (before.level.value, after.level.value) == ("warning", "error")
    assert "gone: whoever still calls it gets 404" in before.finding.message
    assert "gone: `scripts/send.py` still asks it and gets 404" in after.finding.message
    assert [one.path for one in after.finding.related] == [(project / "scripts/send.py").as_posix()]


def test_the_setting_holds_for_projects_and_not_for_files(project: Path) -> None:
    write(project, {"convexlint.toml": 'against = "HEAD"\n', "convex/rooms.ts": ROOMS.replace("list", "all")})
    assert len(messages(run(project, None))) == 1
    assert messages(run(project, None, "convex/rooms.ts")) == []
    assert messages(run(project, "none")) == []
    write(project, {"convexlint.toml": 'against = "HEAD"\n[evolution]\nallow = ["rooms:*"]\n'})
    assert messages(run(project, None)) == []


def test_a_revision_that_is_not_there_is_told_with_what_to_fetch(project: Path, tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"git knows no revision .v9."):
        run(project, "v9")
    write(project, {"convex/rooms.ts": ROOMS + "\n"})
    git(project, "commit", "-qam", "two")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{project}", str(clone))
    with pytest.raises(GitError, match="git fetch"):
        run(clone, "HEAD~1")
    shutil.rmtree(project / ".git")
    with pytest.raises(GitError, match="git"):
        run(project, "HEAD")


def test_a_kept_lint_is_that_of_its_revision(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    write(project, {"convex/rooms.ts": ROOMS.replace("list", "all")})
    first = messages(run(project, "HEAD", cache=cache))
    assert len(first) == 1
    assert messages(run(project, "HEAD", cache=cache)) == first
    kept = {path: path.stat().st_mtime_ns for path in cache.glob("result-*")}
    assert messages(run(project, None, cache=cache)) == []
    assert messages(run(project, "HEAD", cache=cache)) == first
    assert kept.items() <= {p: p.stat().st_mtime_ns for p in cache.glob("result-*")}.items()
    git(project, "commit", "-qam", "two")
    assert messages(run(project, "HEAD", cache=cache)) == []
    assert messages(run(project, None, cache=cache)) == []


def test_functions_that_lay_in_another_folder_are_found_there(project: Path) -> None:
    git(project, "mv", "convex", "backend")
    write(project, {"convex.json": '{"functions": "backend/"}'})
    write(project, {"backend/rooms.ts": ROOMS.replace("list", "all")})
    (message,) = messages(run(project, "HEAD"))
    assert message.startswith("`rooms:list` of HEAD is gone (`rooms:all` looks like it by another name)")


def test_a_second_backend_and_a_new_component_were_nowhere_else(project: Path) -> None:
    shutil.copytree(project / "convex", project / "convex.old")
    write(project, {"convex.old/rooms.ts": ROOMS.replace("list", "all")})
    config = 'import { defineComponent } from "convex/server";\nexport default defineComponent("rooms");\n'
    write(
        project,
        {"convex/parts/convex.config.ts": config, "convex/parts/schema.ts": SCHEMA.replace("rooms", "a")},
    )
    write(project, {"convex/parts/fields.ts": FIELDS})
    assert messages(run(project, "HEAD")) == []


def test_a_model_is_what_is_deployed(project: Path) -> None:
    old = {"schema.ts": Source("schema.ts", SCHEMA), "fields.ts": Source("fields.ts", FIELDS)}
    (project / "live.json").write_text(model_of(old), encoding="utf-8")
    write(project, {"convex/fields.ts": FIELDS.replace("v.number()", "v.string()")})
    (message,) = messages(run(project, str(project / "live.json")))
    assert message.startswith("`rooms.floor` was `number` and is `string`")
    (project / "live.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PathError, match="this is not a model"):
        run(project, str(project / "live.json"))


SPEC = """{"url": "https://happy-otter-123.convex.cloud", "functions": [
  {"identifier": "rooms.js:list", "functionType": "Query", "visibility": {"kind": "public"},
   "args": {"type": "object", "value": {"floor": {"fieldType": {"type": "number"}, "optional": true},
     "kind": {"fieldType": {"type": "union", "value": [{"type": "literal", "value": "a"}, {"type": "null"}]},
       "optional": true}}},
   "returns": {"type": "array", "value": {"type": "id", "tableName": "rooms"}}},
  {"identifier": "rooms.js:free", "functionType": "Mutation", "visibility": {"kind": "public"},
   "args": {"type": "any"}, "returns": {"type": "any"}},
  {"identifier": "deep/jobs.js:run", "functionType": "Action", "visibility": {"kind": "internal"},
   "args": {"type": "object", "value": {}}, "returns": {"type": "any"}},
  {"functionType": "HttpAction", "method": "POST", "path": "/mail"},
  {"functionType": "HttpAction", "method": "GET", "path": "/files/*"}]}"""
EXPORTED = """{"tables": [{"tableName": "rooms", "indexes": [{"indexDescriptor": "by_name", "fields": ["name"]}],
  "stagedDbIndexes": [], "searchIndexes": [], "vectorIndexes": [],
  "documentType": {"type": "object", "value": {
    "name": {"fieldType": {"type": "string"}, "optional": false},
    "tags": {"fieldType": {"type": "record", "keys": {"type": "string"},
      "values": {"fieldType": {"type": "bigint"}, "optional": false}}, "optional": false},
    "floor": {"fieldType": {"type": "number"}, "optional": true}}}},
  {"tableName": "logs", "indexes": [], "documentType": {"type": "any"}}], "schemaValidation": true}"""
SINCE = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  rooms: defineTable({ name: v.string(), tags: v.record(v.string(), v.number()), floor: v.number() })
    .index("name_first", ["name"]),
});
"""
SINCE_ROOMS = """import { mutation, query } from "./_generated/server";
import { v } from "convex/values";
export const list = query({
  args: { floor: v.number(), kind: v.optional(v.literal("a")) }, returns: v.array(v.string()), handler: async () => [],
});
export const free = mutation({ args: { a: v.string() }, returns: v.null(), handler: async () => null });
"""


def test_what_convex_itself_says_of_a_deployment_is_compared_with(project: Path) -> None:
    write(
        project,
        {"convex/schema.ts": SINCE, "convex/rooms.ts": SINCE_ROOMS, "spec.json": SPEC, "live.json": EXPORTED},
    )
    functions = messages(run(project, str(project / "spec.json")))
    assert [message.partition(":")[0] for message in functions] == [
        "the argument `floor` was optional and is required now",
        'the argument `kind` of `"a" | null` takes `"a"` now',
        "what `rooms",
    ]
    schema = messages(run(project, str(project / "live.json")))
    assert [message.partition(":")[0] for message in schema] == [
        "the table `logs` of live.json is no longer in the schema; its documents stay in the database",
        "`rooms.tags` was `Record<string, bigint>` and is `Record<string, number>`",
        "`rooms.floor` was optional and is required now, and documents that exist may lack it",
        "index `name_first` of `rooms` is `by_name` of live.json by another name",
    ]
    write(project, {"live.json": f"{SPEC[:-1]}, {EXPORTED[1:]}"})
    assert len(messages(run(project, str(project / "live.json")))) == len(functions) + len(schema)


@pytest.mark.parametrize(
    "text",
    [
        '{"functions": [1]}',
        '{"functions": [{"functionType": "Query"}]}',
        '{"tables": [{}]}',
        '{"tables": [{"tableName": "a", "documentType": {"type": "array", "value": 1}}]}',
    ],
)
def test_what_convex_did_not_write_is_told(project: Path, text: str) -> None:
    write(project, {"spec.json": text})
    with pytest.raises(PathError, match=r"--against .*spec\.json: "):
        run(project, str(project / "spec.json"))


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_project_behind_a_link_is_compared(project: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project)
    write(project, {"convex/rooms.ts": ROOMS.replace("list", "all")})
    assert len(messages(run(link, "HEAD"))) == 1


@pytest.mark.parametrize(
    ("scheduled", "who"), [(False, "a run of its cron that is under way"), (True, "jobs that wait")]
)
def test_who_still_calls_what_a_queue_named(project: Path, scheduled: bool, who: str) -> None:
    jobs = """import { internalMutation } from "./_generated/server";
import { internal } from "./_generated/api";
export const clean = internalMutation({ args: {}, handler: async () => null });
export const start = internalMutation({ args: {}, handler: async (ctx) => { %s } });
"""
    crons = """import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";
const crons = cronJobs();
crons.interval("clean", { hours: 1 }, internal.jobs.clean);
export default crons;
"""
    start = "await ctx.scheduler.runAfter(0, internal.jobs.clean);" if scheduled else ""
    write(project, {"convex/jobs.ts": jobs % start, "convex/crons.ts": crons})
    git(project, "add", "-A")
    git(project, "commit", "-qm", "two")
    write(project, {"convex/jobs.ts": (jobs % "").replace("clean", "tidy")})
    (project / "convex" / "crons.ts").unlink()
    (message,) = messages(run(project, "HEAD"))
    assert message.startswith("`jobs:clean` of HEAD is gone")
    assert message.endswith(f"calls of it by {who} fail")


OFFERED = '{"name": "rooms", %s"exports": %s, "dependencies": {"convex": "1.31.0"}}'


@pytest.mark.parametrize(
    ("manifest", "due"),
    [
        (OFFERED % ("", '{"./convex.config": {"default": "./dist/convex.config.js"}}'), 1),
        (OFFERED % ("", '{".": "./dist/index.js", "./convex.config.js": "./dist/convex.config.js"}'), 1),
        (OFFERED % ('"private": true, ', '{"./convex.config": "./dist/convex.config.js"}'), 0),
        (OFFERED % ("", '{".": "./dist/index.js"}'), 0),
        (OFFERED % ("", '"./dist/index.js"'), 0),
        ('{"dependencies": {"convex": "1.31.0"}}', 0),
    ],
)
def test_the_public_functions_of_a_component_that_a_package_offers(
    tmp_path: Path, manifest: str, due: int
) -> None:
    root = tmp_path / "rooms"
    config = 'import { defineComponent } from "convex/server";\nexport default defineComponent("rooms");\n'
    write(root, {"package.json": manifest, "src/component/convex.config.ts": config})
    write(root, {"src/component/rooms.ts": ROOMS})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    write(root, {"src/component/rooms.ts": ROOMS.replace("args: {}", "args: { floor: v.number() }")})
    found = messages(run(root, "HEAD"))
    assert len(found) == due
    assert all("which apps that mount it may send" in message for message in found)
