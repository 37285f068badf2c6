"""The settings in force and where each came from, for `convexlint config`."""

from __future__ import annotations

import msgspec

from convexlint.config.globs import setting_for
from convexlint.config.settings import Option, RuleSetting, Settings
from convexlint.findings import Level
from convexlint.reports.escape import encodable, visible
from convexlint.reports.paint import Line


class _Rule(msgspec.Struct):
    level: str
    origin: str
    options: dict[str, Option]
    option_origins: dict[str, str]


class _Builder(msgspec.Struct):
    kind: str
    visibility: str
    authenticated: bool


class _PerFile(msgspec.Struct):
    glob: str
    rules: list[str]


class _Settings(msgspec.Struct, rename="kebab"):
    base: str
    files: list[str]
    fail_on: str
    baseline: str | None
    exclude: list[str]
    convex_version: str | None
    rules: dict[str, _Rule]
    per_file: list[_PerFile]
    builders: dict[str, _Builder]
    auth: dict[str, list[str]]
    clients: dict[str, list[str]] | bool
    against: str | None
    evolution: dict[str, list[str]]


def settings_json(settings: Settings, file: str | None = None) -> str:
    """The settings as JSON, with the keys of the config file where there is one.

    `rules` is what holds in `file` (absolute) when given, else where no `[per-file]` entry matches.
    """
    data = _Settings(
        base=encodable(settings.base),
        files=[encodable(path) for path in settings.files],
        fail_on=_level(settings.fail_on, "never"),
        baseline=None if settings.baseline is None else encodable(settings.baseline),
        exclude=list(settings.exclude),
        convex_version=_version(settings),
        rules={name: _rule(setting) for name, setting in _rules(settings, file)},
        per_file=[_PerFile(glob, sorted(parts)) for glob, parts in settings.per_file],
        builders={
            name: _Builder(builder.kind, builder.visibility, builder.authenticated)
            for name, builder in sorted(settings.builders.items())
        },
        auth={"functions": list(settings.auth_functions), "public": list(settings.auth_public)},
        clients={"paths": list(settings.client_paths)} if settings.clients else False,
        against=settings.against,
        evolution={"allow": list(settings.may_change)},
    )
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def settings_text(
    functions_dir: str, settings: Settings, file: str | None = None, *, all_: bool = False
) -> list[Line]:
    """The settings for people: general ones, then every rule with level, origin and options (see above)."""
    general = [
        ("settings for", file or functions_dir),
        ("config files", ", ".join(settings.files) or "none"),
        ("globs start at", settings.base),
        ("fail-on", _level(settings.fail_on, "never")),
        ("baseline", settings.baseline or ""),
        ("exclude", ", ".join(settings.exclude)),
        ("convex-version", _version(settings) or ""),
        ("per-file", ", ".join(glob for glob, _ in settings.per_file)),
        ("auth functions", ", ".join(settings.auth_functions)),
        ("auth public", ", ".join(settings.auth_public)),
        ("client paths", ", ".join(settings.client_paths) if settings.clients else "false"),
        ("against", settings.against or ""),
        ("may change", ", ".join(settings.may_change)),
    ]
    for name, builder in sorted(settings.builders.items()):
        checked = ", authenticated" if builder.authenticated else ""
        general.append(("builder", f"{name}: {builder.visibility} {builder.kind}{checked}"))
    lines: list[Line] = [[(f"{name:<16}", "path"), (visible(value), "")] for name, value in general if value]
    every = _rules(settings, file)
    rules = [one for one in every if _differs(one[1])]
    if all_:
        rules += [one for one in every if not _differs(one[1])]
    longest = max((len(name) for name, _ in rules), default=0)
    origins = max((len(setting.origin) for _, setting in rules), default=0)
    lines.append([])
    for name, setting in rules:
        level = _level(setting.level, "off")
        lines.append(
            [
                (f"{name:<{longest}}  ", ""),
                (f"{level:<7}", level if setting.level else "dim"),
                (f"  {visible(setting.origin):<{origins if setting.options else 0}}", "dim"),
                (_options(setting), ""),
            ]
        )
    if len(rules) < len(every):
        rest = len(every) - len(rules)
        as_preset = "rule is as its preset has it" if rest == 1 else "rules are as their preset has them"
        lines.append([(f"{rest} {as_preset} (--all lists them too).", "dim")])
    return lines


def _differs(setting: RuleSetting) -> bool:
    """Whether somebody set the rule, and not a preset."""
    origins = (setting.origin, *setting.option_origins.values())
    return any(not origin.startswith(("preset ", "default")) for origin in origins)


def _rules(settings: Settings, file: str | None) -> list[tuple[str, RuleSetting]]:
    if file is None:
        return sorted(settings.rules.items())
    return [(name, setting_for(settings, name, file)) for name in sorted(settings.rules)]


def _rule(setting: RuleSetting) -> _Rule:
    return _Rule(
        level=_level(setting.level, "off"),
        origin=encodable(setting.origin),
        options={_key(name): value for name, value in sorted(setting.options.items())},
        option_origins={
            _key(name): encodable(origin) for name, origin in sorted(setting.option_origins.items())
        },
    )


def _version(settings: Settings) -> str | None:
    return None if settings.convex_version is None else ".".join(map(str, settings.convex_version))


def _options(setting: RuleSetting) -> str:
    """`  prefix = "by_" (convexlint.toml:7)` for each option; the origin where it is not at its default."""
    parts = []
    for name, value in sorted(setting.options.items()):
        origin = setting.option_origins.get(name)
        words = f"{_key(name)} = {msgspec.json.encode(value).decode()}"
        parts.append(words if origin in (None, setting.origin) else f"{words} ({origin})")
    return visible("".join(f"  {part}" for part in parts))


def _key(name: str) -> str:
    return name.replace("_", "-")


def _level(level: Level | None, absent: str) -> str:
    return absent if level is None else level.value
