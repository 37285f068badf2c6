"""Environment variables that `convex.config` declares are read from the typed `env`, not from `process.env`, and by
their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.discovery.project import Role
from convexlint.findings import Category, Concern, Finding, Fix, Level
from convexlint.program.behaviour.runtimes import is_default_runtime
from convexlint.program.model import Module
from convexlint.program.places.environment import EnvRead, env_reads
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.program.writing.imports import ensure_import, generated_server
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        undeclared: "allow" accepts `process.env` for names that `convex.config` does not declare, "flag" reports every
            use, as the official rule does.
    """

    undeclared: Literal["allow", "flag"] = "allow"


@rule(
    category=Category.FUNCTIONS,
    concern=Concern.STYLE,
    level=Level.WARNING,
    fix="safe",
    official=True,
    options=Options,
)
def check(program: Program, options: Options) -> Iterator[Finding]:
    for read in env_reads(program):
        module = read.place.module
        if module.role is Role.AUTH_CONFIG:
            continue
        if read.listing and is_default_runtime(program, read.place):
            yield Finding.at(
                read.place, _listing(read), help="read each variable by its name: `process.env.X`"
            )
            continue
        usable = module.role not in (Role.SCHEMA, Role.CONVEX_CONFIG)  # nothing can be imported into these
        if not (read.declared and usable) and options.undeclared == "allow":
            continue
        yield Finding.at(
            read.place,
            _message(read),
            help=_help(read, module),
            fix=_fix(program, read) if read.declared and usable else None,
        )


def _listing(read: EnvRead) -> str:
    what = f"`{read.listing}`"
    if read.listing in ("hasOwnProperty", "propertyIsEnumerable"):
        return (
            f"in the default runtime `process.env` has no methods: {what} is undefined, and the call throws"
        )
    nothing = "takes nothing from it" if read.listing == "..." else "sees none of the variables"
    return f"in the default runtime `process.env` has no keys of its own: {what} {nothing}"


def _message(read: EnvRead) -> str:
    names = ", ".join(f"`{n}`" for n in read.names)
    if read.declared:
        return f"reads {names} past its declaration in `convex.config`: untyped, and not known to be set"
    return f"reads {names or 'the environment'} from `process.env`, which is untyped and checked by nobody"


def _help(read: EnvRead, module: Module) -> str:
    name = read.name or "X"
    use = f'`env.{name}` with `import {{ env }} from "{generated_server(module)}"`'
    if read.declared:
        return use
    return f"declare it in `convex.config.ts`: `defineApp({{ env: {{ {name}: v.string() }} }})`, then {use}"


def _fix(program: Program, read: EnvRead) -> Fix | None:
    version = program.project.convex_version
    if read.written or not read.all_declared or (version is not None and version < (1, 39, 0)):
        return None
    module = read.place.module
    imported = ensure_import(module, generated_server(module), "env")
    if imported is None or any(b.name == imported.text and b.function != 0 for b in module.facts.bindings):
        return None
    return Fix.safe("read it from `env`", replace(module, read.place.span, imported.text), *imported.edits)
