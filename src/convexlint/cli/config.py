"""`convexlint config`: the settings in force and their origins."""

from __future__ import annotations

import json
import sys

import click

from convexlint.cli.app import FAILED, OK
from convexlint.cli.output import complain, paint, quietly_closed, write_text
from convexlint.config.load import load_settings
from convexlint.config.schema import json_schema
from convexlint.config.settings import ConfigError, Settings
from convexlint.discovery.discover import discover
from convexlint.reports.settings import settings_json, settings_text
from convexlint.rules.loader import catalogue
from convexlint.session import Overrides, PathError


@click.command("config", short_help="Show the settings in force.")
@click.argument("path", default=".", type=click.Path())
@click.option(
    "--output-format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Use this config file."
)
@click.option("--isolated", is_flag=True, help="Read no config file.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of convexlint.toml.")
def command(path: str, format_: str, config: str | None, isolated: bool, schema: bool) -> int:
    """Show the settings in force for the Convex project at PATH and where each came from."""
    if config is not None and isolated:
        click.get_current_context().fail("--config and --isolated exclude each other")
    try:
        if schema:
            write_text(json.dumps(json_schema(catalogue()), indent=2) + "\n", sys.stdout)
            return OK
        for target in discover((path,)).targets:
            settings = load_settings(
                catalogue(), target.project, config=config, isolated=isolated, overrides=Overrides()
            )
            _write(settings, format_)
    except (ConfigError, PathError) as error:
        complain(str(error))
        return FAILED
    except BrokenPipeError:
        quietly_closed()
    return OK


def _write(settings: Settings, format_: str) -> None:
    if format_ == "json":
        write_text(settings_json(settings), sys.stdout)
    else:
        write_text(paint(settings_text(settings), "auto", sys.stdout), sys.stdout)
