"""`python -m tools.release_check`: every artefact that this machine can build, installed alone, under the same test.

Builds the source distribution, the pure wheel, the compiled wheel and the packages of npm; installs each in an empty
environment (pip, uvx, npm); compares what it finds in the fixtures with what is expected, byte by byte; prints a table.
Exit status 1 where anything differs. What this machine cannot build is a row that says why.

Needs the `dev` extra, a C compiler for the compiled wheel (minutes), Node for npm, and the registry of PyPI.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import tomli
from packaging.requirements import Requirement

from convexlint import __version__
from tools.release import npm_packages, registry
from tools.release.program import FreezeError
from tools.release.smoke import ROOT, Installed, Times, large_project, measure, problems

COMPILERS = ("cc", "gcc", "clang")
OLDEST, NEWEST = 10, 14
"""Python 3.x, as pyproject.toml has them."""


class UnavailableError(Exception):
    """This machine lacks what an artefact needs; the text names it."""


class BrokenError(Exception):
    """An artefact cannot be built or installed; the text says why."""


@dataclass(frozen=True)
class Row:
    """One line of the table. `size`: bytes that a user downloads of ours, None where nothing was built."""

    name: str
    size: int | None
    times: Times | None
    problems: tuple[str, ...]
    skipped: str | None = None


class Workshop:
    """Builds each artefact once, into `folder`; installs it into rooms of its own."""

    def __init__(self, folder: Path, compiled: Path | None, stack: ExitStack) -> None:
        self.folder = folder
        self._built: dict[str, Path] = {} if compiled is None else {"compiled": compiled.resolve()}
        self._stack = stack

    def room(self, name: str) -> Path:
        room = self.folder / "rooms" / name.replace(" ", "-")
        room.mkdir(parents=True)
        return room

    def build(self, kind: str) -> Path:
        """`kind`: "sdist", "pure" or "compiled". Raises UnavailableError, BrokenError."""
        if kind not in self._built:
            if kind == "compiled" and not any(map(shutil.which, COMPILERS)):
                raise UnavailableError("no C compiler")
            target = self.folder / kind
            what = "--sdist" if kind == "sdist" else "--wheel"
            env = {**_outside(), "CONVEXLINT_NATIVE": "1" if kind == "compiled" else "0"}
            _do(
                [sys.executable, "-m", "build", "--no-isolation", what, "--outdir", str(target), str(ROOT)],
                env,
            )
            self._built[kind] = next(path for path in target.iterdir() if path.suffix in (".gz", ".whl"))
        return self._built[kind]

    def pip(self, path: Path, name: str, *more: str, python: str = sys.executable) -> Installed:
        """`path` in an environment of its own that nothing else of the machine reaches, git among it."""
        room = self.room(name)
        _do([python, "-m", "venv", str(room / "env")], _outside())
        programs = room / "env" / ("Scripts" if os.name == "nt" else "bin")
        env = {**_outside(), "PATH": str(programs), "XDG_CACHE_HOME": str(room / "cache")}
        _do([str(programs / "python"), "-m", "pip", "install", "-q", str(path), *more], env)
        return Installed([str(programs / "convexlint")], env)

    def npm(self, wheel: Path, name: str) -> tuple[Installed, int]:
        """The packages of npm made of a wheel, installed by npm from a registry of this machine; and their size."""
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise UnavailableError("no Node and npm")
        room = self.room(name)
        tarballs = npm_packages.build(wheel, room / "tarballs", stand_ins=True)
        served = self._stack.enter_context(registry.serve(registry.Registry(tarballs)))
        app = room / "app"
        app.mkdir()
        (app / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        env = {**_outside(), "npm_config_registry": served.url, "npm_config_cache": str(room / "npm")}
        _do([npm, "install", "--no-audit", "--no-fund", "convexlint"], env, folder=app)
        script = app / "node_modules" / "convexlint" / "bin" / "convexlint.js"
        run = {**env, "PATH": str(room / "no-python"), "XDG_CACHE_HOME": str(room / "cache")}
        return Installed([node, str(script)], run), sum(path.stat().st_size for path in tarballs[:2])


def lowest() -> list[str]:
    """The dependencies at the lowest versions that the package allows, as pip takes them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted = tomli.load(file)["project"]["dependencies"]
    pins = []
    for requirement in map(Requirement, wanted):
        (least,) = [part.version for part in requirement.specifier if part.operator == ">="]
        pins.append(f"{requirement.name}=={least}")
    return pins


def _sdist(shop: Workshop) -> tuple[Installed, int]:
    made = shop.build("sdist")
    return shop.pip(made, "sdist"), made.stat().st_size


def _wheel(kind: str) -> Callable[[Workshop], tuple[Installed, int]]:
    def install(shop: Workshop) -> tuple[Installed, int]:
        made = shop.build(kind)
        return shop.pip(made, f"wheel {kind}"), made.stat().st_size

    return install


def pythons() -> list[str]:
    """An interpreter of each version that convexlint supports and this machine has, the oldest first."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = []
    for minor in range(OLDEST, NEWEST + 1):
        named = shutil.which(f"python3.{minor}")
        kept = [str(path) for path in sorted(root.glob(f"3.{minor}.*/bin/python"))]
        for candidate in [*([named] if named else []), *kept]:
            asked = [candidate, "-c", "import sys, venv, ensurepip; print(sys.version_info[1])"]
            ran = subprocess.run(asked, capture_output=True, text=True, check=False)
            if ran.stdout.strip() == str(minor):  # pyenv has names for versions that it then does not start
                found.append(candidate)
                break
    return found or [sys.executable]


def _lowest(shop: Workshop) -> tuple[Installed, int]:
    made = shop.build("pure")
    return shop.pip(made, "lowest", *lowest(), python=pythons()[0]), made.stat().st_size


def _highest(shop: Workshop) -> tuple[Installed, int]:
    made = shop.build("pure")
    return shop.pip(made, "highest", python=pythons()[-1]), made.stat().st_size


def _uvx(shop: Workshop) -> tuple[Installed, int]:
    uvx = shutil.which("uvx")
    if uvx is None:
        raise UnavailableError("no uvx")
    made, room = shop.build("pure"), shop.room("uvx")
    env = {**_outside(), "UV_CACHE_DIR": str(room / "uv"), "XDG_CACHE_HOME": str(room / "cache")}
    return Installed(
        [uvx, "-q", "--python", sys.executable, "--from", str(made), "convexlint"], env
    ), made.stat().st_size


def _pipx(shop: Workshop) -> tuple[Installed, int]:
    pipx = shutil.which("pipx")
    if pipx is None:
        raise UnavailableError("no pipx")
    made, room = shop.build("pure"), shop.room("pipx")
    env = {**_outside(), "PIPX_HOME": str(room / "pipx"), "XDG_CACHE_HOME": str(room / "cache")}
    return Installed([pipx, "run", "--spec", str(made), "convexlint"], env), made.stat().st_size


def _npm(kind: str) -> Callable[[Workshop], tuple[Installed, int]]:
    return lambda shop: shop.npm(shop.build(kind), f"npm {kind}")


ARTEFACTS: dict[str, Callable[[Workshop], tuple[Installed, int]]] = {
    "sdist": _sdist,
    "wheel": _wheel("pure"),
    "lowest": _lowest,
    "highest": _highest,
    "uvx": _uvx,
    "pipx": _pipx,
    "compiled": _wheel("compiled"),
    "npm": _npm("compiled"),
    "npm-pure": _npm("pure"),
}
"""By name. `lowest`, `highest`: the pure wheel with the oldest and the newest Python that is here, the first with the
lowest dependencies that are allowed. `npm-pure`: the packages of npm without compiled modules."""


def _outside() -> dict[str, str]:
    """The environment without what would lead back into this checkout."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def _do(command: list[str], env: dict[str, str], folder: Path | None = None) -> None:
    ran = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise BrokenError(f"{' '.join(command[:4])}: {(ran.stdout + ran.stderr).strip()[-600:]}")


def rows(names: list[str], folder: Path, compiled: Path | None = None) -> Iterator[Row]:
    """Each artefact, tested. `compiled`: a compiled wheel of this checkout and this Python, if there is one already."""
    project = large_project(folder / "large")
    found: bytes | None = None
    with ExitStack() as stack:
        shop = Workshop(folder, compiled, stack)
        for name in names:
            try:
                installed, size = ARTEFACTS[name](shop)
            except UnavailableError as reason:
                yield Row(name, None, None, (), skipped=str(reason))
                continue
            except (BrokenError, FreezeError, npm_packages.PackError) as error:
                yield Row(name, None, None, (str(error),))
                continue
            scratch = folder / "scratch" / name
            scratch.mkdir(parents=True)
            wrong = problems(installed, __version__, scratch)
            times, out = measure(installed, project)
            if not out.strip():
                wrong.append("the large project: no output")
            elif found is not None and out != found:
                wrong.append("the large project: other findings than those of the artefact before")
            found = found or out
            yield Row(name, size, times, tuple(wrong))


def table(all_rows: list[Row]) -> Iterator[str]:
    """As markdown."""
    yield "| artefact | size, MB | start-up, s | check of a large project, s | ok |"
    yield "|---|---|---|---|---|"
    for row in all_rows:
        size = "" if row.size is None else f"{row.size / 1e6:.1f}"
        start, large = ("", "") if row.times is None else (f"{row.times.start:.3f}", f"{row.times.large:.2f}")
        verdict = f"not here: {row.skipped}" if row.skipped else "no" if row.problems else "yes"
        yield f"| {row.name} | {size} | {start} | {large} | {verdict} |"
    for row in all_rows:
        for problem in row.problems:
            yield f"\n{row.name}: {problem}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        prog="python -m tools.release_check",
    )
    parser.add_argument(
        "--only", action="append", choices=list(ARTEFACTS), help="this artefact; may be repeated"
    )
    parser.add_argument("--list", action="store_true", help="name the artefacts")
    parser.add_argument("--wheel", type=Path, help="a compiled wheel that was built before")
    parser.add_argument("--keep", type=Path, help="a folder for what is built; else it is thrown away")
    options = parser.parse_args()
    if options.list:
        print("\n".join(ARTEFACTS))
        return
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        made = []
        for row in rows(options.only or list(ARTEFACTS), folder.resolve(), options.wheel):
            print(
                f"{row.name}: {'not here' if row.skipped else 'not ok' if row.problems else 'ok'}",
                file=sys.stderr,
            )
            made.append(row)
    print("\n".join(table(made)))
    if any(row.problems for row in made):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
