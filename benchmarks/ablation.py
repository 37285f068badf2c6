"""How well `returns` and `args` are inferred: take away the validators that people wrote, infer, compare.

    python -m benchmarks.ablation PROJECT [PROJECT ...]            returns
    python -m benchmarks.ablation --args PROJECT [PROJECT ...]     args
    python -m benchmarks.ablation --strip WHERE PROJECT            a copy without any `returns`, for the compiler
    python -m benchmarks.ablation --strip --public WHERE PROJECT   only public functions lose theirs
    python -m benchmarks.ablation --strip --args WHERE PROJECT     a copy with types instead of `args`

Every `returns:` of the project is cut out of a copy in memory; the program is built from that copy, so nothing can
be read off the answer. Each inferred validator is then held against the one that stood there:

    equal      the same type
    wider      accepts all that the written one accepts, and more
    narrower   accepts part of it (people write `v.any()`, or `v.null()` where no path returns null)
    different  neither: to be judged by hand, listed with --list
    left       not inferred; the reasons are counted

People seldom write a validator and a type for the same arguments. So `--args` first writes the type that each `args`
validator gives beside the handler's parameter, cuts `args` out, lets the fix of require-args-validator loose on that
text, and reads the result with the model. `any` counts the validators that hold a `v.any()`, which no fix may write.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from pathlib import Path

from benchmarks.compile_fixes import copy_project
from convexlint.discovery.discover import discover
from convexlint.discovery.project import Project, Role, SourceFile, outer_name
from convexlint.discovery.resolve import Resolver
from convexlint.facts import extract
from convexlint.facts.lowered import lowered
from convexlint.fixes.edits import FixSet, apply_all
from convexlint.program.build import ProgramInputs, build_program
from convexlint.program.convex.handlers import args_param
from convexlint.program.convex.types_text import type_text
from convexlint.program.evaluation.validate import with_system_fields
from convexlint.program.inference.inferred import DocumentValidator, PageValidator, same
from convexlint.program.inference.returns import inferred_returns
from convexlint.program.model import RegisteredFunction
from convexlint.program.program import Program
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
from convexlint.rules.functions import require_args_validator
from convexlint.session.reach import may_follow


def build(project: Project, sources: dict[str, bytes]) -> Program:
    own = {f.path: f for f in project.files}
    files = {path: own.get(path) or SourceFile(path, outer_name(path), Role.HELPER) for path in sources}
    facts = {path: lowered(extract(source, path)) for path, source in sources.items()}
    return build_program(ProgramInputs(project, sources, facts, files, Resolver(project).resolve))


def sources_of(project: Project) -> dict[str, bytes]:
    """What `check` reads, by path: the modules of the program, and those elsewhere that they import."""
    others = {f.path for f in project.files if f.role in (Role.GENERATED, Role.TEST)}
    resolver, sources = Resolver(project), dict[str, bytes]()
    wave = [f.path for f in project.files if f.path not in others]
    while wave:
        sources.update((path, Path(path).read_bytes()) for path in wave)
        asked = [
            (path, s.text) for path in wave for s in lowered(extract(sources[path], path)).head.specifiers
        ]
        targets = dict.fromkeys(resolver.resolve(path, text) for path, text in asked)
        wave = [t for t in targets if t is not None and t not in others.union(sources) and may_follow(t)]
    return sources


Cuts = dict[str, list[tuple[int, int, bytes]]]
"""Path -> (start, end, what stands there instead)."""


def cut(cuts: Cuts, function: RegisteredFunction, key: str, text: bytes) -> None:
    """Mark the property `key` of a registration, with the comma behind it."""
    for prop in function.config.props if function.config is not None else ():
        if prop.key == key:
            comma = text.find(b",", prop.end)
            stop = comma + 1 if comma >= 0 and not text[prop.end : comma].strip() else prop.end
            cuts.setdefault(function.module.path, []).append((prop.start, stop, b""))


def applied(cuts: Cuts, sources: dict[str, bytes]) -> dict[str, bytes]:
    stripped = dict(sources)
    for path, places in cuts.items():
        for start, end, text in sorted(set(places), reverse=True):
            stripped[path] = stripped[path][:start] + text + stripped[path][end:]
    return stripped


def without_returns(
    program: Program, sources: dict[str, bytes], public_only: bool = False
) -> dict[str, bytes]:
    """The sources with every `returns` property that is written in a registration cut out."""
    cuts: Cuts = {}
    for function in program.functions:
        if function.is_public or not public_only:
            cut(cuts, function, "returns", sources[function.module.path])
    return applied(cuts, sources)


def with_types(program: Program, sources: dict[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """The sources with types instead of `args` validators, and the paths of the functions that were changed."""
    cuts: Cuts = {}
    changed = []
    for function in program.functions:
        param, handler, args = args_param(function), function.handler, function.args
        if function.path is None or args.state != "declared" or args.by_spread or function.custom:
            continue
        if param is None or handler is None or handler.module is not function.module:
            continue
        if not is_known(args.validator) or not isinstance(args.validator, ObjectValidator):
            continue
        module = function.module
        end = param.annotation.end if param.annotation is not None else param.pattern.end
        before = len(cuts.get(module.path, ()))
        cut(cuts, function, "args", sources[module.path])
        if len(cuts.get(module.path, ())) > before:
            note = f": {type_text(args.validator)}".encode()
            cuts[module.path].append((param.pattern.end, end, note))
            changed.append(function.path)
    stripped = applied(cuts, sources)
    for path in cuts:
        if not re.search(rb"\bimport\s+(type\s+)?\{[^}]*\bId\b", stripped[path]):
            generated = Path(program.project.functions_dir, "_generated", "dataModel")
            place = os.path.relpath(generated, Path(path).parent).replace(os.sep, "/")
            place = place if place.startswith(".") else f"./{place}"
            stripped[path] += f'\nimport type {{ Id }} from "{place}";\n'.encode()
    return stripped, changed


def expand(validator: Validator, program: Program) -> Validator:
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
    sources = sources_of(project)
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
        found = inferred_returns(after, blind[function.path])
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


def holds_any(validator: Validator) -> bool:
    if isinstance(validator, ArrayValidator):
        return holds_any(validator.element)
    if isinstance(validator, RecordValidator):
        return holds_any(validator.key) or holds_any(validator.value)
    if isinstance(validator, ObjectValidator):
        return any(holds_any(f.validator) for f in validator.fields.values())
    if isinstance(validator, UnionValidator):
        return any(holds_any(m) for m in validator.members)
    return isinstance(validator, AnyValidator)


def measure_args(project: Project, show: bool) -> Counter[str]:
    """Counts per verdict of the `args` that the fix writes."""
    sources = sources_of(project)
    before = build(project, sources)
    typed, changed = with_types(before, sources)
    findings = list(
        require_args_validator.check.check(build(project, typed), require_args_validator.Options())
    )
    fixed = dict(typed)
    for path in typed:
        fits = FixSet()
        fixes = [f.fix for f in findings if f.path == path and f.fix is not None and fits.add(f.fix)]
        fixed.update(apply_all({path: typed[path]}, fixes))
    after = {f.path: f for f in build(project, fixed).functions}
    counts: Counter[str] = Counter()
    for function in before.functions:
        written = function.args.validator
        if function.path not in changed or written is None:
            continue
        found = after[function.path].args
        if found.state != "declared" or found.validator is None:
            result = "any" if holds_any(written) else "left"
        else:
            result = verdict(written, found.validator)
        counts[result] += 1
        if show and result not in ("equal", "any"):
            print(f"   {result:10} {function.path}\n      written  {type_text(written)[:600]}")
            print(f"      fixed    {type_text(found.validator)[:600]}")
    total = sum(counts.values()) - counts["any"]
    share = f"{100 * counts['equal'] / max(1, total):.1f}% of {total} equal"
    print(f"{project.functions_dir}: {dict(sorted(counts.items()))}; {share}")
    return counts


_CLOSES = {"<": ">", "{": "}", "(": ")", "[": "]"}


def forgotten(api: str, public_only: bool) -> str:
    """A static `_generated/api.d.ts` as `convex codegen` writes it for functions without `returns`: they give `any`."""
    parts = []
    done = 0
    for found in re.finditer(r"\bFunctionReference<", api):
        commas, depth, at = [], 0, found.end()
        while depth > 0 or api[at] != ">":
            if api[at] == '"':
                at = api.index('"', at + 1)
            elif api[at] in _CLOSES:
                depth += 1
            elif api[at] in _CLOSES.values():
                depth -= 1
            elif api[at] == "," and depth == 0:
                commas.append(at)
            at += 1
        public = len(commas) > 1 and '"public"' in api[commas[0] : commas[1]]
        if len(commas) == 3 and (public or not public_only):
            parts += [api[done : commas[2] + 1], " any"]
            done = at
    return "".join([*parts, api[done:]])


def strip(project: Path, where: Path, key: str, public_only: bool) -> None:
    """Copy a project without any `returns` (`public_only`: with those of internal functions), or with types in the
    place of `args`."""
    copy_project(project, where)
    for target in discover([str(where)]).targets:
        files = [f for f in target.project.files if f.role not in (Role.GENERATED, Role.TEST)]
        sources = {f.path: Path(f.path).read_bytes() for f in files}
        program = build(target.project, sources)
        if key == "args":
            stripped, _ = with_types(program, sources)
        else:
            stripped = without_returns(program, sources, public_only)
        for path, text in stripped.items():
            Path(path).write_bytes(text)
        api = Path(target.project.functions_dir, "_generated", "api.d.ts")
        if api.is_file() and key == "returns":
            api.write_text(forgotten(api.read_text(encoding="utf-8"), public_only), encoding="utf-8")


def main(arguments: list[str]) -> int:
    show = "--list" in arguments
    paths = [a for a in arguments if not a.startswith("--")]
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    if "--strip" in arguments:
        key = "args" if "--args" in arguments else "returns"
        strip(Path(paths[1]).resolve(), Path(paths[0]).resolve(), key, "--public" in arguments)
        return 0
    for target in discover(paths).targets:
        (measure_args if "--args" in arguments else measure)(target.project, show)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
