"""A reference to a function that is not there: it fails when it is used, and only then."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Level, Suggestion
from convexlint.program.convex.near import nearest, nearest_function
from convexlint.program.model import Reference, RegisteredFunction
from convexlint.program.places.mounted_components import component_mistakes
from convexlint.program.places.references import references
from convexlint.program.places.tested_references import tested_by
from convexlint.program.program import Program, all_functions
from convexlint.program.writing.api_imports import reference_text
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule

_ALWAYS = "; the test of it says nothing: `api` and `internal` make a reference of any name"


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    modules = {m.name: m for m in program.modules}
    paths: dict[str, RegisteredFunction] | None = None  # of all modules, so only where something is missing
    unread = {path.rsplit(".", 1)[0] for path in program.unreadable}
    for reference in references(program):
        module = reference.place.module
        # A cron's target is invalid-cron's matter.
        if reference.status != "missing" or reference.path is None or reference.use == "cron":
            continue
        home, _, export = reference.path.partition(":")
        target = modules.get(home.removesuffix(".js"))
        if target is not None and (target.head.problem is not None or target.head.truncated):
            continue
        if f"{program.project.functions_dir}/{home}" in unread:
            continue
        tests = tested_by(program, reference)
        if any(test.place.span != reference.place.span for test in tests):
            continue  # told at the test
        if paths is None:
            paths = _paths(program)
        near = nearest_function(reference.path, paths)
        said = (
            f"module `{home}` exports no `{export or 'default'}`"
            if target
            else f"there is no module `{home}`"
        )
        yield Finding.at(
            reference.place,
            f"{said}, so `{_short(module.text(reference.place.span))}` fails"
            + (f"; did you mean `{near}`?" if near else ""),
            help=_help(target is not None, home, export) + (_ALWAYS if tests else ""),
            suggestions=_suggestions(reference, near, paths[near].visibility) if near else (),
        )
    yield from _into_components(program)


def _into_components(program: Program) -> Iterator[Finding]:
    for mistake in component_mistakes(program):
        text = _short(mistake.reference.place.module.text(mistake.reference.place.span))
        near = nearest(mistake.name, mistake.known) if mistake.why == "unmounted" else None
        if mistake.why == "missing":
            near = nearest_function(mistake.path, mistake.known)
        function = _dotted(mistake.path)
        if mistake.why == "unmounted":
            said = f"no component is mounted as `{mistake.name}`"
            help_ = (
                f'`app.use(...)` in convex.config would have to mount it, with `{{ name: "{mistake.name}" }}`'
            )
        elif mistake.why == "internal":
            said = f"`{function}` is internal to the component `{mistake.name}`"
            help_ = "make it public in the component (clients cannot reach it there), or call a public function of it"
        else:
            said = f"the component `{mistake.name}` has no public function `{function}`"
            help_ = "refer to a function that the component lets others call"
        yield Finding.at(
            mistake.reference.place,
            f"{said}, so `{text}` fails" + (f"; did you mean `{_dotted(near)}`?" if near else ""),
            help=help_,
        )


def _dotted(path: str) -> str:
    return path.replace("/", ".").replace(":", ".")


def _paths(program: Program) -> dict[str, RegisteredFunction]:
    functions = all_functions(program)
    return {f.path: f for f in functions if f.path is not None and f.kind != "httpAction"}


def _help(has_module: bool, home: str, export: str) -> str:
    if has_module:
        return f"export a function `{export or 'default'}` from `{home}`, or refer to one that is there"
    return f"a file `{home}.ts` of the functions folder would have to export `{export or 'default'}`"


def _suggestions(reference: Reference, path: str, visibility: str) -> tuple[Suggestion, ...]:
    """The near function; written out where the reference is a plain `root.a.b` or a string."""
    module, span = reference.place.module, reference.place.span
    edits: tuple[Edit, ...] = ()
    if reference.root == "string":
        edits = (replace(module, span, quoted(module, path)),)
    elif reference.root_span is not None and reference.root_span.start == span.start:
        text = reference_text(module.text(reference.root_span), path)
        edits = (
            (replace(module, span, text),)
            if (visibility == "internal") is (reference.root == "internal")
            else ()
        )
    return (Suggestion(f"refer to `{path}`", edits),)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."
