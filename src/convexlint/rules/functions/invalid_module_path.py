"""Files and exports become function paths; Convex refuses names that cannot (convex-facts 1.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.discovery.project import Role
from convexlint.findings import Category, Finding, Level, Related, Span
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.places.special import is_pushed
from convexlint.program.program import Program, all_functions
from convexlint.rules.rule import NoOptions, rule

MAX_BYTES = 64
_WHOLE_FILE = Span(0, 0)
_PART = re.compile(r"[A-Za-z0-9_.]*[A-Za-z0-9][A-Za-z0-9_.]*")
_EXPORT = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z_][A-Za-z0-9_]*")


@rule(category=Category.FUNCTIONS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    modules = [m for m in program.modules if m.role is Role.MODULE and is_pushed(m)]
    first: dict[str, Module] = {}
    for module in modules:
        problem = _problem(module)
        if problem is not None:
            yield Finding(path=module.path, span=_WHOLE_FILE, message=problem[0], help=problem[1])
        other = first.setdefault(module.name, module)
        if other is not module:
            yield Finding(
                path=module.path,
                span=_WHOLE_FILE,
                message=f"`{_file(module)}` and `{_file(other)}` both become `{module.name}.js`: "
                "the push fails",
                help="delete or rename one of them",
                related=(Related(other.path, _WHOLE_FILE, "the other file"),),
            )
    yield from _exports(program)


def _file(module: Module) -> str:
    return module.path.rpartition("/")[2]


def _problem(module: Module) -> tuple[str, str] | None:
    """What is wrong with the path of a module, and the way out."""
    parts = module.name.split("/")
    top = parts[0] if len(parts) > 1 else ""
    if top == "_deps":
        return "the folder `_deps` is the bundler's own: the push is refused", "rename the folder"
    if top == "_system":
        return "the folder `_system` is Convex's own: the push is refused", "rename the folder"
    if top == "actions" and not module.node:
        return (
            'modules in the folder `actions` must be "use node" modules, and this one is not: the push fails',
            'rename the folder, or begin the file with `"use node";`',
        )
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        what = f"file name `{_file(module)}`" if last else f"folder name `{part}`"
        if _PART.fullmatch(part) is None:
            bad = dict.fromkeys(re.sub(r"[A-Za-z0-9_.]", "", part))
            listed = ", ".join(f"`{c}`" for c in bad) or "only signs"
            return (
                f"the {what} holds {listed}: the push fails, for paths hold letters, digits, `_`, `.` only",
                f"rename it, to `{re.sub('[^A-Za-z0-9_.]+', '_', part)}` for example" if bad else "rename it",
            )
        if len((part + ".js" if last else part).encode()) > MAX_BYTES:
            return f"the {what} is longer than {MAX_BYTES} bytes: the push is refused", "shorten it"
    return None


def _exports(program: Program) -> Iterator[Finding]:
    names = {module.name for module in program.modules}
    for function in program.functions:
        if not _addressable(function):
            continue
        name, module = function.export, function.module
        if _EXPORT.fullmatch(name) is None or len(name) > MAX_BYTES:
            yield Finding.at(
                function.place,
                f"`{name}` cannot name a Convex function: names are letters, digits and `_`, begin "
                f"with no digit, and have at most {MAX_BYTES} characters; the push is refused",
                span=function.export_span,
                help="export it under another name",
            )
            continue
        inner = f"{module.name}/{name}"
        clash = _first_public(program, inner) if function.is_public and inner in names else None
        if clash is not None:
            yield Finding.at(
                function.place,
                f"`api.{inner.replace('/', '.')}` would be this function and the module `{inner}`: "
                "the push is refused",
                span=function.export_span,
                help="rename the function or the module",
                related=(Related(clash.module.path, _WHOLE_FILE, f"the module `{inner}`"),),
            )


def _first_public(program: Program, module: str) -> RegisteredFunction | None:
    """The first public function of the module with that name; of two functions of one path the last counts."""
    own = [f for f in all_functions(program) if f.module.name == module and _addressable(f)]
    return next((f for f in {f.path: f for f in own}.values() if f.is_public), None)


def _addressable(function: RegisteredFunction) -> bool:
    return function.path is not None and function.kind != "httpAction" and function.module.role is Role.MODULE
