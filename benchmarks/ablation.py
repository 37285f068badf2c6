"""How well `returns` validators are inferred: take away those that people wrote, infer, compare.

    python -m benchmarks.ablation PROJECT [PROJECT ...]

Every `returns:` of the project is cut out of a copy in memory; the program is built from that copy, so nothing can
be read off the answer. Each inferred validator is then held against the one that stood there:

    equal      the same type
    wider      accepts all that the written one accepts, and more
    narrower   accepts part of it (people write `v.any()`, or `v.null()` where no path returns null)
    different  neither: to be judged by hand, listed with --list
    left       not inferred; the reasons are counted
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from convexlint.discovery.discover import discover
from convexlint.discovery.project import Project, Role
from convexlint.discovery.resolve import Resolver
from convexlint.facts import extract
from convexlint.program.build import ProgramInputs, build_program
from convexlint.program.inferred import DocumentValidator, Inferred, PageValidator, same
from convexlint.program.model import Program, RegisteredFunction
from convexlint.program.types_text import type_text
from convexlint.program.validate import with_system_fields
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)


def build(project: Project, sources: dict[str, bytes]) -> Program:
    files = {f.path: f for f in project.files if f.path in sources}
    facts = {path: extract(source, path) for path, source in sources.items()}
    return build_program(ProgramInputs(project, sources, facts, files, Resolver(project).resolve))


def without_returns(program: Program, sources: dict[str, bytes]) -> dict[str, bytes]:
    """The sources with every `returns` property that is written in a registration cut out."""
    cuts: dict[str, list[tuple[int, int]]] = {}
    for function in program.functions:
        for prop in function.config.props if function.config is not None else ():
            if prop.key == "returns":
                cuts.setdefault(function.module.path, []).append((prop.start, prop.end))
    stripped = dict(sources)
    for path, spans in cuts.items():
        text = sources[path]
        for start, end in sorted(spans, reverse=True):
            comma = text.find(b",", end)
            stop = comma + 1 if comma >= 0 and not text[end:comma].strip() else end
            text = text[:start] + text[stop:]
        stripped[path] = text
    return stripped


def expand(validator: Inferred, program: Program) -> Validator:
    """Documents and pages spelled out."""
    if isinstance(validator, DocumentValidator):
        return with_system_fields(program.schema.tables[validator.table].validator, validator.table)
    if isinstance(validator, PageValidator):
        text, null = ScalarValidator("string"), ScalarValidator("null")
        status = UnionValidator(
            (LiteralValidator("SplitRecommended"), LiteralValidator("SplitRequired"), null)
        )
        return ObjectValidator(
            {
                "page": FieldValidator(ArrayValidator(expand(validator.item, program)), False),
                "isDone": FieldValidator(ScalarValidator("boolean"), False),
                "continueCursor": FieldValidator(text, False),
                "splitCursor": FieldValidator(UnionValidator((text, null)), True),
                "pageStatus": FieldValidator(status, True),
            },
            True,
        )
    if isinstance(validator, ArrayValidator):
        return ArrayValidator(expand(validator.element, program))
    if isinstance(validator, ObjectValidator):
        fields = {
            k: FieldValidator(expand(f.validator, program), f.optional) for k, f in validator.fields.items()
        }
        return ObjectValidator(fields, validator.complete)
    if isinstance(validator, UnionValidator):
        return UnionValidator(tuple(expand(m, program) for m in validator.members))
    if isinstance(validator, RecordValidator):
        return RecordValidator(expand(validator.key, program), expand(validator.value, program))
    return validator


def accepts(wide: Validator, narrow: Validator) -> bool:
    """Whether every value of `narrow` passes `wide`."""
    if isinstance(wide, AnyValidator) or same(wide, narrow):
        return True
    if isinstance(narrow, UnionValidator):
        return all(accepts(wide, m) for m in narrow.members)
    if isinstance(wide, UnionValidator):
        return any(accepts(m, narrow) for m in wide.members)
    if isinstance(wide, ScalarValidator) and wide.kind == "string":
        return type(narrow).__name__ == "IdValidator" or (
            isinstance(narrow, LiteralValidator) and isinstance(narrow.value, str)
        )
    if isinstance(wide, ScalarValidator) and isinstance(narrow, LiteralValidator):
        kind = "boolean" if isinstance(narrow.value, bool) else "number"
        return wide.kind == kind and not isinstance(narrow.value, str)
    if isinstance(wide, ArrayValidator) and isinstance(narrow, ArrayValidator):
        return accepts(wide.element, narrow.element)
    if isinstance(wide, RecordValidator) and isinstance(narrow, RecordValidator):
        return accepts(wide.key, narrow.key) and accepts(wide.value, narrow.value)
    if isinstance(wide, ObjectValidator) and isinstance(narrow, ObjectValidator):
        if any(k not in wide.fields for k in narrow.fields):
            return False
        for name, field in wide.fields.items():
            other = narrow.fields.get(name)
            if other is None:
                if not field.optional:
                    return False
            elif (other.optional and not field.optional) or not accepts(field.validator, other.validator):
                return False
        return True
    return False


def is_known(validator: Validator | None) -> bool:
    """Whether a written validator could be read to its last field."""
    if validator is None or isinstance(validator, UnknownValidator):
        return False
    if isinstance(validator, ArrayValidator):
        return is_known(validator.element)
    if isinstance(validator, ObjectValidator):
        return validator.complete and all(is_known(f.validator) for f in validator.fields.values())
    if isinstance(validator, UnionValidator):
        return all(is_known(m) for m in validator.members)
    return True


def verdict(written: Validator, inferred: Validator) -> str:
    if same(written, inferred) or (accepts(written, inferred) and accepts(inferred, written)):
        return "equal"
    if accepts(inferred, written):
        return "wider"
    return "narrower" if accepts(written, inferred) else "different"


def measure(project: Project, show: bool) -> Counter[str]:
    """Counts per verdict, printed with the commonest reasons of what is left."""
    files = [f for f in project.files if f.role not in (Role.GENERATED, Role.TEST)]
    sources = {f.path: Path(f.path).read_bytes() for f in files}
    before = build(project, sources)
    after = build(project, without_returns(before, sources))
    blind: dict[str | None, RegisteredFunction] = {f.path: f for f in after.functions}
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for function in before.functions:
        written = function.returns.validator
        if function.path is None or function.returns.state != "declared":
            continue
        if not is_known(written) or written is None:
            counts["unread"] += 1
            continue
        found = after.inferred_returns[blind[function.path]]
        if found.validator is None:
            counts["left"] += 1
            assert found.stop is not None
            reasons[found.stop.why] += 1
            if show:
                text = " ".join(found.stop.module.text(found.stop.span).split())[:80]
                print(f"   left       {function.path}: {text}: {found.stop.why}")
            continue
        inferred = expand(found.validator, after)
        result = verdict(written, inferred)
        counts[result] += 1
        if show and result != "equal":
            print(f"   {result:10} {function.path}")
            print(f"      written  {type_text(written)[:600]}\n      inferred {type_text(inferred)[:600]}")
    total = sum(counts.values()) - counts["unread"]
    restored = counts["equal"] + counts["wider"] + counts["narrower"]
    share = f"{100 * restored / max(1, total):.1f}% of {total} restored"
    print(f"{project.functions_dir}: {dict(sorted(counts.items()))}; {share}")
    print("   left because:", "; ".join(f"{why} ({n})" for why, n in reasons.most_common(6)))
    return counts


def main(arguments: list[str]) -> int:
    show = "--list" in arguments
    paths = [a for a in arguments if a != "--list"]
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    for target in discover(paths).targets:
        measure(target.project, show)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
