"""The settings in force and where each came from, for `convexlint config`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from convexlint.config.settings import Option, RuleSetting, Settings
from convexlint.findings import Level
from convexlint.reports.escape import encodable, visible
from convexlint.reports.paint import Line


class _Rule(msgspec.Struct):
    level: str
    options: dict[str, Option]
    origin: str


class _Builder(msgspec.Struct):
    kind: str
    visibility: str
    authenticated: bool


class _PerFile(msgspec.Struct):
    glob: str
    rules: dict[str, _Rule]


class _Settings(msgspec.Struct, rename="kebab"):
    base: str
    files: list[str]
    fail_on: str
    exclude: list[str]
    rules: dict[str, _Rule]
    per_file: list[_PerFile]
    builders: dict[str, _Builder]
    auth: dict[str, list[str]]
    clients: dict[str, list[str]]


def settings_json(settings: Settings) -> str:
    """The settings as JSON, with the keys of the config file where there is one."""
    data = _Settings(
        base=encodable(settings.base),
        files=[encodable(path) for path in settings.files],
        fail_on=_level(settings.fail_on, "never"),
        exclude=list(settings.exclude),
        rules=_rules(settings.rules),
        per_file=[_PerFile(glob, _rules(rules)) for glob, rules in settings.per_file],
        builders={
            name: _Builder(builder.kind, builder.visibility, builder.authenticated)
            for name, builder in sorted(settings.builders.items())
        },
        auth={"functions": list(settings.auth_functions), "public": list(settings.auth_public)},
        clients={"paths": list(settings.client_paths)},
    )
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def settings_text(settings: Settings) -> list[Line]:
    """The settings for people: general ones, then every rule with level, options and origin."""
    general = [
        ("config files", ", ".join(settings.files) or "none"),
        ("globs start at", settings.base),
        ("fail-on", _level(settings.fail_on, "never")),
        ("exclude", ", ".join(settings.exclude)),
        ("auth functions", ", ".join(settings.auth_functions)),
        ("auth public", ", ".join(settings.auth_public)),
        ("client paths", ", ".join(settings.client_paths)),
    ]
    lines: list[Line] = [[(f"{name:<16}", "path"), (visible(value), "")] for name, value in general if value]
    for name, builder in sorted(settings.builders.items()):
        checked = ", authenticated" if builder.authenticated else ""
        lines.append(
            [
                ("builder         ", "path"),
                (f"{visible(name)}: {builder.visibility} {builder.kind}{checked}", ""),
            ]
        )
    lines += [[], *_rule_lines(settings.rules)]
    for glob, rules in settings.per_file:
        lines += [[], [(f"in {visible(glob)}", "path")], *_rule_lines(rules)]
    return lines


def _rules(rules: Mapping[str, RuleSetting]) -> dict[str, _Rule]:
    return {
        name: _Rule(
            _level(setting.level, "off"), dict(sorted(setting.options.items())), encodable(setting.origin)
        )
        for name, setting in sorted(rules.items())
    }


def _rule_lines(rules: Mapping[str, RuleSetting]) -> list[Line]:
    longest = max((len(name) for name in rules), default=0)
    lines: list[Line] = []
    for name, setting in sorted(rules.items()):
        level = _level(setting.level, "off")
        options = "".join(
            f"  {key} = {msgspec.json.encode(value).decode()}"
            for key, value in sorted(setting.options.items())
        )
        lines.append(
            [
                (f"{visible(name):<{longest}}  ", ""),
                (f"{level:<7}", level if setting.level else "dim"),
                (f"  {visible(setting.origin)}", "dim"),
                (visible(options), ""),
            ]
        )
    return lines


def _level(level: Level | None, absent: str) -> str:
    return absent if level is None else level.value
