"""The form in which the files of `packages/` say what they know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from convexlint.facts import ir
from convexlint.program.evaluation.values import External, ExternalResult, Frame, MadeFunction, Value
from convexlint.structs import Struct, field

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import EffectKind, FunctionKind, Module, Visibility
    from convexlint.program.validators import ObjectValidator

Call: TypeAlias = "Callable[[Evaluator, Module, ir.Call | ir.New, External, Frame | None], Value | None]"
"""What calling (or constructing) an export gives; None: what it gives is not known."""

Method: TypeAlias = (
    "Callable[[Evaluator, Module, ir.Call | ir.New, ExternalResult, Frame | None], Value | None]"
)
"""What calling a member of something that the package made gives; None: not known."""

Callback: TypeAlias = "Callable[[Evaluator, Module, ir.Call | ir.New], tuple[Value, ...]]"
"""What a function receives that is given to such a call."""

Property: TypeAlias = "Callable[[Evaluator, Module, ir.Object], tuple[Value, ...]]"
"""What a function receives that stands in a config object (the last argument) of such a call."""

Making: TypeAlias = "Callable[[Evaluator, ExternalResult], MadeFunction | None]"


class PackageTable(Struct, frozen=True, eq=False):
    """A table that a package brings: the shape of its documents, and its indexes with their fields."""

    validator: ObjectValidator
    indexes: Mapping[str, tuple[str, ...]]


class Package(Struct, frozen=True, eq=False):
    """What is known of one package. All names are those of its exports unless a line says otherwise.

    `names`: the specifiers that mean it; each stands for all below it, too ("zod" for "zod/v4").
    `constants`: exports that are values of their own, by (specifier, path).
    `calls`: what calling an export gives; "" is asked about every call that no other entry answers.
    `methods`: what calling a member of what the named export made gives (`typedV(schema).id("t")`).
    `callbacks`: what a function receives that is argument number n of a call of the export.
    `method_callbacks`: the same for `export(...).member(...)`, by (export, member, n). A call on the way is "()".
    `properties`: the same for `export(...).member({ key: function })`, by (export, member, key); a member "" stands
    for every one.
    `makes`: the Convex functions that it makes, by "export.member": (kind, visibility).
    `making`: the same where it takes a look at the arguments.
    `effects`: what calling an export does through the ctx or db that it is given: the kind of `Effect`.
    `identity`: exports, and members of what they make, that read who is calling. `requires_identity`: those of them
    that throw where nobody is signed in.
    `guards_rows`: exports that wrap the database with rules about rows.
    `tables`: the tables that spreading the export into a schema adds.
    """

    names: tuple[str, ...]
    constants: Mapping[tuple[str, tuple[str, ...]], Value] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    callbacks: Mapping[tuple[str, int], Callback] = field(default_factory=dict)
    method_callbacks: Mapping[tuple[str, str, int], Callback] = field(default_factory=dict)
    properties: Mapping[tuple[str, str, str], Property] = field(default_factory=dict)
    makes: Mapping[str, tuple[FunctionKind, Visibility]] = field(default_factory=dict)
    making: Mapping[str, Making] = field(default_factory=dict)
    effects: Mapping[str, EffectKind] = field(default_factory=dict)
    identity: frozenset[str] = frozenset()
    requires_identity: frozenset[str] = frozenset()
    guards_rows: frozenset[str] = frozenset()
    tables: Mapping[str, Mapping[str, PackageTable]] = field(default_factory=dict)
