"""Every key of a TOML text is found on its line."""

from __future__ import annotations

from typing import Any

import tomli
from hypothesis import given
from hypothesis import strategies as st

from convexlint.config.lines import key_lines

TEXT = '''\
# a comment with [brackets] and "quotes"
a = 1
b.c = "x # no comment"
"quo.ted" = 'lit[eral'
multi = """
not.a = key
"""
arr = [ # first
  "one",
  { inner = 2 },
]

[table]
x = { y = [1, 2], "z" = { deep = 1979-05-27T07:32:00Z } }
[ table . "sub\\u0041" ]
k = -1.5e3

[[list]]
name = "p"
[[list]]
other = true
'''


def test_each_key_has_its_line() -> None:
    tomli.loads(TEXT)
    lines = key_lines(TEXT)
    assert lines[("a",)] == 2
    assert lines[("b", "c")] == 3
    assert lines[("quo.ted",)] == 4
    assert lines[("multi",)] == 5
    assert ("not", "a") not in lines
    assert lines[("arr",)] == 8
    assert lines[("arr", "inner")] == 10
    assert lines[("table",)] == 13
    assert lines[("table", "x")] == 14
    assert lines[("table", "x", "z", "deep")] == 14
    assert lines[("table", "subA")] == 15
    assert lines[("table", "subA", "k")] == 16
    assert lines[("list", "name")] == 19
    assert lines[("list", "other")] == 21


def keys_of(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, list):
        return [key for one in value for key in keys_of(one, path)]
    if not isinstance(value, dict):
        return []
    return [key for name, one in value.items() for key in ((*path, name), *keys_of(one, (*path, name)))]


@given(st.text(alphabet="ab=\"'[]{}.,#\n\\ 1-", max_size=60))
def test_whatever_parses_has_a_line_for_each_key(text: str) -> None:
    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    assert set(keys_of(table)) == set(key_lines(text))
