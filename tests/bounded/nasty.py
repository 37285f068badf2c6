# ruff: noqa: E501
"""Small programs that are hard to read for a tool that follows names: each maker gives the files of a project.

They are legal TypeScript of a few kilobytes, in shapes where following every path, or comparing everything with
everything, takes time that grows much faster than the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Files = Mapping[str, str]

SERVER = 'import { query, mutation } from "./_generated/server";\n'
VALUES = 'import { v } from "convex/values";\n'
SCHEMA = (
    'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n'
    'export default defineSchema({ notes: defineTable({ a: v.string(), owner: v.string() }).index("by_a", ["a"]) });\n'
)

MAKERS: dict[str, Callable[[int], Files]] = {}


def nasty(maker: Callable[[int], Files]) -> Callable[[int], Files]:
    MAKERS[maker.__name__] = maker
    return maker


def _project(files: Files) -> Files:
    return {"convex/schema.ts": SCHEMA, **{f"convex/{name}": text for name, text in files.items()}}


@nasty
def star_ring(n: int) -> Files:
    """Modules that export all of the next one, in a ring; who imports a name goes round it."""
    files = {f"m{i}.ts": f'export * from "./m{(i + 1) % n}";\nexport const x{i} = {i};\n' for i in range(n)}
    names = ", ".join(f"x{i}, y{i}" for i in range(n))
    files["use.ts"] = f'{SERVER}import {{ {names} }} from "./m0";\n' + "".join(
        f"export const q{i} = query({{ args: {{}}, handler: async () => x{i} + y{i} }});\n" for i in range(n)
    )
    return _project(files)


@nasty
def star_clique(n: int) -> Files:
    """Modules that export all of all others. (n * n lines of text.)"""
    files = {}
    for i in range(n):
        stars = "".join(f'export * from "./m{j}";\n' for j in range(n) if j != i)
        files[f"m{i}.ts"] = f"{stars}export type T{i} = string;\nexport const x{i} = {i};\n"
    files["use.ts"] = (
        f'{SERVER}import {{ x{n - 1}, absent, type T{n - 1}, type Absent }} from "./m0";\n'
        f"export const q = query({{ args: {{}}, handler: async (ctx, a: T{n - 1}, b: Absent) => [a, b, absent, x{n - 1}] }});\n"
    )
    return _project(files)


@nasty
def star_diamond(n: int) -> Files:
    """Levels of two modules, each of which exports all of both below it."""
    files = {}
    for level in range(n):
        below = "".join(f'export * from "./{side}{level + 1}";\n' for side in "ab") if level < n - 1 else ""
        for side in "ab":
            files[f"{side}{level}.ts"] = f"{below}export const {side}x{level} = {level};\n"
    files["use.ts"] = (
        f'{SERVER}import * as all from "./a0";\nimport {{ absent, ax{n - 1}, type Absent }} from "./b0";\n'
        f"export const q = query({{ args: {{}}, handler: async (ctx, a: Absent) => [a, absent, all.ax{n - 1}, all.no, ax{n - 1}] }});\n"
    )
    return _project(files)


@nasty
def helper_clique(n: int) -> Files:
    """Helpers that all call each other. (n * n calls.)"""
    lines = [SERVER]
    for i in range(n):
        calls = " ".join(f"await f{j}(ctx, a);" for j in range(n) if j != i)
        lines.append(f"async function f{i}(ctx, a) {{ {calls} return a; }}")
    lines.append(
        "export const q = query({ args: {}, handler: async (ctx) => { await f0(ctx, 1); return null; } });"
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def helper_clique_over_files(n: int) -> Files:
    """Helpers that all call each other and return what the others return, each in a module of its own."""
    files = {}
    for i in range(n):
        imports = "".join(f'import {{ f{j} }} from "./f{j}";\n' for j in range(n) if j != i)
        calls = ", ".join(f"await f{j}(ctx, a)" for j in range(n) if j != i)
        files[f"f{i}.ts"] = f"{imports}export async function f{i}(ctx, a) {{ return [a, {calls}]; }}\n"
    files["use.ts"] = (
        f'{SERVER}import {{ f0 }} from "./f0";\n'
        'export const q = query({ args: {}, handler: async (ctx) => f0(ctx, await ctx.db.query("notes").first()) });\n'
    )
    return _project(files)


@nasty
def spread_twice(n: int) -> Files:
    """Each object is spread twice into the next one."""
    lines = [SERVER, VALUES, "const o0 = { a: v.string() };"]
    lines += [f"const o{i} = {{ ...o{i - 1}, b{i}: v.string(), ...o{i - 1} }};" for i in range(1, n + 1)]
    lines.append(f"export const q = query({{ args: o{n}, handler: async (ctx, args) => args.a }});")
    return _project({"m.ts": "\n".join(lines)})


@nasty
def plain_spread_twice(n: int) -> Files:
    """The same with plain data, and in the bodies of helpers."""
    lines = [SERVER, 'const o0 = { a: "x" };']
    lines += [f"const o{i} = {{ ...o{i - 1}, b{i}: 1, ...o{i - 1} }};" for i in range(1, n + 1)]
    lines.append(
        f"export const q = query({{ args: {{}}, handler: async (ctx, args) => [o{n}.a, o{n}.none, o{n}] }});"
    )
    lines.append(
        f'export const w = mutation({{ args: {{}}, handler: async (ctx) => {{ await ctx.db.insert("notes", o{n}); }} }});'
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def union_twice(n: int) -> Files:
    """Each validator stands twice in the next one."""
    lines = [SERVER, VALUES, "const v0 = v.string();"]
    lines += [
        f"const v{i} = v.union(v.object({{ x: v{i - 1}, y: v{i - 1} }}), v.array(v{i - 1}));"
        for i in range(1, n + 1)
    ]
    lines.append(
        f"export const q = query({{ args: {{ a: v{n} }}, returns: v{n}, handler: async (ctx, args) => args.a }});"
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def data_twice(n: int) -> Files:
    """Each value stands twice in the next one, as an object, a list, or one of two."""
    lines = [SERVER, 'const d0 = { k: "x" };']
    for i in range(1, n + 1):
        lines.append(f"const d{i} = Math.random() ? {{ x: d{i - 1}, y: [d{i - 1}] }} : [d{i - 1}, d{i - 1}];")
    lines.append(f"export const q = query({{ args: {{}}, handler: async () => d{n} }});")
    lines.append(
        f'export const w = mutation({{ args: {{}}, handler: async (ctx) => {{ await ctx.db.insert("notes", d{n}); }} }});'
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def type_twice(n: int) -> Files:
    """Each type stands twice in the next one."""
    lines = [SERVER, "type T0 = { s: string };"]
    lines += [
        f"type T{i} = {{ a: T{i - 1}; b: T{i - 1}[] }} | [T{i - 1}, T{i - 1}];" for i in range(1, n + 1)
    ]
    lines.append(f"async function f(ctx: any, t: T{n}) {{ return [t, await ctx.db.get((t as any).a)]; }}")
    lines.append(
        "export const q = query({ args: {}, handler: async (ctx) => { const t: any = 1; return await f(ctx, t); } });"
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def generic_twice(n: int) -> Files:
    """n generic types that name each other twice, also with arguments that grow."""
    lines = ['import type { Id } from "./_generated/dataModel";', SERVER]
    for i in range(n):
        j = (i + 1) % n
        lines.append(
            f"interface A{i}<T> {{ left: A{j}<T> | null; right: A{j}<T>[]; id: T; more: B{i}<A{j}<T>> }}\n"
            f"type B{i}<T = A{j}<string>> = {{ l: B{j}<T[]>; r: B{j}<{{ x: T; y: T }}>; id: T }} | null;"
        )
    lines.append(
        'async function f(ctx, a: A0<Id<"notes">>, b: B0<Id<"notes">>) { await ctx.db.get(a.id); return [b, a]; }'
    )
    lines.append(
        "export const q = query({ args: {}, handler: async (ctx) => f(ctx, null as any, null as any) });"
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def functions_in_a_ring(n: int) -> Files:
    """Registered functions that run each other, forwards and backwards."""
    lines = ['import { mutation } from "./_generated/server";\nimport { api } from "./_generated/api";']
    for i in range(n):
        lines.append(
            f"export const f{i} = mutation({{ args: {{}}, handler: async (ctx) => {{\n"
            f"  await ctx.runMutation(api.m.f{(i + 1) % n}, {{}});\n"
            f"  await ctx.scheduler.runAfter(0, api.m.f{(i * 7 + 3) % n}, {{}});\n}} }});"
        )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def checks_in_one_handler(n: int) -> Files:
    """One handler that asks n times who calls it and leaves."""
    lines = [SERVER, "export const q = mutation({ args: {}, handler: async (ctx, args: any) => {"]
    lines.append("  const user = await ctx.auth.getUserIdentity();")
    for i in range(n):
        lines.append(f'  if (user === null || args.a{i} !== user.subject) throw new Error("no {i}");')
        lines.append(
            f'  if (args.b{i}) {{ await ctx.db.insert("notes", {{ a: "x", owner: user.subject }}); }}'
        )
    lines.append("} });")
    return _project({"m.ts": "\n".join(lines)})


@nasty
def one_long_line(n: int) -> Files:
    """A line with n findings."""
    calls = " ".join(
        'await ctx.db.query("notes").filter((q) => q.eq(q.field("a"), "x")).collect();' for _ in range(n)
    )
    return _project(
        {"m.ts": SERVER + f"export const q = query({{ args: {{}}, handler: async (ctx) => {{ {calls} }} }});"}
    )


@nasty
def routes(n: int) -> Files:
    """An http router with n routes."""
    lines = [
        'import { httpRouter } from "convex/server";\nimport { httpAction } from "./_generated/server";',
        "const http = httpRouter();",
    ]
    for i in range(n):
        lines.append(
            f'http.route({{ path: "/hook/{i}", method: "POST", handler: httpAction(async (ctx, request) => {{\n'
            "  const body = await request.json();\n"
            f'  if (request.headers.get("x-key") !== process.env.KEY{i}) return new Response("no", {{ status: 401 }});\n'
            '  return new Response("ok " + body.a); }) });'
        )
    lines.append("export default http;")
    return _project({"http.ts": "\n".join(lines)})


@nasty
def classes(n: int) -> Files:
    """Classes whose methods call those of the next one."""
    lines = [SERVER]
    for i in range(n):
        after = f"await new C{i + 1}(this.ctx).run(a);" if i < n - 1 else ""
        lines.append(
            f"class C{i} {{ ctx: any; constructor(ctx) {{ this.ctx = ctx; }}\n"
            f"  async run(a) {{ {after} return await this.own(a); }}\n"
            f'  async own(a) {{ return await this.ctx.db.query("notes").withIndex("by_a", (q) => q.eq("a", a)).first(); }} }}'
        )
    lines.append("export const q = query({ args: {}, handler: async (ctx) => new C0(ctx).run('x') });")
    return _project({"m.ts": "\n".join(lines)})


@nasty
def helper_chain(n: int) -> Files:
    """Each helper returns what the next one returns, from an argument that it hands on."""
    lines = [SERVER]
    for i in range(n):
        after = f"await f{i + 1}(ctx, a)" if i < n - 1 else 'await ctx.db.query("notes").first()'
        lines.append(f"async function f{i}(ctx, a) {{ const row = {after}; return row; }}")
    lines.append("export const q = query({ args: {}, handler: async (ctx) => f0(ctx, 1) });")
    return _project({"m.ts": "\n".join(lines)})


@nasty
def helper_fan(n: int) -> Files:
    """Each helper calls the next one twice."""
    lines = [SERVER]
    for i in range(n):
        after = f"[await f{i + 1}(ctx, a), await f{i + 1}(ctx, {{ a }})]" if i < n - 1 else "a"
        lines.append(f"async function f{i}(ctx, a) {{ return {after}; }}")
    lines.append(
        "export const q = query({ args: {}, handler: async (ctx) => f0(ctx, await ctx.db.query('notes').first()) });"
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def big_switch(n: int) -> Files:
    """A handler with a switch of n cases."""
    lines = [
        SERVER,
        VALUES,
        "export const q = mutation({ args: { k: v.string() }, handler: async (ctx, args) => {",
        "  let row; switch (args.k) {",
    ]
    for i in range(n):
        lines.append(
            f'    case "k{i}": {{ row = await ctx.db.query("notes").withIndex("by_a", (q) => q.eq("a", "{i}")).first();'
            f' if (!row) throw new Error("none {i}"); await ctx.db.patch(row._id, {{ a: "k{i}" }}); break; }}'
        )
    lines.append("  }\n  return row; } });")
    return _project({"m.ts": "\n".join(lines)})


@nasty
def deep_markup(n: int) -> Files:
    """Tags in tags, without an expression in them, and with one; some can only be read off the tree."""
    deep = ["<p>" * n + inner + "</p>" * n for inner in ("<ui.Row a='b' />", "{name}", "x")]
    lines = [
        'import { ui } from "./ui";',
        *(f"export const d{i} = (name) => {one};" for i, one in enumerate(deep)),
    ]
    return _project({"m.tsx": "\n".join(lines), "ui.ts": "export const ui = { Row: 1 };"})


@nasty
def long_list(n: int) -> Files:
    """A list of n strings, and a union of n literals."""
    lines = [SERVER, VALUES, "export const D = [" + ",".join(f'"c{i}"' for i in range(n)) + '].join("");']
    lines.append("export type U = " + " | ".join(f'"c{i}"' for i in range(n)) + ";")
    lines.append("export const u = v.union(" + ",".join(f'v.literal("c{i}")' for i in range(n)) + ");")
    lines.append(
        "export const q = query({ args: { u }, handler: async (ctx, args: { u: U }) => [D, args.u] });"
    )
    return _project({"m.ts": "\n".join(lines)})


@nasty
def variables_of_each_other(n: int) -> Files:
    """Variables that are assigned from one another, all in a circle."""
    lines = [SERVER, "export const q = query({ args: {}, handler: async (ctx) => {"]
    lines.append("  " + " ".join(f'let a{i} = await ctx.db.query("notes").first();' for i in range(n)))
    lines.append("  while (a0) {")
    lines += [
        f"    a{i} = a{(i + 1) % n} ?? a{(i * 5 + 2) % n} ?? (await ctx.db.get(a{i}!.owner as any));"
        for i in range(n)
    ]
    lines.append("  }\n  return a0; } });")
    return _project({"m.ts": "\n".join(lines)})


@nasty
def object_chain(n: int) -> Files:
    """Objects that hold functions that hand on to those of the next object."""
    lines = [SERVER]
    for i in range(n):
        after = f"o{i + 1}.run(ctx, a) ?? o{i + 1}.run(ctx, [a])" if i < n - 1 else "ctx.db.get(a)"
        lines.append(f"const o{i} = {{ run: (ctx, a) => {after}, next: () => o{(i + 1) % n} }};")
    lines.append("export const q = query({ args: {}, handler: async (ctx) => o0.run(ctx, 'x') });")
    return _project({"m.ts": "\n".join(lines)})


@nasty
def literals_as_arguments(n: int) -> Files:
    """A field of n literals that takes an argument of n literals."""
    literals = "v.union(" + ",".join(f'v.literal("c{i}")' for i in range(n)) + ")"
    schema = (
        'import { defineSchema, defineTable } from "convex/server";\n'
        + VALUES
        + f"export const u = {literals};\n"
        "export default defineSchema({ notes: defineTable({ a: u, owner: v.string() }) });\n"
    )
    lines = [
        SERVER,
        VALUES,
        f"export const q = mutation({{ args: {{ a: {literals} }}, handler: async (ctx, args) => {{",
    ]
    lines.append('  const id = await ctx.db.insert("notes", { a: args.a, owner: "x" });')
    lines.append('  await ctx.db.patch("notes", id, { a: args.a }); } });')
    return {**_project({"m.ts": "\n".join(lines)}), "convex/schema.ts": schema}


@nasty
def silenced_lines(n: int) -> Files:
    """n functions, each under a comment that silences two rules."""
    comment = "// convexlint-disable-next-line no-filter-in-query, no-collect-in-query -- known\n"
    body = (
        '{ handler: async (ctx) => ctx.db.query("notes").filter((q) => q.eq(q.field("a"), "x")).collect() }'
    )
    lines = [SERVER, *(f"{comment}export const f{i} = query({body});" for i in range(n))]
    return _project({"m.ts": "\n".join(lines)})


@nasty
def functions_that_schedule_each_other(n: int) -> Files:
    """Mutations that schedule each other, through `internal` although they are public, and through `api`."""
    lines = [SERVER, VALUES, 'import { api, internal } from "./_generated/api";']
    lines += [
        f"export const f{i} = mutation({{ args: {{ a: v.string() }}, handler: async (ctx, args) => {{"
        f" await ctx.scheduler.runAfter(0, internal.m.f{(i + 1) % n}, {{ a: args.a }});"
        f" await ctx.scheduler.runAfter(0, api.m.f{(i * 3) % n}, {{ a: args.a }}); }} }});"
        for i in range(n)
    ]
    return _project({"m.ts": "\n".join(lines)})


@nasty
def guards_in_a_circle(n: int) -> Files:
    """Checks of access that go on with each other, and functions that depend on them."""
    lines = [SERVER, VALUES]
    for i in range(n):
        lines.append(
            f"async function g{i}(ctx, id) {{ const user = await ctx.auth.getUserIdentity(); if (!user) throw new Error();"
            f" const d = await ctx.db.get(id); if (d.owner !== user.subject) return g{(i + 1) % n}(ctx, d.a);"
            f" return g{(i * 5 + 2) % n}(ctx, d.owner); }}"
        )
        lines.append(
            f'export const f{i} = mutation({{ args: {{ id: v.id("notes") }}, handler: async (ctx, args) => {{'
            f" const d = await g{i}(ctx, args.id); await ctx.db.patch(args.id, {{ a: d.a }}); }} }});"
        )
    return _project({"m.ts": "\n".join(lines)})
