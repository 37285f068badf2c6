"""The MCP server, driven by the official SDK's own client through the pipes of a real process."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

import anyio
from mcp import ClientSession, StdioServerParameters, stdio_client

Json = dict[str, Any]
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    there = tmp_path.resolve() / "notes"
    shutil.copytree(ROOT / "fixtures" / "notes" / "broken", there)
    return there


def talk(project: Path, conversation: Callable[[ClientSession, Ask], Awaitable[None]], *options: str) -> None:
    """Start a server and talk to it. `ask(tool, **arguments)` gives the text, or raises RuntimeError with it."""

    async def main() -> None:
        arguments = ["-m", "convexlint", "mcp", "--no-cache", *options]
        parameters = StdioServerParameters(
            command=sys.executable, args=arguments, cwd=str(project), env=dict(os.environ)
        )
        async with stdio_client(parameters) as (reading, writing), ClientSession(reading, writing) as session:
            await session.initialize()

            async def ask(tool: str, **given: Any) -> str:
                answer = await session.call_tool(tool, given)
                text = "".join(getattr(part, "text", "") for part in answer.content)
                if answer.is_error:
                    raise RuntimeError(text)
                return text

            with anyio.fail_after(120):
                await conversation(session, ask)

    anyio.run(main)


def test_the_tools_are_there_and_say_that_they_only_read(project: Path) -> None:
    async def conversation(session: ClientSession, ask: Ask) -> None:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) == {"check", "explain_rule", "model", "why", "fix"}
        assert all(
            tool.annotations is not None and tool.annotations.read_only_hint for tool in tools.values()
        )
        assert all(tool.description for tool in tools.values())

    talk(project, conversation)


def test_with_leave_to_write_fix_says_so(project: Path) -> None:
    async def conversation(session: ClientSession, ask: Ask) -> None:
        tools = {tool.name: tool.annotations for tool in (await session.list_tools()).tools}
        assert tools["fix"] is not None and not tools["fix"].read_only_hint
        assert tools["check"] is not None and tools["check"].read_only_hint

    talk(project, conversation, "--write")


def test_check_answers_in_small_pages(project: Path) -> None:
    async def conversation(session: ClientSession, ask: Ask) -> None:
        first = json.loads(await ask("check"))
        assert first["pages"] > 1 and len(first["findings"]) == 20
        seen = list(first["findings"])
        for page in range(2, first["pages"] + 1):
            seen += json.loads(await ask("check", page=page))["findings"]
        total = sum(first["summary"][level] for level in ("errors", "warnings", "infos"))
        assert len(seen) == total == sum(first["rules"].values())
        ranks = [("error", "warning", "info").index(one["level"]) for one in seen]
        assert ranks == sorted(ranks)
        errors = json.loads(await ask("check", level="error"))
        assert sum(errors["rules"].values()) == first["summary"]["errors"]
        one = json.loads(await ask("check", path="convex/notes.ts", rule="no-filter-in-query"))
        assert {finding["rule"] for finding in one["findings"]} == {"no-filter-in-query"}
        assert all(finding["at"].startswith("convex/notes.ts:") for finding in one["findings"])
        assert (
            one["findings"][0]["fix"]["edits"][0]["new_text"].startswith("withIndex")
            or one["findings"][0]["fix"]
        )

    talk(project, conversation)


def test_a_rule_is_explained_with_examples(project: Path) -> None:
    async def conversation(session: ClientSession, ask: Ask) -> None:
        text = await ask("explain_rule", name="@convex-dev/no-filter-in-query")
        assert text.startswith("# no-filter-in-query") and "## Examples" in text
        with pytest.raises(RuntimeError, match=r"near: .*no-filter-in-query"):
            await ask("explain_rule", name="no-filter-in-queries")

    talk(project, conversation)


def test_the_model_is_told_by_table_by_function_and_by_what_is_open(project: Path) -> None:
    async def conversation(session: ClientSession, ask: Ask) -> None:
        (overview,) = json.loads(await ask("model"))["projects"]
        assert "notes" in overview["tables"]
        table = json.loads(await ask("model", table="notes"))
        assert table["fields"]["title"] == "string"
        assert "by_notebookId" in [index["name"] for index in table["indexes"]]
        assert table["read_by"] and table["written_by"]
        function = json.loads(await ask("model", function="notes:write"))
        assert function["kind"] == "public mutation"
        assert "notes" in [effect["what"] for effect in function["effects"]]
        open_ = json.loads(await ask("model", open_functions=True))["public_functions_without_a_check"]
        assert open_ and all(one["kind"].startswith("public") for one in open_)
        assert len(open_) == min(20, overview["public_functions_without_a_check"])
        with pytest.raises(RuntimeError, match="near: notes"):
            await ask("model", table="note")

    talk(project, conversation)


def test_why_explains_a_place(project: Path) -> None:
    async def conversation(session: ClientSession, ask: Ask) -> None:
        found = json.loads(await ask("why", path="convex/notes.ts", line=20))
        assert found["function"]["path"] == "notes:list"
        assert "no-filter-in-query" in [one["rule"] for one in found["findings"]]
        with pytest.raises(RuntimeError, match="the file has"):
            await ask("why", path="convex/notes.ts", line=9999)

    talk(project, conversation)


def test_fix_shows_and_writes_only_when_it_may(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*.ts")}

    async def reading(session: ClientSession, ask: Ask) -> None:
        shown = json.loads(await ask("fix", rule="no-filter-in-query"))
        assert shown["fixed"].get("no-filter-in-query") and shown["diff"].startswith("--- a/")
        assert not shown["written"]
        with pytest.raises(RuntimeError, match="--write"):
            await ask("fix", write=True)

    talk(project, reading)
    assert {path: path.read_bytes() for path in project.rglob("*.ts")} == before

    async def writing(session: ClientSession, ask: Ask) -> None:
        await ask("fix", rule="no-filter-in-query")
        assert {path: path.read_bytes() for path in project.rglob("*.ts")} == before
        await ask("fix", rule="no-filter-in-query", write=True)

    talk(project, writing, "--write")
    changed = [path.name for path in before if path.read_bytes() != before[path]]
    assert changed == ["notes.ts"] or "notes.ts" in changed


def test_nothing_outside_of_the_folder_is_answered(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "other")

    async def conversation(session: ClientSession, ask: Ask) -> None:
        for path in ("../other", str(tmp_path / "other")):
            with pytest.raises(RuntimeError, match="outside"):
                await ask("check", path=path)
        with pytest.raises(RuntimeError, match="unknown"):
            (project / "convexlint.toml").write_text("nonsense = 1\n")
            await ask("check")

    talk(project, conversation)


def test_trouble_ends_no_server(project: Path) -> None:
    async def conversation(session: ClientSession, ask: Ask) -> None:
        with pytest.raises(RuntimeError, match="no page 99"):
            await ask("check", page=99)
        with pytest.raises(RuntimeError, match=r"(?i)no such file"):
            await ask("check", path="convex/nothing.ts")
        with pytest.raises(RuntimeError, match="not a level"):
            await ask("check", level="loud")
        assert json.loads(await ask("check"))["findings"]

    talk(project, conversation)


def large(root: Path, modules: int) -> None:
    """A project of many modules, all of which read and write one table in ways that are reported."""
    (root / "convex").mkdir(parents=True)
    (root / "package.json").write_text('{"dependencies": {"convex": "1.31.0"}}')
    (root / "convex/schema.ts").write_text(
        'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n'
        'export default defineSchema({ rooms: defineTable({ name: v.string() }).index("by_name", ["name"]) });\n'
    )
    for number in range(modules):
        functions = "".join(
            f"export const {name}{n} = query({{ args: {{}}, "
            'handler: async (ctx) => ctx.db.query("rooms").collect() });\n'
            for n in range(4)
            for name in ("list", "all")
        )
        head = 'import { query } from "./_generated/server";\n'
        (root / f"convex/module{number:03}.ts").write_text(head + functions)


def test_answers_about_a_large_project_stay_small(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "large"
    large(root, 300)

    async def conversation(session: ClientSession, ask: Ask) -> None:
        answers = [await ask("check"), await ask("check", path="convex/module150.ts"), await ask("model")]
        answers += [await ask("model", table="rooms"), await ask("model", function="module299:list3")]
        answers += [
            await ask("model", open_functions=True),
            await ask("why", path="convex/module299.ts", line=3),
        ]
        answers.append(await ask("fix", rule="no-collect-in-query"))
        assert max(map(len, answers)) < 20_000
        first, table, open_ = json.loads(answers[0]), json.loads(answers[3]), json.loads(answers[5])
        assert len(first["findings"]) == 20
        assert first["rules"]["no-collect-in-query"] == 2400
        assert len(open_["public_functions_without_a_check"]) == 20
        assert json.loads(answers[2])["projects"][0]["public_functions_without_a_check"] == 2400
        last = json.loads(await ask("check", page=first["pages"]))
        assert 0 < len(last["findings"]) <= 20
        assert len(table["read_by"]) < 2400

    talk(root, conversation)
