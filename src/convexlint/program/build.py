"""Facts of all modules -> the program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

from convexlint.collector import collector_at_rest
from convexlint.config.settings import BuilderSetting
from convexlint.discovery.project import Project, Role, SourceFile, outer_name
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.lowered import Lowered
from convexlint.program.callers import ClientFile, RequestFile
from convexlint.program.deployed import Deployed
from convexlint.program.evaluation.evaluate import Evaluator
from convexlint.program.evaluation.recording import RecordingEvaluator
from convexlint.program.evaluation.schema_read import Chains, read_schema
from convexlint.program.evaluation.values import TableDef
from convexlint.program.model import Module, Schema, Table
from convexlint.program.modules.generated import GeneratedSource
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.test_code import runs_tests
from convexlint.program.modules.walk import index_module
from convexlint.program.modules.world import World
from convexlint.program.mounted import ComponentSource
from convexlint.program.program import (
    Program,
    ProgramSettings,
    Scripts,
    everywhere,
    no_places,
    nothing,
    nowhere,
    unseen,
)
from convexlint.program.queries import Memo
from convexlint.structs import Struct, field

# Evaluation recurses through the user's expressions; `evaluate.MAX_DEPTH` bounds it, at up to ten Python
# frames each.
RECURSION_LIMIT = 12_000


class Earlier:
    """What a program may have from the one before, in a process that builds one after each edit: modules that are the
    same remain the same objects, and the schema is read again only where something has changed that it comes from, and
    then only what may be different now."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}
        self._schema: Schema | None = None
        self._tables: dict[str, Table] = {}
        self._definitions: dict[str, TableDef] = {}
        self._read: dict[str, Module] = {}
        self._chains = Chains()

    def schema_of(self, ev: Evaluator) -> Schema | None:
        """The schema, if it is still that of the evaluator's modules, which then knows its tables; else None."""
        schema, modules = self._schema, ev.world.modules
        if schema is None or modules.keys() != self.modules.keys():
            return None
        for path, read in self._read.items():
            if modules.get(path) is not read:
                return None
        for path, module in modules.items():
            # A table may be defined anywhere: the text of a module tells whether it has to do with tables.
            if module.holds(b"defineTable") and module is not self.modules[path]:
                return None
        for read in self._read.values():
            read.lowered.is_read = True
        ev.tables, ev.table_definitions = dict(self._tables), dict(self._definitions)
        return schema

    def read_again(self, ev: Evaluator) -> Schema:
        """The schema, read anew: only in modules that have changed, or import such."""
        world, modules = ev.world, ev.world.modules
        chains = Chains()
        if modules.keys() == self.modules.keys():
            changed = frozenset(path for path, module in modules.items() if module is not self.modules[path])
            reached = {path: world.imports(frozenset({path})) for path in self._chains.loose}
            same = frozenset(path for path, imported in reached.items() if not imported & changed)
            chains = self._chains.of(same)
            for path in frozenset[str]().union(*(reached[path] for path in same)):
                modules[path].lowered.is_read = True
        again = tuple(chains.loose)
        schema = read_schema(ev, chains)
        self._schema, self._chains = None, Chains()
        if not world.importers_known:  # else it depends on modules that may begin to use what the schema uses
            read = world.imports(frozenset([*(module.path for module in world.indexed), *again]))
            self._chains = chains
            self._schema, self._tables = schema, dict(ev.tables)
            self._definitions = dict(ev.table_definitions)
            self._read = {path: world.modules[path] for path in read}
        return schema


class ScriptSource(Struct, frozen=True):
    """A client in TypeScript or JavaScript: its bytes, and the facts of its code."""

    path: str
    source: bytes
    lowered: Lowered


class ProgramInputs(Struct, frozen=True):
    """What a program is made of.

    `facts`, `sources`, `files` are keyed by absolute path and hold every module that could be read, files imported
    from outside the functions folder included. `resolve(from_path, specifier)` gives the absolute path of the
    module that an import names, or None. `unreadable`: path -> why, "" where convexlint failed on it.
    `generated()`: by path, the files in
    `_generated/` folders, which are not modules of the program and are read when somebody asks for them. `focus`:
    the paths of the modules whose findings are wanted, None for all. `tests`: the text of the project's tests,
    which are not modules either. `index(facts)` makes the index of a module, or has it from before.
    `named_outside(path)`: whether source that is none of the program names the function: "yes", "no", "unknown";
    `naming(path)`: the files that surely do.
    `record`: the program's memo shall know which modules each answer was made from. `earlier`: what is left of the last
    program of the same project, whose imports lead where they led then. `before`, `clients`, `components`, `fetched`,
    `may_change`: see `Program` and `ProgramSettings`. `scripts()`: the clients in TypeScript and JavaScript, read when
    somebody asks; `generated_module`: what their imports of generated modules mean, see `World.generated`.
    """

    project: Project
    sources: Mapping[str, bytes]
    facts: Mapping[str, Lowered]
    files: Mapping[str, SourceFile]
    resolve: Callable[[str, str], str | None]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    builders: Mapping[str, BuilderSetting] = field(default_factory=dict)
    auth_functions: tuple[str, ...] = ()
    auth_public: tuple[str, ...] = ()
    generated: Callable[[], Mapping[str, GeneratedSource]] = dict
    focus: frozenset[str] | None = None
    tests: tuple[bytes, ...] = ()
    index: Callable[[ModuleFacts], ModuleIndex] = index_module
    named_outside: Callable[[str], str] = unseen
    naming: Callable[[str], tuple[str, ...]] = nowhere
    record: bool = False
    earlier: Earlier | None = None
    before: Callable[[], Deployed | None] = nothing
    may_change: tuple[str, ...] = ()
    clients: Callable[[], tuple[ClientFile, ...]] = tuple
    scripts: Callable[[], tuple[ScriptSource, ...]] = tuple
    fetched: Callable[[], tuple[RequestFile, ...]] = tuple
    gated: Callable[[str], bool] = everywhere
    opening: Callable[[Iterable[str], Iterable[str]], tuple[tuple[str, int], ...]] = no_places
    left_out: Callable[[], tuple[tuple[str, str], ...]] = tuple
    generated_module: Callable[[str, str], str | None] | None = None
    components: tuple[ComponentSource, ...] = ()


def build_program(inputs: ProgramInputs) -> Program:
    """The program of one project. Never raises for odd user code: what cannot be followed is unknown."""
    if sys.getrecursionlimit() < RECURSION_LIMIT:
        sys.setrecursionlimit(RECURSION_LIMIT)
    with collector_at_rest():
        return _build(inputs)


def _build(inputs: ProgramInputs) -> Program:
    modules = _modules(inputs)
    earlier = inputs.earlier
    world = World(
        inputs.project,
        {m.path: m for m in modules},
        inputs.resolve,
        inputs.builders,
        inputs.auth_functions,
        inputs.auth_public,
        inputs.focus,
        inputs.index,
    )
    memo = Memo(inputs.record)
    ev: Evaluator
    if inputs.record:
        world.on_read = memo.note_read
        ev = RecordingEvaluator(world, memo)
    else:
        ev = Evaluator(world)
    schema = earlier.schema_of(ev) if earlier is not None and inputs.focus is not None else None
    if schema is None:
        schema = read_schema(ev, Chains()) if earlier is None else earlier.read_again(ev)
    if earlier is not None:
        earlier.modules = {module.path: module for module in modules}
    ev.settle()
    ev.registry.open = True
    functions = tuple(f for module in world.looked_at for f in ev.registry.of(module))
    world.look_at_too(f.handler.module for f in functions if f.handler is not None)
    return Program(
        project=inputs.project,
        modules=modules,
        schema=schema,
        functions=functions,
        ev=ev,
        settings=ProgramSettings(inputs.auth_functions, inputs.auth_public, inputs.may_change),
        focus=inputs.focus,
        unreadable=inputs.unreadable,
        tests=inputs.tests,
        generated=inputs.generated,
        named_outside=inputs.named_outside,
        naming=inputs.naming,
        before=inputs.before,
        clients=inputs.clients,
        scripts=_ScriptWorld(inputs, ev),
        fetched=inputs.fetched,
        gated=inputs.gated,
        opening=inputs.opening,
        left_out=inputs.left_out,
        components=inputs.components,
        memo=memo,
    )


class _ScriptWorld:
    """Makes the program of the scripts around the backend when somebody asks for it."""

    def __init__(self, inputs: ProgramInputs, backend: Evaluator) -> None:
        self._inputs = inputs
        self._backend = backend
        self._made: Scripts | None = None

    def __call__(self) -> Scripts:
        if self._made is None:
            with collector_at_rest():
                self._made = self._make()
        return self._made

    def _make(self) -> Scripts:
        inputs, backend = self._inputs, self._backend
        read = inputs.scripts()
        problems = ((one.path, one.lowered.head.problem) for one in read)
        broken = tuple((path, problem.start) for path, problem in problems if problem is not None)
        modules = tuple(
            Module(one.path, outer_name(one.path), Role.HELPER, True, False, one.source, one.lowered)
            for one in read
            if one.lowered.head.problem is None
        )
        if not modules:
            return Scripts(broken=broken)
        own = backend.world.modules
        around = {m.path: m for m in modules if m.path not in own}
        world = World(
            inputs.project, {**own, **around}, inputs.resolve, inputs.builders, index_of=inputs.index
        )
        world.generated = inputs.generated_module
        world.on_read = backend.world.on_read
        ev = Evaluator(world)
        ev.tables, ev.table_definitions = backend.tables, backend.table_definitions
        ev.settle()
        ev.registry.open = True
        return Scripts(tuple(around.values()), ev, broken)


def _modules(inputs: ProgramInputs) -> tuple[Module, ...]:
    made = []
    for path in sorted(inputs.facts):
        file = inputs.files[path]
        if file.role in (Role.GENERATED, Role.TEST):
            continue
        name = file.name
        if not name.startswith("/"):
            name = name.rsplit(".", 1)[0]
        lowered = inputs.facts[path]
        if file.role is Role.HELPER and runs_tests(lowered.head):  # `notes.realtest.ts`
            continue
        reported = not file.excluded and not file.name.startswith("/")
        before = None if inputs.earlier is None else inputs.earlier.modules.get(path)
        if (
            before is not None
            and before.lowered is lowered
            and (before.name, before.role, before.reported) == (name, file.role, reported)
            and before.content == inputs.sources[path]
        ):
            made.append(before)
            continue
        made.append(
            Module(
                path,
                name,
                file.role,
                reported,
                "use node" in lowered.head.directives,
                inputs.sources[path],
                lowered,
            )
        )
    return tuple(made)
