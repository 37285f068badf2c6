"""Comparisons of a row's field with a value that the field cannot hold: `row.status === "actve"`."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.convex.acceptance import accepts
from convexlint.program.convex.given import Constant
from convexlint.program.model import Module, Place
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.givens import given
from convexlint.program.places.sites import placing, sites
from convexlint.program.places.unknown_fields import field_text, field_validators, is_added, rows_of_variable
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import LiteralValidator, UnionValidator, Validator
from convexlint.structs import Struct

_SAME = frozenset({"===", "=="})
_COMPARES = {"eq": True, "neq": False}


class UnknownValue(Struct, frozen=True, eq=False):
    """`value`, at `place`, is compared with `field` of a row of `table`, which cannot hold it. `same`: it is asked
    whether they are equal, not whether they differ. `literals`: the texts that it may be, where it has some."""

    place: Place
    table: str
    field: str
    value: str | float | bool
    same: bool
    literals: tuple[str, ...]


@listed
def unknown_values(program: Program) -> Iterator[UnknownValue]:
    """Comparisons whose answer is the same for every row: in index ranges, in filters, then in code, each by module and
    place. Values that are not there (null, "") may be asked for, just in case."""
    if not program.schema.validation:
        return
    yield from _in_queries(program)
    for module in program.modules:
        if program.reports(module):
            yield from _in_code(program, module)


def _in_queries(program: Program) -> Iterator[UnknownValue]:
    for step in sites(program).steps:
        module, table = step.place.module, step.table
        if table is None or not program.reports(module):
            continue
        for part in step.range or () if step.method == "withIndex" else ():
            if part.method == "eq" and part.field is not None and part.value is not None:
                yield from _judged(program, module, step.place.owner, table, part.field, part.value, True)
        predicate = bare(step.args[0]) if step.method == "filter" and step.args else None
        if not isinstance(predicate, ir.Lambda):
            continue
        function = module.facts.functions[predicate.index]
        pattern = function.params[0].pattern if function.params else None
        for node in descendants((function.body, function.expression)):
            callee = node.callee if isinstance(node, ir.Call) else None
            if not isinstance(node, ir.Call) or not isinstance(callee, ir.Member) or len(node.args) != 2:
                continue
            if callee.name not in _COMPARES or not isinstance(pattern, ir.BindName):
                continue
            for one, other in (node.args, node.args[::-1]):
                name = field_text(bare(one), pattern.ref)
                if name is not None:
                    same = _COMPARES[callee.name]
                    yield from _judged(program, module, predicate.index, table, name.value, other, same)


def _in_code(program: Program, module: Module) -> Iterator[UnknownValue]:
    index = program.ev.world.index(module)
    for node in index.comparisons:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            member, value = bare(one), bare(other)
            if not isinstance(member, ir.Member) or not isinstance(value, (ir.Text, ir.Number, ir.Name)):
                continue
            holder = bare(member.object)
            if isinstance(value, ir.Name) and index.constant(value.ref) is None:
                continue
            tables = rows_of_variable(program, module, holder) if isinstance(holder, ir.Name) else ()
            if len(tables) != 1:
                continue
            same = node.op in _SAME
            for found in _judged(program, module, index.owner(node), tables[0], member.name, value, same):
                if not is_added(program, module, member.name):
                    yield found


def _judged(
    program: Program, module: Module, owner: int, table: str, name: str, value: ir.Expr, same: bool
) -> Iterator[UnknownValue]:
    found = given(program, module, value)
    if not isinstance(found, Constant) or found.value is None or found.value == "":
        return
    validators = field_validators(program, table).get(name, ())
    if not validators or any(accepts(one, found).taken is not False for one in validators):
        return
    place = placing(program).at(module, value.start, value.end, owner)
    texts = dict.fromkeys(text for one in validators for text in _texts(one))
    yield UnknownValue(place, table, name, found.value, same, tuple(texts))


def _texts(validator: Validator) -> Iterator[str]:
    for one in validator.members if isinstance(validator, UnionValidator) else (validator,):
        if isinstance(one, LiteralValidator) and isinstance(one.value, str):
            yield one.value
