"""Which modules serve tests alone, though their names do not say `.test`."""

from __future__ import annotations

import posixpath

from convexlint.discovery.project import Role
from convexlint.facts.ir import Head
from convexlint.program.model import Module

_FOLDERS = frozenset({"__fixtures__", "__mocks__", "__tests__", "fixtures", "mocks", "test", "tests"})
_RUNNERS = frozenset(
    """@jest/globals @playwright/test @testing-library/jest-dom ava bun:test chai convex-test jest mocha node:test tap
    tape uvu vitest""".split()  # noqa: SIM905
)


def is_test_code(module: Module) -> bool:
    """Whether a module is never pushed and serves tests: more than one dot in its name (`keys.helpers.ts`), a folder of
    tests, or an import of a test runner."""
    if module.role in (Role.HELPER, Role.TEST) and posixpath.basename(module.path).count(".") > 1:
        return True
    if _FOLDERS.intersection(module.name.strip("/").split("/")[:-1]) and not module.name.startswith("/"):
        return True
    return runs_tests(module.head)


def runs_tests(head: Head) -> bool:
    """Whether a module imports a test runner."""
    return any(s.text in _RUNNERS or s.text.startswith("vitest/") for s in head.specifiers)
