"""The methods of arrays that call what they are given, told once for everybody who reads callbacks."""

from __future__ import annotations

ELEMENT_FIRST = frozenset(
    {"map", "filter", "find", "findIndex", "findLast", "findLastIndex", "forEach", "some", "every", "flatMap"}
)
"""Methods whose callback is called for each element (or until one decides), with the element first."""

EACH = ELEMENT_FIRST | {"reduce", "reduceRight"}
"""Methods whose callback is called for each element; those that add up give it what they have so far first."""

PREDICATES = frozenset({"filter", "some", "every", "find", "findIndex", "findLast", "findLastIndex"})
"""Methods that take what their callback returns as a condition."""
