"""npm packages for tests and benchmarks: installed once for a set of exact versions, outside of the checkout.

The folder is `$CONVEXLINT_NPM_DIR`, else `convexlint-npm` in the user's cache folder. No version is ever
looked up: callers name exact ones, so that a run today and a run next year judge by the same compiler.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path


class NpmUnavailableError(Exception):
    """Node or npm is not installed, or the registry did not answer; the text says which."""


def node() -> str:
    """The path of the `node` executable. Raises NpmUnavailableError."""
    found = shutil.which("node")
    if found is None:
        raise NpmUnavailableError("`node` is not on the PATH")
    return found


def cache_folder() -> Path:
    """Where installed packages are kept."""
    chosen = os.environ.get("CONVEXLINT_NPM_DIR")
    if chosen:
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "convexlint-npm"


def install(packages: Mapping[str, str]) -> Path:
    """The folder whose `node_modules` holds exactly `packages` (name -> version) and what they depend on.

    Raises NpmUnavailableError. Install scripts of packages never run. Two processes may ask at once: each
    installs into a folder of its own and the first to finish wins.
    """
    node()
    npm = shutil.which("npm")
    if npm is None:
        raise NpmUnavailableError("`npm` is not on the PATH")
    wanted = dict(sorted(packages.items()))
    key = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:16]
    target = cache_folder() / key
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=target.parent))
    try:
        manifest = {"private": True, "dependencies": wanted}
        (scratch / "package.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        ran = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            names = ", ".join(f"{name}@{version}" for name, version in wanted.items())
            raise NpmUnavailableError(f"npm could not install {names}: {ran.stderr.strip()[-400:]}")
        try:
            scratch.rename(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target
