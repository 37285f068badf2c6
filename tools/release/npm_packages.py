"""`python -m tools.release.npm_packages WHEEL FOLDER`: the packages of npm that can be made here, packed into FOLDER.

Two tarballs: `convexlint`, a script that finds the program, and `@convexlint/cli-<os>-<cpu>[-musl]`, which holds it for
the system that this runs on. A package manager reads `os`, `cpu` and `libc` and installs the one that fits, as for
Biome, oxlint and esbuild. Needs npm. `--stand-ins` adds a package without a program for each other system, for tests.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from tools.release.program import FreezeError, freeze

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = (
    "A linter for Convex backends that models the whole program: schema, functions, references, helpers."
)


REPOSITORY = "CONVEXLINT_REPOSITORY"
"""The variable with the address of the repository that publishes. npm's provenance compares it; without it a package
names no address, since none is ours before a release."""


class PackError(Exception):
    """A package cannot be made; the text says why."""


@dataclass(frozen=True)
class System:
    """A kind of system as npm names it: `process.platform`, `process.arch`, and on Linux the C library."""

    os: str
    cpu: str
    libc: str | None = None

    @property
    def package(self) -> str:
        """The name of the package that holds the program for it."""
        return f"@convexlint/cli-{self.os}-{self.cpu}{'-musl' if self.libc == 'musl' else ''}"

    def fields(self) -> dict[str, list[str]]:
        """What a package manager reads to tell whether the package is meant for it."""
        # Windows on arm64 runs programs of x64, and there is none of its own.
        cpus = ["x64", "arm64"] if self.os == "win32" else [self.cpu]
        return {"os": [self.os], "cpu": cpus, **({"libc": [self.libc]} if self.libc else {})}


SYSTEMS = (
    System("darwin", "arm64"),
    System("darwin", "x64"),
    System("linux", "arm64", "glibc"),
    System("linux", "arm64", "musl"),
    System("linux", "x64", "glibc"),
    System("linux", "x64", "musl"),
    System("win32", "x64"),
)


def here() -> System:
    """The system that this runs on. Raises PackError where no package is made for it."""
    cpu = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    libc = None
    if sys.platform == "linux":
        libc = "glibc" if platform.libc_ver()[0] == "glibc" else "musl"
    for system in SYSTEMS:
        if (system.os, system.cpu, system.libc) == (sys.platform, cpu, libc):
            return system
    raise PackError(f"no package is made for {sys.platform} on {platform.machine()}")


def npm_version(version: str) -> str:
    """Python's form of a version in npm's: 1.2.0rc1 is 1.2.0-rc.1. Raises PackError for what npm cannot say."""
    parsed = Version(version)
    if parsed.epoch or parsed.post is not None or parsed.local or len(parsed.release) > 3:
        raise PackError(
            f"npm has no form for the version {version}: use MAJOR.MINOR.PATCH, with a, b, rc or dev"
        )
    text = ".".join(str(part) for part in (*parsed.release, 0, 0)[:3])
    if parsed.pre is not None:
        names = {"a": "alpha", "b": "beta", "rc": "rc"}
        text += f"-{names[parsed.pre[0]]}.{parsed.pre[1]}"
    if parsed.dev is not None:
        text += f"{'.' if parsed.pre is not None else '-'}dev.{parsed.dev}"
    return text


def write_main(version: str, target: Path) -> Path:
    """The package `convexlint` of that version (npm's form) as a folder."""
    shutil.copytree(ROOT / "npm" / "convexlint", target)
    manifest = {
        "name": "convexlint",
        "version": version,
        "description": DESCRIPTION,
        "keywords": ["convex", "linter", "lint", "static-analysis", "typescript"],
        "license": "MIT",
        "bin": {"convexlint": "bin/convexlint.js"},
        "files": ["bin"],
        "type": "commonjs",
        "engines": {"node": ">=16"},
        "optionalDependencies": {system.package: version for system in SYSTEMS},
    }
    return _finish(target, manifest)


def write_system(system: System, version: str, target: Path, program: Path | None) -> Path:
    """The package for one system as a folder. `program`: the executable of a frozen program; None for a stand-in."""
    target.mkdir(parents=True)
    manifest = {
        "name": system.package,
        "version": version,
        "description": f"The program of convexlint for {system.os} on {system.cpu}. Install `convexlint` instead.",
        "license": "MIT",
        "files": ["program", "THIRD-PARTY.txt"],
        # Yarn must unpack it: a program does not start out of a zip file.
        "preferUnplugged": True,
        **system.fields(),
    }
    if program is not None:
        shutil.copytree(program.parent, target / "program")
        (target / "THIRD-PARTY.txt").write_text(third_party(), encoding="utf-8")
    return _finish(target, manifest)


def third_party() -> str:
    """The licences of what the program holds beside convexlint: Python and the packages that it needs here."""
    found: dict[str, str] = {}
    _collect("convexlint", found)
    del found["convexlint"]
    python = Path(sys.base_prefix).rglob("LICENSE*")
    text = next((path.read_text(encoding="utf-8") for path in python if _of_python(path)), "PSF-2.0\n")
    parts = {f"Python {platform.python_version()}": text, **dict(sorted(found.items()))}
    return "\n".join(f"{'=' * 80}\n{name}\n{'=' * 80}\n\n{text}" for name, text in parts.items())


def _of_python(path: Path) -> bool:
    return path.parent.name.startswith("python") or path.parent == Path(sys.base_prefix)


def _collect(name: str, found: dict[str, str]) -> None:
    distribution = metadata.distribution(name)
    about = dict(distribution.metadata.items())  # type: ignore[attr-defined]
    key = name if name == "convexlint" else f"{about['Name']} {about['Version']}"
    if key in found:
        return
    licence = about.get("License-Expression") or about.get("License") or "see its page on PyPI"
    texts = [
        Path(str(file.locate())).read_text(encoding="utf-8")
        for file in distribution.files or ()
        if ".dist-info" in file.parts[0] and file.name.upper().startswith(("LICEN", "COPYING", "NOTICE"))
    ]
    found[key] = "\n".join(texts) or f"{licence}\n"
    for requirement in map(Requirement, distribution.requires or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            _collect(requirement.name, found)


def _finish(target: Path, manifest: Mapping[str, object]) -> Path:
    repository = os.environ.get(REPOSITORY)
    if repository:
        manifest = {**manifest, "repository": {"type": "git", "url": f"git+{repository}.git"}}
    shutil.copyfile(ROOT / "LICENSE", target / "LICENSE")
    (target / "package.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return target


def pack(package: Path, target: Path) -> Path:
    """`npm pack` of a package's folder into the folder `target`; the tarball. Raises PackError."""
    npm = shutil.which("npm")
    if npm is None:
        raise PackError("`npm` is not on the PATH")
    target.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", "--json", "--ignore-scripts", "--pack-destination", str(target.resolve())]
    ran = subprocess.run(command, cwd=package, capture_output=True, text=True, encoding="utf-8", check=False)
    if ran.returncode != 0:
        raise PackError(f"npm cannot pack {package.name}: {ran.stderr.strip()[-400:]}")
    name = json.loads((package / "package.json").read_text(encoding="utf-8"))["name"]
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    return target / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"


def build(wheel: Path, target: Path, *, stand_ins: bool = False) -> list[Path]:
    """Both packages of this system, packed into `target`: the tarball of `convexlint`, then that of the program, then
    stand-ins for other systems if asked for. Raises PackError, FreezeError."""
    system = here()
    version = npm_version(wheel.name.split("-")[1])
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary).resolve()
        program = freeze(wheel, work / "frozen")
        folders = [write_main(version, work / "main"), write_system(system, version, work / "here", program)]
        if stand_ins:
            others = (other for other in SYSTEMS if other != system)
            folders += [write_system(one, version, work / one.package[1:], None) for one in others]
        return [pack(folder, target) for folder in folders]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stand-ins", action="store_true")
    options = parser.parse_args()
    try:
        for made in build(options.wheel, options.folder, stand_ins=options.stand_ins):
            print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")
    except (FreezeError, PackError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
