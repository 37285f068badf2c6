"""The values of string, template and number literals, as JavaScript reads them."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9A-Fa-f_]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|(\r\n|[\s\S]))"
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_CONTINUATIONS = frozenset({"\r\n", "\n", "\r", "\u2028", "\u2029"})
_PAIR = re.compile(r"([\ud800-\udbff])([\udc00-\udfff])")
_LONE = re.compile(r"[\ud800-\udfff]")


def unescape(raw: str) -> str:
    """The value of a string's inner text. A lone surrogate becomes U+FFFD: UTF-8 cannot hold it."""
    if "\\" not in raw:
        return raw
    value = _ESCAPE.sub(_escaped, raw)
    if _LONE.search(value):
        value = _LONE.sub("\ufffd", _PAIR.sub(_joined, value))
    return value


def _joined(match: re.Match[str]) -> str:
    high, low = ord(match[1]), ord(match[2])
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _escaped(match: re.Match[str]) -> str:
    braced, four, two, octal, other = match.groups()
    if other is not None:
        return "" if other in _CONTINUATIONS else _SIMPLE.get(other, other)
    if octal is not None:
        return chr(int(octal, 8))
    code = int((braced or four or two).replace("_", "") or "0", 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def number(text: str) -> float | None:
    """The value of a numeric literal; None for a bigint (`1n`) or text that is not a number."""
    text = text.replace("_", "").lower()
    base = {"0x": 16, "0o": 8, "0b": 2}.get(text[:2])
    try:
        if base is not None:
            return None if text.endswith("n") else _float(int(text[2:], base))
        if text.endswith("n"):
            return None
        if len(text) > 1 and text[0] == "0" and all(digit in "01234567" for digit in text):
            return _float(int(text, 8))
        return float(text)
    except ValueError:
        return None


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")
