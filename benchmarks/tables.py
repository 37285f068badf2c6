"""How often the model names the table of an id, against what TypeScript says.

    python benchmarks/tables.py PROJECT TRUTH.json [PROJECT TRUTH.json ...]

TRUTH holds `items`: [path, line, column, table or null] for each `ctx.db.get/patch/replace/delete` call
without a table name, as the typed official ESLint rule resolves it (null: TypeScript cannot tell). The
model's answer is read from the `new_text` of the explicit-table-ids fix, as a user would get it. Exits 1 when
a table is named wrongly.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

Place = tuple[int, int]


def findings(project: Path) -> dict[str, list[tuple[Place, str | None]]]:
    """Path -> [(line and column of the method's name, table that the fix inserts)]."""
    command = [sys.executable, "-m", "convexlint", "check", str(project), "--no-cache"]
    command += ["--select", "explicit-table-ids", "--output-format", "json"]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "convexlint.toml")
        config.write_text('convex-version = "1.31"\n')  # the rule waits for it
        run = subprocess.run([*command, "--config", str(config)], capture_output=True, text=True, check=False)
    if run.returncode == 2:
        raise SystemExit(run.stderr)
    found: dict[str, list[tuple[Place, str | None]]] = {}
    for item in json.loads(run.stdout)["diagnostics"]:
        if item["rule"] != "explicit-table-ids":
            continue
        start = item["range"]["start"]
        table = None
        if item["fix"] is not None:
            table = item["fix"]["edits"][0]["new_text"].strip().strip(",").strip("\"'")
        path = Path(item["path"])
        name = (path if path.is_absolute() else Path.cwd() / path).resolve().relative_to(project).as_posix()
        found.setdefault(name, []).append(((start["line"], start["column"]), table))
    return found


def compare(project: Path, truth: Path) -> tuple[dict[str, int], list[str]]:
    """Counts per outcome, and a line for each place that is not simply right."""
    items: list[list[Any]] = json.loads(truth.read_text())["items"]
    ours = {path: sorted(places) for path, places in findings(project).items()}
    counts = dict.fromkeys(("known", "right", "wrong", "unnamed", "unseen", "unknown", "named beyond"), 0)
    lines: list[str] = []
    # Innermost calls first: ESLint's place is where the call starts, ours is the method's name behind it.
    for path, line, column, table in sorted(items, key=lambda i: (i[0], -i[1], -i[2])):
        places = ours.get(path, [])
        match = next((p for p in places if p[0] >= (line, column)), None)
        if match is not None:
            places.remove(match)
        named = match[1] if match is not None else None
        if table is None:
            counts["unknown"] += 1
            counts["named beyond"] += named is not None
            continue
        counts["known"] += 1
        where = f"{path}:{line}:{column}"
        if named == table:
            counts["right"] += 1
        elif match is None:
            counts["unseen"] += 1
            lines.append(f"unseen   {where} ({table})")
        elif named is None:
            counts["unnamed"] += 1
            lines.append(f"unnamed  {where} ({table})")
        else:
            counts["wrong"] += 1
            lines.append(f"WRONG    {where} named {named}, is {table}")
    return counts, sorted(lines)


def main(arguments: list[str]) -> int:
    if not arguments or len(arguments) % 2:
        print(__doc__, file=sys.stderr)
        return 2
    wrong = 0
    for project, truth in zip(arguments[::2], arguments[1::2], strict=True):
        counts, lines = compare(Path(project).resolve(), Path(truth))
        share = 100 * counts["right"] / max(1, counts["known"])
        print(f"{Path(project).name}: {share:.1f}% of {counts['known']} right; {counts}")
        for line in lines:
            print("   " + line)
        wrong += counts["wrong"]
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
