"""Which texts may hand `api` or `internal` on, and which only name functions by it."""

from __future__ import annotations

import pytest

from convexlint.program.places.passing_on import PassesOn

NAMES = frozenset({"tasks", "jobs/send", "jobs/late"})


@pytest.mark.parametrize(
    "text",
    [
        'import { api } from "./_generated/api";\nrun(api.tasks.list);',
        "run(api.jobs.send.now); run(api.jobs.late.now);",
        "// the api is open, see https://api.example.com",
        "export const apiKey = read(other);",
        "export const list = query(api.tasks.list);",
        '/** as written in the api */ import { x } from "./x";',
    ],
)
def test_a_text_that_names_functions_hands_nothing_on(text: str) -> None:
    assert PassesOn((b"api",), NAMES).search(text.encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        'import { api } from "./_generated/api";\ngive(api);',
        'import { api as all } from "./_generated/api";\ngive(all);',
        "give(api.tasks);",
        "give(api.jobs);",
        "give(api.jobs.send);",
        "give(api.others.list);",
        'import { api } from "./_generated/api";\nexport { api };',
        'export { api as all } from "./_generated/api";',
        'export { all as api } from "./all";',
        "export const { api } = all;",
        'import * as generated from "./_generated/api";',
        'export * as generated from "./_generated/api";',
    ],
)
def test_a_text_that_may_hand_something_on_is_looked_at(text: str) -> None:
    assert PassesOn((b"api",), NAMES).search(text.encode()) is not None
