"""References into components of packages: what an installed package lets an app call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convexlint.config.settings import Overrides
from convexlint.session.contract import Request
from convexlint.session.run import check
from tests.session.toy import write

TYPES = """import type { FunctionReference } from "convex/server";
export type ComponentApi<Name extends string | undefined = string | undefined> = {
  counter: {
    add: FunctionReference<"mutation", "internal", { by: number }, null, Name>;
    count: FunctionReference<"query", "internal", {}, number, Name>;
  };
  admin: { jobs: { clear: FunctionReference<"mutation", "internal", {}, null, Name> } };
};
"""
PACKAGE = {
    "name": "@acme/counter",
    "exports": {
        "./convex.config": {
            "types": "./dist/component/convex.config.d.ts",
            "default": "./dist/component/convex.config.js",
        },
        "./convex.config.js": "./dist/component/convex.config.js",
    },
}
HOME = "node_modules/@acme/counter"
INSTALLED = {
    f"{HOME}/package.json": json.dumps(PACKAGE),
    f"{HOME}/dist/component/convex.config.js": 'import { defineComponent } from "convex/server";\n'
    'const component = defineComponent("counter");\nexport default component;\n',
    f"{HOME}/dist/component/_generated/component.d.ts": TYPES,
}
CONFIG = """import { defineApp } from "convex/server";
import counter from "@acme/counter/convex.config";
const app = defineApp();
app.use(%s);
export default app;
"""
CALL = """import { components } from "./_generated/api";
import { internalMutation } from "./_generated/server";
export const go = internalMutation({ args: {}, handler: async (ctx) => {
  await ctx.runMutation(%s, {});
} });
"""
PLAIN = {"package.json": '{"dependencies": {"convex": "1.40.0"}}', "convex/_generated/api.js": ""}


def said(root: Path, cache: Path | None = None) -> list[str]:
    overrides = Overrides(select=("unknown-function-reference",))
    request = Request(
        (str(root),), overrides=overrides, jobs=1, cache_dir=None if cache is None else str(cache)
    )
    return [d.finding.message for d in check(request).diagnostics]


@pytest.mark.parametrize(
    ("mounted", "reference", "words"),
    [
        ("counter", "components.counter.counter.add", None),
        ("counter", "components.counter.admin.jobs.clear", None),
        ("counter", "components.counter.counter", None),
        ("counter", "components.counter.admin", None),
        ("counter", "components.counter.counter.ad", "no public function `counter.ad`"),
        ("counter", "components.counter.counter.reset", "no public function `counter.reset`"),
        ("counter", "components.counter.admin.clear", "no public function `admin.clear`"),
        ("counter", "components.clicks.counter.add", "no component is mounted as `clicks`"),
        ('counter, { name: "clicks" }', "components.clicks.counter.add", None),
        (
            'counter, { name: "clicks" }',
            "components.counter.counter.add",
            "no component is mounted as `counter`",
        ),
        ('counter, { httpPrefix: "/c/" }', "components.counter.counter.count", None),
        ("counter, options", "components.clicks.counter.gone", None),
        ("other", "components.other.counter.gone", None),
    ],
)
def test_an_installed_package_says_what_it_has(
    tmp_path: Path, mounted: str, reference: str, words: str | None
) -> None:
    files = {"convex/convex.config.ts": CONFIG % mounted, "convex/jobs.ts": CALL % reference}
    found = said(write(tmp_path, {**PLAIN, **INSTALLED, **files}))
    assert [words is not None and words in message for message in found] == ([True] if words else [])


def test_without_the_package_nothing_is_known(tmp_path: Path) -> None:
    files = {
        "convex/convex.config.ts": CONFIG % "counter",
        "convex/jobs.ts": CALL % "components.counter.counter.gone",
    }
    assert said(write(tmp_path, {**PLAIN, **files})) == []


def test_types_of_another_form_say_nothing(tmp_path: Path) -> None:
    files = {
        "convex/convex.config.ts": CONFIG % "counter",
        "convex/jobs.ts": CALL % "components.counter.counter.gone",
        f"{HOME}/dist/component/_generated/component.d.ts": "export type ComponentApi = typeof import('../x');\n",
    }
    assert said(write(tmp_path, {**PLAIN, **INSTALLED, **files})) == []


def test_a_package_that_is_changed_is_read_again(tmp_path: Path) -> None:
    files = {
        "convex/convex.config.ts": CONFIG % "counter",
        "convex/jobs.ts": CALL % "components.counter.counter.reset",
    }
    root, cache = write(tmp_path / "app", {**PLAIN, **INSTALLED, **files}), tmp_path / "cache"
    assert len(said(root, cache)) == 1
    assert len(said(root, cache)) == 1
    types = root / HOME / "dist/component/_generated/component.d.ts"
    types.write_text(TYPES.replace("count:", "reset:"))
    assert said(root, cache) == []


def test_a_module_that_is_added_to_a_component_is_seen(tmp_path: Path) -> None:
    component = {
        "convex/ledger/convex.config.ts": 'import { defineComponent } from "convex/server";\n'
        'export default defineComponent("ledger");\n',
        "convex/ledger/entries.ts": 'import { query } from "./_generated/server";\n'
        "export const all = query({ args: {}, handler: async () => [] });\n",
        "convex/convex.config.ts": CONFIG.replace("@acme/counter/convex.config", "./ledger/convex.config")
        % "counter",
        "convex/jobs.ts": CALL % "components.ledger.sums.all",
    }
    root, cache = write(tmp_path / "app", {**PLAIN, **component}), tmp_path / "cache"
    assert said(root, cache) == [
        "the component `ledger` has no public function `sums.all`, so `components.ledger.sums.all` fails"
    ]
    (root / "convex/ledger/sums.ts").write_text('export { all } from "./entries";\n')
    assert said(root, cache) == []
