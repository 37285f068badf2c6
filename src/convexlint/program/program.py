"""The program: what is built at once, and the memory of all that is asked later.

Whatever else is known of a program is a query that takes it (`queries.py`): `routes(program)`,
`effects_of(program, function)`. `make queries` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from convexlint.discovery.mentions import UNKNOWN
from convexlint.discovery.project import Project
from convexlint.program.callers import ClientFile, RequestFile
from convexlint.program.deployed import Deployed
from convexlint.program.model import Module, RegisteredFunction, Schema
from convexlint.program.modules.generated import GeneratedSource
from convexlint.program.mounted import ComponentSource
from convexlint.program.queries import Memo, listed
from convexlint.structs import Struct, field

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def unseen(path: str) -> str:
    """The answer about clients where nobody looked at any."""
    return UNKNOWN


def nowhere(path: str) -> tuple[str, ...]:
    """The files that name a function, where nobody looked at any."""
    return ()


def everywhere(path: str) -> bool:
    """Whether a gate may stand over a client, where nobody looked."""
    return True


def no_places(modules: Iterable[str], names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The places that may mean any of some functions, where nobody looked."""
    return ()


def nothing() -> None:
    return None


class Scripts(Struct, frozen=True, eq=False):
    """The clients in TypeScript and JavaScript, by path, as modules of a program of their own: `ev` knows them and the
    backend's modules. None where there are none. `broken`: files with a syntax error, which are not findings of ours,
    and where it stands."""

    modules: tuple[Module, ...] = ()
    ev: Evaluator | None = None
    broken: tuple[tuple[str, int], ...] = ()


class ProgramSettings(Struct, frozen=True, eq=False):
    """What the configuration says of the program. `auth_functions`: names of functions that check the caller;
    `auth_public`: patterns of paths of functions that are meant to be open; `may_change`: patterns of functions and
    tables whose changes nobody needs to hear of."""

    auth_functions: tuple[str, ...] = ()
    auth_public: tuple[str, ...] = ()
    may_change: tuple[str, ...] = ()


class Program(Struct, frozen=True, eq=False):
    """The whole Convex project, understood. See the fields' classes.

    With a `focus` (paths of modules) places and functions are those of modules in it and of some others: enough for
    every finding that stands in the focus. What one module says of another is asked of all modules
    (`all_functions`, `all_query_steps`, `references_to` ...), which reads those that can have the answer.

    `unreadable`: path -> why, "" where convexlint failed on it. `tests`: the text of the project's tests, which are
    no code of the program, but fixes must not break them. `generated()`: by path, the files in `_generated/`
    folders. `named_outside(path)`: whether source that is none of the program names the function of that path:
    "yes", "no", "unknown"; `naming(path)`: the files that surely do, `naming("")`: those that may name any.
    `before()`: what is deployed, None where nothing is compared.
    `clients()`: the programs around the backend that call it by names; `scripts()`: those that import it;
    `fetched()`: the files that ask its HTTP routes. `components`: those that its config mounts, where it refers to any.
    """

    project: Project
    modules: tuple[Module, ...]
    schema: Schema
    functions: tuple[RegisteredFunction, ...]
    ev: Evaluator
    settings: ProgramSettings = field(default_factory=ProgramSettings)
    focus: frozenset[str] | None = None
    unreadable: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[bytes, ...] = ()
    generated: Callable[[], Mapping[str, GeneratedSource]] = dict
    named_outside: Callable[[str], str] = unseen
    naming: Callable[[str], tuple[str, ...]] = nowhere
    before: Callable[[], Deployed | None] = nothing
    clients: Callable[[], tuple[ClientFile, ...]] = tuple
    scripts: Callable[[], Scripts] = Scripts
    fetched: Callable[[], tuple[RequestFile, ...]] = tuple
    gated: Callable[[str], bool] = everywhere
    opening: Callable[[Iterable[str], Iterable[str]], tuple[tuple[str, int], ...]] = no_places
    left_out: Callable[[], tuple[tuple[str, str], ...]] = tuple
    components: tuple[ComponentSource, ...] = ()
    memo: Memo = field(default_factory=Memo)

    @property
    def reported(self) -> tuple[Module, ...]:
        """Modules in which findings may stand."""
        return tuple(m for m in self.modules if self.reports(m))

    def reports(self, module: Module) -> bool:
        """Whether findings may stand in a module and are wanted."""
        return module.reported and (self.focus is None or module.path in self.focus)


@listed
def all_functions(program: Program) -> tuple[RegisteredFunction, ...]:
    """The registered functions of all modules, whatever the focus."""
    return tuple(program.ev.registry.all())
