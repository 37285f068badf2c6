"""The packages that are known, and what each kind of question about one is answered with."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import packages
from convexlint.program.evaluation.package import Package, PackageTable
from convexlint.program.evaluation.values import External, ExternalResult, Frame, MadeFunction, RefPath, Value

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_NOTHING = Package(())


class PackageDefinitionError(Exception):
    """A file of `packages/` is not as it has to be."""


@cache
def known() -> Mapping[str, Package]:
    """All packages by each of their names."""
    found: dict[str, Package] = {}
    for info in sorted(pkgutil.iter_modules(packages.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{packages.__name__}.{info.name}")
        package = getattr(module, "PACKAGE", None)
        if not isinstance(package, Package):
            raise PackageDefinitionError(f"{module.__name__}: a file about a package defines `PACKAGE`")
        for name in package.names:
            if name in found:
                raise PackageDefinitionError(f"{module.__name__}: another file is about {name!r}")
            found[name] = package
    return found


@cache
def package_of(specifier: str) -> Package:
    """What is known of the package that an import specifier means: by the longest name that it begins with."""
    found = known()
    name = specifier
    while name:
        package = found.get(name)
        if package is not None:
            return package
        name = name.rpartition("/")[0]
    return _NOTHING


@cache
def external(specifier: str, path: tuple[str, ...]) -> Value:
    """An `External`, or the reference root that a generated `api` module exports."""
    if specifier == "_generated/api" and path and path[0] in ("api", "internal", "components"):
        return RefPath(path[0], path[1:])
    constant = package_of(specifier).constants.get((specifier, path))
    return External(specifier, path) if constant is None else constant


def _last(path: tuple[str, ...]) -> str:
    return path[-1] if path else ""


def call(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    """The result of calling (or constructing) something of a package."""
    calls = package_of(target.package).calls
    for name in (_last(target.path), ""):
        handler = calls.get(name)
        found = None if handler is None else handler(ev, module, node, target, frame)
        if found is not None:
            return found
    return ExternalResult(target, module, node.args, frame)


def method(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value:
    """The result of calling a member of something that a package made: `workflow.define(...)`, `vv.id("t")`."""
    source = target.source
    handler = package_of(source.package).methods.get(_last(source.path))
    found = None if handler is None else handler(ev, module, node, target, frame)
    if found is not None:
        return found
    made = ExternalResult(source, module, node.args, frame, (*target.path, "()"))
    return made_function(ev, made) or made


def callback_params(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, position: int
) -> tuple[Value, ...]:
    """What a function given to a package's function receives."""
    handler = package_of(target.package).callbacks.get((_last(target.path), position))
    return () if handler is None else handler(ev, module, node)


def method_callback_params(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, position: int
) -> tuple[Value, ...]:
    """Callbacks of things that packages made: `triggers.register("t", async (ctx, change) => ...)`."""
    known_ones = package_of(target.source.package).method_callbacks
    handler = known_ones.get((_last(target.source.path), _steps(target.path), position))
    return () if handler is None else handler(ev, module, node)


def property_params(
    ev: Evaluator, module: Module, target: ExternalResult, key: str, config: ir.Object
) -> tuple[Value, ...]:
    """What functions inside a config object of a package receive: workflow handlers, migrations."""
    known_ones = package_of(target.source.package).properties
    source = _last(target.source.path)
    handler = known_ones.get((source, _last(target.path), key)) or known_ones.get((source, "", key))
    return () if handler is None else handler(ev, module, config)


def _steps(path: tuple[str, ...]) -> str:
    """The members and calls of what a package made, as text: `hookAPI().getRateLimit`."""
    return ".".join(path).replace(".()", "()")


def made_function(ev: Evaluator, value: Value) -> MadeFunction | None:
    """The Convex function that a value of a known package is: `signIn` of `convexAuth(...)`; None for all else."""
    if isinstance(value, MadeFunction):
        return value
    if not isinstance(value, ExternalResult) or not value.path or not value.source.path:
        return None
    package, name = package_of(value.source.package), value.source.path[-1]
    making = package.making.get(name)
    if making is not None:
        return making(ev, value)
    made = package.makes.get(f"{name}.{_steps(value.path)}")
    return MadeFunction(*made) if made is not None else None


def tables(value: Value) -> tuple[str, Mapping[str, PackageTable]] | None:
    """(the package's name, its tables) where `value` is what adds a package's tables to a schema."""
    source = value.source if isinstance(value, ExternalResult) else value
    if not isinstance(source, External) or len(source.path) != 1:
        return None
    package = package_of(source.package)
    found = package.tables.get(source.path[0])
    return None if found is None else (package.names[0], found)


@cache
def read_by_packages(name: str) -> frozenset[tuple[str, str]]:
    """(table, index) that the code of the package with this name reads by, also where the project defines such a
    table itself."""
    return frozenset(
        (table, index)
        for brought in package_of(name).tables.values()
        for table, description in brought.items()
        for index in description.indexes
    )


@cache
def identity_names() -> frozenset[str]:
    """What the functions of known packages are called that read who is calling."""
    return frozenset(name for package in known().values() for name in package.identity)
