"""`python -m tools.native.compile TARGET FILE...`: mypyc on staged sources, in the folder where they lie."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import setuptools
from mypyc.build import mypycify
from setuptools.command.build_ext import build_ext

from tools.native.defects import untrashed


class _BuildOnAllProcessors(build_ext):
    """setuptools compiles the files of one extension one after the other, and all of the package is one."""

    def build_extensions(self) -> None:
        compile_one = self.compiler.compile

        def compile_all(sources: list[str], **options: Any) -> list[str]:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                made = list(pool.map(lambda source: compile_one([source], **options), sources))
            return [name for names in made for name in names]

        self.compiler.compile = compile_all
        super().build_extensions()


def main() -> None:
    target, *files = sys.argv[1:]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    modules: list[Any] = [
        *mypycify(
            ["--python-version", version, *files],
            opt_level="2",
            debug_level="0",
            multi_file=True,
            group_name="convexlint",
        )
    ]
    for path in Path("build").rglob("*.c"):
        written = path.read_text(encoding="utf-8")
        mended = untrashed(written)
        if mended != written:
            path.write_text(mended, encoding="utf-8")
    script = ["build_ext", "--build-lib", target]
    commands = {"build_ext": _BuildOnAllProcessors}
    setuptools.setup(
        name="convexlint", packages=[], ext_modules=modules, script_args=script, cmdclass=commands
    )


if __name__ == "__main__":
    main()
