"""No test reads or writes the cache and the key of the user who runs them."""

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
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
