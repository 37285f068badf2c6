"""The code of a client's file: all of it, the script blocks of Svelte and Vue, the front matter of Astro.

What is not code is blanked, so that places in the code are places in the file.
"""

from __future__ import annotations

import re

COMPONENTS = (".svelte", ".vue", ".astro")
MAX_BYTES = 400_000
MAX_MEAN_LINE = 400
"""Longer files, and files whose lines are longer in the mean, were not written by a person."""

_OPEN = re.compile(
    rb"<script\b(?P<attributes>(?:[^>\"']|\"[^\"]{0,300}\"|'[^']{0,300}'){0,150})>", re.IGNORECASE
)
_CLOSE = re.compile(rb"</script\s*>", re.IGNORECASE)
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
    hidden = _without_comments(source)
    spans, typed = [], False
    front = _FRONT.match(source) if path.endswith(".astro") else None
    if front is not None:
        spans.append(front.span("code"))
        typed = True
    start = front.end() if front is not None else 0
    # Each search goes on where the last one ended: however often a tag is opened, the text is walked once.
    while (opened := _OPEN.search(hidden, start)) is not None:
        closed = _CLOSE.search(hidden, opened.end())
        if closed is None:
            break
        start = closed.end()
        if _NO_CODE.search(opened["attributes"]) is None:
            spans.append((opened.end(), closed.start()))
            typed = typed or _TYPED.search(opened["attributes"]) is not None
    parts, at = [], 0
    for begin, end in spans:
        parts += [source[at:begin].translate(_BLANK), source[begin:end]]
        at = end
    parts.append(source[at:].translate(_BLANK))
    return f"{path}{'.ts' if typed else '.jsx'}", b"".join(parts)


def _without_comments(source: bytes) -> bytes:
    parts, at = [], 0
    while (begin := source.find(b"<!--", at)) >= 0 and (end := source.find(b"-->", begin)) >= 0:
        parts += [source[at:begin], source[begin : end + 3].translate(_BLANK)]
        at = end + 3
    return b"".join((*parts, source[at:]))
