"""`convexlint server`: the language server on stdin and stdout."""

from __future__ import annotations

import gc
import io
import sys

import click

from convexlint.cli.ends import FAILED, FOUND, OK
from convexlint.cli.output import complain
from convexlint.cli.parameters import cache_directory


@click.command("server", short_help="Serve an editor: a language server on stdin and stdout.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Use this config file."
)
@click.option("--isolated", is_flag=True, help="Read no config file.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--cache-dir", type=click.Path(file_okay=False), metavar="DIR", help="Where the cache lies.")
@click.option("--whole", is_flag=True, hidden=True, help="Lint whole projects for a running server.")
@click.option("--stdio", is_flag=True, hidden=True, help="What clients add by habit; there is no other way.")
def command(
    config: str | None, isolated: bool, no_cache: bool, cache_dir: str | None, whole: bool, stdio: bool
) -> int:
    """Speak the Language Server Protocol on stdin and stdout. Editors start it; see docs/editors.md."""
    if config is not None and isolated:
        click.get_current_context().fail("--config and --isolated exclude each other")
    try:
        import pygls  # noqa: F401
    except ImportError:
        complain("the language server needs a package that is not there", "install `convexlint[server]`")
        return FAILED
    if whole:
        from convexlint.server.background import work

        work(sys.stdin.buffer, sys.stdout.buffer)
        return OK
    from convexlint.server.first import begin
    from convexlint.server.moments import Given

    def cache(folder: str) -> str | None:
        return None if no_cache else cache_directory(cache_dir)

    given = Given(cache, config, isolated)
    begun = begin(given, sys.stdin.buffer, sys.stdout.buffer)
    from convexlint.server.features import make_server

    server = make_server(given, begun)
    gc.enable()  # this process lives for days
    server.start_io(begun.stream)
    sys.stdout = io.StringIO()  # the pipe is closed
    return OK if server.shut_down else FOUND
