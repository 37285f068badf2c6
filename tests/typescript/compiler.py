"""The real TypeScript compiler with the real `convex` package, over many small projects in one process.

The versions are pinned here and nowhere else. Packages other than `convex` and the types of React are not installed:
what a project imports from them has the type `any`, which is what a linter without node_modules knows of them too.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.typescript.generated import generate
from tools import npm

PACKAGES = {
    "@types/node": "22.20.5",
    "@types/react": "19.3.3",
    "convex": "1.48.0",
    "typescript": "5.9.3",
}

# `convex codegen`'s own tsconfig.json, but for the folders.
_OPTIONS = {
    "allowJs": True,
    "allowSyntheticDefaultImports": True,
    "esModuleInterop": True,
    "forceConsistentCasingInFileNames": True,
    "isolatedModules": True,
    "jsx": "react-jsx",
    "lib": ["ES2023", "dom"],
    "module": "ESNext",
    "moduleResolution": "Bundler",
    "noEmit": True,
    "skipLibCheck": True,
    "strict": True,
    "target": "ESNext",
    "types": ["node"],
}

_SCRIPT = Path(__file__).with_name("check.cjs")
# Node's modules under their old names; with `node:` before them they tell themselves.
_NODE = frozenset(
    {
        *(
            "assert",
            "buffer",
            "child_process",
            "crypto",
            "events",
            "fs",
            "fs/promises",
            "http",
            "https",
            "os",
        ),
        *(
            "path",
            "process",
            "querystring",
            "stream",
            "timers",
            "timers/promises",
            "tls",
            "url",
            "util",
            "zlib",
        ),
    }
)
_SPECIFIER = re.compile(r"""(?:from|import|require\()\s*["'](?P<name>[^"'./~#][^"'\n]*)["']""")


@dataclass(frozen=True, slots=True, order=True)
class CompileError:
    """One error of the compiler. `path` is relative to the project; line and column are 1-based."""

    path: str
    line: int
    column: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"


def check(
    projects: Mapping[str, Mapping[str, str]], functions: str = "convex"
) -> dict[str, tuple[CompileError, ...]]:
    """Type-check every project (its name -> path -> text) and return the errors of each, sorted.

    Paths are relative to the project's root; modules lie under the folder `functions`. Files outside of it
    are compiled too. `_generated/` is written here and must not be given. Raises NpmUnavailableError.
    """
    home = npm.install(PACKAGES)
    order = list(projects)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        (root / "node_modules").symlink_to(home / "node_modules", target_is_directory=True)
        for at, name in enumerate(order):
            _write(root / f"p{at}", projects[name], functions)
        foreign = sorted({package for files in projects.values() for package in _foreign(files)})
        ambient = "".join(f"declare module {json.dumps(package)};\n" for package in foreign)
        (root / "foreign.d.ts").write_text(ambient, encoding="utf-8")
        config = {"compilerOptions": _OPTIONS, "include": ["foreign.d.ts", "p*/**/*"]}
        (root / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
        command = [npm.node(), str(_SCRIPT), str(home / "node_modules" / "typescript"), str(root)]
        ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise RuntimeError(f"the compiler failed: {(ran.stderr or ran.stdout)[-2000:]}")
    found: dict[str, list[CompileError]] = {name: [] for name in order}
    for error in json.loads(ran.stdout):
        folder, _, path = error["path"].partition("/")
        if not re.fullmatch(r"p\d+", folder):
            raise RuntimeError(f"an error outside of the projects: {error}")
        found[order[int(folder[1:])]].append(CompileError(**{**error, "path": path}))
    return {name: tuple(sorted(errors)) for name, errors in found.items()}


def read_project(root: Path) -> dict[str, str]:
    """The source files of a project on disk, in the form that `check` takes."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(root.rglob("*"))
        if path.suffix in (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
        and "node_modules" not in path.parts
        and "_generated" not in path.parts
    }


def _write(root: Path, files: Mapping[str, str], functions: str) -> None:
    prefix = functions.rstrip("/") + "/"
    inside = [path.removeprefix(prefix) for path in files if path.startswith(prefix)]
    generated = {f"{prefix}_generated/{name}": text for name, text in generate(inside).items()}
    for path, text in {**files, **generated}.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def _foreign(files: Mapping[str, str]) -> set[str]:
    """Bare import specifiers that no installed package answers."""
    names = {match["name"] for text in files.values() for match in _SPECIFIER.finditer(text)}
    return {
        name
        for name in names
        if not re.match(r"(convex|react|typescript)(/|$)|node:", name) and name not in _NODE
    }
