"""Source text -> tree. The only room that touches tree-sitter."""

from convexlint.syntax.problems import decode_problem, first_problem
from convexlint.syntax.tree import Node, Tree, grammar_of, parse

__all__ = ["Node", "Tree", "decode_problem", "first_problem", "grammar_of", "parse"]
