"""What is known of packages: one file each, found by walking; the evaluator's modules may be imported in any order."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

from convexlint.program import evaluation
from convexlint.program.evaluation import known
from convexlint.program.evaluation.values import BuilderOf, External, MadeFunction, RefPath

MODULES = [m.name for m in pkgutil.walk_packages(evaluation.__path__, f"{evaluation.__name__}.")]


def test_every_file_is_found_by_its_names() -> None:
    assert {"convex", "_generated", "convex-helpers", "@convex-dev/auth", "zod"} <= set(known.known())


def test_a_name_stands_for_all_below_it_and_for_nothing_beside_it() -> None:
    assert known.package_of("convex-helpers/server/zod4") is known.known()["convex-helpers"]
    assert known.package_of("convex-helpers-of-mine").calls == {}
    assert known.package_of("@convex-dev/authority").tables == {}


def test_a_longer_name_wins() -> None:
    migrations = known.package_of("convex-helpers/server/migrations")
    assert migrations is known.package_of("@convex-dev/migrations")


def test_constants_are_values_of_their_own() -> None:
    assert known.external("_generated/server", ("internalQuery",)) == known.external(
        "convex/server", ("internalQueryGeneric",)
    )
    assert isinstance(known.external("_generated/server", ("query",)), BuilderOf)
    assert known.external("convex/server", ("query",)) == External("convex/server", ("query",))
    assert known.external("_generated/api", ("api", "a")) == RefPath("api", ("a",))


def test_a_file_without_its_definition_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    known.known.cache_clear()
    monkeypatch.setattr(importlib, "import_module", lambda name: MadeFunction)
    with pytest.raises(known.PackageDefinitionError, match="defines `PACKAGE`"):
        known.known()
    known.known.cache_clear()


def test_what_a_package_reads_by_is_known_by_its_name() -> None:
    assert ("users", "email") in known.read_by_packages("@convex-dev/auth")
    assert known.read_by_packages("some-package") == frozenset()


def test_any_module_of_the_evaluator_may_be_imported_first() -> None:
    """They import each other; none may need another while it is imported."""
    script = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for loaded in [m for m in sys.modules if m.startswith('convexlint')]:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *MODULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
