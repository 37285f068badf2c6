"""From an import's specifier to the module's file on disk, as esbuild and TypeScript find it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from convexlint.discovery.ignore import repository_root
from convexlint.discovery.listing import NEVER_ENTERED, Listing, ancestors, base, inside, join, normal, parent
from convexlint.discovery.manifests import read_package_json
from convexlint.discovery.packages import mapped, split_package, workspace_packages
from convexlint.discovery.project import Project, Role
from convexlint.discovery.roles import DECLARATIONS, EXTENSIONS, GENERATED_FOLDER, role_of
from convexlint.discovery.tsconfig import Aliases, read_aliases

GENERATED = ("server", "api", "dataModel")

_ALIASES = {"$lib": ("src/lib/",), **dict.fromkeys(("@", "~", "~~", "@@"), ("src/", "", "app/"))}
_NUXT_API = "#convex/api"  # what convex-nuxt calls the generated api

EVERY_MODULE = "*"
"""A specifier that nobody writes: all modules below the importing file's folder, a path from there on each line."""

_MOST_MODULES = 500

# A module that is written `./x.js` may stand on disk as its TypeScript source.
_SOURCES_OF = {".js": (".ts", ".tsx"), ".jsx": (".tsx", ".ts"), ".mjs": (".mts",), ".cjs": (".cts",)}

_SAY = ("tsconfig.json", "jsconfig.json", "package.json")

# Never a folder `convex/` of ours, whatever baseUrl says.
_PACKAGE_ENTRIES = frozenset(f"convex/{name}" for name in ("server", "values", "browser", "react", "nextjs"))


class Resolver:
    """Resolves the imports of one project's program. Remembers every answer and every folder listing."""

    def __init__(self, project: Project, listing: Listing | None = None) -> None:
        self._functions_dir = project.functions_dir
        # Also what an editor has not saved yet.
        self._modules = frozenset(file.path for file in project.files)
        self._listing = listing if listing is not None else Listing()
        self._top = repository_root(project.functions_dir, self._listing)
        self._answers: dict[tuple[str, str], str | None] = {}
        self._generated: dict[tuple[str, str, bool], str | None] = {}
        self._of_clients: dict[tuple[str, str], str | None] = {}
        self._named: dict[tuple[str, str], tuple[str, ...]] = {}
        self._scopes: dict[str, str] = {}
        self._aliases: dict[str, Aliases | None] = {}
        self._packages: dict[str, str] | None = None

    def resolve(self, from_path: str, specifier: str) -> str | None:
        """The absolute path of the module that `specifier` means in the file `from_path`; None where that is
        no source file on disk outside node_modules. Declarations count only when they are generated."""
        folder = parent(from_path)
        key = (
            folder if specifier.startswith(".") or specifier == EVERY_MODULE else self._scope(folder),
            specifier,
        )
        if key not in self._answers:
            self._answers[key] = self._resolve(*key)
        return self._answers[key]

    def generated_kind(self, from_path: str, specifier: str) -> str | None:
        """ "server", "api" or "dataModel" where `specifier` means that generated module, on disk or not.

        Relative specifiers must lead to this project's `_generated/` ("server" may be another's: it has the
        same builders); for aliases that lead nowhere the ending decides.
        """
        stem = _without_extension(specifier)
        head, _, kind = stem.rpartition("/")
        if kind not in GENERATED or base(head) != GENERATED_FOLDER:
            return None
        folder = parent(from_path)
        if specifier.startswith("."):
            places = [normal(join(folder, head))]
        else:
            places = [parent(path) for path in self._candidates(folder, specifier)]
            places = [place for place in places if self._listing.has_folder(parent(place))]
        own = join(self._functions_dir, GENERATED_FOLDER)
        if not places or own in places or kind == "server":
            return kind
        # Some alias leads to a `_generated/`: another project's api and tables are not ours.
        return None if any(base(place) == GENERATED_FOLDER for place in places) else kind

    def of_client(self, from_path: str, specifier: str) -> str | None:
        """What `resolve` says in a file around the project; where it knows nothing, what bundlers and frameworks mean
        by their usual aliases, which no tsconfig.json has to hold: `$lib/x`, `@/x`, `~/x`."""
        key = (parent(from_path), specifier)
        if key not in self._of_clients:
            self._of_clients[key] = self._of_client(from_path, specifier)
        return self._of_clients[key]

    def _of_client(self, from_path: str, specifier: str) -> str | None:
        found = self.resolve(from_path, specifier)
        head, slash, rest = specifier.partition("/")
        places = _ALIASES.get(head, ())
        if found is not None or not slash or not places:
            return found
        home = next(
            (f for f in ancestors(parent(from_path)) if self._listing.has_file(join(f, "package.json"))), None
        )
        for place in places if home is not None else ():
            found = self.resolve(join(home or "", "package.json"), f"./{place}{rest}")
            if found is not None:
                return found
        return None

    def package_of(self, path: str) -> str | None:
        """The name of the package of the workspace that a file lies in."""
        for folder in ancestors(parent(path)):
            if self._listing.has_file(join(folder, "package.json")):
                found = (name for name, home in self._workspace_packages().items() if home == folder)
                return next(found, None)
        return None

    def heads_into(self, folder: str, tsconfigs: Iterable[str]) -> tuple[str, ...]:
        """What imports begin with that lead into a folder by the `paths` of some tsconfig.json ("@convex/")."""
        found: dict[str, None] = {}
        for path in tsconfigs:
            aliases = self._aliases_in(parent(path))
            for pattern, targets in aliases.paths if aliases is not None else ():
                if any(inside(normal(target.partition("*")[0]), folder) for target in targets):
                    found[pattern.partition("*")[0]] = None
        return tuple(found)

    def generated_module(self, from_path: str, specifier: str, *, alone: bool) -> str | None:
        """The generated module of this project that `specifier` means in a file around it, as "_generated/api": also
        through a package that exports it. "": another project's, or one of whom nobody knows, where the project is not
        `alone`. None: it means none."""
        key = (parent(from_path), specifier, alone)
        if key not in self._generated:
            self._generated[key] = self._generated_module(from_path, specifier, alone)
        return self._generated[key]

    def _generated_module(self, from_path: str, specifier: str, alone: bool) -> str | None:
        if specifier == _NUXT_API:
            return f"{GENERATED_FOLDER}/api" if alone else ""
        own = join(self._functions_dir, GENERATED_FOLDER)
        stem = _without_extension(specifier)
        head, _, kind = stem.rpartition("/")
        if kind in GENERATED and base(head) == GENERATED_FOLDER:
            if not alone and not specifier.startswith("."):
                places = [parent(path) for path in self._candidates(parent(from_path), specifier)]
                return f"{GENERATED_FOLDER}/{kind}" if own in places else ""
            found = self.generated_kind(from_path, specifier)
            return "" if found is None else f"{GENERATED_FOLDER}/{found}"
        if specifier.startswith("."):
            return None
        paths = (path for path in self._candidates(parent(from_path), specifier) if parent(path) == own)
        found_path = next(paths, None)
        return None if found_path is None else f"{GENERATED_FOLDER}/{_without_extension(base(found_path))}"

    def _resolve(self, folder: str, specifier: str) -> str | None:
        if specifier == EVERY_MODULE:
            found_all = sorted(islice(self._below(folder, ""), _MOST_MODULES + 1))
            return "\n".join(found_all) if len(found_all) <= _MOST_MODULES else None
        for path in self._candidates(folder, specifier):
            found = self._file(path)
            if found is not None and "/node_modules/" not in found:
                return found
        return None

    def _candidates(self, folder: str, specifier: str) -> Sequence[str]:
        """Absolute paths that `specifier` may stand for, best first."""
        specifier = specifier.partition("?")[0]
        if specifier in (".", "..") or specifier.startswith(("./", "../")):
            return [normal(join(folder, specifier))]
        key = (self._scope(folder), specifier)
        if key not in self._named:
            self._named[key] = tuple(self._places(*key))
        return self._named[key]

    def _scope(self, folder: str) -> str:
        """The nearest folder that has a say in what names of packages and aliases mean: for all below it up to the next
        one they mean the same."""
        if folder not in self._scopes:
            self._scopes[folder] = next(above for above in ancestors(folder) if self._has_say(above))
        return self._scopes[folder]

    def _has_say(self, folder: str) -> bool:
        outermost = folder == self._top or parent(folder) == folder
        return outermost or any(self._listing.has_file(join(folder, name)) for name in _SAY)

    def _places(self, folder: str, specifier: str) -> list[str]:
        if not specifier or specifier.startswith("/") or ":" in specifier:
            return []
        if specifier.startswith("#"):
            return self._package_imports(folder, specifier)
        if specifier in _PACKAGE_ENTRIES:
            return []
        found: list[str] = []
        nearest = True
        for above in ancestors(folder):
            aliases = self._aliases_in(above)
            if aliases is not None:
                # The nearest tsconfig.json rules; the ones above it are asked for aliases only, since a
                # convex/tsconfig.json often leaves out what its package declares.
                found.extend(aliases.by_paths(specifier))
                if nearest:
                    found.extend(aliases.by_base_url(specifier))
                nearest = False
            if above == self._top:
                break
        return found + self._workspace(folder, specifier)

    def _aliases_in(self, folder: str) -> Aliases | None:
        if folder not in self._aliases:
            path = join(folder, "tsconfig.json")
            if not self._listing.has_file(path):
                path = join(folder, "jsconfig.json")
            known = self._listing.has_file(path)
            self._aliases[folder] = read_aliases(path, self._listing) if known else None
        return self._aliases[folder]

    def _package_imports(self, folder: str, specifier: str) -> list[str]:
        for above in ancestors(folder):
            if self._listing.has_file(join(above, "package.json")):
                table = read_package_json(join(above, "package.json")).get("imports")
                targets = mapped(specifier, table) if isinstance(table, dict) else []
                return [normal(join(above, one)) for one in targets if one.startswith("./")]
            if above == self._top:
                break
        return []

    def _workspace(self, folder: str, specifier: str) -> list[str]:
        name, rest = split_package(specifier)
        home = self._workspace_packages().get(name)
        if home is None:
            return []
        package = read_package_json(join(home, "package.json"))
        targets = mapped(rest, package["exports"]) if "exports" in package else []
        if not targets and rest == ".":
            mains = (package.get(key) for key in ("module", "main", "types"))
            targets = [one for one in mains if isinstance(one, str)]
        return [normal(join(home, one)) for one in (*targets, rest)]

    def _workspace_packages(self) -> dict[str, str]:
        if self._packages is None:
            self._packages = {}
            for above in ancestors(self._functions_dir):
                for name, folder in workspace_packages(above, self._listing).items():
                    self._packages.setdefault(name, folder)
                if above == self._top or not inside(above, self._top):
                    break
        return self._packages

    def _below(self, folder: str, prefix: str) -> Iterator[str]:
        entries = self._listing.folder(folder)
        for name in entries.files:
            if role_of(prefix + name) is Role.MODULE:
                yield prefix + name
        for name in entries.folders:
            if name not in (GENERATED_FOLDER, *NEVER_ENTERED) and name not in entries.links:
                yield from self._below(join(folder, name), f"{prefix}{name}/")

    def _file(self, path: str) -> str | None:
        """The source that `path` means: itself, its TypeScript source, with an extension, or an index."""
        if path.endswith(EXTENSIONS) and not path.endswith(DECLARATIONS) and self._exists(path):
            return path
        stem, dot, ending = path.rpartition(".")
        for extension in _SOURCES_OF.get(f"{dot}{ending}", ()):
            if self._exists(stem + extension):
                return stem + extension
        for extension in EXTENSIONS:
            if self._exists(path + extension):
                return path + extension
        if base(parent(path)) == GENERATED_FOLDER:
            declaration = f"{_without_extension(path)}.d.ts"
            if self._exists(declaration):
                return declaration
        if self._listing.has_folder(path):
            for extension in EXTENSIONS:
                index = f"{path}/index{extension}"
                if self._exists(index):
                    return index
        return None

    def _exists(self, path: str) -> bool:
        return path in self._modules or self._listing.has_file(path)


def _without_extension(path: str) -> str:
    for extension in (*DECLARATIONS, *EXTENSIONS):
        if path.endswith(extension):
            return path[: -len(extension)]
    return path
