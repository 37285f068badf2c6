"""Whether fixed projects still compile: the errors of the project's own TypeScript, before and after the fixes.

    python -m benchmarks.compile_fixes FOLDER [FOLDER ...] [--keep WHERE] [-- OPTION ...]

FOLDER is a project whose dependencies are installed (`npm install --ignore-scripts` is enough). Nothing is
written to it: the work is done on a copy, whose `node_modules` are links to the project's own. Files that
`convex codegen` would write are made where they are missing. Each functions folder is judged by the nearest
tsconfig.json, in it or above it. What stands after `--` goes to every `convexlint check`.

An error is new when the compiler says its code and message of that file more often than before. Each step
starts from the original: `--fix`, then `--fix --unsafe-fixes`; then the same command again, which must change
nothing. The exit status is 1 when an error is new or a second run changes a file.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from convexlint.discovery.discover import discover
from tests.typescript.generated import generate
from tools import npm
from tools.linter import convexlint

STEPS: Mapping[str, tuple[str, ...]] = {
    "--fix": ("--fix",),
    "--fix --unsafe-fixes": ("--fix", "--unsafe-fixes"),
}

_ERROR = re.compile(r"^(?P<path>\S.*?)\((?P<line>\d+),\d+\): error (?P<code>TS\d+): (?P<message>.*)$")
_MEGABYTES = 6000
"""Memory that the compiler may take: `api` of a project with hundreds of modules is one huge type."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one kind of fixing did: `changed` files, the errors `after`, those that are `new`, and whether the
    second run left everything alone."""

    name: str
    changed: int
    after: int
    new: tuple[str, ...]
    stable: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """A project: its errors `before`, and each step."""

    name: str
    before: int
    steps: tuple[Step, ...]

    @property
    def fine(self) -> bool:
        return all(not step.new and step.stable for step in self.steps)


def copy_project(source: Path, target: Path) -> None:
    """Copy a project; every `node_modules` becomes a link to the original."""
    for where, children, files in os.walk(source):
        place = target / Path(where).relative_to(source)
        place.mkdir(parents=True, exist_ok=True)
        if "node_modules" in children:
            modules = Path(where, "node_modules").resolve()
            (place / "node_modules").symlink_to(modules, target_is_directory=True)
        children[:] = sorted(name for name in children if name not in ("node_modules", ".git"))
        for name in files:
            if (Path(where) / name).is_file():
                shutil.copy2(Path(where) / name, place / name)


def functions_folders(root: Path) -> list[Path]:
    """The functions folders under `root`; `_generated/` is written where it is missing."""
    folders = [Path(target.project.functions_dir) for target in discover([str(root)]).targets]
    for folder in folders:
        if (folder / "_generated").is_dir():
            continue
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        for name, text in generate(names).items():
            (folder / "_generated").mkdir(exist_ok=True)
            (folder / "_generated" / name).write_text(text, encoding="utf-8")
    return folders


def compiler_runs(root: Path, folders: list[Path]) -> dict[Path, Path]:
    """tsconfig.json -> the `tsc` nearest to it, for what judges the functions folders."""
    runs: dict[Path, Path] = {}
    for folder in folders:
        above = [folder, *folder.parents]
        above = above[: above.index(root) + 1]
        config = next((f / "tsconfig.json" for f in above if (f / "tsconfig.json").is_file()), None)
        script = Path("node_modules", "typescript", "bin", "tsc")
        compiler = next((f / script for f in above if (f / script).is_file()), None)
        if config is None or compiler is None:
            missing = "tsconfig.json" if config is None else "installed TypeScript"
            raise SystemExit(f"{folder.relative_to(root)}: no {missing} in it or above it")
        runs[config] = compiler
    return runs


def compile_errors(root: Path, runs: Mapping[Path, Path]) -> Counter[str]:
    """`path: code message` -> how often, over all tsconfig files. Raises RuntimeError when the compiler dies."""
    found: Counter[str] = Counter()
    for config, compiler in runs.items():
        command = [npm.node(), f"--max-old-space-size={_MEGABYTES}", str(compiler)]
        command += ["--noEmit", "--pretty", "false", "--incremental", "false", "--composite", "false"]
        ran = subprocess.run(
            [*command, "-p", str(config)], cwd=root, capture_output=True, text=True, check=False
        )
        errors = [match for line in ran.stdout.splitlines() if (match := _ERROR.match(line))]
        if ran.returncode != 0 and not errors:
            raise RuntimeError(f"tsc -p {config} failed: {(ran.stderr or ran.stdout).strip()[-2000:]}")
        found.update(f"{match['path']}: {match['code']} {match['message']}" for match in errors)
    return found


def contents(folders: list[Path]) -> dict[Path, bytes]:
    """All files of the functions folders."""
    return {p: p.read_bytes() for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()}


def fix(root: Path, options: tuple[str, ...]) -> None:
    ran = convexlint("check", ".", "--no-cache", "--quiet", "--fail-on", "never", *options, folder=root)
    if ran.returncode != 0:
        raise RuntimeError(f"convexlint failed: {ran.stderr.strip()[-2000:]}")


def judge(source: Path, scratch: Path, extra: tuple[str, ...]) -> Outcome:
    """Fix a copy of the project in each way and compile it."""
    root = scratch / source.name
    copy_project(source, root)
    folders = functions_folders(root)
    runs = compiler_runs(root, folders)
    before = compile_errors(root, runs)
    original = contents(folders)
    steps = []
    for name, options in STEPS.items():
        for path, content in original.items():
            path.write_bytes(content)
        fix(root, (*options, *extra))
        once = contents(folders)
        fix(root, (*options, *extra))
        stable = contents(folders) == once
        after = compile_errors(root, runs)
        new = tuple(sorted((after - before).elements()))
        changed = sum(once[path] != content for path, content in original.items())
        steps.append(Step(name, changed, after.total(), new, stable))
    return Outcome(source.name, before.total(), tuple(steps))


def table(outcomes: list[Outcome]) -> Iterator[str]:
    """Markdown."""
    yield "| project | errors before | step | files changed | errors after | new | second run |"
    yield "|---|---|---|---|---|---|---|"
    for outcome in outcomes:
        for step in outcome.steps:
            again = "changes nothing" if step.stable else "CHANGES FILES"
            yield (
                f"| {outcome.name} | {outcome.before} | `{step.name}` | {step.changed} | {step.after} "
                f"| {len(step.new)} | {again} |"
            )


def main(arguments: list[str]) -> int:
    at = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compile_fixes", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument(
        "--keep", type=Path, help="work in this new folder and leave the last state for reading"
    )
    options = parser.parse_args(arguments[:at])
    if options.keep is not None and options.keep.exists():
        parser.error(f"{options.keep} exists")
    outcomes = []
    with tempfile.TemporaryDirectory() as temporary:
        scratch = (options.keep or Path(temporary)).resolve()
        for folder in options.folders:
            outcome = judge(folder.resolve(), scratch, tuple(arguments[at + 1 :]))
            for step in outcome.steps:
                for error, times in Counter(step.new).items():
                    print(f"new after {step.name}, {times} times: {error[:300]}", file=sys.stderr)
            outcomes.append(outcome)
    print("\n".join(table(outcomes)))
    return 0 if all(outcome.fine for outcome in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
