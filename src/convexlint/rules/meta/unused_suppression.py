"""A suppression comment that silences nothing."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Fix, Level, Span
from convexlint.rules.rule import NoOptions, rule
from convexlint.suppressions import Directive, Ledger, Named


@rule(category=Category.META, level=Level.INFO, fix="safe", stage="after")
def check(ledger: Ledger, options: NoOptions) -> Iterator[Finding]:
    for directive, unused in ledger.unused.items():
        names = ", ".join(f"`{named.text}`" for named in unused)
        if directive.verb == "enable":
            message = f"nothing turns {names} off before this comment, so it turns nothing on"
        else:
            message = f"this comment silences nothing: no finding of {names} stands where it looks"
        whole = len(unused) == len(directive.names)
        yield Finding(
            directive.path,
            directive.span if whole else unused[0].span,
            message,
            fix=_remove_comment(directive) if whole else _remove_names(directive, unused),
        )


def _remove_comment(directive: Directive) -> Fix:
    return Fix.safe("Remove the comment", Edit(directive.path, directive.removal, ""))


def _remove_names(directive: Directive, unused: tuple[Named, ...]) -> Fix:
    """Rewrite the list of names without the unused ones; the words around it stay."""
    kept = [named.text for named in directive.names if named not in unused]
    whole_list = Span(directive.names[0].span.start, directive.names[-1].span.end)
    names = ", ".join(f"`{named.text}`" for named in unused)
    return Fix.safe(f"Remove {names} from the comment", Edit(directive.path, whole_list, ", ".join(kept)))
