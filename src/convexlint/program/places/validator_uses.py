"""What a place of a validator is: the words of `validator_sites.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import ValidatorOf
from convexlint.program.model import Module, Place, RegisteredFunction, Table
from convexlint.program.validators import Validator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.places.sites import Locator

ELEMENT = "[]"  # the step of a path into an array
VALUE = "{}"  # and into a record


class ValidatorUse(Struct, frozen=True, eq=False, gc=False):
    """What a validator is part of.

    role: "schema" (of `table`), "args" or "returns" (of `function`). `path`: the field names down to it, "[]"
    for an array's elements and "{}" for a record's values; () is the whole.
    """

    role: Literal["schema", "args", "returns"]
    table: str | None
    function: RegisteredFunction | None
    path: tuple[str, ...]

    @property
    def text(self) -> str:
        """For messages: "field `a.b` of `messages`", "argument `x` of `messages:list`"."""
        part = {ELEMENT: "each element of ", VALUE: "each value of "}.get(
            self.path[-1] if self.path else "", ""
        )
        name = ".".join(step for step in self.path if step not in (ELEMENT, VALUE))
        if self.role == "schema":
            return part + (f"field `{name}` of `{self.table}`" if name else f"table `{self.table}`")
        function = self.function
        assert function is not None
        owner = f"`{function.path}`" if function.path else f"`{function.export or function.builder}`"
        if self.role == "args":
            return part + (f"argument `{name}` of {owner}" if name else f"the arguments of {owner}")
        return part + (f"`{name}` of what {owner} returns" if name else f"what {owner} returns")


class ValidatorPart(Struct, frozen=True, eq=False, gc=False):
    """One argument of a `v.` call. `validator` None: it is not a validator, or not known."""

    span: Span
    validator: Validator | None
    optional: bool


class Surroundings(Struct, frozen=True, eq=False):
    """Who knows what stands at a place of code, and what it is. `uses`: by id() of a `v.` call, what it is part of."""

    ev: Evaluator
    places: Locator
    uses: dict[int, tuple[ValidatorUse, ...]]

    def part(self, module: Module, node: ir.Expr) -> ValidatorPart:
        value, span = self.ev.expr(module, node), Span(node.start, node.end)
        if not isinstance(value, ValidatorOf):
            return ValidatorPart(span, None, False)
        return ValidatorPart(span, value.validator, value.optional)


class ValidatorSite(Struct, frozen=True, eq=False, gc=False):
    """One `v.method(...)` of convex/values, whatever `v` is called there, also of `typedV(schema)`.

    `dotted`: it is written as a member (`v.any`). `own`: `v` is convex/values' own. `parent`: the nearest `v.` call
    written around it.
    """

    module: Module
    call: ir.Call
    owner: int
    method: str
    dotted: bool
    own: bool
    parent: ValidatorSite | None
    around: Surroundings

    # A project has tens of thousands of these, and of most nobody asks for more than the method.

    @property
    def place(self) -> Place:
        """The method's name."""
        callee = self.call.callee
        start = callee.name_start if isinstance(callee, ir.Member) else callee.start
        return self.around.places.at(self.module, start, callee.end, self.owner)

    @property
    def uses(self) -> tuple[ValidatorUse, ...]:
        """What it is known to be part of, also through variables, spreads and imports; () = nothing was found."""
        return self.around.uses.get(id(self.call), ())

    @property
    def call_span(self) -> Span:
        """The whole call."""
        return Span(self.call.start, self.call.end)

    @property
    def parts(self) -> tuple[ValidatorPart, ...]:
        """The arguments."""
        return tuple([self.around.part(self.module, arg) for arg in self.call.args])


class FieldSite(Struct, frozen=True, eq=False, gc=False):
    """One `key: validator` of an object literal, as part of one `use` (whose path ends in the key)."""

    module: Module
    prop: ir.Prop
    use: ValidatorUse
    around: Surroundings

    @property
    def key(self) -> str:
        return self.prop.key or ""

    @property
    def key_span(self) -> Span:
        """The key as written, quotes included."""
        return Span(self.prop.key_start, self.prop.key_end)

    @property
    def value_span(self) -> Span:
        """Its validator."""
        return Span(self.prop.value.start, self.prop.value.end)

    @property
    def validator(self) -> Validator | None:
        """None: not known."""
        value = self.around.ev.expr(self.module, self.prop.value)
        return value.validator if isinstance(value, ValidatorOf) else None

    @property
    def optional(self) -> bool:
        value = self.around.ev.expr(self.module, self.prop.value)
        return isinstance(value, ValidatorOf) and value.optional


class TableSite(Struct, frozen=True, eq=False, gc=False):
    """Where a table of the schema is defined: the `defineTable(...)` call, its argument, and the end of the
    chain of `.index(...)` calls behind it. `chained`: another one may follow there."""

    table: Table
    module: Module
    call_span: Span
    argument_span: Span | None
    end_module: Module
    end: int
    chained: bool = True
