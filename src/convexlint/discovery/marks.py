"""By what a functions folder is known: cheap tests of names first, of bytes only where names say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.discovery.ignore import git_root
from convexlint.discovery.listing import Listing, ancestors, base, inside, join, normal, parent
from convexlint.discovery.manifests import (
    ConvexJson,
    dependency,
    member_span,
    read_convex_json,
    read_package_json,
)
from convexlint.discovery.project import ProjectProblem
from convexlint.discovery.roles import EXTENSIONS, GENERATED_FOLDER, is_source, is_test
from convexlint.reading import MAX_LOCK, read_regular

_GENERATED_STEMS = frozenset({"api", "server", "dataModel", "component"})
_CONFIG_NAMES = tuple(f"convex.config{extension}" for extension in EXTENSIONS)

_GENERIC = "query|mutation|action|internalQuery|internalMutation|internalAction|httpAction"
_BUILDERS = frozenset(_GENERIC.split("|")) | frozenset(f"{name}Generic" for name in _GENERIC.split("|"))
_IMPORT = re.compile(
    rb"""(?:import\s*(?P<names>\{[^{}]*\})\s*from|(?:const|let|var)\s*(?P<required>\{[^{}]*\})\s*=\s*require\()\s*"""
    rb"""["'](?P<source>convex/server|[^"'\n]*_generated/server)(?:\.[jt]s)?["']"""
)
_DEFAULT_EXPORT = re.compile(
    rb"(?:^|;[ \t]*)(?:export\s+default\b|export\s*\{[^{}]*\bas\s+default\b|(?:module\.)?exports\s*(?:\.default\s*)?=)",
    re.M,
)
_SERVER_NAMES = re.compile(
    rb"""(\{[^{}]*\}|\*\s*as\s+\w+)\s*(?:from|=\s*require\()\s*["']convex/server["']"""
)
_DEFAULT = re.compile(
    rb"^(?:export\s+default\s+|module\.exports\s*=\s*|exports\.default\s*=\s*)([\w$.]+)|"
    rb"^export\s*\{[^{}]*?(?<![\w$])([\w$]+)\s+as\s+default\b",
    re.M,
)
_COMPONENT_CALL = re.compile(rb"\bdefineComponent\s*(?:<[^<>]*>\s*)?\(")
_COMMENT = re.compile(rb"^[ \t]*/\*(?:.*?\*/|.*\Z)", re.M | re.S)
_NAME = re.compile(r"(?:^|,)\s*(?!type\s)([\w$]+)(?:(?:\s+as\s+|\s*:\s*)([\w$]+))?\s*(?=,|$)")


class Marks:
    """Answers questions about single folders and files; everything read is remembered."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self._convex_json: dict[str, ConvexJson | None] = {}
        self._owners: dict[str, tuple[str, ...]] = {}

    def convex_json(self, folder: str) -> ConvexJson | None:
        """The convex.json in `folder`, if there is one."""
        if folder not in self._convex_json:
            path = join(folder, "convex.json")
            self._convex_json[folder] = read_convex_json(path) if self.listing.has_file(path) else None
        return self._convex_json[folder]

    def static_data_model(self, root: str) -> bool:
        """Whether the convex.json of the project asks for generated files that list tables and index names."""
        found = self.convex_json(root)
        return found is not None and found.static_data_model

    def static_api(self, root: str) -> bool:
        """Whether it asks for generated files that list the functions."""
        found = self.convex_json(root)
        return found is not None and found.static_api

    def named_by(self, root: str) -> str | None:
        """The functions folder that the convex.json or package.json in `root` stands for, if it is there.

        A folder `convex/` beside a package.json that asks for the package `convex` counts without a
        convex.json, unless all that it holds is client code.
        """
        names = self.listing.folder(root).names
        found = self.convex_json(root)
        if found is not None and found.functions is not None:
            named = self._path_of(root, found.functions)
            if self._is_within(root, named) and self.listing.has_folder(named):
                return named
        if found is None and "package.json" not in names:
            return None
        package = read_package_json(join(root, "package.json"))
        default = "src/convex" if dependency(package, "react-scripts") else "convex"
        folder = join(root, default)
        if not self.listing.has_folder(folder):
            return None
        if found is not None:
            return folder
        if dependency(package, "convex") is None or self.is_client_code(folder):
            return None
        return folder

    def missing_folder(self, root: str) -> tuple[ProjectProblem, ...]:
        """A problem where the convex.json in `root` names a folder that is not there, or not in the repository."""
        found = self.convex_json(root)
        if found is None or found.functions is None:
            return ()
        named = self._path_of(root, found.functions)
        if not self._is_within(root, named):
            why = "which lies outside of the repository"
        elif not self.listing.has_folder(named):
            why = "which is not a folder"
        else:
            return ()
        path = join(root, "convex.json")
        start, end = member_span(read_bytes(path).decode(), "functions")
        message = f'"functions" in convex.json names "{found.functions}", {why}; the default folder is used'
        return (ProjectProblem(path, start, end, message),)

    def _is_within(self, root: str, named: str) -> bool:
        """Whether the folder belongs to the repository around `root`; without git, whether it lies below `root` or
        beside it. Nobody walks through other folders because a repository says so."""
        top = git_root(root, self.listing)
        if top is not None:
            return inside(named, top)
        return (inside(named, parent(root)) and not inside(root, named)) or named == root

    def _path_of(self, root: str, functions: str) -> str:
        return normal(join(root, functions))

    def is_marked(self, folder: str) -> bool:
        """Whether names alone make `folder` a functions folder: `_generated/` or a `convex.config.*`."""
        entries = self.listing.folder(folder)
        if any(name in entries.names for name in _CONFIG_NAMES):
            return True
        return GENERATED_FOLDER in entries.folders and self._is_generated(join(folder, GENERATED_FOLDER))

    def is_nested_component(self, folder: str) -> bool:
        """Whether Convex leaves `folder`, met inside a functions folder, to a component of its own."""
        return "convex.config.ts" in self.listing.folder(folder).names

    def is_component(self, folder: str) -> bool:
        """Whether the folder's convex.config defines a component (and not an app)."""
        names = self.listing.folder(folder).names
        return any(
            _COMPONENT_CALL.search(read_bytes(join(folder, name))) for name in _CONFIG_NAMES if name in names
        )

    def owners(self, folder: str) -> tuple[str, ...]:
        """The functions folders that the sources directly in `folder` speak of by their content, sorted."""
        if folder not in self._owners:
            found = set()
            for name in self.listing.folder(folder).files:
                if is_source(name) and not is_test(name):
                    owner = self._owner(folder, name)
                    if owner is not None:
                        found.add(owner)
            self._owners[folder] = tuple(sorted(found))
        return self._owners[folder]

    def _owner(self, folder: str, name: str) -> str | None:
        data = read_bytes(join(folder, name))
        if b"convex/server" not in data and b"_generated/server" not in data:
            return None
        data = _COMMENT.sub(b"", data)
        if name in ("schema.ts", "schema.js") and exports_schema(data):
            return None if self._is_library(folder) else folder
        source = registers_with(data)
        if source is None or (source == "convex/server" and self._is_library(folder)):
            return None
        if source.startswith("."):
            generated = normal(join(folder, parent(source)))
            return parent(generated)
        above = ancestors(folder)
        if source != "convex/server":
            # An alias such as "@/backend/_generated/server": the folder before `_generated` tells the name.
            wanted = source.split("/")[-3] if source.count("/") > 1 else "convex"
        else:
            wanted = "convex"
        return next((one for one in above if base(one) == wanted), folder)

    def _is_library(self, folder: str) -> bool:
        """Whether the nearest package is one that others install, made for convex: what it registers is pushed by
        no matter who installs it. A folder `convex/` is a project all the same."""
        home = next(
            (one for one in ancestors(folder) if self.listing.has_file(join(one, "package.json"))), None
        )
        if home is None or self.convex_json(home) is not None:
            return False
        if "convex" in folder[len(home) :].split("/"):
            return False
        package = read_package_json(join(home, "package.json"))
        peers = package.get("peerDependencies")
        is_built = any(key in package for key in ("main", "module", "exports", "types"))
        return is_built and isinstance(peers, dict) and "convex" in peers

    def _is_generated(self, folder: str) -> bool:
        """Whether `_generated/` is Convex's: other tools (and test helpers) use the name as well."""
        entries = self.listing.folder(folder)
        if not entries.files and not entries.folders:
            return True
        return (
            any(name.split(".")[0] in _GENERATED_STEMS for name in entries.files) or "ai" in entries.folders
        )

    def is_client_code(self, folder: str) -> bool:
        """Whether a folder of the default name holds code of a client: no mark, and `convex/react` in it."""
        if self.is_marked(folder) or folder in self.owners(folder):
            return False
        sources = [name for name in self.listing.folder(folder).files if is_source(name)]
        return any(b"convex/react" in read_bytes(join(folder, name)) for name in sources)


def made_with(data: bytes, maker: str) -> tuple[int, int] | None:
    """Where the source `data` calls `maker` of convex/server for what it exports by default, (start, end) of the name.

    A test of bytes: an import of the maker, a call of it in a statement at the top level, and a default export. A
    call inside of a function, and a file that exports a `maker` of its own, are none.
    """
    for match in _IMPORT.finditer(data):
        if match["source"] != b"convex/server" or _DEFAULT_EXPORT.search(data) is None:
            continue
        for imported, local in _imported(match):
            if imported != maker:
                continue
            word = re.escape(local.encode())
            statement = (
                rb"^(?:export\s+default\s+|(?:export\s+)?(?:const|let|var)\s+[^=\n]*=\s*|(?:module\.)?exports[^=\n]*=\s*)"
                rb"(?:[\w.]+\(\s*)*(" + word + rb")\s*(?:<[^>()]*>)?\("
            )
            found = re.search(statement, data, re.M)
            if found is not None:
                return found.start(1), found.end(1)
    return None


def exports_schema(data: bytes) -> bool:
    """Whether the default export of the source `data` is a schema that convex/server's `defineSchema` makes.

    A test of bytes, not of syntax: a call inside of a function is none of the module's own.
    """
    makers = [
        maker
        for match in _SERVER_NAMES.finditer(data)
        for maker in _schema_makers(match[1].decode("utf-8", "replace"))
    ]
    for default in _DEFAULT.finditer(data) if makers else ():
        name = default[1] or default[2]
        made = rb"^(?:export\s+)?(?:const|let|var)\s+" + re.escape(name) + rb"\b[^=\n]*=\s*"
        for maker in makers:
            call = re.escape(maker.encode()) + rb"\s*(?:<[^;]*?>)?\s*\("
            if name == maker.encode() or re.search(made + call, data, re.M):
                return True
    return False


def _schema_makers(clause: str) -> Iterator[str]:
    """What an import clause of convex/server calls `defineSchema`."""
    if clause.startswith("*"):
        yield f"{clause.split()[-1]}.defineSchema"
        return
    for name in _NAME.finditer(
        re.sub(r"/\*(?:.*?\*/|.*\Z)|//[^\n]*", "", clause, flags=re.S).strip("{} \t\r\n")
    ):
        if name[1] == "defineSchema":
            yield name[2] or name[1]


def registers_with(data: bytes) -> str | None:
    """The module whose builders the source `data` registers functions with at its top level, if any.

    A test of bytes, not of syntax: an import of a builder, and a line that starts a definition with it.
    """
    for match in _IMPORT.finditer(data):
        source = match["source"].decode("utf-8", "replace")
        for imported, local in _imported(match):
            if imported not in _BUILDERS or (source == "convex/server" and not imported.endswith("Generic")):
                continue
            word = re.escape(local.encode())
            definition = (
                rb"^(?:export\s+default\s+|(?:export\s+)?(?:const|let|var)\s[^=\n]*=\s*|module\.exports[^=\n]*=\s*)"
                rb"(?:[\w.]+\(\s*)?" + word + rb"\s*[(,]"
            )
            if re.search(definition, data, re.M):
                return source
    return None


def _imported(match: re.Match[bytes]) -> Iterator[tuple[str, str]]:
    """The names that an import brings: (as exported, as called here)."""
    clause = (match["names"] or match["required"]).decode("utf-8", "replace")
    for name in _NAME.finditer(
        re.sub(r"/\*(?:.*?\*/|.*\Z)|//[^\n]*", "", clause, flags=re.S).strip("{} \t\r\n")
    ):
        yield name[1], name[2] or name[1]


def read_bytes(path: str) -> bytes:
    """The bytes of a file, none where it cannot be read: a test of content then says no."""
    try:
        return read_regular(path, MAX_LOCK)
    except (OSError, ValueError):
        return b""
