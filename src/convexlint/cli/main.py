"""The console script. `--version` answers before anything else is imported."""

from __future__ import annotations

import sys

from convexlint import __version__


def main() -> None:
    """Run the command line of this process and exit with its status."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        print(f"convexlint {__version__}")
        return
    try:
        from convexlint.cli.app import run

        sys.exit(run(arguments))
    except KeyboardInterrupt:  # while modules are still being imported
        sys.exit(130)


if __name__ == "__main__":
    main()
