"""What `convexlint init --agents` writes: a skill, and a section of AGENTS.md."""

from __future__ import annotations

import re

SKILL_FILE = ".claude/skills/convexlint/SKILL.md"
_BEGIN, _END = "<!-- convexlint: begin -->", "<!-- convexlint: end -->"

SKILL = """---
name: convexlint
description: Check a Convex backend (TypeScript in the convex folder) after every edit. Use it whenever files of the
  Convex
  functions folder, its schema, crons or HTTP routes are written or changed, and before saying that such work is done.
---

# convexlint

convexlint reads the whole Convex project as one program and says what Convex will refuse, what fails at run time,
what
is open to strangers and what reads too much.

Run it as `npx convexlint` or `uvx convexlint`, whichever the project has; no setup is needed.

## After each edit

1. `npx convexlint check <the files that you changed> --output-format json` (the whole project is read in any case).
2. Mend every error and every warning that your edit brought. The message says what is wrong, `help` says the exact
   change,
   `fix.edits` are ready to be applied: `npx convexlint check <file> --fix` applies those that are safe.
3. If a finding is not clear: `npx convexlint rule <name> --output-format markdown` has the reason, the remedy, and
   examples of wrong and right code. `npx convexlint why <file>:<line>` tells all that is known of a place.
4. Run the check again. The work is done when your edit adds no finding.

## Questions about the project

`npx convexlint model --output-format json` lists tables with their indexes and uses, functions with their access
checks
and effects, crons and routes. Ask it before you write a query (which index serves it?) or a function (who calls it?).

## What not to do

- Do not write `convexlint-disable` comments, baselines or config entries to get to zero. Silence a finding only
  where it is
  wrong about this code, with the reason after `--`, and say so to the user.
- Do not apply unsafe fixes (`--unsafe-fixes`) without reading what makes them unsafe.
- Do not make a function public, widen a validator or add `any` to please a rule.
"""

SECTION = f"""{_BEGIN}
## Convex: check with convexlint

After each edit of a file in the Convex functions folder run `npx convexlint check <file>` (or `uvx convexlint check
<file>`).
Mend errors and warnings that the edit brought, by the message and by `npx convexlint rule <name>`; `--fix` applies
safe fixes.
Run it again until the edit adds no finding. Do not silence findings to get to zero: a `convexlint-disable` comment
needs a
reason why the finding is wrong here. `npx convexlint model` answers questions about tables, indexes and functions.
{_END}
"""

_OLD = re.compile(re.escape(_BEGIN) + r".*?" + re.escape(_END) + r"\n?", re.S)


def with_section(guide: str) -> str:
    """AGENTS.md with our section: in the place of an older one, else at the end."""
    if _OLD.search(guide):
        return _OLD.sub(lambda _: SECTION, guide, count=1)
    gap = "" if not guide else "\n" if guide.endswith("\n") else "\n\n"
    return guide + gap + SECTION
