"""Whether fixed projects still compile: the errors of the project's own TypeScript, before and after the fixes.

    python -m benchmarks.compile_fixes FOLDER [FOLDER ...] [--keep WHERE] [-- OPTION ...]

FOLDER is a project whose dependencies are installed (`npm install --ignore-scripts` is enough). Nothing is
written to it: the work is done on a copy, whose `node_modules` are links to the project's own. Files that
`convex codegen` would write are made where they are missing. Each functions folder is judged by the nearest
tsconfig.json, in it or above it. What stands after `--` goes to every `convexlint check`.

An error is new when the compiler says its code and message of that file more often than before. Each step
starts from the original: `--fix`, then `--fix --unsafe-fixes`; then the same command again, which must change
nothing. What `--diff` prints must be a patch that `git apply` takes and that gives the files `--fix` writes.
Under each new error stand the rules whose fixes touched that file: one of them is the cause, unless the cause is a
type that another file took over. The exit status is 1 when any of this does not hold.
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

import msgspec

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
    """What one kind of fixing did: how many findings were `fixed` and files `changed`, the errors `after`, those
    that are `new`, whether the second run left everything `stable`, and whether the `patch` gave the same."""

    name: str
    fixed: int
    changed: int
    after: int
    new: tuple[str, ...]
    stable: bool
    patch: bool
    touched: Mapping[str, Counter[str]]
    """File -> rules whose fixes edited it, with how often."""

    @property
    def fine(self) -> bool:
        return not self.new and self.stable and self.patch

    def blame(self, error: str) -> str:
        """The rules that touched the file of `error`."""
        rules = self.touched.get(error.partition(": ")[0], Counter())
        return ", ".join(f"{rule} {times}" for rule, times in sorted(rules.items())) or "no fix here"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A project: its errors `before`, and each step."""

    name: str
    before: int
    steps: tuple[Step, ...]

    @property
    def fine(self) -> bool:
        return all(step.fine for step in self.steps)


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
        compiler = next((found for f in above if (found := _compiler(f / "node_modules")) is not None), None)
        if config is None or compiler is None:
            missing = "tsconfig.json" if config is None else "installed TypeScript"
            raise SystemExit(f"{folder.relative_to(root)}: no {missing} in it or above it")
        runs[config] = compiler
    return runs


def _compiler(modules: Path) -> Path | None:
    """The script of the compiler in a `node_modules`; version 6 beside a native 7 has a name of its own."""
    for script in (Path("typescript", "bin", "tsc"), Path("typescript", "bin", "tsc6")):
        if (modules / script).is_file():
            return modules / script
    return None


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


class _Edit(msgspec.Struct):
    path: str


class _Fix(msgspec.Struct):
    applicability: str
    edits: list[_Edit]


class _Diagnostic(msgspec.Struct):
    rule: str
    fix: _Fix | None


class _Fixed(msgspec.Struct):
    rule: str
    path: str


class _Report(msgspec.Struct):
    """The part of the JSON report that is read here."""

    diagnostics: list[_Diagnostic]
    fixed: list[_Fixed] = msgspec.field(default_factory=list)


def check(root: Path, *options: str) -> str:
    """What `convexlint check` prints for the folder."""
    ran = convexlint("check", ".", "--no-cache", "--quiet", "--fail-on", "never", *options, folder=root)
    if ran.returncode != 0:
        raise RuntimeError(f"convexlint failed: {ran.stderr.strip()[-2000:]}")
    return ran.stdout


def report(root: Path, *options: str) -> _Report:
    return msgspec.json.decode(check(root, "--output-format", "json", *options), type=_Report)


def touches(before: _Report, during: _Report, unsafe: bool) -> dict[str, Counter[str]]:
    """File -> rules whose fixes edit it: those offered `before`, and what later rounds fixed in their own file."""
    offered: dict[str, Counter[str]] = {}
    for found in before.diagnostics:
        if found.fix is not None and (unsafe or found.fix.applicability == "safe"):
            for path in sorted({edit.path for edit in found.fix.edits}):
                offered.setdefault(path, Counter())[found.rule] += 1
    fixed: dict[str, Counter[str]] = {}
    for one in during.fixed:
        fixed.setdefault(one.path, Counter())[one.rule] += 1
    return {path: offered.get(path, Counter()) | fixed.get(path, Counter()) for path in {*offered, *fixed}}


def applies(root: Path, patch: str) -> bool:
    """Whether git takes the patch; an empty one is fine. The copy is not a checkout, whatever stands above it."""
    if not patch.strip():
        return True
    ran = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=root,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)},
        input=patch.encode(),
        capture_output=True,
        check=False,
    )
    return ran.returncode == 0


def write(files: Mapping[Path, bytes]) -> None:
    for path, content in files.items():
        path.write_bytes(content)


def judge(source: Path, scratch: Path, extra: tuple[str, ...]) -> Outcome:
    """Fix a copy of the project in each way and compile it."""
    root = scratch / source.name
    copy_project(source, root)
    folders = functions_folders(root)
    runs = compiler_runs(root, folders)
    before = compile_errors(root, runs)
    original = contents(folders)
    offered = report(root, *extra)
    steps = []
    for name, options in STEPS.items():
        unsafe = options[1:]
        write(original)
        applied = applies(root, check(root, "--diff", *unsafe, *extra))
        patched = contents(folders)
        write(original)
        fixed = report(root, *options, *extra)
        once = contents(folders)
        check(root, *options, *extra)
        after = compile_errors(root, runs)
        steps.append(
            Step(
                name,
                fixed=len(fixed.fixed),
                changed=sum(once[path] != content for path, content in original.items()),
                after=after.total(),
                new=tuple(sorted((after - before).elements())),
                stable=contents(folders) == once,
                patch=applied and patched == once,
                touched=touches(offered, fixed, bool(unsafe)),
            )
        )
    return Outcome(source.name, before.total(), tuple(steps))


def table(outcomes: list[Outcome]) -> Iterator[str]:
    """Markdown."""
    yield "| project | errors before | step | fixes | files changed | errors after | new | second run | patch |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for outcome in outcomes:
        for step in outcome.steps:
            again = "changes nothing" if step.stable else "CHANGES FILES"
            patch = "the same" if step.patch else "DIFFERS"
            yield (
                f"| {outcome.name} | {outcome.before} | `{step.name}` | {step.fixed} | {step.changed} "
                f"| {step.after} | {len(step.new)} | {again} | {patch} |"
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
                    print(f"new after {step.name}, {times} times: {error[:200]}", file=sys.stderr)
                    print(f"    fixes in this file: {step.blame(error)}", file=sys.stderr)
            outcomes.append(outcome)
    print("\n".join(table(outcomes)))
    return 0 if all(outcome.fine for outcome in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
