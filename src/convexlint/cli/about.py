"""`convexlint --version --verbose`: what a report of a defect should say of this installation."""

from __future__ import annotations

import locale
import platform
import sys
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

import convexlint

LIBRARIES = ("click", "msgspec", "platformdirs", "rich", "tomli", "tree-sitter", "tree-sitter-typescript")


def about() -> str:
    """One line for each thing that may make a difference; nothing of the user's project or folders."""
    return "".join(f"{name}: {value}\n" for name, value in _lines())


def _lines() -> Iterator[tuple[str, str]]:
    yield "convexlint", convexlint.__version__
    yield "build", _build()
    yield "python", f"{platform.python_implementation()} {platform.python_version()}"
    yield "system", f"{platform.platform()} {platform.machine()}"
    yield "libraries", ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    yield (
        "encodings",
        f"files {sys.getfilesystemencoding()}, stdout {sys.stdout.encoding}, locale {_locale()}",
    )


def _build() -> str:
    """How this copy was installed, and whether it is compiled."""
    spec = util.find_spec("convexlint.facts.ir")
    origin = spec.origin if spec is not None and spec.origin else ""
    code = "pure Python" if origin.endswith((".py", ".pyc")) else "compiled"
    if getattr(sys, "frozen", False):
        return f"one folder with its interpreter, {code}"
    checkout = Path(convexlint.__file__).resolve().parents[2] / "pyproject.toml"
    return f"{'a checkout' if checkout.is_file() else 'a wheel'}, {code}"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # a frozen program keeps no record of its parts
        return "?"


def _locale() -> str:
    return locale.getpreferredencoding(False)
