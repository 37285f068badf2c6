"""Where Node or the registry is missing these tests are skipped, but never in CI."""

from __future__ import annotations

import os

import pytest

from tests.typescript.compiler import PACKAGES
from tools import npm


@pytest.fixture(scope="session")
def typescript() -> None:
    """The compiler and the `convex` package are installed, or the test does not run."""
    try:
        npm.install(PACKAGES)
    except npm.NpmUnavailableError as problem:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to run the TypeScript compiler: {problem}")
        pytest.skip(f"needs the TypeScript compiler: {problem}")
