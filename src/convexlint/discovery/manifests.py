"""convex.json and package.json: where a project says that its functions folder is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from msgspec import Struct

from convexlint.discovery.project import ProjectProblem
from convexlint.reading import MAX_SETTING, read_regular

_SPACE = re.compile(r"[ \t\r\n]*")
DEPENDENCY_KEYS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


class ConvexJson(Struct, frozen=True):
    """What a convex.json says. `functions` is None where it names no folder (or none that can be used).
    `static_data_model`: `codegen.staticDataModel`, which lists tables and index names in generated files.
    `static_api`: `codegen.staticApi`, which lists the functions."""

    functions: str | None
    problems: tuple[ProjectProblem, ...] = ()
    static_data_model: bool = False
    static_api: bool = False


def read_package_json(path: str) -> dict[str, Any]:
    """The object in a package.json; empty where it cannot be read (npm, not we, must complain)."""
    try:
        found = json.loads(read_regular(path, MAX_SETTING))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def dependency(package: dict[str, Any], name: str) -> str | None:
    """The version range that a package.json gives for the package `name`."""
    for key in DEPENDENCY_KEYS:
        section = package.get(key)
        if isinstance(section, dict) and isinstance(section.get(name), str):
            return str(section[name])
    return None


def offers_component(package: dict[str, Any]) -> bool:
    """Whether a package is published, and exports a convex.config for apps to mount."""
    exports = package.get("exports")
    named = isinstance(exports, dict) and any("convex.config" in str(name) for name in exports)
    return named and package.get("private") is not True


def read_convex_json(path: str) -> ConvexJson:
    """Read a convex.json as Convex does: strict JSON, unknown keys let through."""
    try:
        data = read_regular(path, MAX_SETTING)
    except OSError as error:
        return _broken(
            path, 0, 0, f"convex.json cannot be read ({error.strerror}); the default folder is used"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _broken(path, error.start, error.end, "convex.json is not UTF-8; the default folder is used")
    try:
        found = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as raised:
        wrong = _as_before_3_13(raised)
        at = len(text[: wrong.pos].encode())
        end = len(text[: wrong.pos + 1].encode())
        what = f"convex.json is not valid JSON: {wrong.msg}"
        if text[wrong.pos : wrong.pos + 2] in ("//", "/*"):
            what = "convex.json is not valid JSON: comments are not allowed"
        elif text.startswith("\ufeff"):
            what, at, end = "convex.json is not valid JSON: it starts with a byte order mark", 0, 3
        return _broken(path, at, end, f"{what}; the default folder is used")
    except (ValueError, RecursionError) as error:
        return _broken(path, 0, 0, f"convex.json is not valid JSON: {error}; the default folder is used")
    if not isinstance(found, dict):
        return _broken(path, 0, len(data), "convex.json must hold an object; the default folder is used")
    codegen = found.get("codegen")
    static = isinstance(codegen, dict) and codegen.get("staticDataModel") is True
    listed = isinstance(codegen, dict) and codegen.get("staticApi") is True
    if "functions" not in found:
        return ConvexJson(None, static_data_model=static, static_api=listed)
    functions = found["functions"]
    if isinstance(functions, str) and functions.strip():
        return ConvexJson(functions, static_data_model=static, static_api=listed)
    start, end = member_span(text, "functions")
    return _broken(
        path,
        start,
        end,
        f'"functions" in convex.json must be the path of a folder, not {_describe(functions)}; '
        "the default folder is used",
    )


def _as_before_3_13(error: json.JSONDecodeError) -> json.JSONDecodeError:
    """Python 3.13 blames the trailing comma, earlier ones what follows it: one place and text for all."""
    if not error.msg.startswith("Illegal trailing comma"):
        return error
    text, at = error.doc, error.pos + 1
    while at < len(text) and text[at].isspace():
        at += 1
    closing = text[at : at + 1]
    what = "Expecting value" if closing == "]" else "Expecting property name enclosed in double quotes"
    return json.JSONDecodeError(what, text, at)


def member_span(text: str, key: str) -> tuple[int, int]:
    """Byte offsets of the value of the member `key` of the JSON object `text` (the last one of that name)."""
    span = (0, 0)
    for name, start, end in _members(text):
        if name == key:
            span = (len(text[:start].encode()), len(text[:end].encode()))
    return span


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    decoder = json.JSONDecoder()
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = decoder.raw_decode(text, start)
        yield name, start, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _describe(value: object) -> str:
    if isinstance(value, str):
        return "an empty string"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    return "an array" if isinstance(value, list) else "an object"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


def _broken(path: str, start: int, end: int, message: str) -> ConvexJson:
    return ConvexJson(None, (ProjectProblem(path, start, end, message),))
