"""Calls of the backend's functions by programs around it."""

from __future__ import annotations

from convexlint.findings import Finding, Span
from convexlint.program.callers import ClientCall, ClientFile
from convexlint.program.model import RegisteredFunction
from convexlint.program.program import Program, all_functions
from convexlint.program.queries import query
from convexlint.structs import Struct


class NamedCall(Struct, frozen=True, eq=False):
    """A call with what its name means. `function`: None where there is none of that path; `certain`: then there surely
    is none: its module was read whole, hands on nothing that was not followed, and no other backend can be meant."""

    file: ClientFile
    call: ClientCall
    path: str
    function: RegisteredFunction | None
    certain: bool


def client_files(program: Program) -> tuple[ClientFile, ...]:
    """The files around the backend that call it. Empty with a focus, which no such file is part of, and for
    components."""
    if program.focus is not None or program.project.component:
        return ()
    return program.clients()


@query
def client_calls(program: Program) -> tuple[NamedCall, ...]:
    """Calls of functions by their names in programs around the backend, by file and place."""
    files = client_files(program)
    functions = {f.path: f for f in all_functions(program) if f.path is not None} if files else {}
    found = []
    for file in files:
        paths = [function_path(call.name) for call in file.calls]
        ours = file.alone or any(path in functions for path in paths)
        for call, path in zip(file.calls, paths, strict=True):
            function = functions.get(path)
            missing = ours and function is None and _is_missing(program, path)
            found.append(NamedCall(file, call, path, function, missing))
    return tuple(found)


def function_path(name: str) -> str:
    """The path that a name in a string means: "tasks:list"; "tasks" is its default export, ".js" is left out."""
    module, colon, export = name.partition(":")
    return f"{module.removesuffix('.js').removesuffix('.ts')}:{export if colon else 'default'}"


def _is_missing(program: Program, path: str) -> bool:
    world = program.ev.world
    home, _, export = path.partition(":")
    if f"{program.project.functions_dir}/{home}" in {p.rsplit(".", 1)[0] for p in program.unreadable}:
        return False
    module = world.by_name(home)
    if module is None:
        return True
    if module.head.problem is not None or module.head.truncated or world.has_open_star(module):
        return False
    return export not in world.export_names(module)


def at_name(named: NamedCall, message: str, *, span: Span | None = None, help: str | None = None) -> Finding:
    """A finding at the function's name, or at another span of the file."""
    where = named.call.name_at if span is None else span
    function = named.function.path if named.function is not None else None
    return Finding(named.file.path, where, message, help, function)
