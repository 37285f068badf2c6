"""One module -> its facts. Pure, deterministic, knows no other module."""

from convexlint.facts.ir import FACTS_VERSION, ModuleFacts
from convexlint.facts.module import extract

__all__ = ["FACTS_VERSION", "ModuleFacts", "extract"]
