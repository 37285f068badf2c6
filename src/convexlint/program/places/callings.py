"""What the project's own calls by reference pass to a function."""

from __future__ import annotations

from convexlint.facts.ir import Object
from convexlint.program.model import Reference, RegisteredFunction
from convexlint.program.places.references import may_be_to_any, references_to
from convexlint.program.program import Program


def calls_pass_nothing(program: Program, function: RegisteredFunction) -> bool:
    """Whether every use of an internal function is known, there is one, and none passes an
    argument.

    Public functions have callers that are not seen; one that was not understood may be to any.
    """
    uses = all_references_to(program, function)
    return bool(uses) and all(r.use and _is_empty(r) for r in uses or ())


def all_references_to(program: Program, function: RegisteredFunction) -> tuple[Reference, ...] | None:
    """The references to an internal function; None where there may be others: the function is public, or some
    reference of the project was not understood."""
    if function.visibility != "internal" or may_be_to_any(program):
        return None
    return references_to(program, function)


def _is_empty(reference: Reference) -> bool:
    args = reference.args
    return args is None or (isinstance(args, Object) and not args.props)
