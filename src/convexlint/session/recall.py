"""The last lint of a project, kept on disk and used again when nothing that it depends on has changed.

What a lint depends on is in two parts. The first is known before it: the code of convexlint, the settings, and what
discovery found. The second shows while it runs, and is written down with its result: every file that was read, every
import that was resolved, every question that was asked of the disk. To use the result again, each of them is asked
again and must have the answer of that time; so nothing is assumed about what could matter to which rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec
from msgspec import Struct

from convexlint.config.catalogue import Catalogue, RuleSpec
from convexlint.config.settings import RuleSetting, Settings
from convexlint.discovery.project import Project
from convexlint.packs import Packs
from convexlint.session.files import Files
from convexlint.session.linted import Linted

FORMAT = 4


class Asked(Struct, frozen=True):
    """What a lint asked the disk, with the answers.

    `contents`: path, and the hash of the file or why it cannot be read. `resolved`: importing file, specifier,
    imported file. `followed`: imported file, and whether it is source that may be followed. `guards`: file, and
    what stands against changing it. `named`: function, and whether source outside of the program names it; `clients`
    stands for all of that source.
    """

    contents: tuple[tuple[str, str], ...]
    resolved: tuple[tuple[str, str, str | None], ...]
    followed: tuple[tuple[str, bool], ...]
    guards: tuple[tuple[str, str | None], ...]
    named: tuple[tuple[str, str], ...]
    clients: str


class Disk(Struct, frozen=True):
    """Who answers such questions now."""

    files: Files
    resolve: Callable[[str, str], str | None]
    may_follow: Callable[[str], bool]
    guard: Callable[[str], str | None]
    still_named: Callable[[str, tuple[tuple[str, str], ...]], bool]


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    ground: str
    asked: Asked
    linted: msgspec.Raw


_decode = msgspec.msgpack.Decoder(_Kept).decode
_decode_linted = msgspec.msgpack.Decoder(Linted).decode
_decode_rules = msgspec.msgpack.Decoder(tuple[str, tuple[RuleSpec, ...]]).decode
_encode = msgspec.msgpack.Encoder().encode
_DAMAGED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Recall:
    """The kept lints of one project under its settings."""

    def __init__(
        self, packs: Packs, code: str, project: Project, settings: Settings, compared: str = ""
    ) -> None:
        """`code`: which version of convexlint's own code runs. `compared`: with which commit the project is."""
        self._packs = packs
        configured = _settings_key(settings)
        # Runs with other settings must not push each other out; another state of the project may.
        self._project = project.functions_dir
        self._name = f"{configured}\nagainst" if compared else configured
        ground = repr((FORMAT, code, compared, configured, project)).encode("utf-8", "backslashreplace")
        self._ground = hashlib.blake2b(ground, digest_size=16).hexdigest()

    def load(
        self, disk: Disk, adopt: Callable[[Linted], None], focus: frozenset[str] | None
    ) -> Linted | None:
        """The kept lint of the whole project or of the files of `focus`, if it is still true. `adopt` gets it before
        `disk.guard` and `disk.still_named` are asked."""
        body = self._packs.load("result", self._named(focus), self._project)
        if body is None:
            return None
        try:
            kept = _decode(body)
            if kept.ground != self._ground or not _same(kept.asked, disk):
                return None
            linted = _decode_linted(kept.linted)
        except _DAMAGED:
            return None
        adopt(linted)
        asked = kept.asked
        if not all(disk.guard(path) == answer for path, answer in asked.guards):
            return None
        return linted if disk.still_named(asked.clients, asked.named) else None

    def store(self, linted: Linted, asked: Asked) -> None:
        """Keep a lint of what is on disk: one of the whole project, one of each set of files."""
        try:
            kept = _encode(_Kept(self._ground, asked, msgspec.Raw(_encode(linted))))
        except UnicodeEncodeError:  # a file's name that is not text
            return
        self._packs.store("result", self._named(linted.focus), kept, self._project)

    def _named(self, focus: frozenset[str] | None) -> str:
        return "\n".join((self._name, *sorted(focus or ())))


def recall_catalogue(packs: Packs, code: str, make: Callable[[], Catalogue]) -> Catalogue:
    """The catalogue of the rules as kept on disk by the same code, else made and kept."""
    body = packs.load("rules", code)
    if body is not None:
        try:
            kept = _decode_rules(body)
            if kept[0] == code:
                return Catalogue(kept[1])
        except _DAMAGED:
            pass
    made = make()
    packs.store("rules", code, _encode((code, made.rules)))
    return made


def content_print(content: bytes | str) -> str:
    """What `Asked.contents` says of a file."""
    if isinstance(content, str):
        return f"cannot be read: {content}"
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _same(asked: Asked, disk: Disk) -> bool:
    return (
        all(disk.resolve(path, specifier) == target for path, specifier, target in asked.resolved)
        and all(disk.may_follow(path) == answer for path, answer in asked.followed)
        and all(content_print(disk.files.read(path)) == known for path, known in asked.contents)
    )


def _settings_key(settings: Settings) -> str:
    """All that the settings say about findings, and not in which line of which file they say it."""

    def part(setting: RuleSetting) -> tuple[object, ...]:
        return (setting.level, setting.configured, sorted(setting.options.items()))

    said = (
        settings.base,
        [(name, part(setting)) for name, setting in sorted(settings.rules.items())],
        settings.exclude,
        [(glob, [(name, part(s)) for name, s in sorted(rules.items())]) for glob, rules in settings.per_file],
        sorted(settings.builders.items()),
        settings.auth_functions,
        settings.auth_public,
        settings.client_paths,
        settings.clients,
        settings.may_change,
        sorted(settings.fixed),
    )
    return hashlib.blake2b(repr(said).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
