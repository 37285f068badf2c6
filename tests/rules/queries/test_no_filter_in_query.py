"""What a card cannot show of no-filter-in-query: the suggestion that changes two files."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Fix, Suggestion
from convexlint.fixes.edits import apply_all
from convexlint.session import Overrides, Request, check

SCHEMA = """import { defineSchema, defineTable } from 'convex/server'
import { v } from 'convex/values'

export default defineSchema({
  loans: defineTable({ reader: v.string(), book: v.string(), days: v.number() })
    .index('by_book', ['book']),
})
"""
QUERY = """import { v } from 'convex/values'
import { query } from './_generated/server'

export const mine = query({
  args: { reader: v.string() },
  handler: async (ctx, args) =>
    await ctx.db.query('loans').filter((q) => %s).take(9),
})
"""


def suggestions(root: Path, predicate: str) -> tuple[Suggestion, ...]:
    (root / "package.json").write_text("{}")
    (root / "convex").mkdir()
    (root / "convex" / "schema.ts").write_text(SCHEMA)
    (root / "convex" / "loans.ts").write_text(QUERY % predicate)
    only = Overrides(select=("no-filter-in-query",))
    (diagnostic,) = check(Request(paths=(str(root),), isolated=True, overrides=only)).diagnostics
    assert diagnostic.finding.fix is None
    return diagnostic.finding.suggestions


def test_the_index_is_added_in_the_style_of_the_schema_and_used(tmp_path: Path) -> None:
    predicate = "q.and(q.eq(q.field('reader'), args.reader), q.eq(q.field('days'), 3))"
    (suggestion,) = suggestions(tmp_path, predicate)
    assert suggestion.title == "add index `by_reader_and_days` to `loans` and use it"
    assert suggestion.because is not None
    paths = sorted({edit.path for edit in suggestion.edits})
    assert [Path(path).name for path in paths] == ["loans.ts", "schema.ts"]
    sources = {path: Path(path).read_bytes() for path in paths}
    after = apply_all(sources, [Fix.unsafe(suggestion.title, *suggestion.edits, because="asked for")])
    index = "    .index('by_book', ['book'])\n    .index('by_reader_and_days', ['reader', 'days']),\n"
    assert after[paths[1]].decode() == SCHEMA.replace("    .index('by_book', ['book']),\n", index)
    use = ".withIndex('by_reader_and_days', (q) => q.eq('reader', args.reader).eq('days', 3))"
    assert after[paths[0]].decode() == (QUERY % predicate).replace(f".filter((q) => {predicate})", use)


@pytest.mark.parametrize(
    "predicate",
    [
        "q.eq(q.field('_creationTime'), 3)",
        "q.eq(q.field('pages'), 3)",
        "q.eq(q.field('days'), args.reader)",
        "q.or(q.eq(q.field('days'), 3), q.eq(q.field('reader'), args.reader))",
    ],
)
def test_no_index_is_suggested_that_would_not_answer_or_not_compile(tmp_path: Path, predicate: str) -> None:
    assert suggestions(tmp_path, predicate) == ()


def suggested(root: Path, predicate: str) -> tuple[str, str]:
    """What the one suggestion makes of the chain, and its reason."""
    (suggestion,) = suggestions(root, predicate)
    sources = {edit.path: Path(edit.path).read_bytes() for edit in suggestion.edits}
    after = apply_all(sources, [Fix.unsafe(suggestion.title, *suggestion.edits, because="asked for")])
    (text,) = (text.decode() for path, text in after.items() if path.endswith("loans.ts"))
    return text.partition("query('loans')")[2].partition(".take(9)")[0], suggestion.because or ""


def test_a_bound_comes_last_in_the_new_index(tmp_path: Path) -> None:
    predicate = (
        "q.and(q.lt(3, q.field('days')), q.lte(q.field('days'), 9), q.eq(q.field('reader'), args.reader))"
    )
    link, because = suggested(tmp_path, predicate)
    assert link == (
        ".withIndex('by_reader_and_days', (q) => q.eq('reader', args.reader).gt('days', 3).lte('days', 9))"
    )
    assert because.endswith("and rows come ordered by `days`")


@pytest.mark.parametrize(
    "predicate",
    [
        "q.and(q.gt(q.field('days'), 3), q.gte(q.field('days'), 9))",
        "q.and(q.gt(q.field('days'), 3), q.lt(q.field('book'), 'z'))",
        "q.and(q.eq(q.field('days'), 3), q.lt(q.field('days'), 9))",
    ],
)
def test_conditions_that_no_range_holds_are_left(tmp_path: Path, predicate: str) -> None:
    assert suggestions(tmp_path, predicate) == ()


def test_what_no_index_answers_stays_in_the_filter(tmp_path: Path) -> None:
    rest = "q.neq(q.field('days'), 3)"
    link, _ = suggested(tmp_path, f"q.and({rest}, q.eq(q.field('book'), 'b'))")
    assert link == f".withIndex('by_book', (q) => q.eq('book', 'b')).filter((q) => {rest})"


def test_a_comment_in_the_predicate_is_not_lost(tmp_path: Path) -> None:
    assert suggestions(tmp_path, "q.and(q.eq(q.field('book'), 'b') /* this one */)") == ()


@pytest.mark.parametrize(
    "second",
    [
        "filter((q) => q.eq(q.field('days'), 3))",
        "order('desc').filter((q) => q.eq(q.field('days'), 3))",
        "filter((q) => q.gt(q.field('days'), 3))",
    ],
)
def test_two_filters_of_one_query_ask_for_one_index(tmp_path: Path, second: str) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "schema.ts").write_text(SCHEMA)
    predicate = "q.eq(q.field('reader'), args.reader)"
    query = (QUERY % predicate).replace(".take(9)", f".{second}.take(9)")
    (tmp_path / "convex" / "loans.ts").write_text(query)
    only = Overrides(select=("no-filter-in-query",))
    first, other = check(Request(paths=(str(tmp_path),), isolated=True, overrides=only)).diagnostics
    assert first.finding.help == other.finding.help
    assert first.finding.help is not None and '["reader", "days"]' in first.finding.help
    assert first.finding.suggestions == other.finding.suggestions
    (suggestion,) = first.finding.suggestions
    path = str(tmp_path / "convex" / "loans.ts")
    edits = [edit for edit in suggestion.edits if edit.path == path]
    after = apply_all({path: query.encode()}, [Fix.unsafe("", *edits, because="asked for")])[path].decode()
    assert "filter" not in after and "by_reader_and_days" in after
