"""Facts of all modules -> the program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeVar

from convexlint.collector import collector_at_rest
from convexlint.config.settings import BuilderSetting
from convexlint.discovery.mentions import Mention, mentions_in
from convexlint.discovery.project import Project, Role, SourceFile
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.lowered import Lowered
from convexlint.program.behaviour.access import Access
from convexlint.program.behaviour.claims import claims
from convexlint.program.behaviour.effects import Effects
from convexlint.program.behaviour.identity import identity_reads
from convexlint.program.behaviour.open_writes import open_writes
from convexlint.program.behaviour.origins import Origins
from convexlint.program.behaviour.thrown import Thrown
from convexlint.program.behaviour.webhooks import Webhooks
from convexlint.program.evaluation.evaluate import Evaluator
from convexlint.program.evaluation.schema_read import read_schema
from convexlint.program.lazy import LazySequence, Once
from convexlint.program.model import Everywhere, Module, Note, Program, RegisteredFunction, unseen
from convexlint.program.modules.generated import GeneratedSource, generated_files
from convexlint.program.modules.import_graph import ImportGraph
from convexlint.program.modules.walk import ModuleIndex, index_module
from convexlint.program.modules.world import World
from convexlint.program.places.any_ctx import any_contexts
from convexlint.program.places.array_appends import array_appends
from convexlint.program.places.chain_mistakes import chain_mistakes
from convexlint.program.places.direct_uses import direct_uses
from convexlint.program.places.elsewhere import CallsAt, CallsOn
from convexlint.program.places.environment import env_reads
from convexlint.program.places.filter_mistakes import filter_mistakes
from convexlint.program.places.id_uses import id_uses
from convexlint.program.places.lookups import lookups
from convexlint.program.places.promises import floating_promises
from convexlint.program.places.references import References
from convexlint.program.places.routes import read_routes
from convexlint.program.places.rows import Rows
from convexlint.program.places.runs import Runs
from convexlint.program.places.runtimes import Runtimes
from convexlint.program.places.schema_cycles import schema_uses
from convexlint.program.places.sequences import Sequences
from convexlint.program.places.shapes import Shapes
from convexlint.program.places.sites import Places, SiteFinder
from convexlint.program.places.special import Special
from convexlint.program.places.storage_calls import storage_calls
from convexlint.program.places.stored_ids import stored_ids
from convexlint.program.places.table_mentions import table_mentions, vector_searches
from convexlint.program.places.tested_promises import tested_promises
from convexlint.program.places.unreachable import unexported
from convexlint.program.places.unreferenced import unreferenced
from convexlint.program.places.validator_sites import ValidatorSites
from convexlint.program.writing.inference import ReturnInference
from convexlint.program.writing.inferred_args import ArgsInference
from convexlint.program.writing.manners import Manners
from convexlint.structs import Struct, field

# Evaluation recurses through the user's expressions; `evaluate.MAX_DEPTH` bounds it, at up to ten Python
# frames each.
RECURSION_LIMIT = 12_000

T = TypeVar("T")


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


class _Lazy(Mapping[RegisteredFunction, T]):
    """A mapping over the registered functions that computes on demand."""

    def __init__(
        self, functions: Sequence[RegisteredFunction], compute: Callable[[RegisteredFunction], T]
    ) -> None:
        self._functions = functions
        self._compute = compute
        self._memo: dict[int, T] = {}

    def __getitem__(self, function: RegisteredFunction) -> T:
        key = id(function)
        if key not in self._memo:
            self._memo[key] = self._compute(function)
        return self._memo[key]

    def __iter__(self) -> Iterator[RegisteredFunction]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)


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
    ev = Evaluator(world)
    schema = read_schema(ev)
    ev.settle()
    ev.registry.open = True
    functions = tuple(f for module in world.looked_at for f in ev.registry.of(module))
    world.look_at_too(f.handler.module for f in functions if f.handler is not None)
    near = world.looked_at
    all_functions = LazySequence(ev.registry.all)
    places = Places(ev.registry)
    finder = SiteFinder(ev, places, near)
    whole = finder if inputs.focus is None else SiteFinder(ev, places, modules)
    effects = Effects(ev, places)
    access = Access(ev, effects, frozenset(inputs.auth_functions))
    references = References(ev, places)
    graph = ImportGraph(world)
    runs = LazySequence(Runs(ev, places, graph, near).all)
    validators = cache(lambda: ValidatorSites(ev, places, functions, schema.tables))
    routes = cache(lambda: read_routes(ev, places, near, modules))
    checks = _Lazy(all_functions, access.check)
    done = _Lazy(all_functions, effects.of)
    rows = Once(lambda: Rows(ev, finder))
    special = Special(ev, modules)
    return Program(
        project=inputs.project,
        modules=modules,
        schema=schema,
        functions=functions,
        database_calls=LazySequence(lambda: finder.database_calls),
        query_steps=LazySequence(lambda: finder.steps),
        references=LazySequence(references.near),
        crons=LazySequence(lambda: finder.crons),
        notes=LazySequence(lambda: _notes(finder, schema.gaps, schema.module)),
        everywhere=Everywhere(
            functions=all_functions,
            query_steps=LazySequence(lambda: whole.steps),
            references_to=references.to,
            may_be_to_any=references.may_be_to_any,
            crons=LazySequence(lambda: whole.crons),
            call_at=CallsAt(ev, places, finder),
            calls_on=CallsOn(ev, finder if inputs.focus is None else None),
        ),
        focus=inputs.focus,
        unreadable=inputs.unreadable,
        effects=done,
        access=checks,
        auth_public=inputs.auth_public,
        validator_sites=LazySequence(lambda: validators().sites),
        validator_fields=LazySequence(lambda: validators().fields),
        table_sites=LazySequence(lambda: validators().tables),
        schema_uses=LazySequence(lambda: schema_uses(ev, places)),
        array_appends=LazySequence(lambda: array_appends(ev, places, whole.database_calls)),
        lookups=LazySequence(lambda: lookups(ev, places, whole)),
        id_uses=LazySequence(
            lambda: (
                id_uses(ev, places, functions, finder, near)
                if _is_enough_for_ids(world, functions, validators())
                else id_uses(ev, places, all_functions, whole, modules)
            )
        ),
        tests=inputs.tests,
        generated=LazySequence(lambda: generated_files(inputs.generated())),
        inferred_returns=_Lazy(all_functions, ReturnInference(ev).of),
        inferred_args=_Lazy(all_functions, ArgsInference(ev).of),
        manners=Manners(ev, schema),
        special_files=LazySequence(special.files),
        special_values=LazySequence(special.made),
        unexported=LazySequence(lambda: unexported(ev, functions)),
        runs=runs,
        runtime_problems=LazySequence(Runtimes(ev, effects, graph, near, all_functions).all),
        any_contexts=LazySequence(lambda: any_contexts(ev, places)),
        plain_throws=LazySequence(Thrown(ev, effects, places, functions).all),
        unreferenced=LazySequence(lambda: unreferenced(ev, functions, references)),
        return_mismatches=LazySequence(Shapes(ev, schema.tables, functions).all),
        run_sequences=LazySequence(Sequences(ev, runs).all),
        identity_reads=LazySequence(lambda: identity_reads(ev, places, modules)),
        table_mentions=LazySequence(lambda: table_mentions(ev, places, schema)),
        vector_searches=LazySequence(lambda: vector_searches(ev, places)),
        floating_promises=LazySequence(lambda: floating_promises(ev, places)),
        tested_promises=LazySequence(lambda: tested_promises(ev, places)),
        direct_uses=LazySequence(lambda: direct_uses(ev, places)),
        stored_ids=LazySequence(lambda: stored_ids(ev, places, finder, schema)),
        routes=LazySequence(lambda: routes().routes),
        route_registrars=LazySequence(lambda: routes().registrars),
        open_writes=LazySequence(lambda: open_writes(finder.database_calls, Origins(ev, functions))),
        claims=LazySequence(lambda: claims(ev, finder, Origins(ev, functions), functions, done)),
        unverified_routes=LazySequence(lambda: Webhooks(ev, effects, checks, routes().routes).unverified()),
        loaded_rows=LazySequence(lambda: rows().loaded()),
        repeated_reads=LazySequence(lambda: rows().repeated_reads()),
        chain_mistakes=LazySequence(lambda: chain_mistakes(rows())),
        filter_mistakes=LazySequence(lambda: filter_mistakes(ev, finder)),
        storage_calls=LazySequence(lambda: storage_calls(ev, places)),
        env_reads=LazySequence(lambda: env_reads(ev, places)),
        api_mentions=LazySequence(lambda: _api_mentions(modules)),
        named_outside=inputs.named_outside,
    )


def _is_enough_for_ids(
    world: World, functions: tuple[RegisteredFunction, ...], validators: ValidatorSites
) -> bool:
    """Whether what is done with the arguments and fields that validators of these modules describe stands in them:
    fields of tables are used all over the project."""
    return all(f.handler is None or world.looks_at(f.handler.module) for f in functions) and not any(
        field.use.role == "schema" and world.looks_at(field.module) for field in validators.fields
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


def _api_mentions(modules: tuple[Module, ...]) -> Iterator[tuple[Module, Mention]]:
    """Every `api.a.b` as text: also where it is a type, and where no reference is understood."""
    for module in modules:
        if b"api" in module.source:
            for mention in mentions_in(module.source):
                yield module, mention


def _notes(finder: SiteFinder, gaps: tuple[str, ...], schema: Module | None) -> tuple[Note, ...]:
    notes = [Note("part of the schema", schema.path, 0) for _ in gaps if schema is not None]
    for call in finder.database_calls:
        if (
            call.method in ("query", "insert")
            and call.table is None
            and call.certain
            and call.place.module.reported
        ):
            notes.append(Note("dynamic table name", call.place.module.path, call.place.span.start))
    for step in finder.steps:
        if (
            step.method in ("withIndex", "withSearchIndex")
            and step.index_name is None
            and step.place.module.reported
        ):
            notes.append(Note("dynamic index name", step.place.module.path, step.place.span.start))
    return tuple(sorted(notes, key=lambda n: (n.path, n.start, n.kind)))
