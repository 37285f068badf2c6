"""hatchling's way to `build`: with CONVEXLINT_NATIVE=1 in the environment, a wheel holds compiled modules too."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "CONVEXLINT_NATIVE"


class NativeBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles where it is asked to, for the Python that builds."""

    _made: tempfile.TemporaryDirectory[str] | None = None

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: mypy must see the types of what the package imports."""
        if not _wanted():
            return []
        return [*self.metadata.core.dependencies, *self.metadata.core.optional_dependencies["native"]]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version`: "standard", or "editable" for an installation that runs from the checkout, which stays pure."""
        if not _wanted() or version == "editable":
            return
        sys.path.insert(0, self.root)
        from tools.native.build import BuildError, build

        self._made = tempfile.TemporaryDirectory()
        folder = Path(self._made.name).resolve()
        try:
            made = build(folder)
        except BuildError as error:
            raise SystemExit(f"{error}\nWithout {VARIABLE} the wheel is pure Python.") from None
        for path in made:
            build_data["force_include"][str(path)] = path.relative_to(folder).as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self._made is not None:
            self._made.cleanup()


def _wanted() -> bool:
    return os.environ.get(VARIABLE, "") not in ("", "0")
