"""Validators that need not be written out: constants of the project that can be imported, and one constant for the
documents that several functions of a module return.

    wording = worded(program, module, validator, offset, lead="returns: ", shared=frozenset({"events"}))
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Edit, Span
from convexlint.program.evaluation.validate import as_validator, with_system_fields
from convexlint.program.evaluation.values import Fields, ObjectLiteral, ValidatorOf
from convexlint.program.inference.inferred import DocumentValidator, PageValidator, same
from convexlint.program.model import Module
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import (
    ArrayValidator,
    ObjectValidator,
    RecordValidator,
    UnionValidator,
    Validator,
)
from convexlint.program.writing.imports import Imported, ensure_import
from convexlint.program.writing.manners import manners
from convexlint.program.writing.validator_text import Manner, validator_text
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

LEAST_FIELDS = 3
"""Objects with fewer fields are written out: a name would hide more than it saves."""

_EXPORTED = re.compile(
    rb"export(?<!\wexport)\s+(?:const\s+\w+[^=\n]*=\s*[\w.]+\.(?:object|union|extend|omit|pick|partial)\(|\{)"
)
_RELATIVE = re.compile(r"^\.\.?/.*?(\.[cm]?[jt]s)?$")


class Constant(Struct, frozen=True, eq=False):
    """An exported validator of the project."""

    module: Module
    name: str
    validator: Validator


def worded(
    program: Program,
    module: Module,
    validator: Validator,
    offset: int,
    *,
    lead: str,
    shared: frozenset[str] = frozenset(),
) -> Imported | None:
    """The source of `validator` for the line that holds `offset`, behind `lead`, and the edits that it needs elsewhere:
    imports, and a constant for each document of a table in `shared`. None where `v` cannot be imported."""
    v = ensure_import(module, "convex/values", "v")
    if v is None:
        return None
    manner = manners(program).of(module, v.text)
    found = _importable(program, module, manner, validator)
    fields = {} if manner.schema else _spreads(program, module, manner, validator)
    wide = replace(
        manner,
        named={**manner.named, **{one.text: known for one, known in found}},
        fields={table: one.text for table, one in fields.items()},
    )
    constants: dict[str, str] = {}
    for table in sorted(_documents(validator) & shared):
        name = _new_constant(program, module, wide, table)
        if name is not None:
            end = ";" if _ends_with_semicolon(module) else ""
            place = _below_imports(module)
            text = validator_text(DocumentValidator(table), wide, place, f"const {name} = ")
            constants[name] = f"\n\nconst {name} = {text}{end}"
            whole = with_system_fields(program.schema.tables[table].validator, table)
            wide = replace(wide, named={**wide.named, name: whole})
    text = validator_text(validator, wide, offset, lead)
    used = "\n".join((text, *constants.values()))
    edits = list(v.edits)
    for one in (*(one for one, _ in found), *fields.values()):
        if re.search(rf"(?<![\w$])(?<!\w\.){re.escape(one.text)}(?![\w$])", used):
            edits.extend(one.edits)
    if constants:
        edits.append(Edit.declaring(module.path, _room(program, module).below_imports, constants))
    joined = _joined(edits)
    return None if joined is None else Imported(text, tuple(joined))


def shared_documents(validators: list[Validator]) -> frozenset[str]:
    """The tables whose documents at least two of the validators hold."""
    seen: set[str] = set()
    twice: set[str] = set()
    for validator in validators:
        tables = _documents(validator)
        twice |= seen & tables
        seen |= tables
    return frozenset(twice)


def _documents(validator: object) -> set[str]:
    if isinstance(validator, DocumentValidator):
        return {validator.table}
    return {table for part in _parts(validator) for table in _documents(part)}


def _parts(validator: object) -> Iterator[object]:
    if isinstance(validator, PageValidator):
        yield validator.item
    elif isinstance(validator, ArrayValidator):
        yield validator.element
    elif isinstance(validator, ObjectValidator):
        yield from (field.validator for field in validator.fields.values())
    elif isinstance(validator, RecordValidator):
        yield validator.value
    elif isinstance(validator, UnionValidator):
        yield from validator.members


# ------------------------------------------------------------------------------------ what the project has


@query
def exported_validators(program: Program) -> tuple[Constant, ...]:
    """The validators of objects, and of unions of at least three, that modules of the program export by name."""
    ev = program.ev
    found = []
    for module in program.modules:
        if module.node or not module.reported or not module.holds(_EXPORTED):
            continue
        for export in module.facts.exports:
            if export.kind != "local" or export.type_only or export.name == "default":
                continue
            value = ev.export_value(module, export.name)
            if (
                isinstance(value, ValidatorOf)
                and not value.optional
                and not value.zod
                and _is_worth(value.validator)
            ):
                found.append(Constant(module, export.name, value.validator))
    return tuple(found)


def _is_worth(validator: object) -> bool:
    if isinstance(validator, ObjectValidator):
        return validator.complete and len(validator.fields) >= LEAST_FIELDS
    return isinstance(validator, UnionValidator) and len(validator.members) >= LEAST_FIELDS


def _importable(
    program: Program, module: Module, manner: Manner, validator: Validator
) -> list[tuple[Imported, Validator]]:
    """The constants of other modules that say what some part of `validator` says, ready to be imported."""
    wanted = [part for part in _named_parts(program, validator) if _is_worth(part)]
    if not wanted:
        return []
    found: list[tuple[Imported, Validator]] = []
    for constant in exported_validators(program):
        taken = [*manner.named.values(), *(known for _, known in found)]
        if any(same(constant.validator, known) for known in taken):
            continue
        if not any(same(constant.validator, part) for part in wanted):
            continue
        imported = import_from(program, module, constant.module, constant.name)
        if imported is not None:
            found.append((imported, constant.validator))
    return found


def _named_parts(program: Program, validator: object) -> Iterator[object]:
    """All parts of a validator that a constant could stand for, documents written out."""
    if isinstance(validator, DocumentValidator):
        yield with_system_fields(program.schema.tables[validator.table].validator, validator.table)
        return
    yield validator
    for part in _parts(validator):
        yield from _named_parts(program, part)


def _spreads(
    program: Program, module: Module, manner: Manner, validator: Validator
) -> Mapping[str, Imported]:
    """By table, the constant from which the schema takes the fields of its documents: `defineTable(eventFields)`."""
    ev = program.ev
    found = {}
    for table in sorted(_documents(validator)):
        definition = ev.table_definitions.get(table)
        declared = program.schema.tables[table].validator
        if definition is None or not isinstance(declared, ObjectValidator):
            continue
        home, argument = definition.root[0], definition.shape
        if not isinstance(argument, ir.Name) or argument.ref < 0:
            continue
        value = ev.expr(home, argument)
        if not isinstance(value, (ObjectLiteral, Fields, ValidatorOf)):
            continue
        known = as_validator(ev, value)
        if known is None or not same(known, declared) or len(declared.fields) < LEAST_FIELDS:
            continue
        imported = _reached(program, module, home, argument)
        if imported is not None:
            suffix = ".fields" if isinstance(value, ValidatorOf) else ""
            found[table] = Imported(imported.text + suffix, imported.edits)
    return found


def _reached(program: Program, module: Module, home: Module, name: ir.Name) -> Imported | None:
    """How `module` can name what `home` calls `name`."""
    if module is home:
        return Imported(name.name, ())
    target = program.ev.world.follow(home, name.ref)
    if target is None or target.module is None or target.kind != "binding":
        return None
    for export in target.module.facts.exports:
        if export.kind == "local" and export.binding == target.binding and export.name != "default":
            if target.module is module:
                return Imported(module.facts.bindings[target.binding].name, ())
            return import_from(program, module, target.module, export.name)
    return None


def import_from(
    program: Program, module: Module, other: Module, name: str, local: str = ""
) -> Imported | None:
    """Import an export of `other`, under the name `local` where its own is taken; None where that would close a circle
    of imports, or `other` needs Node."""
    if other is module or other.node:
        return None
    if module.path in program.ev.world.imports(frozenset({other.path})):
        return None
    return ensure_import(module, _specifier(program.ev, module, other), name, local)


def _specifier(ev: Evaluator, module: Module, other: Module) -> str:
    """How `module` writes an import of `other`: as it does already, else by the relative path."""
    endings = []
    for statement in module.facts.imports:
        if ev.world.specifier(module, statement.specifier) is other:
            return statement.specifier
        match = _RELATIVE.match(statement.specifier)
        if match is not None and "_generated/" not in statement.specifier:
            endings.append(match[1] or "")
    path = os.path.relpath(other.path, os.path.dirname(module.path)).replace(os.sep, "/")  # noqa: PTH120
    stem = re.sub(r"\.[cm]?[jt]sx?$", "", path)
    stem = stem if stem.startswith(".") else f"./{stem}"
    return stem + (endings[0] if endings and all(ending == endings[0] for ending in endings) else "")


# ---------------------------------------------------------------------------------------- a constant of its own


def _new_constant(program: Program, module: Module, manner: Manner, table: str) -> str | None:
    """The name of a constant for the documents of `table`; None where one is not needed, or has no place."""
    whole = with_system_fields(program.schema.tables[table].validator, table)
    if manner.schema is not None or any(same(whole, known) for known in manner.named.values()):
        return None
    room = _room(program, module)
    if room.below_imports < 0:
        return None
    stem = _singular(table)
    names = (f"{stem}{suffix}" for suffix in ("Doc", "Document", "DocValidator"))
    return next((name for name in names if name not in room.taken), None)


_SINGULARS = (
    *(
        ("series", "series"),
        ("species", "species"),
        ("news", "news"),
        ("alyses", "alysis"),
        ("quizzes", "quiz"),
    ),
    *(("movies", "movie"), ("cookies", "cookie"), ("ies", "y")),
    *((end, end[:-2]) for end in ("sses", "shes", "zzes", "tzes", "xes", "aliases", "canvases")),
    *((end, end[:-2]) for end in ("atuses", "buses", "ruses", "nuses", "ocuses", "puses")),
    *((end, end[:-2]) for end in ("nches", "rches", "tches", "eeches", "oaches")),
    *(("ss", "ss"), ("us", "us"), ("sis", "sis"), ("s", "")),
)
"""What names of tables end with, and one of their documents; the first that fits."""


def _singular(table: str) -> str:
    for end, instead in _SINGULARS:
        if table.endswith(end):
            return table[: -len(end)] + instead
    return table


class _Room(Struct, frozen=True):
    """Where a module has room for a constant. `below_imports`: see there. `taken`: names that are not free."""

    below_imports: int
    taken: frozenset[str]


@query
def _room(program: Program, module: Module) -> _Room:
    names = {binding.name for binding in module.facts.bindings} | {t.name for t in module.facts.types}
    return _Room(_below_imports(module), frozenset(names))


def _below_imports(module: Module) -> int:
    """Where a constant stands below the imports: the end of the last one's line; -1 where the module does not begin
    with imports."""
    body = module.facts.functions[0].body
    first = min((statement.start for statement in body), default=len(module.source))
    above = [statement.end for statement in module.facts.imports if statement.end <= first]
    if not above:
        return -1
    end = module.source.find(b"\n", max(above))
    line = module.source[max(above) : end] if end >= 0 else b""
    return max(above) + len(line.rstrip()) if line.strip().startswith((b"//", b"/*")) else max(above)


def _ends_with_semicolon(module: Module) -> bool:
    first = module.facts.imports[0]
    return module.source[first.start : first.end].rstrip().endswith(b";")


def _with(known: Edit, edit: Edit) -> Edit:
    """Two insertions at one place; one that declares nothing (an import) stands first."""
    if not edit.declared:
        return Edit(edit.path, edit.span, known.text + edit.text)
    return Edit.declaring(edit.path, edit.span.start, {"": known.text, **edit.parts})


def _joined(edits: list[Edit]) -> list[Edit] | None:
    """The edits, those that insert at one place made one, in their order."""
    joined: dict[tuple[str, Span], Edit] = {}
    for edit in edits:
        key = (edit.path, edit.span)
        known = joined.get(key)
        if known is None or known == edit:
            joined[key] = edit
        elif edit.span.start == edit.span.end:
            joined[key] = _with(known, edit)
        else:
            return None
    return list(joined.values())
