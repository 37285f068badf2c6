"""Config files on disk: which one counts, and its table with the line of every key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from convexlint.config.lines import Path as KeyPath
from convexlint.config.lines import key_lines
from convexlint.config.settings import ConfigError
from convexlint.reading import MAX_SETTING, read_regular

FILE_NAME = "convexlint.toml"
_TOOL: KeyPath = ("tool", "convexlint")


@dataclass(frozen=True)
class Document:
    """One config table. `shown` is the file as errors name it; `within` leads to the table in the file."""

    path: Path
    shown: str
    table: Mapping[str, Any]
    lines: Mapping[KeyPath, int]
    within: KeyPath = ()

    def line(self, key: KeyPath) -> int:
        """The line of `key`, or of the nearest table around it."""
        full = (*self.within, *key)
        while full and full not in self.lines:
            full = full[:-1]
        return self.lines.get(full, 1)

    def place(self, key: KeyPath) -> str:
        """`file:line` of `key`."""
        return f"{self.shown}:{self.line(key)}"

    def error(self, key: KeyPath, what: str) -> ConfigError:
        """A ConfigError that names the place and the key."""
        return ConfigError(f"{self.place(key)}: {dotted(key)}: {what}")


def dotted(key: KeyPath) -> str:
    """`key` as TOML writes it."""
    return ".".join(part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"' for part in key)


def nearest(word: str, words: list[str]) -> str:
    """`; did you mean "..."?` for the valid word nearest to `word`, or nothing."""
    from difflib import get_close_matches  # few runs ask, and starting fast is part of the contract

    found = get_close_matches(word, words, n=1, cutoff=0.5)
    return f'; did you mean "{found[0]}"?' if found else ""


def find_config(functions_dir: str) -> Document | None:
    """The nearest config file from the functions folder upwards; convexlint.toml wins in one folder."""
    start = Path(functions_dir)
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return read_document(folder / FILE_NAME)
        if (folder / "pyproject.toml").is_file():
            found = _read_pyproject(folder / "pyproject.toml")
            if found is not None:
                return found
    return None


def read_document(path: Path) -> Document:
    """Read a config file; a pyproject.toml must have a [tool.convexlint] table.

    Raises ConfigError with the place of what is wrong.
    """
    if path.name == "pyproject.toml":
        found = _read_pyproject(path)
        if found is None:
            raise ConfigError(f"{show(path)}: there is no [tool.convexlint] table in this file")
        return found
    text = _read(path)
    return Document(path, show(path), _parse(text, path), key_lines(text))


def show(path: Path) -> str:
    """`path` relative to the working folder when inside it, with `/`."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def parse_shipped(name: str, text: str) -> Document:
    """A preset that ships with convexlint, named `name`."""
    return Document(Path(f"{name}.toml"), f"preset {name}", tomli.loads(text), key_lines(text))


def _read_pyproject(path: Path) -> Document | None:
    text = _read(path)
    if "convexlint" not in text:
        return None
    whole = _parse(text, path)
    tool = whole.get("tool")
    if not isinstance(tool, dict) or "convexlint" not in tool:
        return None
    lines = key_lines(text)
    table = tool["convexlint"]
    if not isinstance(table, dict):
        raise ConfigError(f"{show(path)}:{lines.get(_TOOL, 1)}: tool.convexlint: must be a table")
    return Document(path, show(path), table, lines, _TOOL)


def _read(path: Path) -> str:
    try:
        return read_regular(path, MAX_SETTING).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{show(path)}: not UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise ConfigError(f"{show(path)}: cannot be read: {error.strerror}") from None


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message, _, at = str(error).rpartition(" (at ")
        line = re.match(r"line (\d+)", at)
        number = int(line[1]) if line else max(1, len(text.splitlines()))
        raise ConfigError(f"{show(path)}:{number}: invalid TOML: {message or error}") from None
    except RecursionError:
        raise ConfigError(f"{show(path)}:1: invalid TOML: nested too deeply") from None
