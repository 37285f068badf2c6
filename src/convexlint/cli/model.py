"""`convexlint model`: the project as convexlint understands it."""

from __future__ import annotations

import json
import shutil
import sys

import click

from convexlint import __version__
from convexlint.cli.ends import FAILED, OK
from convexlint.cli.output import complain, paint, quietly_closed, write_bytes, write_file, write_text
from convexlint.cli.parameters import cache_directory
from convexlint.cli.streams import trouble_with
from convexlint.config.settings import ConfigError
from convexlint.discovery.listing import absolute
from convexlint.reports.escape import encodable_json, steady


@click.command("model", short_help="Show the project as convexlint understands it.")
@click.argument("path", required=False, type=click.Path())
@click.option(
    "--output-format",
    "format_",
    type=click.Choice(["text", "json", "mermaid", "dot", "html", "markdown"]),
    help="[default: text on a terminal, else json; markdown with --against]",
)
@click.option(
    "--against",
    metavar="REV",
    help="The change since this revision of git, or the JSON of a model, as a page for a pull request.",
)
@click.option(
    "--output-file", type=click.Path(dir_okay=False), metavar="FILE", help="Write to FILE, not to stdout."
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Use this config file."
)
@click.option("--isolated", is_flag=True, help="Read no config file.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--cache-dir", type=click.Path(), metavar="DIR", help="Where the cache lies.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes for reading modules.")
def command(
    path: str | None,
    format_: str | None,
    against: str | None,
    output_file: str | None,
    config: str | None,
    isolated: bool,
    no_cache: bool,
    cache_dir: str | None,
    jobs: int | None,
) -> int:
    """Print the Convex projects at PATH: tables, indexes, functions, crons, references, effects."""
    from convexlint.session import GitError, NoProjectError, PathError, Request, programs
    from convexlint.session.contract import NO_COMPARISON

    if config is not None and isolated:
        click.get_current_context().fail("--config and --isolated exclude each other")
    if against is not None and format_ not in (None, "markdown"):
        click.get_current_context().fail(f"--against makes a page of markdown, not {format_}")
    if against == NO_COMPARISON or (against is None and format_ == "markdown"):
        click.get_current_context().fail(
            "--output-format markdown shows a change: say since when with --against REV"
        )
    request = Request(
        paths=(path or ".",),
        upward=path is None,
        config=config,
        isolated=isolated,
        cache_dir=None if no_cache else cache_directory(cache_dir),
        jobs=jobs,
        against=NO_COMPARISON if against is None else against,
    )
    try:
        if against is not None:
            from convexlint.reports.model.evolution import evolution

            page = steady(evolution(programs(request), absolute("."), against), "markdown").encode("utf-8")
            if output_file is not None:
                write_file(output_file, page)
            else:
                write_bytes(page, sys.stdout)
            return OK
        from convexlint.reports.model.description import describe

        cwd = absolute(".")
        projects = [describe(program, cwd) for program in programs(request)]
        if format_ is None:
            format_ = "text" if output_file is None and sys.stdout.isatty() else "json"
        if format_ == "text":
            _write_text(projects, output_file)
            return OK
        text = steady(_rendered(projects, format_), format_)
        if output_file is not None:
            write_file(output_file, text.encode("utf-8"))
        else:
            write_bytes(text.encode("utf-8"), sys.stdout)
    except (ConfigError, GitError, NoProjectError, PathError) as error:
        complain(str(error))
        return FAILED
    except BrokenPipeError:
        quietly_closed()
    except OSError as error:
        complain(trouble_with(error, path or "."))
        return FAILED
    return OK


def _write_text(projects: list[dict[str, object]], output_file: str | None) -> None:
    """The overview for people, painted and wrapped where stdout is a terminal."""
    from convexlint.reports.model.overview import overview
    from convexlint.reports.paint import plain

    if output_file is not None:
        write_file(output_file, steady(plain(overview(projects)), "text").encode("utf-8"))
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    painted = paint(overview(projects, width=width), "auto", sys.stdout)
    write_text(steady(painted, "text"), sys.stdout)


def _rendered(projects: list[dict[str, object]], format_: str) -> str:
    if format_ == "json":
        document = {
            "version": 1,
            "tool": {"name": "convexlint", "version": __version__},
            "projects": projects,
        }
        return encodable_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"
    if format_ == "html":
        from convexlint.reports.model.page import page

        return page(projects)
    from convexlint.reports.model.diagrams import dot, mermaid

    return mermaid(projects) if format_ == "mermaid" else dot(projects)
