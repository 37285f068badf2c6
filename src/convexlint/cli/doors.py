"""Words that are not commands of ours, but that people who come from other tools type: what they mean here."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Sequence
from difflib import get_close_matches

_MEANT = {
    "explain": "rule",
    "rules": "rule --all",
    "lint": "check",
    "run": "check",
    "scan": "check",
    "fix": "check --fix",
    "version": "--version",
    "lsp": "server",
    "watch": "check --watch",
    "graph": "model",
    "settings": "config",
}
_GLOB = frozenset("*?[{")


def what_to_type(words: Sequence[str], commands: Collection[str]) -> str:
    """What to answer to a command line that begins with no command, as words behind "there is no command ...; "."""
    first, rest = words[0], words[1:]
    if first == "help":
        known = [word for word in rest if word in commands]
        return _mean(f"convexlint {known[0]} --help" if known else "convexlint --help")
    if first in _MEANT:
        return _mean(_line(_MEANT[first], rest))
    if _is_path(first):
        return _mean(_line("check", words))
    if "-" in first and _is_rule(first):
        return _mean(_line("rule", words))
    nearest = get_close_matches(first, commands, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"the commands are {', '.join(commands)}"


def option_of_check(name: str) -> bool:
    """Whether `check` has the option, which was given without a command."""
    from convexlint.cli.check import command

    return any(name in (*one.opts, *one.secondary_opts) for one in command.params)


def _mean(line: str) -> str:
    return f"did you mean `{line}`?"


def _line(command: str, words: Sequence[str]) -> str:
    return " ".join(["convexlint", command, *map(shlex.quote, words)])


def _is_path(word: str) -> bool:
    return os.path.lexists(word) or "/" in word or os.sep in word or bool(_GLOB.intersection(word))


def _is_rule(word: str) -> bool:
    from convexlint.rules.loader import catalogue

    return catalogue().named(word) is not None
