"""What a finding about an open function says of who calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.session import Overrides, Request, check
from tests.clients.test_scripts import laid_out

NAMES = ("used", "often", "typed", "tested", "said", "spelled", "job")
FUNCTIONS = 'import { query } from "./_generated/server";\n' + "".join(
    f'export const {name} = query({{ args: {{}}, handler: (ctx) => ctx.db.query("notes").first() }});\n'
    for name in NAMES
)
JOB = """\
import { internalAction } from "./_generated/server";
const { api } = require("./_generated/api") as { api: any };
export const run = internalAction({ args: {}, handler: async (ctx) => { await ctx.runQuery(api.notes.job, {}); } });
"""
FILES = {
    "package.json": '{"dependencies": {"convex": "1.31.0"}}',
    "convex/notes.ts": FUNCTIONS,
    "convex/jobs.ts": JOB,
    "src/App.tsx": 'import { api } from "../convex/_generated/api";\n'
    "type Row = FunctionReturnType<typeof api.notes.typed>;\nconst a = 1; // api.notes.said\n"
    "export const useBoth = () => [useQuery(api.notes.used), useQuery(api.notes.often)];\n",
    "src/B.svelte": '<script>import { api } from "../convex/_generated/api";</script>\n'
    "<button on:click={() => client.query(api.notes.often)} />\n",
    "src/App.test.tsx": 'import { api } from "../convex/_generated/api";\nask(api.notes.tested);\n',
    "tool/load.py": 'client.query("notes:spelled")\n',
}


def said(root: Path, *paths: str) -> dict[str, str]:
    overrides = Overrides(select=("require-access-control",))
    where = tuple(str(root / path) for path in paths) or (str(root),)
    found = check(Request(where, cache_dir=None, overrides=overrides)).diagnostics
    return {
        str(one.finding.function).rpartition(":")[2]: one.finding.message.partition("checks no identity")[2]
        for one in found
        if (one.finding.function or "").startswith("notes:")
    }


@pytest.mark.parametrize("paths", [(), ("convex/notes.ts",)])
def test_who_calls_it_is_said_as_far_as_it_was_seen(tmp_path: Path, paths: tuple[str, ...]) -> None:
    root = laid_out(tmp_path, FILES)
    assert said(root, *paths) == {
        "used": "; called from src/App.tsx",
        "often": "; called from src/App.tsx and 1 other file",
        "typed": "",
        "tested": "",
        "said": "",
        "spelled": "; called from tool/load.py",
        "job": "",
    }
    (root / "src/App.tsx").write_text(
        'import { api } from "../convex/_generated/api";\nexport const useOne = () => useQuery(api.notes.used);\n',
        encoding="utf-8",
    )
    after = said(root, *paths)
    assert (after["typed"], after["said"]) == ("; nothing in this repository calls it",) * 2
    assert after["often"] == "; called from src/B.svelte"


def test_what_may_be_any_function_leaves_it_open(tmp_path: Path) -> None:
    whole = 'import { api } from "../convex/_generated/api";\nexport const ask = (n: any) => useQuery(api.notes[n]);\n'
    root = laid_out(tmp_path, {**FILES, "src/any.ts": whole, "src/App.test.tsx": ""})
    assert said(root)["tested"] == ""
    (root / "src/any.ts").unlink()
    assert said(root)["tested"] == "; nothing in this repository calls it"


def test_settings_without_clients_say_nothing(tmp_path: Path) -> None:
    root = laid_out(tmp_path, {**FILES, "convexlint.toml": "clients = false\n"})
    assert set(said(root).values()) == {""}


def test_a_file_beside_the_backends_package_is_named_from_there(tmp_path: Path) -> None:
    moved = {
        f"packages/backend/{path}": text
        for path, text in FILES.items()
        if path.startswith(("package", "convex/"))
    }
    app = 'import { api } from "@acme/backend/convex/_generated/api";\nuseQuery(api.notes.used);\n'
    root = laid_out(tmp_path, {**moved, "apps/web/App.tsx": app})
    assert said(root / "packages/backend")["used"] == "; called from ../../apps/web/App.tsx"


def test_what_the_backend_beside_is_asked_is_not_told(tmp_path: Path) -> None:
    text = '"../convex/_generated/api";\nexport const useOne = () => useQuery(api.notes.used);\n'
    both = {
        f"{home}/{path}": FILES[path] for home in ("a", "b") for path in ("package.json", "convex/notes.ts")
    }
    root = laid_out(tmp_path, {**both, "b/src/App.tsx": f"import {{ api }} from {text}"})
    assert (said(root / "a")["used"], said(root / "b")["used"]) == ("", "; called from src/App.tsx")
