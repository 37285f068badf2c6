"""Every line of the threat model in SECURITY.md names a test that is there."""

from __future__ import annotations

import re

from tests.checkout import ROOT


def test_the_tests_that_the_threat_model_names_are_there() -> None:
    table = (ROOT / "SECURITY.md").read_text("utf-8").partition("| a repository |")[2]
    rows = [line for line in table.splitlines()[2:] if line.startswith("|")]
    assert len(rows) >= 10
    for row in rows:
        named = re.search(r"`(tests/[\w/]+\.py)(?:::(\w+))?` \|$", row)
        assert named is not None, row
        source = (ROOT / named[1]).read_text("utf-8")
        assert named[2] is None or re.search(rf"^(def|class) {named[2]}\b", source, re.M), row
