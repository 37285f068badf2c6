"""Where the one-folder program begins. PyInstaller compiles this file; it is never imported."""

import os

# The loader of the folder puts its own libraries first for itself. Programs that convexlint starts (git) are of the
# system and must find the system's, so the variable gets back what it was.
for _name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
    _before = os.environ.pop(f"{_name}_ORIG", None)
    if _before is not None:
        os.environ[_name] = _before
    else:
        os.environ.pop(_name, None)

from convexlint.cli.main import main  # noqa: E402

main()
