"""Rules as pages: metadata from the check's decorator, prose from the card; no fact stands in both."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from convexlint.config.catalogue import OptionSpec, option_specs
from convexlint.findings import Category, Level
from convexlint.reports.paint import Line, Piece
from convexlint.reports.wrap import cells, wrap
from convexlint.rules.card import Card, Source, mark_of
from convexlint.rules.rule import Rule

_OFFICIAL = "@convex-dev/"

_FIXES = {
    "safe": "safe: applied by `--fix`",
    "unsafe": "unsafe: applied by `--fix --unsafe-fixes`, which says why it is unsafe",
    "suggestion": "suggested, never applied",
    None: "none",
}


class Option(msgspec.Struct):
    """An option of a rule as users write it in TOML."""

    name: str
    type: str
    default: str | int | bool | list[str]
    description: str


class _Page(msgspec.Struct):
    name: str
    category: Category
    level: Level | None
    fix: str | None
    since: str
    official: bool
    always: bool
    summary: str
    what: str
    why: str
    how_to_fix: str
    limits: str
    options: list[Option]


def rule_page(rule: Rule, card: Card, *, examples: bool, one_example: bool = False) -> str:
    """One rule in markdown; `examples`: with the card's executed examples, last. `one_example`: with a bad one and what
    to write instead, first, as for people."""
    parts = [f"# {rule.name}", card.summary]
    if one_example:
        parts += _example(card)
    parts.append("\n".join(_facts(rule)))
    parts += [f"## {heading}\n\n{prose}" for heading, prose in card.sections.items() if heading and prose]
    options = rule_options(rule)
    told = "\nOptions:" in f"\n{card.sections.get('What', '')}"
    if options and not (one_example and told):
        parts.append("## Options\n\n" + "\n".join(_option_line(option) for option in options))
    at = card.text.find("\n## Examples")
    if examples and at >= 0:
        parts.append(card.text[at:].strip())
    return "\n\n".join(part for part in parts if part) + "\n"


def _example(card: Card) -> list[str]:
    """The first example that is reported, with its marks, and the same code as it should be: as its fixes leave it,
    else the first good example of the card."""
    bad = next((one for one in card.examples if one.kind == "bad"), None)
    if bad is None:
        return []
    good = next((one for one in card.examples if one.kind == "good"), None)
    instead = list(bad.fixed.values()) or (
        [good.files[path] for path in good.own] if good is not None else []
    )
    reported = [bad.files[path] for path in bad.own if bad.files[path].marks] or [bad.files[bad.own[0]]]
    parts = ["Reported:", *(_code(source) for source in reported)]
    return [*parts, "Instead:", *(_code(source) for source in instead)] if instead else parts


def _code(source: Source) -> str:
    """A file as a block of code, each mark in a line of its own under its place."""
    lines = source.text.strip("\n").split("\n")
    skipped = source.text[: len(source.text) - len(source.text.lstrip("\n"))].count("\n")
    for mark in sorted(source.marks, key=lambda one: one.line, reverse=True):
        lines.insert(mark.line + 1 - skipped, mark_of(mark))
    language = source.path.rpartition(".")[2]
    return "\n".join([f"```{language}", f"// {source.path}", *lines, "```"])


def rules_json(pages: Sequence[tuple[Rule, Card]], *, one: bool) -> str:
    """Rules as JSON: an object for `one`, else an array."""
    data = [
        _Page(
            name=rule.name,
            category=rule.category,
            level=rule.level,
            fix=rule.fix,
            since=rule.since,
            official=rule.official,
            always=rule.always,
            summary=card.summary,
            what=card.sections.get("What", ""),
            why=card.sections.get("Why", ""),
            how_to_fix=card.sections.get("How to fix", ""),
            limits=card.sections.get("Limits", ""),
            options=rule_options(rule),
        )
        for rule, card in pages
    ]
    return msgspec.json.format(msgspec.json.encode(data[0] if one else data), indent=2).decode() + "\n"


def rules_table(pages: Sequence[tuple[Rule, Card]]) -> str:
    """All rules as a markdown table."""
    rows = ["| Rule | Category | Level | Fix | What it is for |", "|---|---|---|---|---|"]
    for rule, card in pages:
        summary = " ".join(card.summary.split()).replace("|", "\\|")
        level = rule.level.value if rule.level else "off"
        rows.append(f"| {rule.name} | {rule.category.value} | {level} | {rule.fix or 'none'} | {summary} |")
    return "\n".join(rows) + "\n"


def rules_list(pages: Sequence[tuple[Rule, Card]], width: int | None = None) -> list[Line]:
    """All rules for a terminal, by category in the order of the catalogue. `width`: its columns; where a rule and its
    summary do not fit in one line, the summary stands below."""
    longest = max((len(rule.name) for rule, _ in pages), default=0)
    lines: list[Line] = []
    for category in Category:
        members = [page for page in pages if page[0].category is category]
        if members and lines:
            lines.append([])
        if members:
            lines.append([(category.value, "path")])
        for rule, card in members:
            level = rule.level.value if rule.level else "off"
            style = level if rule.level else "dim"
            fix = f"{rule.fix or '':<10}"
            summary = " ".join(card.summary.split())
            head: list[Piece] = [(f"  {rule.name:<{longest}}  ", ""), (f"{level:<7}", style)]
            whole: Line = [*head, (f"  {fix}  {summary}".rstrip(), "")]
            if width is None or sum(cells(text) for text, _ in whole) <= width:
                lines.append(whole)
            else:
                lines += wrap([*head, (f"  {fix}".rstrip(), "")], width, 6)
                lines += wrap([(f"      {summary}", "dim")], width, 6)
    return lines


def rule_options(rule: Rule) -> list[Option]:
    """The options of a rule, in the order of its dataclass."""
    return [
        Option(
            name=spec.name,
            type=_type_name(spec),
            default=list(spec.default) if isinstance(spec.default, tuple) else spec.default,
            description=spec.doc,
        )
        for spec in option_specs(rule.options)
    ]


def _facts(rule: Rule) -> list[str]:
    if rule.always:
        level = f"{rule.level.value if rule.level else 'warning'}; cannot be turned off"
    elif rule.level is None:
        level = "off under `recommended`; a warning when turned on"
    else:
        level = f"{rule.level.value} under `recommended`"
    facts = [
        f"- Category: {rule.category.value}",
        f"- Level: {level}",
        f"- Fix: {_FIXES[rule.fix]}",
        f"- Since: {rule.since}",
    ]
    if rule.official:
        facts.append(f"- ESLint and oxlint comments that name `{_OFFICIAL}{rule.name}` silence it, too")
    return facts


def _option_line(option: Option) -> str:
    default = msgspec.json.encode(option.default).decode()
    return f"- `{option.name}` ({option.type}; default `{default}`): {option.description}".rstrip(": ")


def _type_name(spec: OptionSpec) -> str:
    choices = " or ".join(f'"{choice}"' for choice in spec.choices)
    if spec.kind == "strings":
        return f"a list of {choices or 'text'}"
    return {"choice": choices, "bool": "true or false", "int": "a number", "string": "text"}[spec.kind]
