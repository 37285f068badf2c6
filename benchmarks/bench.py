"""How long `convexlint check` takes on a folder: cold, and warm from the cache, stage by stage.

    python -m benchmarks.bench FOLDER [--runs 3]

Every run is a process of its own, so start-up counts. Times are medians over the runs, in seconds.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools.linter import convexlint

_STAGE = re.compile(r"^time: (?P<stage>(?!rule )\S.*?) +(?P<milliseconds>\d+\.\d+) ms$", re.MULTILINE)


def measure(folder: Path, cache: Path) -> dict[str, float]:
    """One run: stage -> seconds as `--verbose` tells them, and "whole process" by our own clock."""
    options = ["--verbose", "--output-format", "concise", "--cache-dir", str(cache)]
    began = time.perf_counter()
    ran = convexlint("check", ".", *options, folder=folder)
    taken = time.perf_counter() - began
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"convexlint failed: {ran.stderr.strip()[-2000:]}")
    stages = {match["stage"]: float(match["milliseconds"]) / 1000 for match in _STAGE.finditer(ran.stderr)}
    return {**stages, "whole process": taken}


def medians(runs: list[dict[str, float]]) -> Iterator[tuple[str, float]]:
    """Every stage of the first run with the median over all runs."""
    for stage in runs[0]:
        yield stage, statistics.median(run.get(stage, 0.0) for run in runs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch) / "cache"
        cold = []
        for _ in range(options.runs):
            shutil.rmtree(cache, ignore_errors=True)
            cold.append(measure(options.folder, cache))
        warm = [measure(options.folder, cache) for _ in range(options.runs)]
    for name, runs in (("cold", cold), ("warm", warm)):
        print(name)
        for stage, seconds in medians(runs):
            print(f"  {stage:<14} {seconds:7.3f}")


if __name__ == "__main__":
    main()
