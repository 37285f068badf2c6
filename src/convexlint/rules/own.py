"""A team's own rules: the folders that `rule-paths` of a config file names.

A folder holds for each rule what a built-in one has: `no_something.py` with one function under `@rule(...)`, and its
card, `no-something.md`. Files whose names begin with `_` hold what the rules share (`from . import _shared`). The files
are Python and run with the rights of the user who runs convexlint, so a folder is loaded only when a config file
names it.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from types import ModuleType

from convexlint.findings import Category
from convexlint.rules import loader
from convexlint.rules.card import CardError, load_card, register_card
from convexlint.rules.loader import RuleDefinitionError, load_rules, rule_of
from convexlint.rules.rule import Rule

_loaded: dict[str, tuple[tuple[str, ...], tuple[Rule, ...]]] = {}


def own_rules(folder: str) -> tuple[Rule, ...]:
    """The rules of a folder (absolute), sorted by name; loaded again when a file of it has changed.

    Raises RuleDefinitionError, whose text names the file and what is wrong with it.
    """
    state = tuple(folder_state(folder))
    known = _loaded.get(folder)
    if known is None or known[0] != state:
        known = _loaded[folder] = (state, _load(Path(folder)))
        loader.know(known[1])
    return known[1]


def folder_state(folder: str) -> list[str]:
    """Name, size and time of each file of a folder of rules, sorted. Raises RuleDefinitionError."""
    try:
        files = [path for path in sorted(Path(folder).iterdir()) if path.suffix in (".py", ".md")]
        stats = [(path, path.stat()) for path in files]
    except OSError as error:
        raise RuleDefinitionError(f"{folder}: {error.strerror or error}") from None
    return [f"{path.name} {status.st_size} {status.st_mtime_ns}" for path, status in stats]


def _load(folder: Path) -> tuple[Rule, ...]:
    built_in = {rule.name for rule in load_rules()}
    found: dict[str, Rule] = {}
    package = _package(folder)
    for file in sorted(folder.glob("*.py")):
        if file.name.startswith("_"):
            continue
        if not file.stem.isidentifier():
            raise RuleDefinitionError(
                f"{file}: the file of a rule is named like a Python module, with `_` for `-`"
            )
        rule = _rule(f"{package}.{file.stem}", file)
        if rule.name in built_in:
            raise RuleDefinitionError(
                f"{file}: convexlint has a rule {rule.name!r} of its own; choose another name"
            )
        found[rule.name] = rule
        register_card(rule.name, folder)
        try:
            load_card(rule.name)
        except CardError as error:
            raise RuleDefinitionError(f"{folder / f'{rule.name}.md'}: {error}") from None
    if not found:
        raise RuleDefinitionError(f"{folder}: there is no rule in this folder")
    return tuple(found[name] for name in sorted(found))


def _rule(module: str, file: Path) -> Rule:
    try:
        loaded = importlib.import_module(module)
    except Exception as error:
        line = getattr(error, "lineno", None)
        at = f"{file}:{line}" if isinstance(error, SyntaxError) and line else str(file)
        raise RuleDefinitionError(f"{at}: it cannot be loaded: {type(error).__name__}: {error}") from error
    rules = [value for value in vars(loaded).values() if isinstance(value, Rule)]
    category = rules[0].category if len(rules) == 1 else Category.META
    try:
        return rule_of(loaded, category.value)
    except RuleDefinitionError as error:
        raise RuleDefinitionError(f"{file}: {str(error).partition(': ')[2]}") from None


def _package(folder: Path) -> str:
    """A package of Python whose modules are the files of the folder, new each time."""
    name = f"convexlint_rules_{hashlib.blake2b(str(folder).encode(), digest_size=8).hexdigest()}"
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[loaded]
    importlib.invalidate_caches()
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return name
