"""Literals that a union of literals gives their meaning."""

from __future__ import annotations

from convexlint.program.evaluation.values import Lit, Value, members, one_of


def with_labels(results: list[Value]) -> list[Value]:
    """`return "coach"` beside a result of type "coach" | "member" is that literal, not any text."""
    labels = {
        (type(m.value), m.value) for v in results for m in members(v) if isinstance(m, Lit) and m.declared
    }
    if not labels:
        return results

    def labelled(value: Value) -> Value:
        known = isinstance(value, Lit) and (type(value.value), value.value) in labels
        return Lit(value.value, declared=True) if known and isinstance(value, Lit) else value

    return [one_of([labelled(member) for member in members(value)]) for value in results]
