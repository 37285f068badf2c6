"""All modules of a program and how their names reach each other: imports, re-exports, barrels."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from convexlint.config.settings import BuilderSetting
from convexlint.discovery.project import Project
from convexlint.facts import ir
from convexlint.program.model import Module
from convexlint.program.modules.exports import Exports, TypeTarget
from convexlint.program.modules.exports import Target as Target
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.walk import index_module
from convexlint.structs import Struct, field

_STAR = re.compile(rb"export(?<!\wexport)\s*(?:/[/*][\s\S]*)?\*")
GENERATED = ("_generated/server", "_generated/api", "_generated/dataModel")


class World(Struct, eq=False):
    """The modules by path, with lazily made indices. `focus`, `index_of`: see `ProgramInputs`. `on_index` is told of
    each module that is indexed, before anything else is asked of it; `on_read` of each question for an index, where
    somebody records what answers are made from. `generated(path, specifier)`: the generated module that an import means
    ("_generated/api"), "" for another project's, None where it means none of them; without it the text decides."""

    project: Project
    modules: Mapping[str, Module]
    resolve: Callable[[str, str], str | None]
    builders: Mapping[str, BuilderSetting] = field(default_factory=dict)
    auth_functions: tuple[str, ...] = ()
    auth_public: tuple[str, ...] = ()
    focus: frozenset[str] | None = None
    index_of: Callable[[ir.ModuleFacts], ModuleIndex] = index_module
    on_index: Callable[[Module], None] | None = None
    on_read: Callable[[str], None] | None = None
    generated: Callable[[str, str], str | None] | None = None
    _looked_at: tuple[Module, ...] | None = None
    _near: frozenset[str] | None = None
    _importing: dict[str, set[str]] | None = None
    _importers: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _renames: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    _indices: dict[str, ModuleIndex] = field(default_factory=dict)
    _exporting: Exports | None = None
    _types: dict[str, dict[str, ir.TypeDecl]] = field(default_factory=dict)
    _names: dict[str, Module] | None = None
    _specifiers: dict[tuple[str, str], Module | str] = field(default_factory=dict)

    def index(self, module: Module) -> ModuleIndex:
        if self.on_read is not None:
            self.on_read(module.path)
        found = self._indices.get(module.path)
        if found is None:
            found = self._indices[module.path] = self.index_of(module.facts)
            if self.on_index is not None:
                self.on_index(module)
        return found

    @property
    def indexed(self) -> tuple[Module, ...]:
        """The modules that somebody has asked about so far."""
        return tuple(self.modules[path] for path in self._indices)

    @property
    def importers_known(self) -> bool:
        """Whether somebody has asked which modules import which."""
        return self._importing is not None

    @property
    def looked_at(self) -> tuple[Module, ...]:
        """The modules whose places are collected: all; with a focus, the modules in it and all that import them,
        however far, since what they hand to a function of the focus says what happens in it."""
        if self._looked_at is None:
            self._looked_at = tuple(m for m in self.modules.values() if self.looks_at(m))
        return self._looked_at

    def look_at_too(self, modules: Iterable[Module]) -> None:
        """Take these modules for looked at, without those that import them."""
        if self.focus is not None:
            self._near = self.importers(self.focus).union(module.path for module in modules)
            self._looked_at = None

    def looks_at(self, module: Module) -> bool:
        """Whether it is one of `looked_at`."""
        if self.focus is None:
            return True
        if self._near is None:
            self._near = self.importers(self.focus)
        return module.path in self._near

    def importers(self, paths: frozenset[str]) -> frozenset[str]:
        """Those of the paths that are modules, and all modules that import one of them, however far."""
        known = self._importers.get(paths)
        if known is None:
            importing = self._all_importing()
            known = self._importers[paths] = self._reached(paths, lambda path: importing.get(path, set()))
        return known

    def importing(self, module: Module) -> list[Module]:
        """The modules that import it themselves, by path."""
        return [self.modules[path] for path in sorted(self._all_importing().get(module.path, ()))]

    def _all_importing(self) -> dict[str, set[str]]:
        if self._importing is None:
            self._importing = {}
            for path in self.modules:
                for target in self._imported(path):
                    self._importing.setdefault(target, set()).add(path)
        return self._importing

    def imports(self, paths: frozenset[str]) -> frozenset[str]:
        """Those of the paths that are modules, and all modules that they import, however far."""
        return self._reached(paths, self._imported)

    def _imported(self, path: str) -> set[str]:
        module = self.modules[path]
        targets = (self.specifier(module, specifier.text) for specifier in module.head.specifiers)
        return {target.path for target in targets if isinstance(target, Module)}

    def _reached(self, paths: frozenset[str], step: Callable[[str], set[str]]) -> frozenset[str]:
        found = {path for path in paths if path in self.modules}
        pending = list(found)
        while pending:
            fresh = step(pending.pop()) - found
            found |= fresh
            pending.extend(fresh)
        return frozenset(found)

    def importers_naming(self, module: Module, names: frozenset[str]) -> Iterator[Module]:
        """The module and its importers in whose text one of these exports of it may be named, by path: also where it
        is exported on under another name."""
        paths = sorted(self.importers(frozenset((module.path,))))
        importers = [self.modules[path] for path in paths]
        known = set(names)
        while True:
            fresh = {n for m in importers for old, n in self._renamed(m) if old in known} - known
            if not fresh:
                break
            known |= fresh
        words = None if "default" in known or not module.facts.exports else [n.encode() for n in known]
        for importer in importers:
            if importer is module or words is None or any(importer.holds(word) for word in words):
                yield importer

    def _renamed(self, module: Module) -> tuple[tuple[str, str], ...]:
        """What the module imports by one name and exports by another."""
        found = self._renames.get(module.path)
        if found is None:
            exports = module.facts.exports
            local = {e.binding: e.name for e in exports if not e.specifier}
            pairs = [(e.imported, e.name) for e in exports if e.specifier]
            pairs += [
                (name.imported, local[name.binding])
                for statement in module.facts.imports
                for name in statement.names
                if name.binding in local
            ]
            found = self._renames[module.path] = tuple((old, new) for old, new in pairs if old != new)
        return found

    def by_name(self, name: str) -> Module | None:
        """The module of the functions folder with that name ("a/b")."""
        if self._names is None:
            self._names = {m.name: m for m in self.modules.values() if not m.name.startswith("/")}
        return self._names.get(name)

    def specifier(self, module: Module, text: str) -> Module | str:
        """What an import specifier means: a module of the program, or a package name ("_generated/server" for
        generated files, wherever they lie; "" for a file that cannot be found)."""
        key = (module.path, text)
        found = self._specifiers.get(key)
        if found is None:
            found = self._specifiers[key] = self._specifier(module, text)
        return found

    def _specifier(self, module: Module, text: str) -> Module | str:
        if self.generated is not None:
            made = self.generated(module.path, text)
            if made is not None:
                return made
        plain = text
        for suffix in (".js", ".ts", ".mjs", ".d.ts"):
            plain = plain.removesuffix(suffix)
        for generated in GENERATED:
            if plain.endswith(generated):
                return "" if self._is_foreign(module, plain, generated) else generated
        path = self.resolve(module.path, text)
        if path is not None:
            target = self.modules.get(path)
            if target is not None:
                return target
            return ""
        return "" if text.startswith(".") else text

    def _is_foreign(self, module: Module, text: str, generated: str) -> bool:
        """Whether the generated `api` is that of another project: a component that names its app's functions."""
        if generated != "_generated/api" or not text.startswith("."):
            return False
        named = posixpath.normpath(posixpath.join(posixpath.dirname(module.path), text))
        return named != posixpath.join(self.project.functions_dir, generated)

    @property
    def _exports(self) -> Exports:
        if self._exporting is None:
            self._exporting = Exports(self)
        return self._exporting

    def export_names(self, module: Module) -> dict[str, Target]:
        """Every value export, through `export *` (which never carries the default export)."""
        return self._exports.names(module)

    def export(self, module: Module, name: str) -> Target | None:
        """Where the export `name` of `module` leads, through re-exports and barrels; None if there is
        none."""
        return self._exports.value(module, name)

    def has_open_star(self, module: Module) -> bool:
        """Some `export *` leads to a package or a file that is not in the program: any name may be
        exported."""
        return module.holds(_STAR) and any(
            e.kind == "star" and not isinstance(self.specifier(module, e.specifier), Module)
            for e in module.facts.exports
        )

    def type_export(self, module: Module, name: str) -> TypeTarget | None:
        """Where the exported type `name` is declared: a declaration, or a `Target` for classes and
        packages."""
        return self._exports.type(module, name)

    def local_type(self, module: Module, name: str) -> ir.TypeDecl | None:
        """The type alias or interface declared as `name` in `module`; inside of a function only where no other
        of the module has that name."""
        found = self._types.get(module.path)
        if found is None:
            names = Counter(t.name for t in module.facts.types)
            own = {t.name: t for t in module.facts.types if t.local and names[t.name] == 1}
            own.update((t.name, t) for t in module.facts.types if not t.local)
            found = self._types[module.path] = own
        return found.get(name)

    def follow(self, module: Module, binding: int) -> Target | None:
        """Where a binding is really defined (through imports)."""
        return self._exports.binding(module, binding)

    def constant(self, module: Module, ref: int) -> tuple[Module, ir.Expr] | None:
        """What is written behind `const name =`, here or in the module that the name is imported from, and where."""
        definition = self.index(module).definitions.get(ref)
        if definition is not None and definition.kind == "import":
            target = self.follow(module, ref)
            if target is None or target.module is None or target.binding < 0:
                return None
            module, ref = target.module, target.binding
        held = self.index(module).constant(ref)
        return None if held is None else (module, held)
