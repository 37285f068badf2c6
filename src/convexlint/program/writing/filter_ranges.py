"""A filter of a database query written as an index range: which index answers it, and the edits."""

from __future__ import annotations

from collections.abc import Iterable

from convexlint.facts.ir import BindName, Expr, Lambda
from convexlint.findings import Edit, Span
from convexlint.program.convex.predicates import Predicate
from convexlint.program.evaluation.queries import CONSUMERS
from convexlint.program.model import IndexDef, Module, QueryStep, Table
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.program.writing.editing import has_comment, insert, quoted, remove_link, replace
from convexlint.structs import Struct

_CREATED = "_creationTime"
_LOWER, _UPPER = ("gt", "gte"), ("lt", "lte")
_CHANGES_INDEX = ("withIndex", "withSearchIndex", "fullTableScan")

Served = tuple[str, tuple[str, ...], IndexDef | None]
"""Name and fields of an index; the IndexDef but for the one that Convex adds by itself."""


class Wanted(Struct, frozen=True):
    """What an index range must hold: that of the query so far, and the predicate's conditions.

    `equal`: the fields with the texts of their values, the query's own first. `bounds`: methods and texts, on the one
    field `bounded`. `order`: how the rows come so far, without the fields that are held equal.
    """

    table: Table
    module: Module
    equal: dict[str, str]
    bounded: str | None
    bounds: tuple[tuple[str, str], ...]
    order: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of an index made for it."""
        return (*self.equal, *((self.bounded,) if self.bounded not in (None, _CREATED) else ()))

    def served_by(self) -> Served | None:
        """The shortest index that answers it."""
        count = len(self.equal)
        if not self.equal and self.bounded == _CREATED:
            return "by_creation_time", (), None
        serving = [
            index
            for index in self.table.indexes
            if index.kind == "database"
            and not index.staged
            and index.fields is not None
            and set(index.fields[:count]) == set(self.equal)
            and (self.bounded is None or (*index.fields, _CREATED)[count] == self.bounded)
        ]
        best = min(serving, key=lambda index: len(index.fields or ()), default=None)
        return None if best is None else (best.name, best.fields or (), best)

    def order_by(self, fields: tuple[str, ...]) -> str | None:
        """By what rows of an index with `fields` come otherwise than so far, in words; None if they do not."""
        after = tuple(field for field in fields if field not in self.equal)
        return None if after == self.order else f"`{after[0]}`" if after else "creation time"

    def range(self, name: str, fields: tuple[str, ...], parameter: str, q: str) -> str:
        """`withIndex(...)` in the order of the index and the module's quotes."""
        parts = "".join(
            f".eq({quoted(self.module, field)}, {self.equal[field]})"
            for field in fields
            if field in self.equal
        )
        parts += "".join(
            f".{method}({quoted(self.module, self.bounded or '')}, {text})" for method, text in self.bounds
        )
        return f"withIndex({quoted(self.module, name)}, ({parameter}) => {q}{parts})"


def wanted(program: Program, step: QueryStep, predicate: Predicate) -> Wanted | None:
    """What would take the place of the query's range and of the filter `step`.

    None where the range so far is not known or holds more than equalities, and where the conditions are none that
    one range can hold.
    """
    table, module = program.schema.tables.get(step.table or ""), step.place.module
    if table is None or len(step.before) != 1 or not (predicate.equalities or predicate.bounds):
        return None
    (state,) = step.before
    used = table.index(state.index) if state.index else None
    if state.range is None or state.index_kind == "search" or (state.index != "" and used is None):
        return None
    equal: dict[str, str] = {}
    for part in state.range:
        if part.method != "eq" or part.field is None or part.value is None or part.field in equal:
            return None
        equal[part.field] = state.module.text(Span(part.value.start, part.value.end))
    for equality in predicate.equalities:
        if equality.field in equal:
            return None
        equal[equality.field] = module.text(Span(equality.value.start, equality.value.end))
    bounded = {bound.field for bound in predicate.bounds}
    methods = [bound.method for bound in predicate.bounds]
    if len(bounded) > 1 or bounded & equal.keys() or max(_sides(methods)) > 1:
        return None
    bounds = sorted(predicate.bounds, key=lambda bound: bound.method in _UPPER)
    order = tuple(field for field in (used.fields or () if used is not None else ()) if field not in equal)
    return Wanted(
        table,
        module,
        equal,
        next(iter(bounded), None),
        tuple((b.method, module.text(Span(b.value.start, b.value.end))) for b in bounds),
        order,
    )


def _sides(methods: list[str]) -> tuple[int, int]:
    return sum(m in _LOWER for m in methods), sum(m in _UPPER for m in methods)


class FilterChains:
    """The filters of a program that can be rewritten, with all types left as they are: they stand in one chain with
    `.query(...)` and the consumer, which takes no index behind the filter."""

    def __init__(self, program: Program) -> None:
        self._steps = {step.key: step for step in query_steps(program)}
        steps = query_steps(program)
        self._consumed = {(s.place.module.path, s.call_span.start) for s in steps if s.method in CONSUMERS}
        self._indexed = {
            key for s in steps if s.method in _CHANGES_INDEX for state in s.before for key in state.trail
        }
        self._together: dict[int, tuple[QueryStep, ...]] = {}
        for step in steps:
            if step.method != "filter" or len(step.before) != 1:
                continue
            trail = [self._steps.get(key) for key in step.before[0].trail]
            group = (*(s for s in trail if s is not None and s.method == "filter"), step)
            for one in group:
                if (
                    len(group) > len(self._together.get(one.key, ()))
                    and one.place.module is step.place.module
                ):
                    self._together[one.key] = group

    def filters(self, step: QueryStep) -> tuple[QueryStep, ...]:
        """All filters of the query that `step` filters, in order: `.filter(...).filter(...)`; itself alone where the
        query is built on several ways."""
        return self._together.get(step.key, (step,))

    def without(self, steps: Iterable[QueryStep]) -> tuple[Edit, ...] | None:
        """Edits that take further filters out of their chain; None where a comment stands in one."""
        edits = []
        for step in steps:
            module = step.place.module
            if has_comment(module, Span(step.place.span.start, step.call_span.end)):
                return None
            dot = module.source.rindex(b".", 0, step.place.span.start)
            edits.append(remove_link(module, Span(dot, step.call_span.end)))
        return tuple(edits)

    def rewritten(
        self, step: QueryStep, predicate: Predicate, want: Wanted, name: str, fields: tuple[str, ...]
    ) -> tuple[Edit, ...] | None:
        """The edits that let the query use the index `name` over `fields`, with what is left of the filter."""
        module = step.place.module
        links = self._links(step)
        if links is None:
            return None
        old = next((link for link in links if link.method in _CHANGES_INDEX), None)
        replaced = [link for link in (old, step) if link is not None]
        if (old is not None and old.method != "withIndex") or any(
            _has_comment(link, want) for link in replaced
        ):
            return None
        parameter, q = _parameter(module, old) or (predicate.parameter, predicate.name)
        link = want.range(name, fields, parameter, q)
        rest = _rest(module, predicate)
        here = Span(step.place.span.start, step.call_span.end)
        if old is None and not links:
            glue = module.text(Span(step.before[0].start.end, step.place.span.start))
            return (replace(module, here, link if rest is None else link + glue + rest),)
        dot = module.source.rindex(b".", 0, step.place.span.start)
        left = remove_link(module, Span(dot, here.end)) if rest is None else replace(module, here, rest)
        if old is not None:
            return (replace(module, Span(old.place.span.start, old.call_span.end), link), left)
        start = step.before[0].start.end
        glue = module.text(Span(start, links[0].place.span.start))
        return None if glue.strip() != "." else (insert(module, start, glue + link), left)

    def _links(self, step: QueryStep) -> list[QueryStep] | None:
        """The links between `.query(...)` and the filter."""
        module = step.place.module
        consumed = (module.path, step.call_span.start) in self._consumed
        if not consumed or step.key in self._indexed or len(step.before) != 1:
            return None
        (state,) = step.before
        links = [self._steps[key] for key in state.trail if key in self._steps]
        end = state.start.end
        for link in (*links, step):
            if link.place.module is not module or link.step_span.start != end:
                return None
            end = link.step_span.end
        return links if state.module is module and len(links) == len(state.trail) else None


def _parameter(module: Module, step: QueryStep | None) -> tuple[str, str] | None:
    """The parameter of a range's callback as written, and its name."""
    if step is None or len(step.args) < 2 or not isinstance(step.args[1], Lambda):
        return None
    params = module.facts.functions[step.args[1].index].params
    if len(params) != 1 or not isinstance(params[0].pattern, BindName):
        return None
    return module.text(Span(params[0].start, params[0].end)), params[0].pattern.name


def _has_comment(step: QueryStep, want: Wanted) -> bool:
    """Whether a comment stands in the link, but for one inside a value, which is kept."""
    text = step.place.module.text(Span(step.place.span.start, step.call_span.end))
    for value in (*want.equal.values(), *(text for _, text in want.bounds)):
        text = text.replace(value, "")
    return "//" in text or "/*" in text


def _rest(module: Module, predicate: Predicate) -> str | None:
    """`filter(...)` of what no index range holds."""

    def text(expr: Expr) -> str:
        return module.text(Span(expr.start, expr.end))

    if not predicate.rest:
        return None
    parts = [text(part) for part in predicate.rest]
    whole = parts[0] if len(parts) == 1 else f"{predicate.name}.and({', '.join(parts)})"
    return f"filter(({predicate.parameter}) => {whole})"
