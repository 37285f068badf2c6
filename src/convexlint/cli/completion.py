"""`convexlint completion`: a script by which a shell completes commands, options and the names of rules."""

from __future__ import annotations

import sys

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from convexlint.cli.ends import OK
from convexlint.cli.output import write_bytes

# Without click's own bash class, which starts bash to see how old it is: the script is made for any that can use it.
SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
VARIABLE = "_CONVEXLINT_COMPLETE"
"""Set by the script when it asks: click then answers in place of the command."""


@click.command("completion", short_help="Print a completion script for a shell.")
@click.argument("shell", type=click.Choice(list(SHELLS)))
def command(shell: str) -> int:
    """Print the script by which SHELL completes commands, options and rule names.

    \b
    convexlint completion bash >> ~/.bashrc
    convexlint completion zsh > "${fpath[1]}/_convexlint"
    convexlint completion fish > ~/.config/fish/completions/convexlint.fish
    """
    made = SHELLS[shell](click.get_current_context().find_root().command, {}, "convexlint", VARIABLE)
    write_bytes(f"{(made.source_template % made.source_vars()).strip()}\n".encode(), sys.stdout)
    return OK
