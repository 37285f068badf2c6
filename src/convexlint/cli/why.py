"""`convexlint why`: what convexlint knows of a place, and why rules say nothing there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from convexlint.cli import progress
from convexlint.cli.ends import FAILED, OK, internal_error
from convexlint.cli.output import complain, paint, quietly_closed, write_text
from convexlint.cli.parameters import cache_directory
from convexlint.config.settings import ConfigError
from convexlint.session import InternalError, NoProjectError, PathError, Request

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::(?P<column>\d+))?:?")


@click.command("why", short_help="What is known of a place, and why rules are silent there.")
@click.argument("place", metavar="FILE:LINE[:COL]")
@click.option(
    "--output-format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Use this config file."
)
@click.option("--isolated", is_flag=True, help="Read no config file.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--cache-dir", type=click.Path(file_okay=False), metavar="DIR", help="Where the cache lies.")
def command(
    place: str, format_: str, config: str | None, isolated: bool, no_cache: bool, cache_dir: str | None
) -> int:
    """Show what convexlint knows of the line FILE:LINE: the findings there, the function, its access check and
    effects, the table and index of a query, and why rules are silent (off, suppressed, known, an exception)."""
    from convexlint.reports.why import why_json, why_text
    from convexlint.session.why import why

    if config is not None and isolated:
        click.get_current_context().fail("--config and --isolated exclude each other")
    match = _PLACE.fullmatch(place)
    if match is None:
        click.get_current_context().fail(f"{place!r} is not FILE:LINE, for instance `convex/messages.ts:12`")
    request = Request(
        paths=(match["path"],),
        config=config,
        isolated=isolated,
        cache_dir=None if no_cache else cache_directory(cache_dir),
    )
    column = int(match["column"]) if match["column"] else None
    cwd = Path.cwd().as_posix()
    try:
        with progress.shown(wanted=True) as report:
            known = why(request, int(match["line"]), column, report)
        if format_ == "json":
            write_text(why_json(known, cwd), sys.stdout)
        else:
            write_text(paint(why_text(known, cwd), "auto", sys.stdout), sys.stdout)
    except (ConfigError, NoProjectError, PathError) as error:
        complain(str(error))
        return FAILED
    except InternalError as error:
        return internal_error(error, str(error), False)
    except BrokenPipeError:
        quietly_closed()
    return OK
