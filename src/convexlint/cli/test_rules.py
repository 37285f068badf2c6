"""`convexlint test-rules`: try what the cards of a team's own rules promise."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from convexlint.cli.ends import FAILED, FOUND, OK
from convexlint.cli.output import complain, write_text
from convexlint.reports.escape import visible, visible_lines


@click.command("test-rules", short_help="Try the cards of your own rules.")
@click.argument("folder", type=click.Path())
@click.argument("names", nargs=-1, metavar="[RULE]...")
def command(folder: str, names: tuple[str, ...]) -> int:
    """Lint every example in the cards of the rules in FOLDER (all, or those that are named), apply the fixes, and say
    what is not as the card shows it. Exit 1 where something is not."""
    from convexlint.harness.trials import failures
    from convexlint.rules.card import load_card
    from convexlint.rules.loader import RuleDefinitionError
    from convexlint.rules.own import own_rules

    home = Path(folder).resolve()
    if not home.is_dir():
        complain(f"{folder}: no such folder")
        return FAILED
    try:
        rules = own_rules(home.as_posix())
    except RuleDefinitionError as error:
        complain(visible(str(error)))
        return FAILED
    unknown = sorted({*names} - {rule.name for rule in rules})
    if unknown:
        known = ", ".join(rule.name for rule in rules)
        complain(f"there is no rule {unknown[0]!r} in {folder}; it has {known}")
        return FAILED
    failed = 0
    for rule in rules:
        if names and rule.name not in names:
            continue
        card = load_card(rule.name)
        found = list(failures(rule, card, home))
        failed += bool(found)
        count = len(card.examples)
        words = "FAILED" if found else "passed"
        write_text(f"{rule.name}: {words} ({count} example{'' if count == 1 else 's'})\n", sys.stdout)
        for title, what in found:
            lines = "\n      ".join(visible_lines(what))
            write_text(f"  {visible(title)}: {lines}\n", sys.stdout)
    return FOUND if failed else OK
