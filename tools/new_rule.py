"""Write the two files of a new rule: `python -m tools.new_rule no-something queries`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CHECK = '''\
"""{summary}"""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.{category}, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    """{summary}"""
    yield from ()
'''

# The form is explained in src/convexlint/rules/card.py.
CARD = """\
# {name}

{summary}

## What

What is reported, and where.

## Why

What it costs, in Convex's terms.

## How to fix

What to write instead, and what the fix does.

## Limits

What is not seen, on purpose or not.

## Examples

```ts given schema.ts
import {{ defineSchema, defineTable }} from "convex/server";
import {{ v }} from "convex/values";

export default defineSchema({{ rooms: defineTable({{ floor: v.number() }}) }});
```

### The plain case

```ts good rooms.ts
import {{ v }} from "convex/values";
import {{ internalQuery }} from "./_generated/server";

export const read = internalQuery({{
  args: {{ roomId: v.id("rooms") }},
  returns: v.union(v.null(), v.object({{ floor: v.number() }})),
  handler: async (ctx, args) => {{
    const room = await ctx.db.get("rooms", args.roomId);
    return room && {{ floor: room.floor }};
  }},
}});
```
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
    summary = f"Say in one line what {name} is for."
    check.write_text(CHECK.format(summary=summary, category=category.upper()), encoding="utf-8")
    card.write_text(CARD.format(summary=summary, name=name), encoding="utf-8")
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
