"""`convexlint rule`: the pages of the rules."""

from __future__ import annotations

import shutil
import sys
from difflib import get_close_matches
from typing import NamedTuple

import click

from convexlint.cli.ends import FAILED, OK
from convexlint.cli.output import complain, paint, quietly_closed, wants_colour, write_bytes, write_text
from convexlint.cli.parameters import complete_rule
from convexlint.config.load import load_settings
from convexlint.config.settings import ConfigError
from convexlint.discovery.listing import absolute
from convexlint.reports.explain import rule_page, rules_json, rules_list, rules_table
from convexlint.rules.card import Card, load_card
from convexlint.rules.loader import catalogue, load_rules
from convexlint.rules.rule import Rule
from convexlint.session.own_rules import own_specs, rules_of


@click.command("rule", short_help="Explain a rule.")
@click.argument("name", required=False, shell_complete=complete_rule)
@click.option("--all", "all_", is_flag=True, help="List all rules.")
@click.option(
    "--output-format",
    "format_",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="text has one example, markdown has all.",
)
def command(name: str | None, all_: bool, format_: str) -> int:
    """Explain the rule NAME from its card: what it reports, why, how to fix it, and what it does not see."""
    rules = load_rules()
    if name is None and not all_:
        click.get_current_context().fail("name a rule, or list them with --all")
    if name is not None and all_:
        click.get_current_context().fail("NAME and --all exclude each other")
    if name is not None:
        name = name.lower().removeprefix("@convex-dev/")
        rules = tuple(rule for rule in load_rules() if rule.name == name) or _own(name)
        if not rules:
            complain(f"there is no rule {name!r}", _nearest(name))
            return FAILED
    pages = [(rule, load_card(rule.name)) for rule in rules]
    try:
        _write(pages, format_, one=name is not None)
    except BrokenPipeError:
        quietly_closed()
    return OK


def _own(name: str) -> tuple[Rule, ...]:
    """The rule of the team's own that is called so, by the config file that holds for the working folder."""
    here = absolute(".")
    try:
        settings = load_settings(catalogue(), _Here(here, here), own=own_specs)
        return tuple(rule for rule in rules_of(settings, ()) if rule.name == name)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


class _Here(NamedTuple):
    root: str
    functions_dir: str


def _write(pages: list[tuple[Rule, Card]], format_: str, *, one: bool) -> None:
    if format_ == "json":
        write_bytes(rules_json(pages, one=one).encode("utf-8"), sys.stdout)
    elif not one:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        listing = (
            rules_table(pages)
            if format_ == "markdown"
            else paint(rules_list(pages, width), "auto", sys.stdout)
        )
        write_text(listing, sys.stdout)
    elif format_ == "text" and wants_colour("auto", sys.stdout):
        from rich.console import Console
        from rich.markdown import Markdown

        Console(force_terminal=True).print(Markdown(rule_page(*pages[0], examples=False, one_example=True)))
    else:
        markdown = format_ == "markdown"
        write_text(rule_page(*pages[0], examples=markdown, one_example=not markdown), sys.stdout)


def _nearest(name: str) -> str:
    names = [rule.name for rule in load_rules()]
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else "`convexlint rule --all` lists them"
