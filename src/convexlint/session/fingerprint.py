"""What a finding is known by from run to run, though lines above it come and go."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from convexlint.discovery.listing import real, relative
from convexlint.findings import Diagnostic

_LINE_END = re.compile(rb"[\r\n]")


def fingerprints(
    diagnostics: Iterable[Diagnostic],
    source_of: Callable[[str], bytes],
    root_of: Callable[[str], str],
    renamed: Mapping[str, str] | None = None,
) -> list[str]:
    """The fingerprints of diagnostics (in their final order): 32 hexadecimal digits each.

    Made from rule, path, function, the text of the finding's line without white space, and the ordinal among
    equals of the whole run. The path is that from the repository's root, so that it does not matter where that
    lies or from where it is linted. A finding with a deed takes all of them from the deed: which of its
    callers comes first does not matter.

    `renamed`: real paths of files, and those by which they went before: then as they would have been there.
    """
    seen: Counter[tuple[str, str, str, bytes]] = Counter()
    made = []
    paths: dict[str, str] = {}
    for diagnostic in diagnostics:
        finding = diagnostic.finding
        place = finding.deed or finding
        path = paths.get(place.path)
        if path is None:
            there = renamed.get(real(place.path), place.path) if renamed else place.path
            path = relative(there, root_of(place.path))
            paths[place.path] = path
        function = place.function or ""
        if renamed and function:
            function = _old_name(function, place.path, renamed)
        line = _line(source_of(place.path), place.span.start)
        key = (diagnostic.rule, path, function, b"".join(line.split()))
        text = b"\0".join([*(part.encode("utf-8", "surrogateescape") for part in key[:3]), key[3]])
        digest = hashlib.sha256(text + b"\0%d" % seen[key]).hexdigest()[:32]
        seen[key] += 1
        made.append(digest)
    return made


def _old_name(function: str, path: str, renamed: Mapping[str, str]) -> str:
    """The path of a registered function before files were renamed; it begins with its module's."""
    module, colon, name = function.rpartition(":")
    own = real(path)
    candidates = [(own, renamed[own])] if own in renamed else []
    for new, old in (*candidates, *renamed.items()):
        stem = _stem(new)
        if stem == module or stem.endswith("/" + module):
            folder = stem[: len(stem) - len(module)]
            before = _stem(old)
            if before.startswith(folder):
                return f"{before[len(folder) :]}{colon}{name}"
            return function
    return function


def _stem(path: str) -> str:
    return path[: -len(Path(path).suffix)] if Path(path).suffix else path


def _line(source: bytes, offset: int) -> bytes:
    start = max(source.rfind(b"\n", 0, offset), source.rfind(b"\r", 0, offset)) + 1
    end = _LINE_END.search(source, offset)
    return source[start : end.start() if end else len(source)]
