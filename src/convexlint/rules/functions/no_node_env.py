"""`process.env.NODE_ENV` is "production" on every deployment, so it does not tell development from production."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.places.node_env import NodeEnvTest, node_env_tests
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

SINCE = (1, 25, 0)  # docs/convex.md 9.4


@rule(category=Category.FUNCTIONS, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    version = program.project.convex_version
    if version is not None and version < SINCE:
        return
    for test in node_env_tests(program):
        module = test.place.module
        read = Related(module.path, test.read, "the variable is read here")
        yield Finding.at(
            test.place,
            _message(test),
            help="ask a variable that you set on each deployment: `npx convex env set STAGE development`, and "
            '`process.env.STAGE === "development"`',
            related=() if test.place.span.contains(test.read) else (read,),
        )


def _message(test: NodeEnvTest) -> str:
    why = 'the bundler writes "production" for `process.env.NODE_ENV`'
    if test.holds is None:
        cases = ", ".join(f'`case "{text}"`' for text in test.dead)
        return f"{cases} never runs on a deployment, not in development either: {why}"
    text = " ".join(test.place.module.text(test.place.span).split())
    return f"`{text}` is {str(test.holds).lower()} on every deployment, in development as well: {why}"
