"""What the project's own calls by reference pass to a function."""

from __future__ import annotations

from convexlint.facts.ir import Object
from convexlint.program.model import Program, Reference, RegisteredFunction


def references_to(program: Program, function: RegisteredFunction) -> tuple[Reference, ...]:
    return tuple(r for r in program.everywhere.references if r.target is function)


def calls_pass_nothing(program: Program, function: RegisteredFunction) -> bool:
    """Whether every use of an internal function is known, there is one, and none passes an
    argument.

    Public functions have callers that are not seen; one that was not understood may be to any.
    """
    if function.visibility != "internal":
        return False
    if _some_are_unknown(program):
        return False
    uses = references_to(program, function)
    return bool(uses) and all(r.use and _is_empty(r) for r in uses)


def is_never_called(program: Program, function: RegisteredFunction) -> bool:
    """Whether no code of the project calls an internal function, for all that is known."""
    return not _some_are_unknown(program) and not references_to(program, function)


def _some_are_unknown(program: Program) -> bool:
    references = program.everywhere.references
    return any(r.root in ("internal", "string") and r.status == "unknown" for r in references)


def _is_empty(reference: Reference) -> bool:
    args = reference.args
    return args is None or (isinstance(args, Object) and not args.props)
