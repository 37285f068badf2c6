"""Lines made of styled pieces, and their way to text: plain for pipes and files, coloured for terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Piece = tuple[str, str]
"""Text and the name of its style; the empty name is not a style."""

Line = Sequence[Piece]

_STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "path": "bold",
    "rule": "bold",
    "dim": "dim",
    "added": "green",
    "removed": "red",
    "good": "green",
}


def plain(lines: Iterable[Line]) -> str:
    """The text alone."""
    return "".join(["".join([text for text, _ in line]) + "\n" for line in lines])


def coloured(lines: Iterable[Line]) -> str:
    """The text with ANSI colours (the sixteen that every terminal has, so that its theme decides).

    Pieces are painted one by one and never read as markup, so `[key]` in code survives; nothing is wrapped.
    """
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {name: Style.parse(style) for name, style in _STYLES.items()}
    plain_style = Style.null()
    return "".join(
        "".join(
            styles.get(style, plain_style).render(text, color_system=ColorSystem.STANDARD)
            for text, style in line
        )
        + "\n"
        for line in lines
    )
