"""What the clients of a backend cost: the same project with them and with `clients = false`.

    python -m benchmarks.clients FOLDER [--runs 3] [--jobs 1] [--python PATH]

Cold runs (no cache) and warm ones, in turns, so that a busy machine is unfair to both alike; each is a process of its
own. Times are medians of processor time, of all processes of a run together, in user space: what else the machine does
counts little. The bound: clients add at most a quarter of the backend's own time and 0.2 ms a script to a cold run, a
tenth of it to a warm one. Ends with status 1 where they add more. `--python`: another checkout's, to compare with.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from convexlint.discovery.around import SCRIPTS, Around

_SHARE, _WARM_SHARE = 0.25, 0.1
_A_SCRIPT = 0.0002
"""Seconds."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    folder = options.folder.resolve()
    scripts = sum(path.endswith(SCRIPTS) for path in Around(folder.as_posix()).files)
    print(f"{folder.name}: {scripts} scripts, medians of {options.runs} runs, seconds of processor time")
    fine = True
    with tempfile.TemporaryDirectory() as scratch:
        for kind, share, each in (("cold", _SHARE, _A_SCRIPT), ("warm", _WARM_SHARE, 0.0)):
            without, beside = _measured(options, folder, Path(scratch), kind == "warm")
            bound = share * without + each * scripts
            added = beside - without
            print(
                f"{kind}: backend {without:.2f}, with clients {beside:.2f}: they add {added:.2f}"
                f" ({added / without:.0%}), bound {bound:.2f}"
            )
            fine = fine and added <= bound
    return 0 if fine else 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clients")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, help="how many processes may work; as many as convexlint likes")
    parser.add_argument("--python", default=sys.executable)
    return parser


def _measured(options: argparse.Namespace, folder: Path, scratch: Path, warm: bool) -> tuple[float, float]:
    """The time without clients, and with them."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(options.runs + warm):  # the first warm run fills the cache
        for clients, found in times.items():
            config = scratch / f"{clients}.toml"
            config.write_text("" if clients else "clients = false\n", encoding="utf-8")
            command = [options.python, "-m", "convexlint", "check", ".", "--quiet", "--config", str(config)]
            command += ["--cache-dir", str(scratch / str(clients))] if warm else ["--no-cache"]
            command += ["--jobs", str(options.jobs)] if options.jobs else []
            took = _user_time([*command, "--output-format", "concise"], folder)
            if number >= warm:
                found.append(took)
    return statistics.median(times[False]), statistics.median(times[True])


def _user_time(command: list[str], folder: Path) -> float:
    """Seconds of processor time in user space of a run, with the processes that it starts."""
    before = os.times().children_user
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        raise SystemExit(f"error: {run.stderr.strip()}")
    return os.times().children_user - before


if __name__ == "__main__":
    sys.exit(main())
