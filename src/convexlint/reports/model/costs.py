"""What a function reads and writes, in words: "all rows of `events`, and one query of `tickets` for each"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from convexlint.program.behaviour.bounds import Bound, Each, Read, Write
from convexlint.reports.summary import counted

_VERBS = {
    "insert": "one insert into",
    "patch": "one patch of",
    "replace": "one replace of",
    "delete": "one delete from",
}


def reads_in_words(reads: Sequence[Read]) -> str:
    """One phrase a read, "; " between them; what is read for each row stands behind the read of these rows. "" without
    reads."""
    steps = {id(read.step) for read in reads if read.step is not None}
    texts: list[str] = []
    for read in reads:
        source = read.each.source if read.each is not None else None
        if source is not None and id(source) in steps and source is not read.step:
            continue  # told behind its rows
        inner = [
            one
            for one in reads
            if one.each is not None and one.each.source is not None and one.each.source is read.step
        ]
        text = read_in_words(read)
        if inner and read.step is not None:
            text += f", and {_joined(_repeated(one) for one in inner)} for each"
        texts.append(text)
    return "; ".join(_counted(texts))


def writes_in_words(writes: Iterable[Write]) -> str:
    """One phrase a write, "; " between them; "" without writes."""
    return "; ".join(_counted([write_in_words(write) for write in writes]))


def read_in_words(read: Read) -> str:
    """ "at most 20 rows of `posts`"; with the loop around it."""
    if read.each is not None and read.each.kind == "rows":
        return f"{_repeated(read)} {_each(read.each)}"
    text = _rows(read.bound, _table(read.table))
    return text if read.each is None else f"{text} {_each(read.each)}"


def write_in_words(write: Write) -> str:
    """ "one insert into `posts` (3 indexes)"; with the loop around it."""
    text = f"{_VERBS[write.method]} {_table(write.table)}"
    if write.indexes:
        few = "" if write.exact else "up to "
        text += f" ({few}{counted(len(write.indexes), 'index')})"
    return text if write.each is None else f"{text} {_each(write.each)}"


def _rows(bound: Bound, table: str) -> str:
    if bound.kind == "row":
        text = f"one row of {table}"
    elif bound.kind == "rows":
        number = "n" if bound.limit is None else f"{bound.limit:,.0f}"
        text = f"at most {number} rows of {table}"
    elif bound.kind == "page":
        text = f"a page of {table}"
    elif bound.kind == "search":
        text = f"the results of a search in {table}"
    elif bound.kind == "range" and bound.fields:
        text = f"all rows of {table} of one " + " and ".join(f"`{field}`" for field in bound.fields)
    else:
        text = f"a range of {table}" if bound.kind == "range" else f"all rows of {table}"
    if bound.walks:
        walked = "the whole table" if bound.walks == "table" else "an index range"
        text += f", for which it looks through {walked}"
    return text


def _repeated(read: Read) -> str:
    """What is done again and again, in short."""
    return f"one {'get' if read.step is None else 'query'} of {_table(read.table)}"


def _each(each: Each) -> str:
    if each.kind == "rounds":
        return "in each round of a loop"
    if each.kind == "list":
        return "for each of a list"
    return f"for each row of {_table(each.source.table)}" if each.source is not None else "for each row"


def _table(name: str | None) -> str:
    return f"`{name}`" if name is not None else "a table"


def _joined(texts: Iterable[str]) -> str:
    *most, last = list(dict.fromkeys(texts))
    return f"{', '.join(most)} and {last}" if most else last


def _counted(texts: list[str]) -> list[str]:
    """The same twice is told once."""
    return [text if number == 1 else f"{text} ({number} times)" for text, number in Counter(texts).items()]
