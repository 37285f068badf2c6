"""No test reads or writes the cache and the key of the user who runs them. All their processes share bytecode."""

from __future__ import annotations

# Imported before any test plays another system: it looks at `sys.platform` once, and keeps the interpreter's path as
# that system wants it.
import multiprocessing.spawn  # noqa: F401
import os
import shutil
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    folder = tempfile.mkdtemp(prefix="convexlint-tests-")
    os.environ["XDG_DATA_HOME"] = f"{folder}/data"
    os.environ["CONVEXLINT_CACHE_DIR"] = f"{folder}/cache"
    if not hasattr(config, "workerinput"):
        # Hundreds of processes import the package. Where none may write bytecode beside the sources, as in many
        # containers, each of them would compile all of it anew: a second each time.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
