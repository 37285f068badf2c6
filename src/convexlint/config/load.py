"""`load_settings`: presets, config files and the command line merged into the settings of one project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from convexlint.config.catalogue import Catalogue, RuleSpec
from convexlint.config.files import Document, find_config, nearest, parse_shipped, read_document
from convexlint.config.reader import Layer, read_layer
from convexlint.config.settings import ConfigError, Overrides, RuleSetting, Settings
from convexlint.findings import Level

MAX_EXTENDED = 100
"""Files that one file may extend, directly or through others."""

_SHIPPED = Path(__file__).parent / "presets"

COMPUTED = ("recommended", "strict", "all", "none")


class Home(Protocol):
    """What config must know of a project."""

    @property
    def root(self) -> str: ...
    @property
    def functions_dir(self) -> str: ...


def load_settings(
    catalogue: Catalogue,
    project: Home,
    *,
    config: str | None = None,
    isolated: bool = False,
    overrides: Overrides | None = None,
    own: Callable[[str], tuple[RuleSpec, ...]] | None = None,
) -> Settings:
    """The settings in force for `project`: command line over `[per-file]` over `[rules]` over presets.

    `config`: the file of --config, used in place of the one found. `isolated`: read no file. `own`: loads the rules
    of a folder that `rule-paths` names; it may raise ConfigError. Without it none is loaded.
    Raises ConfigError, whose text names file, line, key and the nearest valid name.
    """
    if config is not None and isolated:
        raise ConfigError("--config and --isolated cannot be used together")
    document = None if isolated else _document(project, config)
    folders: list[str] = []
    read = cache(
        read_document
    )  # a file that is extended is asked for twice: for own rules, then for settings
    if document is not None:
        catalogue, folders = _with_own(catalogue, document, own, read)
    merge = _Merge(catalogue, read, tuple(folders))
    if document is not None:
        merge.add(document, ())
    base = project.root if document is None else document.path.parent.as_posix()
    return _with_overrides(merge.settings(base), catalogue, overrides or Overrides())


def preset_names() -> tuple[str, ...]:
    """Every name that `extends` knows, sorted."""
    return tuple(sorted({*COMPUTED, *(path.stem for path in _SHIPPED.glob("*.toml"))}))


def _document(project: Home, config: str | None) -> Document | None:
    if config is None:
        return find_config(project.functions_dir)
    path = Path(os.path.normpath(Path.cwd() / config))
    if not path.is_file():
        raise ConfigError(f"--config {config}: there is no such file")
    return read_document(path)


def _with_own(
    catalogue: Catalogue,
    document: Document,
    own: Callable[[str], tuple[RuleSpec, ...]] | None,
    read: Callable[[Path], Document],
) -> tuple[Catalogue, list[str]]:
    """The catalogue with the team's own rules, and their folders: of this file and of all that it extends."""
    folders: list[str] = []
    specs: dict[str, RuleSpec] = {}
    waiting, seen = [document], set[Path]()
    while waiting and len(seen) < MAX_EXTENDED:
        one = waiting.pop(0)
        if one.path in seen:
            continue
        seen.add(one.path)
        for entry in _words(one, "rule-paths"):
            folder = Path(os.path.normpath(one.path.parent / entry))
            if folder.as_posix() in folders:
                continue
            if not folder.is_dir():
                raise one.error(("rule-paths",), f'there is no folder "{entry}"')
            try:
                found = own(folder.as_posix()) if own is not None else ()
            except ConfigError as error:
                raise one.error(("rule-paths",), str(error)) from None
            for spec in found:
                if spec.name in specs:
                    raise one.error(("rule-paths",), f'two folders have a rule "{spec.name}"')
                specs[spec.name] = spec
            folders.append(folder.as_posix())
        targets = (Path(os.path.normpath(one.path.parent / name)) for name in _words(one, "extends"))
        waiting += [read(path) for path in targets if path.suffix == ".toml" and path.is_file()]
    if not specs:
        return catalogue, folders
    return Catalogue(tuple(sorted((*catalogue.rules, *specs.values()), key=lambda rule: rule.name))), folders


def _words(document: Document, key: str) -> list[str]:
    """The strings of a list at the top of a config file; what is wrong with it is told where it is read."""
    value = document.table.get(key)
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


class _Merge:
    """Settings as they grow, layer over layer. The ground is `recommended`."""

    def __init__(
        self, catalogue: Catalogue, read: Callable[[Path], Document], rule_paths: tuple[str, ...] = ()
    ) -> None:
        """`rule_paths`: the folders of the own rules that are in the catalogue."""
        self._rule_paths = rule_paths
        self._read = read
        self._catalogue = catalogue
        self._rules = {
            rule.name: RuleSetting(rule.level, False, _defaults(rule), "preset recommended")
            for rule in catalogue.rules
        }
        self._layer = Layer()
        self._files: list[str] = []

    def add(self, document: Document, chain: tuple[Path, ...]) -> None:
        """Lay what `document` extends, then its own words. `chain`: the files that lead here."""
        path = document.path.resolve()
        if len(self._files) >= MAX_EXTENDED:
            raise document.error(
                ("extends",), f"leads to more than {MAX_EXTENDED} files, one twice counted twice"
            )
        layer = read_layer(document, self._catalogue)
        self._files.append(path.as_posix())
        for name in layer.extends or ():
            if name.endswith(".toml") or "/" in name:
                target = Path(os.path.normpath(document.path.parent / name))
                if target.resolve() in (*chain, path):
                    raise document.error(("extends",), f'"{name}" extends itself through this file')
                if not target.is_file():
                    raise document.error(("extends",), f'there is no file "{name}"')
                self.add(self._read(target), (*chain, path))
            elif name in preset_names():
                self.add_preset(name)
            else:
                raise document.error(
                    ("extends",), f'unknown preset "{name}"{nearest(name, list(preset_names()))}'
                )
        self._lay(layer)

    def add_preset(self, name: str) -> None:
        """Lay a preset over what stands. A computed one settles every rule, level and options."""
        if name in COMPUTED:
            for rule in self._catalogue.rules:
                self._rules[rule.name] = RuleSetting(
                    _preset_level(name, rule), False, _defaults(rule), f"preset {name}"
                )
        source = _SHIPPED / f"{name}.toml"
        if not source.is_file():
            return
        document = parse_shipped(name, source.read_text("utf-8"))
        layer = read_layer(document, self._catalogue, built_in=True)
        for below in layer.extends or ():
            self.add_preset(below)
        self._lay(layer)

    def settings(self, base: str) -> Settings:
        """What has grown, as plain data; globs are relative to `base`."""
        layer = self._layer
        return Settings(
            base=base,
            rules=self._rules,
            exclude=layer.exclude or (),
            fail_on=_fail_on(layer.fail_on or "warning"),
            per_file=layer.per_file,
            builders=layer.builders,
            auth_functions=layer.auth_functions or (),
            auth_public=layer.auth_public or (),
            client_paths=layer.client_paths or (),
            clients=layer.clients is not False,
            convex_version=layer.convex_version,
            against=layer.against,
            may_change=layer.may_change or (),
            baseline=layer.baseline,
            rule_paths=self._rule_paths,
            files=tuple(self._files),
        )

    def _lay(self, layer: Layer) -> None:
        always = {rule.name for rule in self._catalogue.rules if rule.always}
        for name, part in layer.rules.items():
            self._rules[name] = overlay(self._rules[name], _held(part, name in always))
        old = self._layer
        per_file = tuple(
            (glob, {name: _held(part, name in always) for name, part in parts.items()})
            for glob, parts in layer.per_file
        )
        self._layer = Layer(
            None,
            old.exclude if layer.exclude is None else layer.exclude,
            layer.fail_on or old.fail_on,
            {},
            (*old.per_file, *per_file),
            {**old.builders, **layer.builders},
            old.auth_functions if layer.auth_functions is None else layer.auth_functions,
            old.auth_public if layer.auth_public is None else layer.auth_public,
            old.client_paths if layer.client_paths is None else layer.client_paths,
            old.clients if layer.clients is None else layer.clients,
            layer.convex_version or old.convex_version,
            layer.against or old.against,
            old.may_change if layer.may_change is None else layer.may_change,
            old.baseline if layer.baseline is None else layer.baseline,
        )


def overlay(below: RuleSetting, part: RuleSetting) -> RuleSetting:
    """`part` over `below`, option by option; a part without a level leaves the level."""
    return RuleSetting(
        part.level if part.configured else below.level,
        part.configured or below.configured,
        {**below.options, **part.options},
        part.origin if part.configured else below.origin,
        {**below.option_origins, **part.option_origins},
    )


def _held(part: RuleSetting, always: bool) -> RuleSetting:
    """A rule marked always runs in any case: an `off` for it has no force."""
    return replace(part, configured=False) if always and part.configured and part.level is None else part


def _with_overrides(settings: Settings, catalogue: Catalogue, overrides: Overrides) -> Settings:
    selected = _expand(catalogue, overrides.select, "--select") if overrides.select else None
    extended = _expand(catalogue, overrides.extend_select, "--extend-select")
    ignored = _expand(catalogue, overrides.ignore, "--ignore")
    for name in overrides.levels:
        if catalogue.named(name) is None:
            raise ConfigError(f'--level: unknown rule "{name}"{_nearest_rule(name, catalogue)}')
    levels = {catalogue.named(name): level for name, level in overrides.levels.items()}
    rules: dict[str, RuleSetting] = {}
    fixed: list[str] = []
    for rule in catalogue.rules:
        setting = settings.rules[rule.name]
        if rule.always:
            level = levels.get(rule.name)
            if level is not None:
                setting = replace(setting, level=level, configured=True, origin="--level")
                fixed.append(rule.name)
            rules[rule.name] = setting
            continue
        if rule.name in ignored:
            setting = replace(setting, level=None, origin="--ignore")
        elif selected is not None and rule.name not in selected and rule.name not in extended:
            setting = replace(setting, level=None, origin="--select")
        elif rule.name in levels:
            level = levels[rule.name]
            setting = replace(setting, level=level, configured=True, origin="--level")
        else:
            if setting.level is None and (rule.name in extended or selected is not None):
                origin = "--extend-select" if rule.name in extended else "--select"
                setting = replace(setting, level=rule.level_when_on, configured=False, origin=origin)
            rules[rule.name] = setting
            continue
        rules[rule.name] = setting
        fixed.append(rule.name)
    fail_on = settings.fail_on if overrides.fail_on is None else _fail_on(overrides.fail_on)
    return replace(settings, rules=rules, fixed=frozenset(fixed), fail_on=fail_on)


def _expand(catalogue: Catalogue, words: tuple[str, ...], flag: str) -> frozenset[str]:
    found: list[str] = []
    for word in words:
        names = catalogue.expand(word)
        if names is None:
            known = _nearest_rule(word, catalogue, *catalogue.categories, "all")
            raise ConfigError(f'{flag}: unknown rule or category "{word}"{known}')
        found.extend(names)
    return frozenset(found)


def _nearest_rule(word: str, catalogue: Catalogue, *others: str) -> str:
    return nearest(word.lower(), [*catalogue.by_name, *others]) or "; `convexlint rule --all` lists the rules"


def _preset_level(preset: str, rule: RuleSpec) -> Level | None:
    if preset == "recommended" or rule.always:
        return rule.level
    return None if preset == "none" else rule.level_when_on


def _defaults(rule: RuleSpec) -> Mapping[str, str | int | bool | tuple[str, ...]]:
    return {name.replace("-", "_"): value for name, value in rule.defaults.items()}


def _fail_on(word: str) -> Level | None:
    if word == "never":
        return None
    try:
        return Level(word)
    except ValueError:
        raise ConfigError(f'--fail-on: must be "error", "warning", "info" or "never", not "{word}"') from None
