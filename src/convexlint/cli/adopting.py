"""Options by which a project takes convexlint on step by step: what excludes what, and writing a baseline."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from convexlint.cli.output import note, write_file
from convexlint.reports.summary import counted
from convexlint.session import Outcome, Suppressing

_EXCLUDE_EACH_OTHER = (
    ("--config", "--isolated", ""),
    ("--since", "--staged", ""),
    ("--since", "--stdin-filename", ""),
    ("--staged", "--stdin-filename", ""),
    ("--staged", "--fix", ": fixes are written to files, not to the index"),
    ("--staged", "--diff", ": fixes are written to files, not to the index"),
    ("--baseline", "--write-baseline", ": --write-baseline FILE reads and writes that file"),
    ("--write-baseline", "--stdin-filename", ""),
    ("--write-baseline", "--staged", ": a baseline is about files as they are on disk"),
    ("--write-baseline", "--since-lines", ": a baseline is about whole files"),
    ("--add-suppressions", "--fix", ": run --fix first"),
    ("--add-suppressions", "--diff", ""),
    ("--add-suppressions", "--staged", ": comments are written to files, not to the index"),
    ("--add-suppressions", "--stdin-filename", ""),
    ("--add-suppressions", "--write-baseline", ""),
    *(
        ("--watch", other, ": --watch writes nothing")
        for other in ("--fix", "--diff", "--write-baseline", "--add-suppressions")
    ),
    ("--watch", "--stdin-filename", ""),
    ("--write-baseline", "--diff", ": --diff writes nothing"),
)


def clash(given: Mapping[str, bool]) -> str | None:
    """Why these options cannot stand together; None when they can."""
    for one, other, why in _EXCLUDE_EACH_OTHER:
        if given[one] and given[other]:
            return f"{one} and {other} exclude each other{why}"
    if given["--since-lines"] and not (given["--since"] or given["--staged"]):
        return "--since-lines needs --since or --staged"
    return None


def file_or_path(value: str | None) -> tuple[str | None, tuple[str, ...]]:
    """What stands behind --baseline or --write-baseline, and the paths to lint that it takes with it: its FILE may be
    left out, and then the next word is the first of PATHS."""
    if value and (Path(value).is_dir() or value.endswith((".ts", ".tsx", ".js", ".jsx", ".mts", ".cts"))):
        return "", (value,)
    return value, ()


def write_baselines(outcome: Outcome) -> str | None:
    """Write what a run with --write-baseline found, and say so; returns what went wrong."""
    if outcome.defects or outcome.unwritten:
        return "the baseline is not written: the run was not whole"
    for path, content in outcome.baseline.new_contents:
        shown = os.path.relpath(path)
        try:
            write_file(path, content)
        except OSError as error:
            return f"cannot write {shown}: {error.strerror or error}"
        words = f"{counted(outcome.baseline.known, 'finding')}, {outcome.baseline.added} of them new"
        if outcome.baseline.gone:
            words += f"; {outcome.baseline.gone} forgotten that are gone"
        note(f"wrote {shown}: {words}")
        if path not in outcome.baseline.configured:
            line = f'baseline = "{Path(path).name}"'
            note(f"--baseline uses it; {line} in convexlint.toml makes every check do so")
    return None


def tell_suppressions(done: Suppressing) -> None:
    """What --add-suppressions wrote, and what it left, by reason."""
    if done.comments:
        comments, files = counted(done.comments, "comment"), counted(done.files, "file")
        note(
            f"wrote {comments} in {files} for {counted(done.findings, 'finding')}; "
            "say in each why, in place of `TODO: reason`"
        )
    else:
        note("nothing to suppress")
    for why in sorted({one.why for one in done.left}):
        rules = [one.rule for one in done.left if one.why == why]
        names = ", ".join(sorted(set(rules)))
        note(f"left {counted(len(rules), 'finding')} ({names}): {why}")


def tell(outcome: Outcome) -> None:
    """What a run with a baseline could not see."""
    if outcome.baseline.blind:
        note(
            "this clone is shallow: files that were renamed since the baseline was written are not recognised; "
            "fetch the history (`git fetch --unshallow`, in GitHub Actions `fetch-depth: 0`)"
        )
