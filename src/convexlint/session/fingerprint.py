"""What a finding is known by from run to run, though lines above it come and go."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable

from convexlint.discovery.listing import relative
from convexlint.findings import Diagnostic

_LINE_END = re.compile(rb"[\r\n]")


def fingerprints(
    diagnostics: Iterable[Diagnostic],
    source_of: Callable[[str], bytes],
    root_of: Callable[[str], str],
) -> list[str]:
    """The fingerprints of diagnostics (in their final order): 32 hexadecimal digits each.

    Made from rule, path, function, the text of the finding's line without white space, and the ordinal among
    equals of the whole run. The path is that from the project's root, so that it does not matter where the
    project lies or from where it is linted. A finding with a deed takes all of them from the deed: which of its
    callers comes first does not matter.
    """
    seen: Counter[tuple[str, str, str, bytes]] = Counter()
    made = []
    paths: dict[str, str] = {}
    for diagnostic in diagnostics:
        finding = diagnostic.finding
        place = finding.deed or finding
        path = paths.get(place.path)
        if path is None:
            path = relative(place.path, root_of(place.path))
            paths[place.path] = path
        line = _line(source_of(place.path), place.span.start)
        key = (diagnostic.rule, path, place.function or "", b"".join(line.split()))
        text = b"\0".join([*(part.encode("utf-8", "surrogateescape") for part in key[:3]), key[3]])
        digest = hashlib.sha256(text + b"\0%d" % seen[key]).hexdigest()[:32]
        seen[key] += 1
        made.append(digest)
    return made


def _line(source: bytes, offset: int) -> bytes:
    start = max(source.rfind(b"\n", 0, offset), source.rfind(b"\r", 0, offset)) + 1
    end = _LINE_END.search(source, offset)
    return source[start : end.start() if end else len(source)]
