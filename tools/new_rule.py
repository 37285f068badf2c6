"""Write the two files of a new rule: `python -m tools.new_rule no-something queries`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CHECK = '''\
"""{name}: say in one line what is wrong when this rule speaks."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.model import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.{category}, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for every place that the card's bad examples show."""
    yield from ()
'''

CARD = """\
# {name}

## What

## Why

## How to fix

## Limits

## Examples
"""


def create(name: str, category: str, root: Path = ROOT) -> tuple[Path, Path]:
    """Write check and card of the rule under `root`; returns both paths.

    Raises ValueError when the name is not kebab-case, the category does not exist, or the rule does already.
    """
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+", name):
        raise ValueError(f"a rule's name is kebab-case, like no-something; not {name!r}")
    folder = root / "src" / "convexlint" / "rules" / category
    if not category or not (folder / "__init__.py").is_file():
        known = sorted(path.parent.name for path in folder.parent.glob("*/__init__.py"))
        raise ValueError(f"no category {category!r}; there are {', '.join(known)}")
    check = folder / f"{name.replace('-', '_')}.py"
    card = root / "rules" / f"{name}.md"
    for path in (check, card):
        if path.exists():
            raise ValueError(f"{path.relative_to(root)} exists already")
    card.parent.mkdir(exist_ok=True)
    check.write_text(CHECK.format(name=name, category=category.upper()), encoding="utf-8")
    card.write_text(CARD.format(name=name), encoding="utf-8")
    return check, card


def main() -> None:
    if len(sys.argv) != 3 or not all(sys.argv[1:]):
        sys.exit("usage: make new-rule NAME=no-something CATEGORY=queries")
    try:
        written = create(sys.argv[1], sys.argv[2])
    except ValueError as problem:
        sys.exit(f"new-rule: {problem}")
    for path in written:
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
