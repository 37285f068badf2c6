from __future__ import annotations
from collections.abc import Sequence
from convexlint.facts import ModuleFacts, extract
def extract_all(items: Sequence[tuple[bytes, str]], jobs: int) -> list[ModuleFacts]:
    return [extract(s,n) for s,n in items]
