"""What is wrong with a source before it has a meaning: bytes that are not text, and syntax errors."""

from __future__ import annotations

from convexlint.syntax.tree import Node

_SHOWN = 30


def decode_problem(source: bytes) -> tuple[int, str] | None:
    """Offset and description of the first byte that is not UTF-8; None when all of it is text."""
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start, f"byte 0x{source[error.start]:02x} is not valid UTF-8 ({error.reason})"
    return None


def first_problem(root: Node, source: bytes) -> tuple[int, int, str] | None:
    """(start, end, message) of the first syntax error under `root`; None when there is none.

    Walks only along branches that hold an error, with a stack: trees may be thousands of levels deep.
    """
    if not root.has_error:
        return None
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_missing:
            return node.start_byte, node.end_byte, f"missing `{node.type}`"
        if node.is_error:
            if _is_bare_ampersand(node, source):
                continue
            return _unexpected(node, source)
        stack.extend(child for child in reversed(node.children) if child.has_error)
    return None


def _is_bare_ampersand(node: Node, source: bytes) -> bool:
    """JSX text may hold `&` without an entity (`Terms & Conditions`); the grammar takes it for an error."""
    if source[node.start_byte : node.start_byte + 1] != b"&":
        return False
    parent = node.parent
    for _ in range(2):
        if parent is not None and parent.type.startswith("jsx_"):
            return True
        parent = parent.parent if parent is not None else None
    return False


def _unexpected(node: Node, source: bytes) -> tuple[int, int, str]:
    """An ERROR node holds what was skipped; its first word is what a reader should look at."""
    start = node.start_byte
    end = node.end_byte
    while start < end and source[start : start + 1].isspace():
        start += 1
    text = source[start:end].decode("utf-8", "replace").split("\n", 1)[0].strip("\ufeff ").strip()
    if not text:
        where = "end of file" if start >= len(source.rstrip()) else "character"
        return start, end, f"unexpected {where}"
    word = text.split(None, 1)[0][:_SHOWN]
    return start, min(end, start + len(word.encode("utf-8"))), f"unexpected `{word}`"
