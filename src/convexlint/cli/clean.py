"""`convexlint clean`: remove the cache."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from convexlint.packs import clean
from convexlint.cli.app import FAILED, OK
from convexlint.cli.output import complain, write_text
from convexlint.cli.parameters import cache_directory
from convexlint.reports.escape import visible


@click.command("clean", short_help="Remove the cache.")
@click.argument("path", default=".", type=click.Path())
@click.option("--cache-dir", type=click.Path(), metavar="DIR", help="Where the cache lies, if not in PATH.")
def command(path: str, cache_dir: str | None) -> int:
    """Remove the cache that runs in the folder PATH (default: the working folder) have left."""
    directory = Path(cache_directory(cache_dir, path))
    if cache_dir is None and not Path(path).is_dir():
        complain(f"{path} is not a folder")
        return FAILED
    if not directory.is_dir():
        write_text(f"There is no cache at {visible(directory.as_posix())}.\n", sys.stdout)
        return OK
    try:
        clean(str(directory))
    except OSError as error:
        complain(f"cannot remove {directory}: {error.strerror or error}")
        return FAILED
    write_text(f"Removed {visible(directory.as_posix())}.\n", sys.stdout)
    return OK
