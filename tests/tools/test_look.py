"""`make look FILE=x`: what the program knows of a module, in the order of the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.checkout import fixtures
from tools.look import look

NOTES = fixtures() / "notes" / "broken" / "convex"


def test_functions_calls_effects_and_access_stand_where_they_are_written() -> None:
    lines = look(str(NOTES / "drafts.ts")).splitlines()[2:]
    source = (NOTES / "drafts.ts").read_text(encoding="utf-8").splitlines()
    places = [(int(m[1]), int(m[2])) for line in lines if (m := re.match(r" *(\d+):(\d+) ", line))]
    assert len(places) == len(lines)
    assert places == sorted(places)
    (call,) = [line for line in lines if " database_calls " in line]
    where, word = call.split()[0], "`delete`"
    row, column = map(int, where.split(":"))
    assert source[row - 1][column - 1 :].startswith("delete")
    assert word in call
    assert "table=notes" in call
    assert any(" functions " in line and "path=drafts:discard" in line for line in lines)
    assert any(" effects_of " in line and "kind=db-write" in line for line in lines)


@pytest.mark.parametrize("path", sorted(NOTES.rglob("*.ts")), ids=lambda path: path.stem)
def test_every_module_can_be_looked_at(path: Path) -> None:
    if path.name == "greetings.ts":
        with pytest.raises(LookupError, match=r"greetings\.ts cannot be read: "):
            look(str(path))
    else:
        assert look(str(path)).startswith(path.as_posix())


def test_a_file_of_no_project_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("export const a = 1;\n")
    with pytest.raises(Exception, match=r"a\.ts|no Convex project"):
        look(str(tmp_path / "a.ts"))
