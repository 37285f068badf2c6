"""A change of a function is an error where a client in the repository breaks with it, as it is written now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evolution.test_against import git, run, write

ROOMS = """import { mutation, query } from "./_generated/server";
import { v } from "convex/values";
export const list = query({
  args: { floor: v.optional(v.number()), filter: v.optional(v.object({ a: v.string(), b: v.optional(v.string()) })) },
  returns: v.array(v.object({ name: v.string(), size: v.number(), owner: v.object({ age: v.number() }) })),
  handler: async () => [],
});
export const one = query({
  args: { name: v.string() },
  returns: v.union(v.object({ name: v.string(), size: v.number() }), v.null()),
  handler: async () => null,
});
export const pages = query({
  args: { paginationOpts: v.any() },
  returns: v.object({
    page: v.array(v.object({ name: v.string(), size: v.number() })), isDone: v.boolean(), continueCursor: v.string(),
  }),
  handler: async () => ({ page: [], isDone: true, continueCursor: "" }),
});
export const add = mutation({
  args: { name: v.string(), size: v.optional(v.number()) },
  returns: v.object({ name: v.string(), size: v.number() }),
  handler: async () => ({ name: "", size: 1 }),
});
"""
REACT = """import { ConvexReactClient, useConvex, useMutation, usePaginatedQuery, useQuery } from "convex/react";
import { fetchMutation, fetchQuery } from "convex/nextjs";
import { api } from "../convex/_generated/api";
"""
PYTHON = """from convex import ConvexClient
client = ConvexClient("https://happy-otter-123.convex.cloud")
"""
FLOOR = ("floor: v.optional(v.number())", "floor: v.number()")
TEXT = ("floor: v.optional(v.number())", "floor: v.optional(v.string())")
INNER = ("b: v.optional(v.string())", "b: v.optional(v.number())")
NO_FLOOR = ("floor: v.optional(v.number()), ", "")
ADD = ("size: v.optional(v.number()) }", "size: v.number() }")
INTERNAL = ("list = query(", "list = internalQuery(")
KIND = ("list = query(", "list = mutation(")
GONE = ("list = query(", "all = query(")
SIZE = (", size: v.number()", "")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    write(root, {"package.json": '{"dependencies": {"convex": "1.31.0"}}', "convex/rooms.ts": ROOMS})
    write(root, {".gitignore": "convex/_generated/\n"})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def changed(root: Path, change: tuple[str, str]) -> None:
    text = ROOMS.replace(*change)
    assert text != ROOMS
    write(root, {"convex/rooms.ts": text.replace("{ mutation,", "{ internalQuery, mutation,")})


def levels(root: Path, function: str) -> list[tuple[str, bool]]:
    """The level of each finding about the function, and whether the client is named."""
    found = run(root, "HEAD").diagnostics
    return [
        (d.level.value, "in this repository" in d.finding.message)
        for d in found
        if function in d.finding.message
    ]


BREAKS = [
    (FLOOR, "useQuery(api.rooms.list)"),
    (FLOOR, "useQuery(api.rooms.list, {})"),
    (FLOOR, 'useQuery(api.rooms.list, ready ? {} : "skip")'),
    (FLOOR, "fetchQuery(api.rooms.list)"),
    (FLOOR, "useConvex().query(api.rooms.list, { filter: { a: name } })"),
    (TEXT, "useQuery(api.rooms.list, { floor: 1 })"),
    (TEXT, "useQuery(api.rooms.list, { floor: ready ? 1 : 2 })"),
    (NO_FLOOR, "useQuery(api.rooms.list, { floor: 1 })"),
    (INNER, 'useQuery(api.rooms.list, { filter: { a: "x", b: "y" } })'),
    (ADD, "useMutation(api.rooms.add)({ name })"),
    (ADD, "fetchMutation(api.rooms.add, { name })"),
    (ADD, "new ConvexReactClient(url).mutation(api.rooms.add, { name })"),
    (GONE, "useQuery(api.rooms.list)"),
    (GONE, 'useQuery(api["rooms"].list, {})'),
    (INTERNAL, "useQuery(api.rooms.list, {})"),
    (KIND, "useQuery(api.rooms.list, {})"),
    (KIND, "fetchQuery(api.rooms.list, {})"),
]
MENDED = [
    (FLOOR, "useQuery(api.rooms.list, { floor: 1 })"),
    (FLOOR, "useQuery(api.rooms.list, args)"),
    (FLOOR, "useQuery(api.rooms.list, { ...args })"),
    (TEXT, 'useQuery(api.rooms.list, { floor: "1" })'),
    (TEXT, "useQuery(api.rooms.list, { floor })"),
    (TEXT, "useQuery(api.rooms.list)"),
    (NO_FLOOR, "useQuery(api.rooms.list, {})"),
    (NO_FLOOR, "useQuery(api.rooms.list, { floor })"),  # it may be undefined
    (INNER, 'useQuery(api.rooms.list, { filter: { a: "x" } })'),
    (INNER, "useQuery(api.rooms.list, { filter: { a: 1 } })"),  # wrong, but not by this change
    (ADD, "useMutation(api.rooms.add)({ name, size: 1 })"),
    (GONE, "useQuery(api.rooms.all)"),
    (INTERNAL, "useQuery(api.rooms.one, { name })"),
    (KIND, "useMutation(api.rooms.list)({})"),
    (KIND, "fetchMutation(api.rooms.list, {})"),
]


def function_of(change: tuple[str, str]) -> str:
    return "rooms:add" if change == ADD else "rooms:list"


@pytest.mark.parametrize(("change", "call"), BREAKS)
def test_a_client_that_breaks_makes_it_an_error(project: Path, change: tuple[str, str], call: str) -> None:
    write(project, {"src/App.tsx": f"{REACT}export const use = (args, name, ready, url, floor) => {call};\n"})
    changed(project, change)
    assert levels(project, function_of(change)) == [("error", True)]
    assert "`src/App.tsx`" in run(project, "HEAD").diagnostics[0].finding.message


@pytest.mark.parametrize(("change", "call"), MENDED)
def test_a_client_that_sends_the_new_shape_does_not(
    project: Path, change: tuple[str, str], call: str
) -> None:
    write(project, {"src/App.tsx": f"{REACT}export const use = (args, name, ready, url, floor) => {call};\n"})
    changed(project, change)
    assert levels(project, function_of(change)) == [("warning", False)]


@pytest.mark.parametrize(
    ("change", "call", "level"),
    [
        (FLOOR, 'client.query("rooms:list")', "error"),
        (FLOOR, 'client.query("rooms:list", {})', "error"),
        (FLOOR, 'client.query("rooms:list", {"floor": 1})', "warning"),
        (FLOOR, 'client.query("rooms:list", given)', "warning"),
        (TEXT, 'client.query("rooms:list", {"floor": 1})', "error"),
        (NO_FLOOR, 'client.query("rooms:list", {"floor": None})', "error"),
        (GONE, 'client.query("rooms:list")', "error"),
        (GONE, 'client.query("rooms:all")', "warning"),
        (INTERNAL, 'client.query("rooms:list")', "error"),
        (INTERNAL, 'client.set_admin_auth("key")\nclient.query("rooms:list")', "warning"),
        (KIND, 'client.query("rooms:list")', "error"),
        (KIND, 'client.mutation("rooms:list")', "warning"),
    ],
)
def test_a_client_in_python(project: Path, change: tuple[str, str], call: str, level: str) -> None:
    write(project, {"scripts/report.py": f"{PYTHON}{call}\n"})
    changed(project, change)
    assert levels(project, "rooms:list") == [(level, level == "error")]


@pytest.mark.parametrize(
    ("path", "text", "change", "level"),
    [
        ("ios/App.swift", 'client.subscribe(to: "rooms:list")', GONE, "error"),
        ("ios/App.swift", 'client.subscribe(to: "rooms:list")', INTERNAL, "error"),
        ("ios/App.swift", 'client.subscribe(to: "rooms:list")', FLOOR, "warning"),
        ("android/App.kt", 'client.subscribe("rooms:list")', GONE, "error"),
        ("android/App.kt", '// client.subscribe("rooms:list")', GONE, "warning"),
        ("deployed.json", '{"path": "rooms:list"}', GONE, "warning"),
        ("Makefile", "\tnpx convex run rooms:list", GONE, "warning"),
        ("src/rooms.test.ts", f"{REACT}fetchQuery(api.rooms.list)", GONE, "warning"),
        ("e2e/rooms.ts", f"{REACT}fetchQuery(api.rooms.list)", GONE, "warning"),
        ("src/types.ts", f"{REACT}export type List = typeof api.rooms.list;", GONE, "warning"),
        (
            "src/App.svelte",
            f"<script lang='ts'>\n{REACT}fetchQuery(api.rooms.list)\n</script>",
            GONE,
            "error",
        ),
        ("src/App.jsx", f"{REACT}fetchQuery(api.rooms.list)", FLOOR, "error"),
    ],
)
def test_other_files(project: Path, path: str, text: str, change: tuple[str, str], level: str) -> None:
    write(project, {path: f"{text}\n"})
    changed(project, change)
    assert levels(project, "rooms:list") == [(level, level == "error")]


READS = [
    "useQuery(api.rooms.list)?.map((room) => room.size)",
    "useQuery(api.rooms.list)?.map(({ size }) => size)",
    "(useQuery(api.rooms.list) ?? []).filter((r) => r.name).map((r) => r.size)",
    "useQuery(api.rooms.list)?.find((r) => r.name)?.size",
    "useQuery(api.rooms.list)?.[0]?.size",
    "useQuery(api.rooms.one, { name })?.size",
    "(() => { const room = useQuery(api.rooms.one, { name }); return room ? room.size : 0; })()",
    "(() => { const rooms = useQuery(api.rooms.list) || []; for (const { size } of rooms) log(size); })()",
    "(() => { const [first] = useQuery(api.rooms.list)!; return first.size; })()",
    "(async () => { const room = await fetchQuery(api.rooms.one, { name }); return room!.size; })()",
    "(async () => { const { size } = await useConvex().query(api.rooms.one, { name }); return size; })()",
    "(async () => (await useMutation(api.rooms.add)({ name })).size)()",
    "(async () => { const add = useMutation(api.rooms.add); const { size: s } = await add({ name }); return s; })()",
    "usePaginatedQuery(api.rooms.pages, {}, { initialNumItems: 1 }).results.map((r) => r.size)",
    "(() => { const { results } = usePaginatedQuery(api.rooms.pages, {}, {}); return results.map((r) => r.size); })()",
    "useRooms()?.map((room) => room.size)",
]
OTHER_READS = [
    "useQuery(api.rooms.list)?.map((room) => room.name)",
    "useQuery(api.rooms.list)?.length",
    "useQuery(api.rooms.list)?.map((room) => room.owner.age)",
    "useQuery(api.rooms.list)?.map((room) => log(room))",
    "other(api.rooms.list).size",
    "useRooms().size",
    "(async () => { const room = await useMutation(api.rooms.add)({ name }); return room.name; })()",
    "usePaginatedQuery(api.rooms.pages, {}, { initialNumItems: 1 }).size",
]


@pytest.mark.parametrize(
    ("read", "level"), [*((r, "error") for r in READS), *((r, "warning") for r in OTHER_READS)]
)
def test_a_client_that_reads_what_is_not_returned_any_more(project: Path, read: str, level: str) -> None:
    hook = "const useRooms = () => useQuery(api.rooms.list);\n"
    write(project, {"src/App.tsx": f"{REACT}{hook}export const use = (name, log, other) => {read};\n"})
    changed(project, SIZE)
    function = next(f for f in ("one", "add", "pages", "list") if f"rooms.{f}" in read or f == "list")
    assert levels(project, f"rooms:{function}") == [(level, level == "error")]


def test_the_client_of_another_backend_is_none_of_this_one(project: Path) -> None:
    write(
        project,
        {"other/convex/rooms.ts": ROOMS, "other/package.json": '{"dependencies": {"convex": "1.31.0"}}'},
    )
    write(project, {"other/src/App.tsx": f"{REACT}export const use = () => useQuery(api.rooms.list);\n"})
    changed(project, GONE)
    found = run(project, "HEAD", "convex").diagnostics
    assert [d.level.value for d in found] == ["warning"]


def test_asked_for_one_file_it_is_the_same(project: Path) -> None:
    write(project, {"src/App.tsx": f"{REACT}export const use = () => useQuery(api.rooms.list);\n"})
    changed(project, FLOOR)
    (whole,), (one,) = run(project, "HEAD").diagnostics, run(project, "HEAD", "convex/rooms.ts").diagnostics
    assert whole == one


def test_jobs_that_wait_are_no_clients(project: Path) -> None:
    jobs = """import { internalMutation, mutation } from "./_generated/server";
import { internal } from "./_generated/api";
import { v } from "convex/values";
export const clean = internalMutation({ args: {}, handler: async () => null });
export const start = mutation({ args: {}, handler: async (ctx) => {
  await ctx.scheduler.runAfter(0, internal.jobs.clean, {});
} });
"""
    write(project, {"convex/jobs.ts": jobs})
    git(project, "add", "-A")
    git(project, "commit", "-qm", "two")
    write(project, {"scripts/report.py": f'{PYTHON}client.mutation("jobs:clean")\n'})
    write(
        project,
        {
            "convex/jobs.ts": jobs.replace(
                "clean = internalMutation({ args: {}", "clean = internalMutation({ args: { a: v.string() }"
            )
        },
    )
    assert levels(project, "jobs:clean") == [("warning", False)]
