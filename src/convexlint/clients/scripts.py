"""The code of a client's file: all of it, the script blocks of Svelte and Vue, the front matter of Astro.

What is no code is blanked, so that places in the code are places in the file.
"""

from __future__ import annotations

import re

COMPONENTS = (".svelte", ".vue", ".astro")
MAX_BYTES = 400_000
MAX_MEAN_LINE = 400
"""Longer files, and files whose lines are longer in the mean, were not written by a person."""

_SCRIPT = re.compile(
    rb"<script\b(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>(?P<code>.*?)</script\s*>",
    re.DOTALL | re.IGNORECASE,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_FRONT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*---[ \t]*\r?\n(?P<code>.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE
)
_NO_CODE = re.compile(rb"\btype\s*=\s*[\"'](?!module|text/javascript|text/typescript)", re.IGNORECASE)
_TYPED = re.compile(rb"\blang\s*=\s*[\"']?(?:ts|typescript)\b", re.IGNORECASE)
_BLANK = bytes(byte if byte in b"\r\n" else 0x20 for byte in range(256))


def is_written(source: bytes) -> bool:
    """Whether a person wrote it, as far as size and lines tell: not a bundle, and no data."""
    size = len(source)
    return size <= MAX_BYTES and (size < 5_000 or size / (source.count(b"\n") + 1) <= MAX_MEAN_LINE)


def code_of(path: str, source: bytes) -> tuple[str, bytes]:
    """The code of a file, of the same length as the file, and a name whose ending says which grammar reads it."""
    if not path.endswith(COMPONENTS):
        return path, source
    hidden = _COMMENT.sub(lambda match: match[0].translate(_BLANK), source)
    spans, typed = [], False
    front = _FRONT.match(source) if path.endswith(".astro") else None
    if front is not None:
        spans.append(front.span("code"))
        typed = True
    start = front.end() if front is not None else 0
    for match in _SCRIPT.finditer(hidden, start):
        if _NO_CODE.search(match["attributes"]) is None:
            spans.append(match.span("code"))
            typed = typed or _TYPED.search(match["attributes"]) is not None
    parts, at = [], 0
    for begin, end in spans:
        parts += [source[at:begin].translate(_BLANK), source[begin:end]]
        at = end
    parts.append(source[at:].translate(_BLANK))
    return f"{path}{'.ts' if typed else '.jsx'}", b"".join(parts)
