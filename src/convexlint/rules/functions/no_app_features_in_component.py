"""What works in the app alone: a component has no identity, no pagination of its own, no undeclared variables."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level
from convexlint.program.behaviour.chains import chain, deed_of
from convexlint.program.behaviour.component_limits import AppFeature, app_features
from convexlint.program.program import Program
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="safe", by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for feature in app_features(program):
        message, advice = _words(feature)
        beginning = feature.beginning
        yield Finding.at(
            feature.place,
            message,
            help=advice,
            span=None if beginning is None else beginning.span,
            function=None if beginning is None else beginning.function.path,
            related=() if beginning is None else chain(beginning.effect),
            deed=None if beginning is None else deed_of(beginning.effect),
            fix=_own_import(feature),
            # The backend hands the identity on in some calls, against its documentation.
            level=Level.WARNING if feature.kind == "auth" else None,
        )


def _words(feature: AppFeature) -> tuple[str, str]:
    if feature.kind == "auth":
        return (
            "`ctx.auth` is documented as not available in a component: nothing that depends on it may be relied on",
            "ask in the app, and pass the user's id as an argument",
        )
    if feature.kind == "paginate":
        return (
            "`.paginate` throws in a component (PaginationUnsupportedInComponents)",
            "use `paginator(ctx.db, schema)` of convex-helpers/server/pagination",
        )
    if feature.kind == "env":
        return (
            f"the component does not declare `{feature.name}`, so it is undefined here, whatever the app has",
            f"declare it: `defineComponent(name, {{ env: {{ {feature.name}: v.string() }} }})`",
        )
    return (
        f"`{feature.name}` has the app's builders: a component registers its functions with its own",
        f"import the component's own: `{feature.own}`",
    )


def _own_import(feature: AppFeature) -> Fix | None:
    if feature.kind != "import":
        return None
    module = feature.place.module
    edit = replace(module, feature.place.span, quoted(module, feature.own))
    return Fix.safe("import the component's own builders", edit)
