"""The MCP server: the tools under the official SDK, on stdin and stdout."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError as Refused
from mcp.types import ToolAnnotations

from convexlint import __version__
from convexlint.agents.tools import ToolError, Tools
from convexlint.api import Settings
from convexlint.config.settings import ConfigError
from convexlint.session import InternalError, NoProjectError, PathError

INSTRUCTIONS = """convexlint checks a Convex backend as one program. After each edit of a file in the Convex folder
call `check` with its path. Mend what it reports by its message and `explain_rule`; do not silence a finding to be done
with it. `model` answers questions about tables, indexes and functions without reading files; `why` explains a place."""

_TROUBLE = (ToolError, ConfigError, NoProjectError, PathError, InternalError)


def make_server(folder: str, settings: Settings, *, may_write: bool) -> MCPServer:
    """A server for the projects below `folder`. Without `may_write` its `fix` never changes a file."""
    tools = Tools(folder, settings)
    server = MCPServer("convexlint", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR")
    reading = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )

    @server.tool(title="Check", annotations=reading)
    def check(path: str = ".", rule: str = "", level: str = "", page: int = 1) -> str:
        """Findings at a path (a file, a folder; relative to the project), the most severe first, 20 a page, with the
        exact edits of fixes. `rule`: only this rule or category. `level`: this level and above (error, warning, info).
        """
        return _answer(lambda: tools.check(path, rule, level, page))

    @server.tool(title="Explain a rule", annotations=reading)
    def explain_rule(name: str) -> str:
        """What a rule reports, why it matters, how to fix it, and examples of wrong and right code."""
        return _answer(lambda: tools.explain_rule(name))

    @server.tool(title="Model of the project", annotations=reading)
    def model(
        path: str = ".", table: str = "", function: str = "", open_functions: bool = False, page: int = 1
    ) -> str:
        """The Convex project as convexlint understands it. Without more: an overview. `table`: fields, indexes with
        their uses, who reads and writes it. `function` ("messages:list"): arguments, access check, effects, callers.
        `open_functions`: the public functions that never check who calls."""
        return _answer(lambda: tools.model(path, table, function, open_functions, page))

    @server.tool(title="Why", annotations=reading)
    def why(path: str, line: int, column: int = 0) -> str:
        """All that is known of one line: findings, the function around it with access and effects, table and index of
        the query there, and which rules are silent there and why."""
        return _answer(lambda: tools.why(path, line, column))

    writing = ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
    )

    @server.tool(title="Fix", annotations=writing if may_write else reading)
    def fix(path: str = ".", rule: str = "", unsafe: bool = False, write: bool = False) -> str:
        """What fixes change, as a diff. Nothing is written unless `write` is true (and the server was started with
        --write). `unsafe`: also fixes that may change behaviour. `rule`: only this rule or category."""
        if write and not may_write:
            raise Refused(
                "this server only reads; start it with `convexlint mcp --write` to let it write, or apply the diff"
            )
        return _answer(lambda: tools.fix(path, rule, unsafe, write))

    return server


def _answer(ask: Callable[[], Any]) -> str:
    """The answer as text; trouble of the project's as an error that the agent can read. Whatever is printed meanwhile
    goes to stderr: stdout is the protocol's."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found = ask()
    except _TROUBLE as error:
        raise Refused(str(error)) from None
    except ValueError as error:
        raise Refused(str(error)) from None
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, separators=(",", ":"))
