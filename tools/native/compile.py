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

SMALL = (
    *("-fvisibility=hidden", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"),
    *("-fno-align-functions", "-fno-align-jumps", "-fno-align-labels", "-fno-align-loops"),
)
"""C without exceptions needs no tables for them, and its functions call each other in one library: without these a
sixth of it says where to find what nobody asks for, and a twentieth of the code are gaps."""

CLOSE = ("-Wl,-z,noseparate-code",)
"""Each module is a library of some forty lines beside the one that holds all code. With a page of memory for each of
their parts they weigh 14 kB, without 6 kB."""


RARE = ("behaviour", "convex", "evolution", "inference", "places", "writing")
"""Rooms of the program where little of the time goes: there a quarter less code is worth more than speed."""
OFTEN = (
    "callees",
    "denials",
    "effects",
    "endings",
    "expressions",
    "fixed",
    "gates",
    "judge",
    "summaries",
    "trust",
)
"""Modules of `behaviour` that read every function."""


class _BuildOnAllProcessors(build_ext):
    """setuptools compiles the files of one extension one after the other, and all of the package is one."""

    def build_extensions(self) -> None:
        compile_one = self.compiler.compile

        def compile_all(sources: list[str], *, extra_postargs: list[str], **options: Any) -> list[str]:
            def compiled(source: str) -> list[str]:
                name = source.rpartition("___program___")[2].removesuffix(".c")
                room, _, module = name.partition("___")
                small = room in RARE and module not in OFTEN and "-O2" in extra_postargs
                words = [*extra_postargs, "-Os"] if small else extra_postargs
                made: list[str] = compile_one([source], extra_postargs=words, **options)
                return made

            with ThreadPoolExecutor(os.cpu_count()) as pool:
                return [name for names in pool.map(compiled, sources) for name in names]

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
    for module in modules:
        if "-O2" in module.extra_compile_args:  # a compiler that takes the words of gcc
            module.extra_compile_args = [*module.extra_compile_args, *SMALL]
        if sys.platform == "linux":
            module.extra_link_args = [*module.extra_link_args, *CLOSE]
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
