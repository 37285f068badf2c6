"""Outcomes built by hand, for tests of reports."""

from __future__ import annotations

from collections.abc import Mapping

from convexlint.findings import (
    Category,
    Diagnostic,
    Edit,
    Finding,
    Fix,
    Level,
    Related,
    Span,
    Suggestion,
)
from convexlint.session import Fixed, Left, Outcome

HOME = "/srv/app"
MESSAGES = f"{HOME}/convex/messages.ts"
SCHEMA = f"{HOME}/convex/schema.ts"

MESSAGES_TEXT = b"""import { query } from "./_generated/server";
import { v } from "convex/values";

export const list = query({
  args: { channelId: v.id("channels") },
  handler: async (ctx, args) => {
    return await ctx.db
      .query("messages")
      .filter((q) => q.eq(q.field("channelId"), args.channelId))
      .collect();
  },
});
"""
SCHEMA_TEXT = b"""import { defineSchema, defineTable } from "convex/server";
export default defineSchema({
  messages: defineTable({ channelId: v.id("channels") })
    .index("by_channelId", ["channelId"]),
});
"""


def span_of(source: bytes, words: bytes) -> Span:
    """The first place of `words` in `source`."""
    start = source.index(words)
    return Span(start, start + len(words))


def diagnostic(
    finding: Finding,
    rule: str = "no-filter-in-query",
    level: Level = Level.WARNING,
    category: Category = Category.QUERIES,
) -> Diagnostic:
    return Diagnostic(rule, category, level, finding)


def outcome(
    *diagnostics: Diagnostic,
    sources: Mapping[str, bytes] | None = None,
    before: Mapping[str, bytes] | None = None,
    fixed: tuple[Fixed, ...] = (),
    files: int = 2,
    functions: int = 1,
    suppressed: int = 0,
    notes: tuple[tuple[str, str, int], ...] = (),
    skipped: tuple[tuple[str, str], ...] = (),
    timings: Mapping[str, float] | None = None,
    fail_on: Level | None = Level.WARNING,
    left: tuple[Left, ...] = (),
    unwritten: tuple[tuple[str, str], ...] = (),
) -> Outcome:
    return Outcome(
        diagnostics=diagnostics,
        sources={MESSAGES: MESSAGES_TEXT, SCHEMA: SCHEMA_TEXT} if sources is None else sources,
        before=before or {},
        fixed=fixed,
        files=files,
        projects=1,
        functions=functions,
        suppressed=suppressed,
        notes=notes,
        skipped=skipped,
        timings=timings or {},
        fail_on=fail_on,
        failed=fail_on is not None and any(found.level.rank >= fail_on.rank for found in diagnostics),
        left=left,
        unwritten=unwritten,
        fingerprints=lambda: ["0123abcd"] * len(diagnostics),
    )


FILTER = diagnostic(
    Finding(
        MESSAGES,
        span_of(MESSAGES_TEXT, b"filter"),
        'reads every row of "messages" and then throws most of them away',
        help="an index reads only the rows that match",
        function="messages:list",
        related=(
            Related(SCHEMA, span_of(SCHEMA_TEXT, b'"by_channelId"'), 'index "by_channelId" is defined here'),
        ),
        fix=Fix.unsafe(
            "use the index",
            Edit(
                MESSAGES,
                span_of(MESSAGES_TEXT, b'filter((q) => q.eq(q.field("channelId"), args.channelId))'),
                'withIndex("by_channelId", (q) => q.eq("channelId", args.channelId))',
            ),
            because="rows come in the order of the index",
        ),
    )
)

_BEFORE_HANDLER = Span(MESSAGES_TEXT.index(b"\n  handler"), MESSAGES_TEXT.index(b"\n  handler"))

RETURNS = diagnostic(
    Finding(
        MESSAGES,
        Span(MESSAGES_TEXT.index(b"query({"), MESSAGES_TEXT.index(b"query({") + 5),
        "messages:list does not say what it returns",
        function="messages:list",
        fix=Fix.safe("add returns: v.null()", Edit(MESSAGES, _BEFORE_HANDLER, "\n  returns: v.null(),")),
    ),
    rule="require-returns-validator",
    level=Level.ERROR,
    category=Category.FUNCTIONS,
)

IDS = diagnostic(
    Finding(
        MESSAGES,
        span_of(MESSAGES_TEXT, b"collect"),
        "a list without a bound",
        suggestions=(Suggestion("use .take(100)"), Suggestion("paginate", because="clients must change")),
    ),
    rule="no-collect-in-query",
    level=Level.INFO,
)

UNREADABLE = diagnostic(
    Finding(f"{HOME}/convex/gone.ts", Span(0, 0), "cannot be read: Permission denied"),
    rule="unreadable-file",
    level=Level.ERROR,
    category=Category.META,
)
