"""A suppression comment that cannot silence anything because it is not well formed."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from convexlint.findings import Category, Finding, Level
from convexlint.rules.rule import NoOptions, rule
from convexlint.suppressions import Ledger, Named


@rule(category=Category.META, level=Level.WARNING, stage="after")
def check(ledger: Ledger, options: NoOptions) -> Iterator[Finding]:
    for directive in ledger.directives:
        if not directive.ours:
            continue
        if not directive.known_verb:
            near = get_close_matches(directive.verb, ledger.verbs, 1)
            known = ", ".join(f"`convexlint-{verb}`" for verb in ledger.verbs)
            yield Finding(
                directive.path,
                directive.span,
                f"`convexlint-{directive.verb}` is not a suppression, so this comment silences nothing",
                help=f"did you mean `convexlint-{near[0]}`?" if near else f"there are {known}",
            )
        elif not directive.names:
            yield Finding(
                directive.path,
                directive.span,
                f"`convexlint-{directive.verb}` names no rule"
                + ("" if directive.verb == "enable" else ", so this comment silences nothing"),
                help=f"name the rules: `convexlint-{directive.verb} RULE -- reason`",
            )
        else:
            for named in directive.names:
                if named.rule is None:
                    yield Finding(
                        directive.path,
                        named.span,
                        f"there is no rule named `{named.text}`, so this silences nothing",
                        help=_advice(named, ledger.rule_names),
                    )


def _advice(named: Named, rule_names: tuple[str, ...]) -> str:
    words = named.text.split()
    if len(words) > 1 and words[0] in rule_names:
        return (
            f"put ` -- ` before the reason: `{words[0]} -- {' '.join(words[1:])}`, and commas between rules"
        )
    near = get_close_matches(named.text.rpartition("/")[2], rule_names, 1)
    return f"did you mean `{near[0]}`?" if near else "`convexlint rule --all` lists the rules"
