"""Whatever the bytes, nothing crashes and places lie inside the file."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convexlint.discovery.manifests import read_convex_json
from convexlint.discovery.marks import registers_with
from convexlint.discovery.tsconfig import parse_jsonc

JSON_LIKE = st.text(alphabet='{}[]":, \\\n/*\ufeffäfunctions01', max_size=40).map(str.encode)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), JSON_LIKE))
def test_convex_json_of_any_bytes_gives_places_inside(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "convex.json"
    path.write_bytes(data)
    for problem in read_convex_json(str(path)).problems:
        assert 0 <= problem.start <= problem.end <= len(data)


@given(st.one_of(st.binary(max_size=60), JSON_LIKE))
def test_a_tsconfig_of_any_bytes_is_an_object(data: bytes) -> None:
    assert isinstance(parse_jsonc(data), dict)


@given(st.binary(max_size=80))
def test_no_bytes_without_an_import_register_anything(data: bytes) -> None:
    assert registers_with(data) is None
    assert registers_with(
        b'import { query } from "./_generated/server";\nexport const a = query(1);\n' + data
    )
