"""`convexlint mcp`: the MCP server on stdin and stdout."""

from __future__ import annotations

import gc

import click

from convexlint.cli.ends import FAILED, OK
from convexlint.cli.output import complain
from convexlint.cli.parameters import cache_directory


@click.command("mcp", short_help="Serve a coding agent: an MCP server on stdin and stdout.")
@click.argument("path", default=".", type=click.Path(exists=True, file_okay=False))
@click.option("--write", is_flag=True, help="Let the tool `fix` change files when it is asked to.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Use this config file."
)
@click.option("--isolated", is_flag=True, help="Read no config file.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--cache-dir", type=click.Path(file_okay=False), metavar="DIR", help="Where the cache lies.")
def command(
    path: str, write: bool, config: str | None, isolated: bool, no_cache: bool, cache_dir: str | None
) -> int:
    """Answer a coding agent's questions about the Convex projects below PATH. It only reads unless --write is given."""
    if config is not None and isolated:
        click.get_current_context().fail("--config and --isolated exclude each other")
    try:
        import mcp  # noqa: F401
    except ImportError:
        complain("the MCP server needs a package that is not there", "install `convexlint[mcp]`")
        return FAILED
    gc.enable()  # this process lives long
    from convexlint.agents.server import make_server
    from convexlint.api import Settings

    cache = None if no_cache else cache_directory(cache_dir)
    make_server(
        path, Settings(config=config, isolated=isolated, cache_dir=cache, jobs=1), may_write=write
    ).run()
    return OK
