"""What clients say that was not understood: it silences, and the run tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.session import Outcome, Overrides, Request, check
from tests.clients.test_scripts import TASKS, laid_out

IMPORT = 'import { api } from "../convex/_generated/api";\n'
FILES = {
    "package.json": '{"dependencies": {"convex": "1.31.0"}}',
    "convex/tasks.ts": TASKS,
    "src/app.js": f'{IMPORT}import {{ useQuery }} from "convex/react";\n'
    f"export const useList = () => useQuery(api.tasks.list, {{ owner: 1 }});\n",
}


def run(root: Path, select: str, *paths: str, cache: Path | None = None) -> Outcome:
    where = tuple(str(root / path) for path in paths) or (str(root),)
    return check(
        Request(where, cache_dir=None if cache is None else str(cache), overrides=Overrides(select=(select,)))
    )


def notes(outcome: Outcome) -> list[tuple[str, str, int]]:
    return [(kind, path.rpartition("/")[2], start) for kind, path, start in outcome.notes]


@pytest.mark.parametrize(
    ("name", "text", "start"),
    [
        ("src/any.js", f"{IMPORT}export const ask = (n) => useQuery(api.tasks[n]);\n", 83),
        ("src/all.js", f"{IMPORT}export const all = {{ ...api }};\n", 72),
        ("scripts/run.sh", 'npx convex run "$1"\n', 0),
        ("scripts/run.py", "client.mutation(f'tasks:{name}')\n", 0),
        ("scripts/end.py", "client.mutation(f'{module}:add')\n", 0),
    ],
)
def test_what_may_be_any_function_silences_and_is_told(
    tmp_path: Path, name: str, text: str, start: int
) -> None:
    root = laid_out(tmp_path / "app", {**FILES, name: text})
    for _ in range(2):  # the second run recalls the first
        outcome = run(root, "unused-function", cache=tmp_path / "cache")
        assert outcome.diagnostics == ()
        assert notes(outcome) == [("computed function name", name.rpartition("/")[2], start)]
    assert notes(run(root, "no-filter-in-query")) == []
    (root / name).unlink()
    outcome = run(root, "unused-function", cache=tmp_path / "cache")
    assert [one.finding.function for one in outcome.diagnostics] == ["tasks:add"]
    assert notes(outcome) == []


def test_clients_that_are_not_read_are_told(tmp_path: Path) -> None:
    bundle = f"{IMPORT}{'x(api.tasks.list, {});' * 3_000}\n"
    files = {
        **FILES,
        "src/bundle.js": bundle,
        "src/broken.js": f"{IMPORT}const = api.tasks.list;\n",
        "tool/old.py": "from convex import ConvexClient\nprint 'old'\n",
    }
    outcome = run(laid_out(tmp_path, files), "client-args-mismatch")
    assert [one.finding.path.rpartition("/")[2] for one in outcome.diagnostics] == ["app.js"]
    assert notes(outcome) == [
        ("client with a syntax error", "broken.js", 54),
        ("minified or generated client", "bundle.js", 0),
        ("unreadable client", "old.py", 0),
    ]


def test_a_broken_module_of_one_backend_is_no_client_of_another(tmp_path: Path) -> None:
    """And what several backends look at around them is told once."""
    files = {f"{backend}/{path}": text for backend in ("one", "two", "three") for path, text in FILES.items()}
    broken = f"{IMPORT}const = api.tasks.list;\n"
    module = 'import { v } from "convex/values";\nimport { query } from "./_generated/server";\n'
    module += "export const half = query({ args: {\n"
    files |= {"two/convex/half.ts": module, "one/src/broken.js": broken, "package.json": "{}"}
    outcome = run(laid_out(tmp_path, files), "client-args-mismatch")
    assert [one.finding.path.rpartition("/")[2] for one in outcome.diagnostics if one.rule == "syntax-error"]
    assert notes(outcome) == [("client with a syntax error", "broken.js", 54)]
