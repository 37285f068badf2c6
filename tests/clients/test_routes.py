"""Who asks the HTTP routes of a backend."""

from __future__ import annotations

from pathlib import Path

from convexlint.reports.model.description import describe
from convexlint.session import Overrides, Request, check, programs
from tests.clients.test_scripts import laid_out, the_program

HTTP = """\
import { httpRouter } from "convex/server";
import { internal } from "./_generated/api";
import { httpAction } from "./_generated/server";
const http = httpRouter();
const save = httpAction(async (ctx, request) => {
  await ctx.runMutation(internal.notes.add, { text: await request.text() });
  return new Response(null);
});
const read = httpAction(async () => new Response(null));
http.route({ path: "/save", method: "POST", handler: save });
http.route({ path: "/save", method: "GET", handler: read });
http.route({ pathPrefix: "/files/", method: "GET", handler: read });
export default http;
"""
NOTES = """\
import { v } from "convex/values";
import { internalMutation } from "./_generated/server";
export const add = internalMutation({ args: { text: v.string() }, returns: v.null(), handler: async () => null });
"""
FILES = {
    "package.json": '{"dependencies": {"convex": "1.31.0"}}',
    "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
    "convex/http.ts": HTTP,
    "convex/notes.ts": NOTES,
    "src/site.ts": 'export const SITE = import.meta.env.VITE_CONVEX_URL.replace(".cloud", ".site");\n',
    "src/other.ts": 'export const SITE = "https://example.org";\n',
    "src/Form.tsx": 'import { SITE as base } from "@/site";\nexport const Form = () => {\n'
    '  const send = () => fetch(`${base}/save`, { method: "POST" });\n  return <button onClick={send} />;\n};\n',
    "src/plain.ts": 'import { SITE } from "./other";\nexport const load = () => fetch(`${SITE}/save`);\n',
    "scripts/load.py": 'import os, requests\nrequests.get(os.environ["CONVEX_SITE_URL"] + "/files/1")\n',
}


def callers(root: Path) -> dict[str, list[tuple[str, str | None]]]:
    routes = describe(the_program(root), str(root))["routes"]
    return {
        f"{one['method']} {one['path']}": [(c["place"]["path"], c["by"]) for c in one["clients"]]
        for one in routes
    }


def test_the_model_knows_them_in_every_language_and_through_imports(tmp_path: Path) -> None:
    assert callers(laid_out(tmp_path, FILES)) == {
        "POST /save": [("src/Form.tsx", "POST")],
        "GET /save": [],
        "GET /files/": [("scripts/load.py", "GET")],
    }


def test_the_own_code_counts_and_settings_hold(tmp_path: Path) -> None:
    own = 'export const ping = () => fetch(`${process.env.CONVEX_SITE_URL}/save`, { method: "POST" });\n'
    root = laid_out(tmp_path, {**FILES, "convex/ping.ts": own, "convexlint.toml": "clients = false\n"})
    assert callers(root)["POST /save"] == [("convex/ping.ts", "POST")]


def test_a_route_that_a_component_asks_is_told_to_look_at_the_sign_in(tmp_path: Path) -> None:
    def helps(root: Path) -> list[str | None]:
        select = Overrides(select=("require-webhook-verification",))
        outcome = check(Request((str(root),), cache_dir=None, overrides=select))
        return [one.finding.help for one in outcome.diagnostics]

    root = laid_out(tmp_path, FILES)
    assert [str(one)[:40] for one in helps(root)] == ["`src/Form.tsx` asks it from the browser,"]
    (root / "src/Form.tsx").unlink()
    assert [str(one)[:40] for one in helps(root)] == ["verify the sender's signature over the r"]


def test_a_kept_lint_hears_of_a_new_caller(tmp_path: Path) -> None:
    root, cache = laid_out(tmp_path / "p", FILES), str(tmp_path / "cache")
    request = Request(
        (str(root),), cache_dir=cache, overrides=Overrides(select=("require-webhook-verification",))
    )
    before = check(request).diagnostics[0].finding.help or ""
    (root / "src/Form.tsx").write_text("export const Form = () => null;\n", encoding="utf-8")
    after = check(request).diagnostics[0].finding.help or ""
    assert ("browser" in before, "browser" in after) == (True, False)


def test_a_component_folder_has_no_callers(tmp_path: Path) -> None:
    config = 'import { defineComponent } from "convex/server";\nexport default defineComponent("x");\n'
    root = laid_out(tmp_path, {**FILES, "convex/convex.config.ts": config})
    found = programs(Request((str(root),), cache_dir=None))
    assert [one["clients"] for one in describe(found[0], str(root))["routes"]] == [[], [], []]
