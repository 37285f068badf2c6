"""Facts of all modules -> the program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from convexlint.collector import collector_at_rest
from convexlint.config.settings import BuilderSetting
from convexlint.discovery.project import Project, Role, SourceFile
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.lowered import Lowered
from convexlint.program.evaluation.evaluate import Evaluator
from convexlint.program.evaluation.recording import RecordingEvaluator
from convexlint.program.evaluation.schema_read import read_schema
from convexlint.program.model import Module
from convexlint.program.modules.generated import GeneratedSource
from convexlint.program.modules.walk import ModuleIndex, index_module
from convexlint.program.modules.world import World
from convexlint.program.program import Program, ProgramSettings, unseen
from convexlint.program.queries import Memo
from convexlint.structs import Struct, field

# Evaluation recurses through the user's expressions; `evaluate.MAX_DEPTH` bounds it, at up to ten Python
# frames each.
RECURSION_LIMIT = 12_000


class ProgramInputs(Struct, frozen=True):
    """What a program is made of.

    `facts`, `sources`, `files` are keyed by absolute path and hold every module that could be read, files imported
    from outside the functions folder included. `resolve(from_path, specifier)` gives the absolute path of the
    module that an import names, or None. `unreadable`: path -> why, "" where convexlint failed on it.
    `generated()`: by path, the files in
    `_generated/` folders, which are no modules of the program and are read when somebody asks for them. `focus`:
    the paths of the modules whose findings are wanted, None for all. `tests`: the text of the project's tests,
    which are no modules either. `index(facts)` makes the index of a module, or has it from before.
    `named_outside(path)`: whether source that is none of the program names the function: "yes", "no", "unknown".
    `record`: the program's memo shall know which modules each answer was made from.
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
    record: bool = False


def build_program(inputs: ProgramInputs) -> Program:
    """The program of one project. Never raises for odd user code: what cannot be followed is unknown."""
    if sys.getrecursionlimit() < RECURSION_LIMIT:
        sys.setrecursionlimit(RECURSION_LIMIT)
    with collector_at_rest():
        return _build(inputs)


def _build(inputs: ProgramInputs) -> Program:
    modules = _modules(inputs)
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
    schema = read_schema(ev)
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
        settings=ProgramSettings(inputs.auth_functions, inputs.auth_public),
        focus=inputs.focus,
        unreadable=inputs.unreadable,
        tests=inputs.tests,
        generated=inputs.generated,
        named_outside=inputs.named_outside,
        memo=memo,
    )


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
        reported = not file.excluded and not file.name.startswith("/")
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
