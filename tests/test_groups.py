"""Tests that share something dear (the compiled package, the TypeScript compiler) run in one process."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("groups")
def test_what_is_grouped_is_sent_to_one_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist writes the group into the name of a test, and keeps together what has one."""
    if not request.config.getoption("loadgroup", False):
        pytest.skip("the tests do not run in groups here")
    assert request.node.nodeid.endswith("@groups")
