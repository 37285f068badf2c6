"""The engine, driven by a toy linter whose findings are words of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from convexlint.findings import Category, Diagnostic, Edit, Finding, Fix, Level, Span
from convexlint.fixes.engine import MAX_CHECKS, MAX_ROUNDS, Checked, Repair, choose, repair

A, B = "/p/convex/a.ts", "/p/convex/b.ts"
Table = Mapping[str, tuple[str, str | None, Level]]


class Toy:
    """Reports every word of a table as a finding of the rule `no-WORD`, fixed by its replacement."""

    def __init__(self, files: Mapping[str, bytes], table: Table, *, because: str | None = None) -> None:
        self.files = dict(files)
        self.table = table
        self.because = because
        self.lints = 0

    def lint(self, changed: Mapping[str, bytes]) -> Checked:
        self.lints += 1
        found, broken = [], []
        for path, source in {**self.files, **changed}.items():
            if b"SYNTAX" in source:
                broken.append(path)
            for match in re.finditer(rb"[a-zA-Z-]+", source):
                word = match.group().decode()
                if word in self.table:
                    found.append(self.diagnostic(path, Span(*match.span()), word))
        found.sort(key=lambda d: (d.finding.path, d.finding.span, d.rule))
        return Checked(tuple(found), frozenset(broken))

    def diagnostic(self, path: str, span: Span, word: str) -> Diagnostic:
        _, new, level = self.table[word]
        fix = None if new is None else Fix(f"Say {new}", (Edit(path, span, new),), self.because)
        finding = Finding(path, span, f"{word} stands here", fix=fix)
        return Diagnostic(self.table[word][0], Category.QUERIES, level, finding)

    def repair(
        self,
        *,
        unsafe: bool = False,
        wanted: Callable[[Diagnostic, Mapping[str, bytes]], bool] = lambda *_: True,
        may_edit: Callable[[str], bool] = lambda _: True,
    ) -> Repair:
        return repair(
            self.files.__getitem__,
            self.lint({}),
            self.lint,
            unsafe=unsafe,
            wanted=wanted,
            may_edit=may_edit,
            after_rules={"no-after"},
        )


def bad(new: str | None, level: Level = Level.WARNING, word: str = "bad") -> Table:
    return {word: (f"no-{word}", new, level)}


def test_all_fixes_of_a_batch_cost_one_look() -> None:
    toy = Toy({A: b"bad " * 1800}, bad("good"))
    done = toy.repair()
    assert done.changed == {A: b"good " * 1800}
    assert len(done.applied) == 1800
    assert toy.lints == 2


def test_unsafe_fixes_wait_until_they_are_asked_for() -> None:
    toy = Toy({A: b"bad"}, bad("good"), because="it may mean something else")
    assert toy.repair().changed == {}
    assert toy.repair(unsafe=True).changed == {A: b"good"}


def test_a_fix_that_makes_room_for_another_is_followed_by_it() -> None:
    table = {**bad("worse"), **bad("good", word="worse")}
    assert Toy({A: b"bad"}, table).repair().changed == {A: b"good"}


def test_fixes_that_chase_each_other_stop_after_the_last_round() -> None:
    done = Toy({A: b"tick"}, {**bad("tock", word="tick"), **bad("tick", word="tock")}).repair()
    assert len(done.applied) == MAX_ROUNDS


def test_a_fix_that_leaves_a_syntax_error_is_given_up_and_the_others_stay() -> None:
    table = {**bad("good"), **bad("SYNTAX", word="worst")}
    done = Toy({A: b"bad worst bad", B: b"bad"}, table).repair()
    assert done.changed == {A: b"good worst good", B: b"good"}
    assert [(r.rule, r.reason) for r in done.refused] == [("no-worst", "it would leave a syntax error")]
    assert [d.rule for d in done.checked.diagnostics] == ["no-worst"]


def test_a_file_that_was_broken_before_may_stay_broken() -> None:
    assert Toy({A: b"SYNTAX bad"}, bad("good")).repair().changed == {A: b"SYNTAX good"}


def test_a_fix_that_does_not_remove_its_finding_is_given_up() -> None:
    table = {**bad("good"), "old": ("no-old", "old", Level.WARNING)}
    done = Toy({A: b"old bad"}, table).repair()
    assert done.changed == {A: b"old good"}
    assert [(r.rule, r.reason) for r in done.refused] == [("no-old", "its finding was still there")]


def test_a_fix_that_brings_an_error_is_given_up() -> None:
    table = {**bad("crash"), "crash": ("no-crash", None, Level.ERROR)}
    done = Toy({A: b"bad"}, table).repair()
    assert done.changed == {}
    assert done.refused[0].reason == "it would bring a new finding of no-crash"


def test_a_fix_may_uncover_something_no_worse_than_what_it_removes() -> None:
    table = {**bad("meh"), "meh": ("no-meh", None, Level.WARNING)}
    assert Toy({A: b"bad"}, table).repair().changed == {A: b"meh"}


def test_a_fix_may_not_trade_advice_for_a_warning() -> None:
    table = {**bad("meh", Level.INFO), "meh": ("no-meh", None, Level.WARNING)}
    assert Toy({A: b"bad"}, table).repair().changed == {}


def test_what_suppression_rules_newly_say_is_no_harm() -> None:
    table = {**bad("after", Level.INFO), "after": ("no-after", None, Level.WARNING)}
    assert Toy({A: b"bad"}, table).repair().changed == {A: b"after"}


def test_one_spoiler_among_many_is_found_in_few_looks() -> None:
    words = [b"bad"] * 500 + [b"worst"] + [b"bad"] * 500
    toy = Toy({A: b" ".join(words)}, {**bad("good"), **bad("SYNTAX", word="worst")})
    done = toy.repair()
    assert len(done.applied) == 1000
    assert toy.lints < 30


def test_looking_again_has_a_bound() -> None:
    toy = Toy({A: b"worst bad " * 300}, {**bad("good"), **bad("SYNTAX", word="worst")})
    done = toy.repair()
    assert toy.lints <= MAX_CHECKS + 2
    assert b"SYNTAX" not in done.changed.get(A, b"")
    assert len(done.refused) + len(done.applied) == 600


def test_files_that_may_not_change_keep_their_findings() -> None:
    done = Toy({A: b"bad", B: b"bad"}, bad("good")).repair(may_edit=lambda path: path == A)
    assert done.changed == {A: b"good"}
    assert [d.finding.path for d in done.checked.diagnostics] == [B]


def test_only_wanted_findings_are_fixed() -> None:
    done = Toy({A: b"bad", B: b"bad"}, bad("good")).repair(wanted=lambda d, _: d.finding.path == B)
    assert done.changed == {B: b"good"}


def test_a_second_run_finds_nothing_to_do() -> None:
    toy = Toy({A: b"bad worse", B: b"fine"}, {**bad("worse"), **bad("good", word="worse")})
    toy.files.update(toy.repair().changed)
    assert toy.repair().changed == {}


def test_of_overlapping_fixes_the_most_are_chosen_whatever_the_order() -> None:
    def at(start: int, end: int) -> Diagnostic:
        fix = Fix.safe("Change it", Edit(A, Span(start, end), "x"))
        return Diagnostic("r", Category.QUERIES, Level.INFO, Finding(A, Span(start, end), "m", fix=fix))

    wide, left, right = at(0, 10), at(1, 4), at(5, 9)
    assert choose([wide, left, right]) == (left, right)
    assert choose([right, wide, left]) == (left, right)


def test_a_fix_of_two_files_is_applied_whole_or_not_at_all() -> None:
    def lint(changed: Mapping[str, bytes]) -> Checked:
        files = {A: b"name", B: b"name", **changed}
        if files[A] != b"name":
            return Checked((), frozenset())
        edits = (Edit(A, Span(0, 4), "new"), Edit(B, Span(0, 4), "new"))
        finding = Finding(A, Span(0, 4), "m", fix=Fix("Rename it", edits))
        return Checked((Diagnostic("r", Category.SCHEMA, Level.WARNING, finding),), frozenset())

    def run(may_edit: Callable[[str], bool]) -> Mapping[str, bytes]:
        return repair(
            lambda _: b"name",
            lint({}),
            lint,
            unsafe=False,
            wanted=lambda *_: True,
            may_edit=may_edit,
            after_rules=(),
        ).changed

    assert run(lambda _: True) == {A: b"new", B: b"new"}
    assert run(lambda path: path == A) == {}
