"""`convexlint clean`: remove the cache."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from convexlint.cli.ends import FAILED, OK
from convexlint.cli.output import complain, write_text
from convexlint.cli.parameters import cache_directory
from convexlint.discovery.listing import absolute, inside, real
from convexlint.packs import Cleaned, clean
from convexlint.reports.escape import visible


@click.command("clean", short_help="Remove the cache.")
@click.argument("path", default=".", type=click.Path())
@click.option("--all", "everything", is_flag=True, help="Of all projects, not only of those below PATH.")
@click.option("--cache-dir", type=click.Path(), metavar="DIR", help="Where the cache lies.")
def command(path: str, everything: bool, cache_dir: str | None) -> int:
    """Remove what the cache holds of the projects below PATH (default: the working folder)."""
    directory = Path(cache_directory(cache_dir))
    shown = visible(directory.as_posix())
    folders = {absolute(path), real(absolute(path))}
    try:
        if not everything and not Path(path).exists():
            complain(f"{path}: no such file or directory")
            return FAILED
        if not directory.is_dir():
            write_text(f"There is no cache at {shown}.\n", sys.stdout)
            return OK
        done = clean(str(directory), None if everything else lambda one: any(inside(one, f) for f in folders))
    except OSError as error:
        complain(f"cannot remove what is in {directory}: {error.strerror or error}")
        return FAILED
    if done is None:
        complain(f"{directory} is left as it is: it is not a cache of convexlint")
        return FAILED
    write_text(_said(done, shown, everything, visible(path)), sys.stdout)
    return OK


def _said(done: Cleaned, shown: str, everything: bool, path: str) -> str:
    if done.packs == 0:
        return f"Nothing to remove in {shown}" + ("" if everything else f" of projects below {path}") + ".\n"
    projects = len(done.projects)
    of = f" of {projects} project{'' if projects == 1 else 's'}" if projects else ""
    files = f"{done.packs} file{'' if done.packs == 1 else 's'}"
    return f"Removed {files}{of} from {shown}: {done.size:,} bytes.\n"
