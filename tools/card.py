"""Draw the marks of a card from what its rule finds today: `python -m tools.card no-something`.

Every `bad` block of `rules/no-something.md` is linted as the tests lint it, and gets one mark under each finding of the
rule. A mark that is right already keeps its words; a new one has the whole message, to be cut down to what matters.
**Read what was drawn**: the marks say what the rule does, and only the author knows whether it should.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from convexlint.findings import Diagnostic
from convexlint.harness.projects import Place, just, lint, of_rule, place, write_project
from convexlint.rules.card import CardError, Mark, Source, cards_folder, mark_of, parse_card
from convexlint.rules.loader import rules_by_name
from convexlint.rules.rule import Rule


def draw(rule: Rule, text: str) -> str:
    """The card's text with the marks of today. Raises CardError."""
    drawn = iter(list(_drawn(rule, text)))
    lines: list[str] = []
    skipping = examples = False
    for line in text.splitlines():
        if skipping:
            skipping = line.rstrip() != "```"
            if skipping:
                continue
        lines.append(line)
        examples = examples or line.strip() == "## Examples"
        if examples and line.startswith("```") and line[3:].split()[1:2] == ["bad"]:
            lines += next(drawn)
            skipping = True
    return "\n".join(lines) + "\n"


def _drawn(rule: Rule, text: str) -> Iterator[list[str]]:
    """The lines of each bad block, in the order of the card."""
    for example in parse_card(rule.name, text, unmarked=True).examples:
        if example.kind != "bad":
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = write_project(Path(folder).resolve(), example.files, example.config)
            outcome = lint(root, just(rule))
            found = [(place(root, outcome, d), d) for d in of_rule(rule, outcome)]
        for path in example.own:
            yield _marked(example.files[path], [(p, d) for p, d in found if p.path == path])


def _marked(source: Source, found: Sequence[tuple[Place, Diagnostic]]) -> list[str]:
    lines = source.text.splitlines()
    known = {(mark.line, mark.start, mark.end): mark for mark in source.marks}
    below: dict[int, list[str]] = {}
    for where, diagnostic in sorted(found, key=lambda pair: pair[0]):
        message, level = diagnostic.finding.message, diagnostic.level.value
        old = known.get((where.line, where.start, where.end))
        if old is not None and old.words in message and old.level in (None, level):
            words, shown = old.words, old.level
        else:
            words, shown = message, level
        mark = Mark(where.line, where.start, where.end, words, shown)
        below.setdefault(where.line, []).append(mark_of(mark))
    return [out for number, line in enumerate(lines) for out in (line, *below.get(number, ()))]


def main() -> None:
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    rule = rules_by_name().get(name)
    if rule is None:
        raise SystemExit(f"error: there is no rule {name!r}; usage: make card NAME=no-something UPDATE=1")
    path = cards_folder() / f"{name}.md"
    before = path.read_text(encoding="utf-8")
    try:
        after = draw(rule, before)
    except CardError as error:
        raise SystemExit(f"error: {error}") from None
    path.write_text(after, encoding="utf-8")
    print(f"{path}: {'the marks were right' if after == before else 'marks drawn; read the diff'}")


if __name__ == "__main__":
    main()
