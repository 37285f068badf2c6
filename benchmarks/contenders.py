"""The linters that `bench` runs side by side, each as a command line for one folder of copied sources."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution, requires, version
from pathlib import Path

from benchmarks import official
from tools import npm
from tools.linter import ROOT
from tools.native.build import BuildError, build

OXLINT = {"@convex-dev/eslint-plugin": official.PACKAGES["@convex-dev/eslint-plugin"], "oxlint": "1.94.0"}

DOCTOR = "https://github.com/nooesc/convex-doctor"


@dataclass(frozen=True, slots=True)
class Contender:
    """`command` runs in the folder. `env`: what it needs besides the environment."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


def ours(name: str, *arguments: str) -> Contender:
    """This checkout's convexlint, as `install_ours` has left it."""
    command = (sys.executable, "-m", "convexlint", *arguments)
    return Contender(name, command, {"PYTHONPATH": str(_installed()), "NO_COLOR": "1"})


def install_ours(*, pure: bool) -> str:
    """Copy this checkout's package as pip would install it, and say what it is: the wheel with compiled modules, or,
    if `pure` or where it cannot be compiled, the one without. Python's bytecode is made in any case: from a checkout,
    where a process may not write it (as in many containers), all modules are read anew in every run."""
    shutil.rmtree(_installed(), ignore_errors=True)
    bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "convexlint", _installed() / "convexlint", ignore=bytecode)
    made = "pure Python"
    if not pure:
        try:
            shutil.copytree(_compiled(), _installed(), dirs_exist_ok=True)
            made = "compiled by mypyc"
        except BuildError as error:
            made = f"pure Python, since it cannot be compiled: {error}"
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", str(_installed()), *_dependencies()], check=True
    )
    return made


def _dependencies() -> set[str]:
    """The folders of the packages that convexlint imports: pip makes their bytecode, other installers may not."""
    names = [
        re.split(r"[^\w-]", line, maxsplit=1)[0]
        for line in requires("convexlint") or ()
        if "extra ==" not in line
    ]
    files = (file for name in names for file in distribution(name).files or () if file.suffix == ".py")
    return {str(Path(file.locate()).parent) for file in files}


def _compiled() -> Path:
    """The compiled modules of these very sources, made once, in some minutes. Raises BuildError."""
    digest = hashlib.blake2b(f"{sys.version} {version('mypy')}".encode(), digest_size=8)
    for path in sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "tools" / "native").glob("*.py")]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    folder = npm.cache_folder() / f"native-{digest.hexdigest()}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=npm.cache_folder()) as temporary:
            build(Path(temporary) / "made")
            (Path(temporary) / "made").rename(folder)
    return folder


def _installed() -> Path:
    return npm.cache_folder() / "installed"


def others(folder: Path) -> Iterator[Contender]:
    """Those with the official plugin, every rule on; writes their configs into `folder`.

    Raises NpmUnavailableError.
    """
    eslint = npm.install(official.PACKAGES)
    config = folder / "eslint.config.mjs"
    official.write_config(config, eslint)
    script = eslint / "node_modules" / "eslint" / "bin" / "eslint.js"
    yield Contender("ESLint", (npm.node(), str(script), "--config", str(config), "."))
    oxlint = npm.install(OXLINT)
    plugin = oxlint / "node_modules" / "@convex-dev" / "eslint-plugin"
    settings = {
        "jsPlugins": [str(plugin)],
        "categories": {"correctness": "off"},
        "rules": {official.PREFIX + name: "error" for name in _rules(plugin)},
    }
    (folder / ".oxlintrc.json").write_text(json.dumps(settings), encoding="utf-8")
    script = oxlint / "node_modules" / "oxlint" / "bin" / "oxlint"
    yield Contender("oxlint", (npm.node(), str(script), "-c", ".oxlintrc.json", "--format", "unix", "."))


def convex_doctor() -> Contender | None:
    """The binary that CONVEX_DOCTOR names, else one built by cargo from its repository, once; None where that is not
    possible."""
    given = os.environ.get("CONVEX_DOCTOR")
    if given:
        return Contender("convex-doctor", (given, "."))
    home = npm.cache_folder() / "convex-doctor"
    binary = home / "bin" / "convex-doctor"
    cargo = shutil.which("cargo")
    if not binary.exists() and cargo is not None:
        command = [cargo, "install", "--quiet", "--locked", "--git", DOCTOR, "--root", str(home)]
        subprocess.run(command, check=False, timeout=1200)
    return Contender("convex-doctor", (str(binary), ".")) if binary.exists() else None


def _rules(plugin: Path) -> list[str]:
    """The names of the plugin's rules, by asking it."""
    script = (
        "const p = require(process.argv[1]); console.log(JSON.stringify(Object.keys((p.default ?? p).rules)))"
    )
    ran = subprocess.run([npm.node(), "-e", script, str(plugin)], capture_output=True, text=True, check=True)
    names: list[str] = json.loads(ran.stdout)
    return sorted(names)


def environment(contender: Contender) -> dict[str, str]:
    return {**os.environ, **contender.env}
