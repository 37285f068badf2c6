"""The walls of the house stand: each contract of import-linter is there and refuses what it should refuse."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from convexlint.program.modules.cycles import strongly_connected
from tests.checkout import ROOT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
TYPE_ONLY = """from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import convexlint.program.writing.manners"""


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.path.insert(0, {str(root / 'src')!r}); {LINT}"
    command = [sys.executable, "-c", start, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the sources in which walls may be broken."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("facts/door.py", "import convexlint.program", "Data walks one way"),
        ("findings.py", "import convexlint.config", "Data walks one way"),
        ("reports/door.py", "import convexlint.session", "Data walks one way"),
        ("rules/queries/door.py", "import convexlint.syntax", "A rule reads the program"),
        ("program/door.py", "import tree_sitter", "Only syntax/ touches tree-sitter"),
        ("cli/door.py", "import pygls", "Only server/ and agents/ touch the protocols"),
        ("session/door.py", "import convexlint.server", "Data walks one way"),
        ("program/model.py", "import convexlint.program.program", "The program grows"),
        ("program/modules/door.py", "import convexlint.program.evaluation.values", "The program grows"),
        ("program/evaluation/door.py", "import convexlint.program.convex.paths", "The program grows"),
        ("program/places/door.py", "import convexlint.program.behaviour.effects", "The program grows"),
        ("program/behaviour/door.py", TYPE_ONLY, "The program grows"),
        ("program/inference/door.py", "import convexlint.program.writing.editing", "The program grows"),
        ("rules/queries/door.py", "import convexlint.program.evaluation.values", "Rules and reports ask"),
        ("rules/queries/door.py", "import convexlint.rules.schema.wall", "Rules do not know each other"),
    ],
)
def test_a_broken_wall_is_noticed(house: Path, room: str, line: str, contract: str) -> None:
    (house / "src/convexlint/rules/schema/wall.py").write_text("", encoding="utf-8")
    place = house / "src/convexlint" / room
    before = place.read_text(encoding="utf-8") if place.exists() else "from __future__ import annotations\n"
    place.write_text(f"{before}\n{line}\n", encoding="utf-8")
    ran = lint(house)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert re.search(rf"^{re.escape(contract)}.* BROKEN( \(|$)", ran.stdout, re.MULTILINE), ran.stdout


def test_no_module_binds_a_public_name_twice() -> None:
    """A class over an imported name, or a second table under the first one's name, misleads readers."""
    for path in sorted((ROOT / "src/convexlint").rglob("*.py")):
        bound: set[str] = set()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for name in _bound(node):
                assert name not in bound, f"{path.relative_to(ROOT)} binds {name} twice"
                bound.add(name)


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        overloads = isinstance(node, ast.FunctionDef) and any(
            ast.unparse(d).endswith("overload") for d in node.decorator_list
        )
        return [] if overloads else [node.name]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


def test_only_the_evaluator_is_a_circle() -> None:
    """What an expression holds depends on types, calls and registrations, and they on it; nothing else leads back to
    itself. Imports for types alone and those inside functions count."""
    source = ROOT / "src"
    names = {".".join(path.relative_to(source).with_suffix("").parts): path for path in source.rglob("*.py")}
    names = {
        name.removesuffix(".__init__"): path for name, path in names.items() if name != "convexlint.__init__"
    }
    after = {name: sorted(_imported(path, names) - {name}) for name, path in names.items()}
    circles = [group for group in strongly_connected(after, after.__getitem__) if len(group) > 1]
    assert len(circles) == 1, circles
    assert all(name.startswith("convexlint.program.evaluation.") for name in circles[0]), circles[0]


def _imported(path: Path, names: Collection[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(inner & set(names) or {node.module})
    return found & set(names)


def test_every_room_has_its_floor() -> None:
    """A new room that no contract names would be free of all of them."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms, floors = (part.partition("]")[0] for part in text.split("layers = [")[1:])
    for folder, layers in (("src/convexlint", rooms), ("src/convexlint/program", floors)):
        for path in sorted((ROOT / folder).iterdir()):
            name = path.stem
            if not name.startswith("_") and (path.suffix == ".py" or (path / "__init__.py").is_file()):
                assert re.search(rf"\b{name}\b", layers), f"{folder}/{name} stands on no layer"
