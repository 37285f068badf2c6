"""The code that is written for the facts' classes gives msgspec's bytes, and reads them."""

from __future__ import annotations

import contextlib
import types

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.facts import codec, extract
from tests.checkout import ROOT
from tools.native.codec import codec as written
from tools.native.records import UnknownStructError, records_of

IR = ROOT / "src" / "convexlint" / "facts" / "ir.py"
SOURCES = sorted((ROOT / "fixtures").rglob("broken/**/*.ts"))


@pytest.fixture(scope="module")
def native() -> types.ModuleType:
    made = types.ModuleType("native_codec")
    text = written(records_of({"ir.py": IR.read_text(encoding="utf-8")})["ir.py"])
    exec(compile(text, "native_codec", "exec"), made.__dict__)
    return made


def test_every_kind_of_node_is_written_as_msgspec_writes_it_and_read_back(native: types.ModuleType) -> None:
    facts = [extract(path.read_bytes(), path.name) for path in SOURCES]
    assert len(facts) > 50
    data = [codec.encode(one) for one in facts]
    assert [native.encode(one) for one in facts] == data
    again = [native.decode(one) for one in data]
    assert again == facts
    assert [native.decode_head(one) for one in data] == [one.head for one in facts]
    assert [codec.decode_head(one) for one in data] == [one.head for one in facts]
    assert all(type(f.body) is tuple for one in again for f in one.functions)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_damaged_bytes_raise_what_is_expected(native: types.ModuleType, data: st.DataObject) -> None:
    whole = codec.encode(extract(b"import a from 'b'; export const c = a?.d(1, { e: [2] }) as F<G>;", "a.ts"))
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :]
    for decode in (native.decode, native.decode_head):
        with contextlib.suppress(native.DAMAGED):
            decode(damaged)


def test_a_field_of_an_unknown_type_is_refused() -> None:
    text = "class Node(Struct):\n    start: int\nclass A(Node, tag=1):\n    a: dict[str, int]\n"
    with pytest.raises(UnknownStructError, match=r"ir\.py:3: `A` has a field of type dict"):
        written(records_of({"ir.py": text})["ir.py"])


def test_tags_are_given_once() -> None:
    tags = [record.tag for record in records_of({"ir.py": IR.read_text(encoding="utf-8")})["ir.py"]]
    given_ = [tag for tag in tags if tag is not None]
    assert len(given_) == len(set(given_)) >= 50
