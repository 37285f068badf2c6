"""What a card promises, tried: each trial yields in words what is not as the card says, and nothing where all is.

Every trial lays the projects of an example out below `root`, an empty folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from convexlint.harness.projects import (
    Place,
    admitted,
    just,
    lint,
    marked,
    of_rule,
    place,
    relative,
    texts,
    write_project,
)
from convexlint.rules.card import Card, Example, Source
from convexlint.rules.rule import Rule
from convexlint.session import Overrides, Reason

SCRIPT = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")

Trial = Callable[[Path, Rule, Example], Iterator[str]]


def bad_is_reported_where_it_is_marked(root: Path, rule: Rule, example: Example) -> Iterator[str]:
    """At exactly these places, with these words, at this level."""
    outcome = lint(write_project(root, example.files, example.config), just(rule))
    found = {place(root, outcome, d): d for d in of_rule(rule, outcome)}
    expected = marked(example)
    for where in sorted(expected.keys() - found.keys()):
        yield f"{_at(where)}: nothing is reported here, where the card has a mark"
    for where in sorted(found.keys() - expected.keys()):
        yield f"{_at(where)}: reported, and the card has no mark here: {found[where].finding.message}"
    if len(found) != len(of_rule(rule, outcome)):
        yield "two findings stand at one place"
    for where, (words, level) in expected.items():
        if where in found:
            message, given = found[where].finding.message, found[where].level.value
            if words not in message:
                yield f"{_at(where)}: the card has {words!r}, the message is {message!r}"
            if level not in (None, given):
                yield f"{_at(where)}: the card has level {level}, it is {given}"


def good_is_silent(root: Path, rule: Rule, example: Example) -> Iterator[str]:
    """The rule says nothing of the examples `good` and `not-reported`."""
    outcome = lint(write_project(root, example.files, example.config), just(rule))
    for d in of_rule(rule, outcome):
        yield f"{_at(place(root, outcome, d))}: reported: {d.finding.message}"


def nothing_is_said_of(
    root: Path, files: Mapping[str, Source], config: str
) -> Iterator[tuple[str, str, int, str]]:
    """What `recommended` says of a project: rule, path, 1-based line, message; without rules about unused things and
    what the card admits."""
    outcome = lint(write_project(root, files, config), Overrides())
    expected = admitted(files)
    for d in outcome.diagnostics:
        where = place(root, outcome, d)
        if not d.rule.startswith("unused-") and expected.get(where) != d.rule:
            yield d.rule, relative(root, d.finding.path), where.line + 1, d.finding.message


def good_is_good(root: Path, rule: Rule, example: Example) -> Iterator[str]:
    """No rule of `recommended` finds fault with an example `good`."""
    for name, path, line, message in nothing_is_said_of(root, example.files, example.config):
        yield f"{path}:{line}: reported by {name}: {message}"


def fixed_is_good(root: Path, rule: Rule, example: Example) -> Iterator[str]:
    """No rule of `recommended` finds fault with what the card shows as fixed."""
    for name, path, line, message in nothing_is_said_of(root, example.fixed_files, example.config):
        yield f"{path}:{line}: reported by {name}: {message}"


def fixes_make_what_is_shown(root: Path, rule: Rule, example: Example) -> Iterator[str]:
    """The fixes make the fixed blocks, byte by byte, and are then at their end."""
    root = write_project(root, example.files, example.config)
    mode = "unsafe" if example.fixed_mode == "any" else example.fixed_mode
    if example.fixed_mode == "unsafe" and lint(root, just(rule), fix="safe").fixed:
        yield "a safe fix was applied, where the card says that only unsafe ones do"
    outcome = lint(root, just(rule), fix=mode)
    made = texts(root, example.files)
    for path, source in example.fixed_files.items():
        if made.get(path) != source.text:
            yield f"{path}: the fixes make\n{made.get(path)}"
    wrong = {left.reason for left in outcome.left} - {Reason.UNSAFE, Reason.GUARDED}
    if wrong:
        yield f"fixes were left: {', '.join(sorted(reason.value for reason in wrong))}"
    for d in of_rule(rule, outcome):
        if d.finding.fix is not None:
            yield f"{_at(place(root, outcome, d))}: there is still a fix: {d.finding.message}"
    again = lint(root, just(rule), fix=mode)
    if again.fixed or again.diagnostics != outcome.diagnostics:
        yield "a second run with --fix changes something"


def a_comment_silences_bad(root: Path, rule: Rule, example: Example) -> Iterator[str]:
    """A suppression comment above each mark silences all that the rule finds."""
    files = dict(example.files)
    for path in example.own:
        if path.endswith(SCRIPT):
            files[path] = Source(path, suppressed_at_marks(files[path], rule.name))
    if files == dict(example.files) or rule.stage == "after":
        return  # nothing here stands where a comment could silence it
    outcome = lint(write_project(root, files, example.config), just(rule))
    for d in of_rule(rule, outcome):
        yield f"{_at(place(root, outcome, d))}: a comment does not silence it: {d.finding.message}"
    if outcome.suppressed < len(marked(example)):
        yield f"{outcome.suppressed} findings are suppressed, and the card has {len(marked(example))} marks"


def suppressed_at_marks(source: Source, rule: str) -> str:
    """The module with a comment above every marked line; at its end for a finding about the whole file."""
    lines = source.text.split("\n")
    if any(mark.start == mark.end for mark in source.marks):
        lines.append(f"// convexlint-disable-file {rule} -- shown in a card")
    for number in sorted({mark.line for mark in source.marks if mark.start != mark.end}, reverse=True):
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        lines.insert(number, f"{indent}// convexlint-disable-next-line {rule} -- shown in a card")
    return "\n".join(lines)


TRIALS: Mapping[str, tuple[Trial, ...]] = {
    "bad": (bad_is_reported_where_it_is_marked, a_comment_silences_bad),
    "good": (good_is_silent, good_is_good),
    "not-reported": (good_is_silent,),
}
OF_FIXES: tuple[Trial, ...] = (fixes_make_what_is_shown, fixed_is_good)


def failures(rule: Rule, card: Card, rule_path: Path) -> Iterator[tuple[str, str]]:
    """All trials of the card of a team's own rule, which lies in `rule_path`: the title of an example, and what is not
    as the card says of it."""
    kinds = {example.kind for example in card.examples}
    for kind, why in (("bad", "what the rule reports"), ("good", "how it is done right")):
        if kind not in kinds:
            yield "the card", f"there is no `{kind}` block, which shows {why}"
    folder = rule_path.as_posix().replace("\\", "\\\\").replace('"', '\\"')
    for example in card.examples:
        named = replace(example, config=f'rule-paths = ["{folder}"]\n{example.config}')
        for trial in (*TRIALS[example.kind], *(OF_FIXES if example.fixed else ())):
            with tempfile.TemporaryDirectory() as scratch:
                for words in trial(Path(scratch).resolve(), rule, named):
                    yield example.title, words


def _at(where: Place) -> str:
    return f"{where.path}:{where.line + 1}:{where.start + 1}"
