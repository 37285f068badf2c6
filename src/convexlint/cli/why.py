"""`convexlint why`: what convexlint knows about one place."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click

from convexlint.cli.app import FAILED, OK
from convexlint.cli.output import complain, quietly_closed, write_text
from convexlint.cli.parameters import cache_directory
from convexlint.config.settings import ConfigError

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::(?P<column>\d+))?$")


@click.command("why", short_help="Tell what is known about a place, and why rules are silent there.")
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
    """Tell what convexlint knows about a line: the findings there, the function around it with its access check and
    effects, the query, and which rules matched something but are silent."""
    from convexlint.reports.why import why_data, why_text
    from convexlint.session import NoProjectError, PathError, Request
    from convexlint.session.why import why

    if config is not None and isolated:
        click.get_current_context().fail("--config and --isolated exclude each other")
    match = _PLACE.match(place)
    if match is None:
        click.get_current_context().fail(f"{place!r} is not of the form FILE:LINE or FILE:LINE:COL")
    assert match is not None
    request = Request(
        paths=(match["path"],),
        config=config,
        isolated=isolated,
        cache_dir=None if no_cache else cache_directory(cache_dir),
    )
    try:
        known = why(request, int(match["line"]), int(match["column"]) if match["column"] else None)
        data = why_data(known, Path.cwd().as_posix())
        text = why_text(data) if format_ == "text" else json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        write_text(text, sys.stdout)
    except (ConfigError, NoProjectError, PathError) as error:
        complain(str(error))
        return FAILED
    except BrokenPipeError:
        quietly_closed()
    return OK
