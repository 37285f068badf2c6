"""Trees on disk, written down as a mapping of paths to texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Tree = Callable[[dict[str, str]], Path]

MODULE = (
    'import { query } from "./_generated/server";\nexport const list = query({ handler: async () => [] });\n'
)
SCHEMA = 'import { defineSchema } from "convex/server";\nexport default defineSchema({});\n'
COMPONENT = 'import { defineComponent } from "convex/server";\nexport default defineComponent("inner");\n'


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes files below a repository's root; names that end in `/` are empty folders."""
    (tmp_path / ".git").mkdir()

    def make(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        return tmp_path

    return make
