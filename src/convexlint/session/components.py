"""The components that an app mounts, as far as its references need them: what their packages and modules say.

Everything is read through `Files` and the resolver, so that a kept lint knows of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

from convexlint.discovery.listing import ancestors, base, join, normal, parent
from convexlint.discovery.packages import mapped, split_package
from convexlint.discovery.resolve import EVERY_MODULE
from convexlint.facts.lowered import Lowered
from convexlint.facts.parallel import Item
from convexlint.program.mounted import ComponentSource
from convexlint.session.files import Files
from convexlint.syntax import decode_problem

_CONFIG = "convex.config"
_REFERENCE = re.compile(rb"\bcomponents\b")
_MAX_READ = 4_000_000  # bytes of one generated file


def mounted_components(
    config: str,
    specifiers: Iterable[str],
    sources: Iterable[bytes],
    files: Files,
    resolve: Callable[[str, str], str | None],
    lower: Callable[[list[Item]], list[Lowered]],
) -> tuple[ComponentSource, ...]:
    """What the imports of the `convex.config` at `config` mean that name the config of a component, each by its
    specifier; none where no source refers into a component."""
    naming = [source for source in sources if b"components" in source]
    if not any(_REFERENCE.search(source) for source in naming):
        return ()
    reader = _Reader(files, resolve, lower, naming)
    found = (reader.component(config, text) for text in dict.fromkeys(specifiers) if _is_config(text))
    return tuple(one for one in found if one is not None)


def _is_config(specifier: str) -> bool:
    stem = specifier.removesuffix(".js").removesuffix(".ts")
    return stem == _CONFIG or stem.endswith(f"/{_CONFIG}")


class _Reader:
    def __init__(
        self,
        files: Files,
        resolve: Callable[[str, str], str | None],
        lower: Callable[[list[Item]], list[Lowered]],
        naming: list[bytes],
    ) -> None:
        self._files = files
        self._resolve = resolve
        self._lower = lower
        self._naming = naming

    def component(self, config: str, specifier: str) -> ComponentSource | None:
        own = self._resolve(config, specifier)
        if own is not None:
            return ComponentSource(specifier, self._lowered(own), None, self._modules(own))
        if specifier.startswith("."):
            return None
        path = self._in_packages(config, specifier)
        if path is None:
            return None
        made = self._lowered(path)
        types = self._lowered(join(parent(path), "_generated/component.d.ts"))
        return None if made is None else ComponentSource(specifier, made, types, {})

    def _modules(self, config: str) -> Mapping[str, Lowered | None]:
        """The modules of a component in the repository, by name; None for those that no source can name."""
        found: dict[str, Lowered | None] = {}
        for file in (self._resolve(config, EVERY_MODULE) or "").splitlines():
            name = file.rpartition(".")[0]
            words = [part.encode() for part in name.split("/")]
            named = any(all(word in source for word in words) for source in self._naming)
            found[name] = self._lowered(join(parent(config), file)) if named else None
        return found

    def _in_packages(self, config: str, specifier: str) -> str | None:
        """The config of a component in an installed package, as JavaScript."""
        name, rest = split_package(specifier)
        for folder in ancestors(parent(config)):
            if base(folder) == "node_modules":
                continue
            home = join(folder, f"node_modules/{name}")
            content = self._files.read(join(home, "package.json"))
            if isinstance(content, bytes):
                return self._exported(home, content, rest)
        return None

    def _exported(self, home: str, package: bytes, rest: str) -> str | None:
        try:
            read = json.loads(package)
        except (ValueError, RecursionError):
            return None
        table = read.get("exports") if isinstance(read, dict) else None
        targets = mapped(rest, table) if table is not None else [f"{rest.removesuffix('.js')}.js"]
        return next((normal(join(home, one)) for one in targets if one.endswith(".js")), None)

    def _lowered(self, path: str) -> Lowered | None:
        content = self._files.read(path)
        if not isinstance(content, bytes) or len(content) > _MAX_READ or decode_problem(content) is not None:
            return None
        return self._lower([(path, content)])[0]
