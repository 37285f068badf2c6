"""The group of commands, and what becomes of errors that reach the top."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from convexlint import __version__
from convexlint.cli.ends import FAILED, INTERRUPTED, OK, internal_error
from convexlint.cli.limit import LimitError, limited
from convexlint.cli.output import complain, quietly_closed
from convexlint.cli.streams import is_of_output, words_of_output

if TYPE_CHECKING:
    pass


# A command is imported when it is run, so its line in `--help` stands here.
# It is `convexlint.cli.<name>.command`, with `_` for `-`.
_COMMANDS = {
    "check": "Lint Convex projects; with --fix also mend them.",
    "rule": "Explain a rule, or list them all.",
    "model": "Show the project as convexlint understands it: tables, functions, effects.",
    "init": "Look at the project and write a convexlint.toml that fits it.",
    "config": "Show the settings in force for a path and where each came from.",
    "why": "Tell what is known about a place, and why rules are silent there.",
    "server": "Serve an editor: a language server on stdin and stdout.",
    "mcp": "Serve a coding agent: an MCP server on stdin and stdout.",
    "test-rules": "Try what the cards of your own rules promise.",
    "clean": "Remove the cache.",
    "completion": "Print a completion script for bash, zsh or fish.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"convexlint.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from convexlint.cli.doors import what_to_type

            ctx.fail(f"there is no command {args[0]!r}; {what_to_type(args, _COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Run `convexlint COMMAND --help` for the options of a command.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s", prog_name="convexlint")
def _app() -> None:
    """A linter for Convex backends that models the whole program."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return its exit status; never raises."""
    try:
        with limited(arguments):
            status: Any = _app.main(args=list(arguments), prog_name="convexlint", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else OK
    except LimitError as error:
        complain(str(error))
        return FAILED
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        with contextlib.suppress(OSError):
            click.echo(error.format_message(), err=True)
        return FAILED
    except click.ClickException as error:
        help_ = None if error.__class__ is click.ClickException else _usage_help(error)
        complain(_plain_message(error), help_)
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        quietly_closed()
        return OK
    except Exception as error:
        if isinstance(error, OSError) and is_of_output(error):
            complain(words_of_output(error))
            return FAILED
        # Nothing is hidden: the run fails, says in which stage, and --verbose shows the traceback.
        verbose = "--verbose" in arguments or "-v" in arguments
        return internal_error(error, f"{type(error).__name__}: {error}", verbose)


def _plain_message(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:] if message[1:2].islower() else message


def _usage_help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption) and context is not None and context.parent is None:
        from convexlint.cli.doors import option_of_check

        if option_of_check(error.option_name):
            return f"did you mean `convexlint check {error.option_name}`?"
    command = "convexlint" if context is None else context.command_path
    return f"`{command} --help` lists the options"
