"""How long convexlint, with every rule on, takes on a folder, beside ESLint and oxlint with Convex's own plugin and,
where cargo can build it, convex-doctor.

    python -m benchmarks.bench FOLDER [--runs 5] [--alone] [--pure] [--scale]

The sources are copied first, so nothing is written to FOLDER. Every run is a process of its own, so start-up counts;
the linters take turns, so that a busy machine is unfair to all of them alike. Times are medians, in seconds. `--alone`
leaves the others out (no Node is needed), `--scale` lints the project once, twice, four and eight times over.
convexlint is measured as its wheels hold it, with compiled modules (built at the first run, which takes minutes);
`--pure`: without them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import Contender, convex_doctor, environment, install_ours, others, ours
from benchmarks.projects import copy_sources, source_files
from tools.npm import NpmUnavailableError

_STAGE = re.compile(r"^time: (?P<stage>(?!rule )\S.*?) +(?P<milliseconds>\d+\.\d+) ms$", re.MULTILINE)
_POLL = 0.01
_QUIET = ("--output-format", "concise", "--select", "all")


@dataclass
class Case:
    """One line of the table. `before` runs ahead of every run and is not measured; `stdin`: the file to pipe in."""

    contender: Contender
    before: Callable[[], object] = lambda: None
    stdin: Path | None = None
    seconds: list[float] = field(default_factory=list)
    peak: int = 0


def run(case: Case, folder: Path, *, watched: bool = False) -> str:
    """One run, whose time (or, if `watched`, memory) is noted; returns stderr."""
    case.before()
    source = case.stdin.read_bytes() if case.stdin is not None else None
    began = time.perf_counter()
    process = subprocess.Popen(
        case.contender.command,
        cwd=folder,
        env=environment(case.contender),
        stdin=subprocess.PIPE if source is not None else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    watcher = threading.Thread(target=_watch, args=(process, case)) if watched else None
    if watcher is not None:
        watcher.start()
    _, stderr = process.communicate(source)
    if watcher is not None:
        watcher.join()
    else:
        case.seconds.append(time.perf_counter() - began)
    if process.returncode not in (0, 1):
        raise RuntimeError(
            f"{case.contender.name} failed: {stderr.decode('utf-8', 'replace').strip()[-2000:]}"
        )
    return stderr.decode("utf-8", "replace")


def _watch(process: subprocess.Popen[bytes], case: Case) -> None:
    """Note the most memory that a process and its children hold at once, in bytes (Linux alone; else 0)."""
    while process.poll() is None:
        case.peak = max(case.peak, sum(map(_proportional, _tree(process.pid))))
        time.sleep(_POLL)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _proportional(pid: int) -> int:
    """The memory of a process, where pages that several share count for each a part (PSS)."""
    try:
        found = re.search(
            r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), re.MULTILINE
        )
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def cases(folder: Path, cache: Path) -> dict[str, Case]:
    """Ours, by name. Each warm case finds the cache of a run that has just been."""
    modules = [folder / path for path in source_files(folder)]
    largest = sorted(modules, key=lambda path: path.stat().st_size)
    middle = largest[len(largest) // 2]
    text = middle.read_bytes()
    changed = cache.parent / "changed.txt"  # no source: what lies beside a project may speak of it
    count = iter(range(1_000_000))
    cached = (*_QUIET, "--cache-dir", str(cache))
    three = [str(path.relative_to(folder)) for path in largest[len(largest) // 2 :][:3]]
    return {
        "cold, no cache": Case(ours("convexlint", "check", ".", *_QUIET, "--no-cache")),
        "cold, filling the cache": Case(
            ours("convexlint", "check", ".", *cached), lambda: shutil.rmtree(cache, ignore_errors=True)
        ),
        "warm": Case(ours("convexlint", "check", ".", *cached)),
        "warm, three files (a commit)": Case(ours("convexlint", "check", *three, *cached)),
        "one changed file": Case(
            ours("convexlint", "check", ".", *cached),
            lambda: middle.write_bytes(text + b"\nexport const edit%d = 1;\n" % next(count)),
        ),
        "--stdin-filename": Case(
            ours("convexlint", "check", "--stdin-filename", str(middle.relative_to(folder)), *cached),
            stdin=middle,
        ),
        "--stdin-filename, changed text": Case(
            ours("convexlint", "check", "--stdin-filename", str(middle.relative_to(folder)), *cached),
            lambda: changed.write_bytes(text + b"\nexport const edit%d = 1;\n" % next(count)),
            stdin=changed,
        ),
        "three files, one changed (a commit)": Case(
            ours("convexlint", "check", *three, *cached),
            lambda: middle.write_bytes(text + b"\nexport const edit%d = 1;\n" % next(count)),
        ),
        "--version": Case(ours("convexlint", "--version")),
        "python -c pass": Case(Contender("python", (sys.executable, "-c", "pass"))),
    }


def table(folder: Path, cache: Path, runs: int, *, alone: bool) -> Iterator[str]:
    """The lines of the table, in markdown."""
    try:
        rivals = {} if alone else {one.name: Case(one) for one in others(folder)}
    except NpmUnavailableError as error:
        yield f"convexlint alone: {error}"
        yield ""
        rivals = {}
    doctor = None if alone else convex_doctor()
    if doctor is not None:
        rivals[doctor.name] = Case(doctor)
    lines = {**rivals, **cases(folder, cache)}
    for turn in range(runs + 1):
        for case in lines.values():
            run(case, folder, watched=turn == runs)
    median = {name: statistics.median(case.seconds) for name, case in lines.items()}
    yield "| run | seconds | x oxlint | x ESLint | peak MB |"
    yield "|---|---|---|---|---|"
    for name, case in lines.items():
        ratios = [
            f"{median[name] / median[rival]:.2f}" if rival in median else "" for rival in ("oxlint", "ESLint")
        ]
        yield f"| {name} | {median[name]:.2f} | {' | '.join(ratios)} | {case.peak / 1e6:.0f} |"
    yield ""
    yield f"`--version` takes {median['--version'] / median['python -c pass']:.1f} times what `python -c pass` takes."


def scale(root: Path, scratch: Path, runs: int) -> Iterator[str]:
    """Milliseconds per 1,000 lines of each stage, with the project once, twice, four and eight times over."""
    files = source_files(root)
    columns: dict[int, dict[str, float]] = {}
    for times in (1, 2, 4, 8):
        folder = scratch / f"times{times}"
        copy_sources(root, files, folder)
        for number in range(1, times):
            for file in files:
                # A copy lies in a folder of its own inside the functions folder, so all are one project. What has the
                # same text would be lowered once.
                place = folder / file.parts[0] / f"again{number}" / Path(*file.parts[1:])
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes((root / file).read_bytes() + b"\n// again %d\n" % number)
        lines = times * sum((root / file).read_bytes().count(b"\n") for file in files)
        case = Case(ours("convexlint", "check", ".", *_QUIET, "--no-cache", "--verbose"))
        told = [_STAGE.findall(run(case, folder)) for _ in range(runs)]
        stages = {
            stage: statistics.median(float(dict(one).get(stage, 0)) for one in told) for stage, _ in told[0]
        }
        stages["all"] = statistics.median(case.seconds) * 1000
        columns[times] = {stage: spent / lines * 1000 for stage, spent in stages.items()}
    yield "| ms per 1,000 lines | 1x | 2x | 4x | 8x |"
    yield "|---|---|---|---|---|"
    for stage in columns[1]:
        yield f"| {stage} | {' | '.join(f'{columns[times].get(stage, 0):.1f}' for times in columns)} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="convexlint alone")
    parser.add_argument("--pure", action="store_true", help="convexlint without its compiled modules")
    parser.add_argument("--scale", action="store_true", help="also the project 1, 2, 4 and 8 times over")
    options = parser.parse_args()
    files = source_files(options.folder)
    lines = sum((options.folder / file).read_bytes().count(b"\n") for file in files)
    print(
        f"{time.strftime('%Y-%m-%d')}; {len(files)} files, {lines} lines; {os.cpu_count()} cores, {platform.system()}, "
    )
    made = install_ours(pure=options.pure)
    print(
        f"Python {platform.python_version()}; convexlint {made}; load at the start {os.getloadavg()[0]:.1f}\n"
    )
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary).resolve()
        copy_sources(options.folder, files, scratch / "project")
        for line in table(scratch / "project", scratch / "cache", options.runs, alone=options.alone):
            print(line)
        if options.scale:
            print()
            for line in scale(options.folder, scratch, max(1, options.runs // 2)):
                print(line)


if __name__ == "__main__":
    main()
