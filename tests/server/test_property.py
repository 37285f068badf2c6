"""At every moment the same findings as `check`: random edits, undos, renames, closes without saving, saves.

`CONVEXLINT_SERVER_EDITS` sets how many edits are made (default 12 for each way that the server has).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.client import Client
from tests.server.truth import checked, published

EDITS = int(os.environ.get("CONVEXLINT_SERVER_EDITS", "12"))
PIECES = (
    "\n",
    "// convexlint-disable-next-line no-collect-in-query\n",
    'ctx.db.query("notes").collect();\n',
    "export const fresh = query({ args: {}, handler: async (ctx) => Date.now() });\n",
    "export const half = mutation({ handler: async (ctx",
    "await ctx.runMutation(internal.notes.missing, {});\n",
    "\U0001f600é",
    "}",
    'import { helper } from "./helpers";\n',
)


class Typist:
    """Somebody who types at random."""

    def __init__(self, client: Client, folder: Path, seed: int) -> None:
        self.client = client
        self.folder = folder
        self.random = random.Random(seed)
        self.history: list[tuple[Path, str]] = []

    def files(self) -> list[Path]:
        return sorted(
            path
            for path in (self.folder / "convex").rglob("*.ts")
            if "_generated" not in path.parts and readable(path)
        )

    def step(self) -> None:
        chosen = self.random.choice(("edit",) * 8 + ("undo", "close", "save", "rename", "whole"))
        getattr(self, chosen)()

    def open(self) -> Path:
        """Some open file; opened if need be."""
        path = self.random.choice(self.files() + [Path(p) for p in sorted(self.client.texts)])
        if str(path) not in self.client.texts:
            self.client.open(path)
        return path

    def edit(self) -> None:
        path = self.open()
        text = self.client.texts[str(path)]
        self.history.append((path, text))
        start = self.random.randrange(len(text) + 1)
        end = min(len(text), start + self.random.choice((0, 0, 0, 1, 5, 40)))
        self.client.edit(path, start, end, self.random.choice(PIECES))

    def undo(self) -> None:
        while self.history:
            path, text = self.history.pop()
            if str(path) in self.client.texts:
                self.client.replace(path, text)
                return

    def whole(self) -> None:
        path = self.open()
        self.client.replace(path, self.client.texts[str(path)].replace("query", "mutation", 1))

    def close(self) -> None:
        for name in sorted(self.client.texts)[:1]:
            self.client.close(Path(name))

    def save(self) -> None:
        for name in sorted(self.client.texts)[:1]:
            self.client.save(Path(name))

    def rename(self) -> None:
        old = self.random.choice(self.files())
        new = old.with_name(f"moved{self.random.randrange(100)}.ts")
        if str(old) in self.client.texts:
            self.client.close(old)
        old.rename(new)
        self.client.watched((old, 3), (new, 1))


def readable(path: Path) -> bool:
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("quick", [60, 0], ids=["whole at once", "near, then whole"])
def test_at_every_moment_the_findings_are_those_of_check(
    serve: Callable[..., Client], project: Path, quick: int
) -> None:
    client = serve(project, options={"quickSeconds": quick}, unit="utf-32")
    typist = Typist(client, project, seed=7)
    for number in range(EDITS):
        typist.step()
        if typist.random.random() < 0.3:
            continue  # several changes in a row
        client.settle()
        seen, truth = published(project, client.diagnostics), checked(project, client.texts)
        assert seen == truth, f"after step {number}"
    assert client.stop() == 0
