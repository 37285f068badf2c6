"""From a project's files to its program: read, lower to facts, follow imports out of the functions folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from convexlint.config.settings import Settings
from convexlint.defects import Defect, words_of
from convexlint.discovery.around import Around
from convexlint.discovery.project import Project, Role, SourceFile, outer_name
from convexlint.discovery.resolve import Resolver
from convexlint.facts.client import as_client
from convexlint.facts.lowered import Lowered
from convexlint.facts.parallel import Item
from convexlint.program.build import Earlier, ProgramInputs, ScriptSource, build_program
from convexlint.program.callers import ClientFile, RequestFile
from convexlint.program.deployed import Deployed
from convexlint.program.modules.generated import GeneratedSource
from convexlint.program.mounted import ComponentSource
from convexlint.program.program import Program, everywhere, no_places, nowhere, unseen
from convexlint.session.clients import Clients
from convexlint.session.clock import Stopwatch
from convexlint.session.components import mounted_components
from convexlint.session.facts_store import FactsStore
from convexlint.session.files import NOT_PROGRAM, Files
from convexlint.session.reach import may_follow
from convexlint.syntax import decode_problem

MAX_OUTSIDE_FILES = 1000


class Gathered(Struct, frozen=True):
    """A program and the files that it is made of, by path; files from outside of the functions folder
    included. `defects`: modules that could not be looked at."""

    program: Program
    files: Mapping[str, SourceFile]
    defects: tuple[Defect, ...] = ()


class Gatherer:
    """Builds the program of one project, again and again while fixes are tried.

    `resolved` and `followed` tell what it asked the disk for that is not a file's content, with the answers. `record`,
    `before`: see `ProgramInputs`.
    """

    def __init__(
        self,
        project: Project,
        settings: Settings,
        store: FactsStore,
        clock: Stopwatch,
        resolver: Resolver | None = None,
        clients: Clients | None = None,
        record: bool = False,
        before: Deployed | None = None,
    ) -> None:
        version = settings.convex_version or project.convex_version
        self._project = replace(project, convex_version=version)
        self._settings = settings
        self.store = store
        self._clock = clock
        self._resolver = resolver or Resolver(project)
        self._clients = clients or Clients(Around(project.root))
        self._earlier = Earlier()
        self.resolved: dict[tuple[str, str], str | None] = {}
        self.followed: dict[str, bool] = {}
        self._around: set[str] = set()
        self.scripts: tuple[Item, ...] = ()
        """The code of the clients that were lowered last."""
        self._record = record
        self._before = before

    def gather(
        self,
        files: Files,
        focus: frozenset[str] | None = None,
        left_out: frozenset[str] = frozenset(),
    ) -> Gathered:
        """The program as the given bytes make it; `focus`: see `ProgramInputs`. `left_out`: modules that cannot be
        looked at, because convexlint fails on them. A module that cannot be lowered is left out, too, and told among
        `Gathered.defects`."""
        known = {file.path: file for file in self._project.files if file.role not in NOT_PROGRAM}
        others = {file.path for file in self._project.files if file.role in NOT_PROGRAM}
        sources: dict[str, bytes] = {}
        facts: dict[str, Lowered] = {}
        unreadable: dict[str, str] = {}
        defects: list[Defect] = []
        wave = list(known)
        while wave:
            with self._clock.stage("read"):
                for path in wave:
                    self._read(files, path, sources, unreadable)
            for path in left_out.intersection(wave):
                sources.pop(path, None)
                unreadable[path] = ""
            readable = [path for path in wave if path in sources]
            with self._clock.stage("parse and facts"):
                made, failed = self._lower([(path, sources[path]) for path in readable])
            for path, words in failed.items():
                del sources[path]
                unreadable[path] = ""
                defects.append(Defect(self._project.functions_dir, "parse and facts", None, path, words))
            readable = list(made)
            facts.update(made)
            with self._clock.stage("imports"):
                wave = self._imported(readable, facts, known, others)
            known.update((path, SourceFile(path, outer_name(path), Role.HELPER)) for path in wave)
        for lowered in facts.values():
            lowered.watch()
        if focus is None and files.are_on_disk and not left_out:
            self.store.save_meanwhile([(path, sources[path]) for path in facts])
        with self._clock.stage("program"):
            program = build_program(
                ProgramInputs(
                    project=self._project,
                    sources=sources,
                    facts=facts,
                    files=known,
                    unreadable=unreadable,
                    resolve=self._resolve,
                    builders=self._settings.builders,
                    auth_functions=self._settings.auth_functions,
                    auth_public=self._settings.auth_public,
                    generated=lambda: self._generated(files),
                    focus=focus,
                    index=self.store.index,
                    # Read at once: what a second process would read for itself, the kept lint would not know of.
                    tests=tuple(files.content(f.path) for f in self._project.files if f.role is Role.TEST),
                    named_outside=self._named_outside(frozenset(known)),
                    naming=self._naming(frozenset(known)),
                    earlier=self._earlier,
                    record=self._record,
                    before=lambda: self._before,
                    may_change=self._settings.may_change,
                    clients=lambda: self._python(files, frozenset(known)),
                    scripts=lambda: self._scripts(files, frozenset(known)),
                    fetched=lambda: self._fetched(frozenset(known)),
                    gated=self._gated(frozenset(known)),
                    opening=self._opening(frozenset(known)),
                    left_out=lambda: self._left_out(frozenset(known)),
                    generated_module=self._generated_module,
                    # Read at once, as the tests are.
                    components=self._components(files, sources, facts),
                )
            )
        return Gathered(program, known, tuple(defects))

    def _lower(self, items: list[Item]) -> tuple[dict[str, Lowered], dict[str, str]]:
        """The facts of modules by path, and of those that convexlint fails on what it says."""
        try:
            return dict(zip((path for path, _ in items), self.store.lower(items), strict=True)), {}
        except Exception:
            made: dict[str, Lowered] = {}
            failed: dict[str, str] = {}
            for path, source in items:
                try:
                    made[path] = self.store.lower([(path, source)])[0]
                except Exception as error:
                    failed[path] = words_of(error)
            return made, failed

    def _named_outside(self, own: frozenset[str]) -> Callable[[str], str]:
        return (lambda path: self._clients.named(path, own)) if self._settings.clients else unseen

    def _naming(self, own: frozenset[str]) -> Callable[[str], tuple[str, ...]]:
        return (lambda path: self._clients.naming(path, own)) if self._settings.clients else nowhere

    def _python(self, files: Files, own: frozenset[str]) -> tuple[ClientFile, ...]:
        return self._clients.python(own, files.replaced) if self._settings.clients else ()

    def _gated(self, own: frozenset[str]) -> Callable[[str], bool]:
        return (lambda path: self._clients.gated(path, own)) if self._settings.clients else everywhere

    def _opening(
        self, own: frozenset[str]
    ) -> Callable[[Iterable[str], Iterable[str]], tuple[tuple[str, int], ...]]:
        if not self._settings.clients:
            return no_places
        return lambda modules, names: self._clients.opening(modules, names, own)

    def _left_out(self, own: frozenset[str]) -> tuple[tuple[str, str], ...]:
        return self._clients.left_out(own) if self._settings.clients else ()

    def _fetched(self, own: frozenset[str]) -> tuple[RequestFile, ...]:
        return self._clients.fetched(own) if self._settings.clients else ()

    def _scripts(self, files: Files, own: frozenset[str]) -> tuple[ScriptSource, ...]:
        """The clients, as far as somebody wants them."""
        found = self._clients.scripts(own, files.replaced) if self._settings.clients else ()
        self.scripts = tuple((as_client(one.code_name), one.code) for one in found)
        made = self.store.lower(self.scripts)
        self._around.update(one.path for one in found)
        return tuple(
            ScriptSource(one.path, one.source, lowered) for one, lowered in zip(found, made, strict=True)
        )

    def _components(
        self, files: Files, sources: Mapping[str, bytes], facts: Mapping[str, Lowered]
    ) -> tuple[ComponentSource, ...]:
        """The components that the project's own `convex.config` mounts."""
        config = next((f.path for f in self._project.files if f.role is Role.CONVEX_CONFIG), None)
        if config is None or config not in facts:
            return ()
        specifiers = [one.text for one in facts[config].head.specifiers]
        return mounted_components(
            config, specifiers, sources.values(), files, self._resolve, self.store.lower
        )

    def _generated_module(self, from_path: str, specifier: str) -> str | None:
        return self._resolver.generated_module(from_path, specifier, alone=self._clients.alone)

    def _generated(self, files: Files) -> dict[str, GeneratedSource]:
        """The generated files that can be read."""
        found = {}
        for file in self._project.files:
            content = files.read(file.path) if file.role is Role.GENERATED and not file.excluded else ""
            if isinstance(content, bytes):
                spoken_to = b"convexlint-" in content and decode_problem(content) is None
                made = self.store.lower([(file.path, content)]) if spoken_to else []
                comments = tuple(comment for one in made for comment in one.head.comments)
                found[file.path] = GeneratedSource(file.name, content, comments)
        return found

    def _read(self, files: Files, path: str, sources: dict[str, bytes], unreadable: dict[str, str]) -> None:
        content = files.read(path)
        if isinstance(content, str):
            unreadable[path] = content
            return
        problem = decode_problem(content)
        if problem is not None:
            unreadable[path] = problem[1]
        else:
            sources[path] = content

    def _imported(
        self,
        importers: list[str],
        facts: Mapping[str, Lowered],
        known: Mapping[str, SourceFile],
        others: set[str],
    ) -> list[str]:
        """The modules, not known yet, that the importers import; `others` are not part of a program."""
        room = MAX_OUTSIDE_FILES - sum(file.name == file.path for file in known.values())
        found: dict[str, None] = {}
        for path in importers:
            for specifier in facts[path].head.specifiers:
                target = self._resolve(path, specifier.text)
                if target is None or target in known or target in others or target in found:
                    continue
                if len(found) < room and self._may_follow(target):
                    found[target] = None
        return list(found)

    def _resolve(self, from_path: str, specifier: str) -> str | None:
        if from_path in self._around:  # the answer for all clients together stands for it
            return self._resolver.of_client(from_path, specifier)
        key = (from_path, specifier)
        if key not in self.resolved:
            self.resolved[key] = self._resolver.resolve(from_path, specifier)
        return self.resolved[key]

    def _may_follow(self, path: str) -> bool:
        if path not in self.followed:
            self.followed[path] = may_follow(path)
        return self.followed[path]
