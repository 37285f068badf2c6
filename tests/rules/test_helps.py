"""What messages and helps advise in places where the usual advice would mislead."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Diagnostic
from convexlint.session import Overrides, Request, check

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  jobs: defineTable({ owner: v.string(), status: v.string(), size: v.number() }),
  rooms: defineTable({ code: v.string() }).index("by_code", ["code"]),
  rails: defineTable({
    deletedAt: v.optional(v.number()), isArchived: v.boolean(),
    on: v.boolean(),
    off: v.optional(v.boolean()),
    kind: v.union(v.literal("a"), v.literal("b")),
    at: v.number(),
    name: v.string(),
  }),
});
"""
HEAD = """
import { v } from "convex/values";
import { internal } from "./_generated/api";
import { internalMutation, internalQuery } from "./_generated/server";
import { Billing, makeBilling } from "billing-kit";
"""


def findings(root: Path, rule: str, source: str) -> list[Diagnostic]:
    for name, text in {"schema.ts": SCHEMA, "a.ts": HEAD + source, "_generated/api.js": ""}.items():
        path = root / "convex" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    request = Request(paths=(str(root),), isolated=True, overrides=Overrides(select=(rule,)))
    return list(check(request).diagnostics)


def query(body: str) -> str:
    return f"""
export const q = internalQuery({{
  args: {{ me: v.string() }},
  handler: async (ctx, args) => {{ {body} }},
}});"""


def mutation(name: str, body: str) -> str:
    return f"""
export const {name} = internalMutation({{ args: {{}}, handler: async (ctx) => {{ {body} }} }});"""


@pytest.mark.parametrize(
    "body",
    [
        (
            'return (await ctx.db.query("jobs").filter((q) => q.eq(q.field("owner"), args.me)).collect())'
            '.filter((j) => j.status === "new");'
        ),
        (
            'const mine = ctx.db.query("jobs").filter((q) => q.eq(args.me, q.field("owner"))); '
            "const rows = await mine.collect(); return rows.find(({ status }) => status === args.me);"
        ),
        (
            'const rows = await ctx.db.query("jobs").filter((q) => q.and(q.eq(q.field("owner"), args.me))).collect(); '
            'let n = 0; for (const row of rows) { if (row.status !== "new") continue; n += row.size; } return n;'
        ),
    ],
)
def test_an_index_for_a_filter_in_code_begins_with_what_the_query_filters_by(
    tmp_path: Path, body: str
) -> None:
    (found,) = findings(tmp_path, "no-filter-after-collect", query(body))
    assert 'an index over ["owner", "status"]' in (found.finding.help or "")


@pytest.mark.parametrize(
    ("condition", "advice"),
    [
        ('q.eq(q.field("deletedAt"), undefined)', "most rows stay"),
        ('q.eq(undefined, q.field("deletedAt"))', "most rows stay"),
        ('q.eq(q.field("isArchived"), false)', "most rows stay"),
        ('q.eq(q.field("isArchived"), true)', 'an index over ["isArchived"]'),
        ('q.eq(q.field("on"), true)', 'an index over ["on"]'),
        ('q.eq(q.field("kind"), "a")', 'an index over ["kind"]'),
        ('q.and(q.eq(q.field("isArchived"), false), q.eq(q.field("name"), args.me))', "add an index over ["),
    ],
)
def test_no_index_on_a_mark_of_deleted_rows_alone_is_advised(
    tmp_path: Path, condition: str, advice: str
) -> None:
    body = f'return await ctx.db.query("rails").filter((q) => {condition}).collect();'
    (found,) = findings(tmp_path, "no-filter-in-query", query(body))
    assert advice in (found.finding.help or "")
    assert advice.startswith(("an index", "add")) or not found.finding.suggestions


@pytest.mark.parametrize(
    ("body", "stops"),
    [
        ("n += job.size; if (n > 9) break;", True),
        ('if (job.size > 9) throw new Error("big"); n += 1;', True),
        ("for (const x of job.owner) { if (x) break; } n += 1;", False),
        ("switch (job.status) { case args.me: break; default: n += 1; }", False),
        ("const size = () => { return job.size; }; n += size();", False),
    ],
)
def test_only_a_loop_that_can_stop_early_is_said_to(tmp_path: Path, body: str, stops: bool) -> None:
    loop = f'let n = 0; for (const job of await ctx.db.query("jobs").collect()) {{ {body} }} return n;'
    (found,) = findings(tmp_path, "no-collect-in-async-iteration", query(loop))
    assert ("reads no more once the loop is left" in (found.finding.help or "")) is stops


@pytest.mark.parametrize(
    "fill",
    [
        "seen[job.owner] ??= await roomOf(ctx, job.owner);",
        "seen[job.owner] ||= await roomOf(ctx, job.owner);",
        "if (!(job.owner in seen)) seen[job.owner] = await roomOf(ctx, job.owner);",
        "if (!seen[job.owner]) { seen[job.owner] = await roomOf(ctx, job.owner); }",
    ],
)
def test_reads_that_a_record_remembers_are_no_queries_in_a_loop(tmp_path: Path, fill: str) -> None:
    helper = (
        "const roomOf = async (ctx: any, code: string) => "
        'await ctx.db.query("rooms").withIndex("by_code", (q: any) => q.eq("code", code)).first();\n'
    )
    rows = 'await ctx.db.query("jobs").take(9)'
    loop = f"const seen: Record<string, any> = {{}}; for (const job of {rows}) {{ {fill} }} return seen;"
    assert findings(tmp_path, "no-query-in-loop", helper + query(loop)) == []


READ = 'await ctx.db.query("jobs").paginate({ cursor: null, numItems: 9 });'
PAGE = f"export const page = internalQuery({{ args: {{}}, handler: async (ctx) => {{ {READ} }} }});"
ADD = mutation("add", 'await ctx.db.insert("rooms", { code: "x" });')


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (PAGE + mutation("m", "await ctx.runQuery(internal.a.page, {});"), "read in a plain function"),
        (mutation("m", READ + " await ctx.runMutation(internal.a.m, {});"), "ctx.scheduler.runAfter(0, ...)"),
        (
            mutation("m", "const next = internal.a.m; await ctx.runMutation(next, {});"),
            "ctx.scheduler.runAfter(0, ...)",
        ),
        (
            ADD + mutation("m", "await ctx.runMutation(internal.a.add, {});"),
            "plain function that takes `ctx`",
        ),
    ],
)
def test_what_to_do_instead_of_a_run_in_a_transaction(tmp_path: Path, source: str, advice: str) -> None:
    (found,) = findings(tmp_path, "no-run-in-transaction", source)
    assert advice in (found.finding.help or "")


WHO = "(ctx: any) { return await ctx.auth.getUserIdentity(); }"


@pytest.mark.parametrize(
    "source",
    [
        "new Billing({ identify: async (ctx: any) => await ctx.auth.getUserIdentity() });",
        "const identify = async (ctx: any) => await ctx.auth.getUserIdentity();\nnew Billing({ identify });",
        f"async function identify{WHO}\nmakeBilling({{ hooks: [identify] }});",
        f"makeBilling({{ nested: {{ async identify{WHO} }} }});",
    ],
)
def test_the_ctx_of_a_package_that_nobody_knows_is_an_info(tmp_path: Path, source: str) -> None:
    (found,) = findings(tmp_path, "no-any-ctx", source)
    assert found.level.name == "INFO"
    assert "`billing-kit`" in (found.finding.help or "")


def test_a_function_of_the_project_in_the_place_of_a_builder_types_the_ctx_itself(tmp_path: Path) -> None:
    wrapper = """
const queryWithAuth = ({ args, handler }: { args: any; handler: (ctx: any, args: any) => Promise<any> }) =>
  internalQuery({ args, handler: async (ctx, all) => handler(ctx, all) });
export const a = queryWithAuth({ args: {}, handler: async (ctx: any) => await ctx.db.query("jobs").first() });
"""
    (found,) = [f for f in findings(tmp_path, "no-any-ctx", wrapper) if f.finding.function == "a:a"]
    assert "builder" not in (found.finding.help or "")


@pytest.mark.parametrize(
    ("between", "reported"),
    [
        ("const x = hash(e.x);", False),
        ("const x = twice(e.x);", False),
        ('const x = Buffer.from(e.x).toString("hex");', False),
        ("const x = plain(e.x);", True),
        ("const x = e.x.trim();", True),
    ],
)
def test_runs_with_work_for_nodejs_between_them_are_no_sequence(
    tmp_path: Path, between: str, reported: bool
) -> None:
    source = """
import { createHash } from "node:crypto";
import { internalAction } from "./_generated/server";
const hash = (x: string) => createHash("sha256").update(x).digest("hex");
const twice = (x: string) => hash(hash(x));
const plain = (x: string) => x.trim() + "!";
export const get = internalQuery({ args: {}, handler: async () => ({ x: "" }) });
export const put = internalMutation({ args: { x: v.string() }, handler: async () => null });
export const run = internalAction({ args: {}, handler: async (ctx) => {
  const e = await ctx.runQuery(internal.a.get, {}); BETWEEN
  await ctx.runMutation(internal.a.put, { x });
} });
"""
    assert bool(findings(tmp_path, "no-sequential-run", source.replace("BETWEEN", between))) is reported


@pytest.mark.parametrize(
    "predicate",
    [
        'q.or(...ids.map((id) => q.eq(q.field("_id"), id)))',
        'q.or(q.eq(q.field("_id"), ids[0]), q.eq(ids[1], q.field("_id")))',
        'q.or(...ids.map(function (id) { return q.eq(q.field("_id"), id); }))',
    ],
)
def test_documents_by_several_ids_are_got(tmp_path: Path, predicate: str) -> None:
    body = f'const ids: any[] = []; return await ctx.db.query("jobs").filter((q) => {predicate}).collect();'
    (found,) = findings(tmp_path, "no-filter-in-query", query(body))
    assert "`ctx.db.get` finds documents by their ids" in (found.finding.help or "")


GROUPED = """
const counts = (await ctx.db.query("jobs").collect()).reduce((all, job) => { all[job.owner] = 1; return all; }, START);
"""


@pytest.mark.parametrize(
    ("start", "walk"),
    [
        ("{} as Record<string, number>", "Object.keys(counts)"),
        ("new Map<string, any>() as any", "counts.keys()"),
        ("{} as any", "Object.entries(counts)"),
    ],
)
def test_a_get_for_each_key_of_rows_that_were_added_up(tmp_path: Path, start: str, walk: str) -> None:
    each = f"const out = []; for (const id of {walk}) out.push(await ctx.db.get(id as any)); return out;"
    (found,) = findings(tmp_path, "no-query-in-loop", query(GROUPED.replace("START", start) + each))
    assert "for every key that the rows of `jobs` have" in found.finding.message


@pytest.mark.parametrize(
    ("callee", "level"),
    [
        ("page", "ERROR"),
        ("page!", "ERROR"),
        ("(page as any)", "WARNING"),
        ("(page as unknown as Function)", "WARNING"),
        ("(page as unknown as (ctx: any, args: any) => Promise<any>)", "WARNING"),
        ("(<any>page)", "WARNING"),
    ],
)
def test_types_do_not_object_to_what_is_cast_by_way_of_unknown(
    tmp_path: Path, callee: str, level: str
) -> None:
    source = PAGE + query(f"return await {callee}(ctx, {{}});")
    (found,) = findings(tmp_path, "no-direct-function-call", source)
    assert found.level.name == level


@pytest.mark.parametrize(
    "each",
    [
        "rows.forEach((n) => jobs.enqueueMutation(ctx, internal.a.page, {}));",
        "rows.forEach((n) => { return jobs.enqueueMutation(ctx, internal.a.page, {}); });",
        "rows.forEach(function (n) { return pool().enqueueAction(ctx, internal.a.page, {}); });",
        "rows.forEach(async (n) => { await jobs.enqueueMutation(ctx, internal.a.page, {}); });",
    ],
)
def test_promises_of_packages_in_each_round_are_dropped(tmp_path: Path, each: str) -> None:
    source = """
import { Workpool } from "@convex-dev/workpool";
import { components } from "./_generated/api";
const jobs = new Workpool(components.jobs, { maxParallelism: 2 });
const pool = () => jobs;
"""
    body = mutation("m", f"const rows = [1, 2]; {each} return null;")
    (found,) = findings(tmp_path, "no-floating-promise", source + PAGE + body)
    assert found.level.name == "ERROR"


@pytest.mark.parametrize(
    ("test", "advice"),
    [
        ("rail.on", 'where few rows match, an index over ["on"] finds them'),
        ('rail.kind === "a"', 'where few rows match, an index over ["kind"] finds them'),
        ("rail.on === true && rail.off === false", 'where few rows match, an index over ["on", "off"] finds'),
        ("rail.at < 9 && rail.name === args.me", 'add an index over ["name", "at"] to `rails`'),
        ("rail.on && rail.at >= 3 && rail.name === args.me", 'add an index over ["name", "on", "at"] to'),
        ("rail.at > 3 && rail.kind === args.me", 'add an index over ["kind", "at"] to `rails`'),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        'const rows = await ctx.db.query("rails").collect(); return rows.filter((rail) => TEST);',
        'return (await ctx.db.query("rails").collect()).filter((rail) => { return TEST; });',
        'for (const rail of await ctx.db.query("rails").collect()) { if (TEST) console.log(rail.name); }',
    ],
)
def test_an_index_has_equal_fields_before_a_bound_and_is_no_sure_gain_for_a_flag(
    tmp_path: Path, test: str, advice: str, use: str
) -> None:
    (found,) = findings(tmp_path, "no-filter-after-collect", query(use.replace("TEST", test)))
    assert found.finding.help is not None
    assert found.finding.help.startswith(advice)


@pytest.mark.parametrize(
    ("field", "share"),
    [
        ('"on"), true', "some"),
        ('"off"), false', "some"),
        ('"kind"), "a"', "some"),
        ('"name"), args.me', "most"),
    ],
)
def test_most_rows_are_thrown_away_only_where_a_field_has_more_than_two_values(
    tmp_path: Path, field: str, share: str
) -> None:
    body = f'return await ctx.db.query("rails").filter((q) => q.eq(q.field({field})).collect();'
    (found,) = findings(tmp_path, "no-filter-in-query", query(body))
    assert f"throws {share} of them away" in found.finding.message


@pytest.mark.parametrize(
    "around",
    [
        "for (const n of [1, 2]) { LOOP }",
        'for (const room of await ctx.db.query("rooms").take(9)) { LOOP }',
        "[1, 2].forEach((n) => { LOOP });",
        "let n = 0; while (n < 3) { n++; LOOP }",
    ],
)
def test_rows_that_are_walked_through_again_are_not_streamed(tmp_path: Path, around: str) -> None:
    load = 'const jobs = await ctx.db.query("jobs").collect(); let sum = 0; '
    loop = "for (const job of jobs) sum += job.size;"
    rule = "no-collect-in-async-iteration"
    assert len(findings(tmp_path, rule, query(load + loop + " return sum;"))) == 1
    assert findings(tmp_path, rule, query(load + around.replace("LOOP", loop) + " return sum;")) == []


@pytest.mark.parametrize(("component", "who"), [(True, "the app decides"), (False, "clients decide")])
def test_it_is_the_app_that_calls_a_component(tmp_path: Path, component: bool, who: str) -> None:
    if component:
        (tmp_path / "convex").mkdir()
        config = (
            'import { defineComponent } from "convex/server";\nexport default defineComponent("ledger");\n'
        )
        (tmp_path / "convex/convex.config.ts").write_text(config)
    source = """
import { query } from "./_generated/server";
export const q = query({ args: { what: v.any() }, handler: async () => null });"""
    (found,) = findings(tmp_path, "no-any-validator", source)
    assert f"{who} what arrives" in found.finding.message


@pytest.mark.parametrize(
    ("helper", "call"),
    [
        ('const of = (ctx: any, id: any) => ctx.db.get("rooms", id);', "of(ctx, room._id)"),
        (
            'async function of(ctx: any, id: any) { return await ctx.db.get("rooms", id); }',
            "of(ctx, room._id)",
        ),
        ('const of = async (ctx: any, id: any) => { await ctx.db.get("rooms", id); };', "of(ctx, room.code)"),
    ],
)
def test_a_helper_that_gets_the_row_again_is_given_the_row(tmp_path: Path, helper: str, call: str) -> None:
    rooms = 'const rooms = await ctx.db.query("rooms").collect(); '
    body = f"{rooms}return await Promise.all(rooms.map(async (room) => await {call}));"
    (found,) = findings(tmp_path, "no-query-in-loop", helper + query(body))
    assert found.finding.help is not None
    assert "hand the row on" in found.finding.help
