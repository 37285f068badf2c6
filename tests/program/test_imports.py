"""How a name comes into a module: by what is there, by merging, or by an import of its own."""

from __future__ import annotations

import pytest

from convexlint.discovery.project import Role
from convexlint.facts.lowered import lowered
from convexlint.facts.module import extract
from convexlint.program.model import Module
from convexlint.program.writing.imports import ensure_import, ensure_type_import


def module(text: str) -> Module:
    source = text.encode()
    return Module("/p/convex/a.ts", "a", Role.MODULE, True, False, source, lowered(extract(source, "a.ts")))


def imported(text: str) -> tuple[str, str] | None:
    """How `v` is then written, and the module with the edits made."""
    found = ensure_import(module(text), "convex/values", "v")
    if found is None:
        return None
    source = text.encode()
    for edit in sorted(found.edits, key=lambda e: e.span.start, reverse=True):
        source = source[: edit.span.start] + edit.text.encode() + source[edit.span.end :]
    return found.text, source.decode()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('import { v } from "convex/values";\n', "v"),
        ('import { v as val } from "convex/values";\n', "val"),
        ('import * as values from "convex/values";\n', "values.v"),
    ],
)
def test_what_is_imported_is_used_as_the_module_calls_it(text: str, written: str) -> None:
    assert imported(text) == (written, text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'import { ConvexError } from "convex/values";\n',
            'import { ConvexError, v } from "convex/values";\n',
        ),
        (
            "import {\n  ConvexError,\n  type Infer,\n} from 'convex/values'\n",
            "import {\n  ConvexError,\n  type Infer,\n  v,\n} from 'convex/values'\n",
        ),
    ],
)
def test_an_import_of_the_package_takes_the_name_in(before: str, after: str) -> None:
    assert imported(before) == ("v", after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'import type { Infer } from "convex/values";\nimport { query } from "./_generated/server";\n',
            (
                'import type { Infer } from "convex/values";\nimport { v } from "convex/values";\n'
                'import { query } from "./_generated/server";\n'
            ),
        ),
        (
            "\"use node\";\n// The head.\nimport { query } from './_generated/server'\n",
            (
                "\"use node\";\n// The head.\nimport { v } from 'convex/values'\n"
                "import { query } from './_generated/server'\n"
            ),
        ),
        (
            '"use node";\nexport const a = 1;\n',
            '"use node";\nimport { v } from "convex/values";\nexport const a = 1;\n',
        ),
    ],
)
def test_else_there_is_a_new_import_in_the_files_own_manner(before: str, after: str) -> None:
    assert imported(before) == ("v", after)


@pytest.mark.parametrize("text", ["const v = 1;\n", 'import { v } from "valibot";\n', "type v = string;\n"])
def test_a_name_that_means_something_else_is_left_alone(text: str) -> None:
    assert imported(text) is None


def typed(text: str) -> tuple[str, str] | None:
    """How the type `QueryCtx` is then written, and the module with the edits made."""
    found = ensure_type_import(module(text), "./_generated/server", "QueryCtx")
    if found is None:
        return None
    source = text.encode()
    for edit in found.edits:
        source = source[: edit.span.start] + edit.text.encode() + source[edit.span.end :]
    return found.text, source.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'import { query } from "./_generated/server";\n',
            'import { query, type QueryCtx } from "./_generated/server";\n',
        ),
        (
            'import { v } from "convex/values";\nimport type { ActionCtx } from "./_generated/server";\n',
            'import { v } from "convex/values";\nimport type { ActionCtx, QueryCtx } from "./_generated/server";\n',
        ),
        (
            "import { v } from 'convex/values'\n",
            "import { v } from 'convex/values'\nimport type { QueryCtx } from './_generated/server'\n",
        ),
    ],
)
def test_a_type_comes_in_as_a_type(before: str, after: str) -> None:
    assert typed(before) == ("QueryCtx", after)


def test_a_type_comes_in_plainly_where_other_types_do() -> None:
    before = 'import { Id } from "./_generated/dataModel";\nimport { query } from "./_generated/server";\n'
    assert typed(before) == ("QueryCtx", before.replace("{ query }", "{ query, QueryCtx }"))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('import type { QueryCtx as Ctx } from "./_generated/server";\n', "Ctx"),
        ('import type * as server from "./_generated/server";\n', "server.QueryCtx"),
    ],
)
def test_a_type_that_is_imported_is_used(text: str, written: str) -> None:
    assert typed(text) == (written, text)


def test_a_type_is_not_brought_in_beside_another_of_its_name() -> None:
    assert typed("type QueryCtx = string;\n") is None
