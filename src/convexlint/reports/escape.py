"""Making text safe to show: nothing that a linted file, its name or a message holds may steer a terminal."""

from __future__ import annotations

import re

# Control characters, the characters that reorder text (what is read is not what runs), invisible line ends,
# and halves of surrogate pairs: the latter stand for bytes that are not UTF-8.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


# What CI systems take for an order to them, at the start of a line of a log; colours may stand before it.
_ORDERS = ("::", "##[", "##vso[")
_AT_START = re.compile(rf"^((?:\x1b\[[0-9;]*m|[ \t])*)(?={'|'.join(map(re.escape, _ORDERS))})", re.MULTILINE)
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
_JSON = frozenset({"json", "sarif", "gitlab", "rdjson"})
_COLOURED = frozenset(
    {"text", "concise"}
)  # what these take from a source was made visible before it was painted


def steady(report: str, format_: str) -> str:
    """A whole report without anything that steers the program which shows it: in JSON as escapes, which change
    nothing for one that parses it; elsewhere made visible; and no line that a CI system takes for an order but those
    of the format `github`."""
    if format_ in _JSON:
        return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", report)
    if format_ not in _COLOURED:
        report = _STEERING.sub(_escape, report)
    if format_ == "github" or not any(order in report for order in _ORDERS):
        return report
    return _AT_START.sub(r"\1\\", report)


def visible(text: str) -> str:
    """`text` on one line with every unsafe character written as an escape: `\\x1b`, `\\u202e`."""
    return text if text.isprintable() else _UNSAFE.sub(_escape, text)


def visible_lines(text: str) -> list[str]:
    """The lines of a message of ours, each made visible; at least one."""
    if text.isprintable():
        return [text]
    return [visible(line) for line in re.split("\r\n?|\n", text)]


def encodable(text: str) -> str:
    """`text` without halves of surrogate pairs, so that it is valid UTF-8; `\\xff` for lost bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", _escape, text)
    return text


def encodable_json(text: str) -> str:
    """The same for the text of a JSON document, in which the escapes stand as text."""
    return re.sub("[\ud800-\udfff]", lambda match: "\\" + _escape(match), text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    named = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}.get(code)
    if named is not None:
        return named
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8, as Python decodes file names
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
