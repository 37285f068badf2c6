"""A client that names a function which is not there: the call fails at run time."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Fix, Level, Suggestion
from convexlint.program.convex.near import nearest, nearest_function
from convexlint.program.model import RegisteredFunction
from convexlint.program.places.clients.calls import NamedCall, at_name, client_calls, spelled
from convexlint.program.program import Program, all_functions
from convexlint.rules.rule import NoOptions, rule
from convexlint.structs import replace


@rule(category=Category.CLIENTS, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    known: dict[str, RegisteredFunction] | None = None
    for named in client_calls(program):
        if not named.certain or named.again:
            continue
        if known is None:
            public = (f for f in all_functions(program) if f.is_public and f.path is not None)
            known = {f.path: f for f in public if f.path is not None}
        fitting = [path for path, f in known.items() if named.kind in ("", f.kind)]
        near = nearest_function(named.path, fitting)
        home, _, export = named.path.partition(":")
        has_module = any(module.name == home for module in program.modules)
        said = f"module `{home}` exports no `{export}`" if has_module else f"there is no module `{home}`"
        finding = at_name(
            named,
            f"{said}, so this {'type is none' if named.is_type else 'call fails'}"
            + (f"; did you mean `{near}`?" if near else ""),
            help=f"name a public function of the backend, or export `{export}` from `{home}`",
        )
        yield _mended(finding, named, near, fitting) if near else finding


def _mended(finding: Finding, named: NamedCall, near: str, fitting: list[str]) -> Finding:
    """With the near name: as a fix where no other is near."""
    text = spelled(named, near)
    if text is None:
        return finding
    edit, title = Edit(named.file, named.at, text), f"call `{near}`"
    others = [path for path in fitting if path != near]
    if named.kind and _is_alone(named.path, near, others):
        return replace(finding, fix=Fix.safe(title, edit))
    return replace(finding, suggestions=(Suggestion(title, (edit,)),))


def _is_alone(path: str, near: str, others: list[str]) -> bool:
    """Whether nothing else can be meant: no other name is near, and the function did not move to a module of another
    name."""
    home, other = path.partition(":")[0], near.partition(":")[0]
    return nearest_function(path, others) is None and (
        home == other or nearest(home, [other], 0.7) is not None
    )
