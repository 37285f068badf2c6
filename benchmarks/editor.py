"""How quickly the language server answers: `python -m benchmarks.editor PROJECT [--edits N]`.

A real client types into a real server over pipes. Told are the median and the 95th percentile of the time from an edit
to the diagnostics of the edited file, for modules of several sizes (no parts of the schema) and for the schema, by the
clock and in processor time of the server (of use where others work on the machine, in steps of 10 ms); the time from
the start to the first diagnostics beside that of a warm `check`; and the memory of the server before the edits, after
each quarter of them, and after those of the schema. `--edits 2000` tells whether it stays flat.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.server.client import Client

_QUARTERS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--edits", type=int, default=60, help="edits of modules")
    parser.add_argument("--schema-edits", type=int, default=5)
    options = parser.parse_args()
    project = options.project.resolve()
    with tempfile.TemporaryDirectory() as cache:
        print(f"warm check               {_warm_check(project, cache):8.2f} s")
        begun = time.perf_counter()
        client = Client(project, arguments=("--cache-dir", cache))
        try:
            client.start()
            client.wait_for(lambda: client.published, 600)
            took, worked = time.perf_counter() - begun, client.processor()
            print(f"start to diagnostics     {took:8.2f} s, {worked:.2f} s of processor time")
            client.settle(600)
            _type(client, project, options.edits, options.schema_edits)
        finally:
            client.kill()


def _warm_check(project: Path, cache: str) -> float:
    """Seconds of the second of two checks."""
    command = [
        sys.executable,
        "-m",
        "convexlint",
        "check",
        str(project),
        "--cache-dir",
        cache,
        "--fail-on",
        "never",
    ]
    seconds = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        subprocess.run(
            [*command, "--quiet", "--output-format", "concise"], stdout=subprocess.DEVNULL, check=True
        )
        seconds = time.perf_counter() - begun
    return seconds


def _type(client: Client, project: Path, edits: int, schema_edits: int) -> None:
    found = sorted(
        (
            path
            for path in project.rglob("*.ts")
            if "node_modules" not in path.parts and "_generated" not in path.parts
        ),
        key=lambda path: (path.stat().st_size, path.as_posix()),
    )
    modules = [path for path in found if client.of(path) and b"defineTable" not in path.read_bytes()]
    chosen = [modules[len(modules) * share // 100] for share in (10, 50, 75, 90, 99)]
    print("modules                  ", ", ".join(path.name for path in chosen))
    for path in chosen:
        client.open(path)
    client.settle(600)
    memory, times = [client.memory()], []
    for number in range(edits):
        times.append(_edit(client, chosen[number % len(chosen)]))
        if (number + 1) % max(edits // _QUARTERS, 1) == 0:
            memory.append(client.memory())
    _tell("edit of a module", times)
    schema = next((path for path in found if path.name == "schema.ts"), None)
    if schema is not None and schema_edits:
        client.open(schema)
        client.settle(600)
        _tell("edit of the schema", [_edit(client, schema) for _ in range(schema_edits)])
        client.settle(600)
    memory.append(client.memory())
    print(f"memory                   {', '.join(f'{one:.0f}' for one in memory)} MB")


def _edit(client: Client, path: Path) -> tuple[float, float]:
    """Seconds from an edit to the diagnostics of the edited file, and of the server's processor time."""
    seen = len(client.published)
    begun, worked = time.perf_counter(), client.processor()
    client.edit(path, 0, 0, "// typed\n")
    version = client.version(path)
    client.wait_for(
        lambda: any(
            m["uri"] == path.as_uri() and m.get("version") == version for m in client.published[seen:]
        ),
        60,
    )
    return time.perf_counter() - begun, client.processor() - worked


def _tell(what: str, times: list[tuple[float, float]]) -> None:
    for name, some in ((what, [one for one, _ in times]), ("  processor time", [one for _, one in times])):
        ordered = sorted(some)
        high = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        print(
            f"{name:24} {1000 * statistics.median(ordered):8.0f} ms median, {1000 * high:.0f} ms p95 of {len(some)}"
        )


if __name__ == "__main__":
    main()
