"""`convexlint config`: the settings in force and their origins."""

from __future__ import annotations

import json
import sys

import click

from convexlint.cli.ends import FAILED, OK
from convexlint.cli.output import complain, paint, quietly_closed, write_bytes, write_text
from convexlint.cli.streams import trouble_with
from convexlint.config.load import load_settings
from convexlint.config.settings import ConfigError, Settings
from convexlint.discovery.discover import discover, where_looked
from convexlint.discovery.project import Target
from convexlint.discovery.upward import discover_above
from convexlint.reports.settings import settings_json, settings_text
from convexlint.rules.loader import catalogue
from convexlint.session.own_rules import own_specs


@click.command("config", short_help="Show the settings in force.")
@click.argument("path", required=False, type=click.Path())
@click.option(
    "--output-format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Use this config file."
)
@click.option("--isolated", is_flag=True, help="Read no config file.")
@click.option("--all", "all_", is_flag=True, help="Also the rules that are as the preset has them.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of convexlint.toml.")
def command(
    path: str | None, format_: str, config: str | None, isolated: bool, all_: bool, schema: bool
) -> int:
    """Show the settings in force for the Convex project or the file at PATH and where each came from."""
    if config is not None and isolated:
        click.get_current_context().fail("--config and --isolated exclude each other")
    try:
        if schema:
            from convexlint.config.schema import json_schema

            write_bytes(json.dumps(json_schema(catalogue()), indent=2).encode("utf-8") + b"\n", sys.stdout)
            return OK
        found = discover((path or ".",))
        if not found.targets and path is None:
            found = discover_above(".") or found
        path = path or "."
        if not found.targets:
            complain(f"{path}: {found.skipped[0][1]}" if found.skipped else where_looked(found))
            return FAILED
        if format_ == "json" and len(found.targets) > 1:
            some = ", ".join(target.project.functions_dir for target in found.targets[:3])
            complain(
                f"there are {len(found.targets)} Convex projects under {path}",
                f"JSON has the settings of one; name it, for instance {some}",
            )
            return FAILED
        for target in found.targets:
            settings = load_settings(
                catalogue(), target.project, config=config, isolated=isolated, own=own_specs
            )
            _write(target, settings, format_, all_)
    except ConfigError as error:
        complain(str(error))
        return FAILED
    except BrokenPipeError:
        quietly_closed()
    except OSError as error:
        complain(trouble_with(error, path or "."))
        return FAILED
    return OK


def _write(target: Target, settings: Settings, format_: str, all_: bool) -> None:
    """The settings of a project, or of the one file in it that was asked for."""
    file = min(target.only) if target.only else None
    if format_ == "json":
        write_bytes(settings_json(settings, file).encode("utf-8"), sys.stdout)
    else:
        lines = settings_text(target.project.functions_dir, settings, file, all_=all_)
        write_text(paint([*lines, []], "auto", sys.stdout), sys.stdout)
