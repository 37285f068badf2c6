"""Which clients in the repository break with a function that changed, as they are written now: one that the same change
mended does not."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.discovery.around import SCRIPTS, is_application
from convexlint.findings import Span
from convexlint.program.convex.breaks import MEMBER
from convexlint.program.evolution.function_changes import FunctionBreak
from convexlint.program.places.clients.arguments import argument_problems
from convexlint.program.places.clients.calls import NamedCall, all_client_calls, is_in_test
from convexlint.program.places.clients.reads import client_reads
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    ObjectValidator,
    RecordValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.structs import Struct

Path = tuple[str, ...]
_READ = (*SCRIPTS, ".py")
"""What is read as code; of all else the text is known."""


class BrokenClient(Struct, frozen=True):
    """A place in a client that fails with the change. `span`: None where the file is of a language that is only known
    as text. `reads`: it reads what is no longer returned; else it calls."""

    path: str
    span: Span | None
    reads: bool = False


def broken_clients(program: Program, found: FunctionBreak) -> tuple[BrokenClient, ...]:
    """The first place of each client that surely breaks, by path."""
    if found.old.visibility != "public":
        return ()
    first: dict[str, BrokenClient] = {}
    for client in _reading(program, found) if found.kind == "returns" else _calling(program, found):
        first.setdefault(client.path, client)
    return tuple(first[path] for path in sorted(first))


def _calling(program: Program, found: FunctionBreak) -> Iterator[BrokenClient]:
    calls = _calls(program).get(found.old.path, [])
    for call in calls:
        if _fails(program, found, call):
            yield BrokenClient(call.file, call.at)
    if found.kind in ("gone", "internal"):
        for path in program.naming(found.old.path):
            if is_application(path) and not path.endswith(_READ):
                yield BrokenClient(path, None)


@query
def _calls(program: Program) -> dict[str, list[NamedCall]]:
    found: dict[str, list[NamedCall]] = {}
    for call in all_client_calls(program):
        if not call.is_type and not is_in_test(call) and is_application(call.file):
            found.setdefault(call.path, []).append(call)
    return found


def _fails(program: Program, found: FunctionBreak, call: NamedCall) -> bool:
    if found.kind == "gone":
        return call.certain
    if found.kind == "internal":
        return not call.admin and call.kind != ""
    if found.kind == "kind":
        return found.now is not None and call.kind not in ("", found.now.kind)
    broken = _steps(found)
    return any(
        _is_within(path, broken) for problem in argument_problems(program, call) for path in problem.paths
    )


def _steps(found: FunctionBreak) -> Path:
    """The path of what changed, elements and values of records as acceptance has them."""
    return tuple(step for step in found.found.path if step != MEMBER) if found.found is not None else ()


def _is_within(one: Path, other: Path) -> bool:
    """Whether one of two paths leads through the other."""
    return all(a == b or "{}" in (a, b) for a, b in zip(one, other, strict=False))


# ------------------------------------------------------------------------------------------------------------ results


def _reading(program: Program, found: FunctionBreak) -> Iterator[BrokenClient]:
    """Clients that read a field which the function gave and gives no more, in whatever shape."""
    now = found.now.returns.validator if found.now is not None else None
    broken = _steps(found)
    for read in client_reads(program):
        if (
            read.function != found.old.path
            or len(read.path) < len(broken)
            or not is_application(read.module.path)
        ):
            continue
        lost = _gives(found.old.returns, read.path) and not _gives(now, read.path)
        if lost and _is_within(broken, read.path):
            yield BrokenClient(read.module.path, read.span, True)


def _gives(validator: Validator | None, path: Path) -> bool:
    """Whether a result may have a value at the path."""
    if validator is None or isinstance(validator, AnyValidator) or not path:
        return True
    if isinstance(validator, UnionValidator):
        return any(_gives(member, path) for member in validator.members)
    if isinstance(validator, ObjectValidator):
        field = validator.fields.get(path[0])
        return not validator.complete if field is None else _gives(field.validator, path[1:])
    if isinstance(validator, RecordValidator):
        return _gives(validator.value, path[1:])
    if isinstance(validator, ArrayValidator):
        return path[0] == "[]" and _gives(validator.element, path[1:])
    return isinstance(validator, UnknownValidator)
