"""The shape of facts: what is kept of one module after its syntax tree is gone.

Facts are a small intermediate language: expressions, patterns, statements, types, and flat tables of the
module's functions, classes, bindings, imports and exports. They are frozen, serialisable (msgspec, array
form) and made from one module's text alone, so they can be cached by content and computed in parallel.

Conventions
- `start`/`end` are 0-based UTF-8 byte offsets, `end` exclusive. Parentheses are not represented: a node's
  span is that of the thing inside them. Kept are the start and sizes, in bytes: most are small numbers, which
  Python has once and a file in one byte, and there are half a million nodes in a large project.
- Functions and classes are lifted into `ModuleFacts.functions` / `.classes`; where they stand, a `Lambda`,
  `FunctionDecl`, `ClassRef` or `ClassDecl` holds the index. Function 0 is the module's top level.
- Every name is bound while lowering: `Name.ref` is an index into `ModuleFacts.bindings`, or -1 for a global.
  Shadowing is therefore already settled here.
- Whatever is nested deeper than the lowering follows (`MAX_DEPTH`) becomes an `Opaque` without parts and
  sets `Head.truncated`.

Change FACTS_VERSION with every change of shape or meaning: it is part of the cache key.
"""

from __future__ import annotations

from typing import Union

from convexlint.structs import Struct

FACTS_VERSION = 7


class Node(Struct, frozen=True, array_like=True, gc=False):
    """Anything that stands somewhere: bytes [start, end)."""

    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


# --------------------------------------------------------------------------------------------- expressions


class Name(Node, frozen=True, tag=1):
    """An identifier that is read. `ref` indexes `ModuleFacts.bindings`; -1 = global or undeclared."""

    name: str
    ref: int


class Text(Node, frozen=True, tag=2):
    """A string literal, or a template literal without substitutions. Span includes the quotes."""

    value: str


class Number(Node, frozen=True, tag=3):
    value: float


class Atom(Node, frozen=True, tag=4):
    """A constant or keyword: true, false, null, undefined, bigint, regex, this, super, import, meta."""

    kind: str


class Template(Node, frozen=True, tag=5):
    """A template literal with substitutions; `parts` are the substituted expressions in order."""

    parts: tuple[Expr, ...]


class Member(Node, frozen=True, tag=6):
    """`object.name` or `object?.name`; the name's own span is [name_start, end)."""

    object: Expr
    name: str
    name_size: int
    optional: bool

    @property
    def name_start(self) -> int:
        return self.start + self.size - self.name_size


class Index(Node, frozen=True, tag=7):
    """`object[key]`."""

    object: Expr
    key: Expr
    optional: bool


class Call(Node, frozen=True, tag=8):
    """`callee(args)`. `import("x")` has callee `Atom(import)`; tagged templates are `Opaque`.

    `args_start` is the offset of the opening parenthesis, `args_size` what stands from there to the end.
    """

    callee: Expr
    args: tuple[Expr, ...]
    args_size: int
    optional: bool
    type_args: tuple[Type, ...]

    @property
    def args_start(self) -> int:
        return self.start + self.size - self.args_size


class New(Node, frozen=True, tag=9):
    callee: Expr
    args: tuple[Expr, ...]
    args_size: int
    type_args: tuple[Type, ...]

    @property
    def args_start(self) -> int:
        return self.start + self.size - self.args_size


class Lambda(Node, frozen=True, tag=10):
    """A function or arrow expression; `index` into `ModuleFacts.functions`."""

    index: int


class ClassRef(Node, frozen=True, tag=11):
    """A class expression; `index` into `ModuleFacts.classes`."""

    index: int


class Prop(Node, frozen=True):
    """One entry of an object literal.

    kind: "pair", "shorthand", "method" (value is a Lambda), "getter", "setter", "spread" (key None),
    "computed" (key None unless the bracketed key is a string literal; `computed` holds it).
    [key_start, key_end) is the key as written, quotes included; equal for spreads. `key_at`: counted from the start.
    """

    kind: str
    key: str | None
    key_at: int
    key_size: int
    value: Expr
    computed: Expr | None

    @property
    def key_start(self) -> int:
        return self.start + self.key_at

    @property
    def key_end(self) -> int:
        return self.start + self.key_at + self.key_size


class Object(Node, frozen=True, tag=12):
    props: tuple[Prop, ...]


class Array(Node, frozen=True, tag=13):
    """Items may be `Spread`; a hole is `Atom(undefined)`."""

    items: tuple[Expr, ...]


class Spread(Node, frozen=True, tag=14):
    value: Expr


class Await(Node, frozen=True, tag=15):
    value: Expr


class Unary(Node, frozen=True, tag=16):
    """Prefix operators: ! - + ~ typeof void delete. (`++`/`--` are `Assign` with that op.)"""

    op: str
    value: Expr


class Binary(Node, frozen=True, tag=17):
    """All binary and logical operators, `&&`, `||`, `??`, `in`, `instanceof` included."""

    op: str
    left: Expr
    right: Expr


class Conditional(Node, frozen=True, tag=18):
    test: Expr
    yes: Expr
    no: Expr


class Assign(Node, frozen=True, tag=19):
    """`target op value` with op "=", "+=", "??=", ... For `++`/`--` the value is `Number(1)`."""

    op: str
    target: Expr | Pattern
    value: Expr


class Cast(Node, frozen=True, tag=20):
    """kind: "as", "satisfies", "!" (annotation None), "const" (`as const`, annotation None)."""

    value: Expr
    kind: str
    annotation: Type | None


class Opaque(Node, frozen=True, tag=21):
    """Any other expression (yield, JSX, sequences, tagged templates, ...): its sub-expressions in order.

    For a sequence `(a, b)` kind is "sequence" and the value is the last part. kind "deep" = cut at MAX_DEPTH.
    """

    kind: str
    parts: tuple[Expr, ...]


Expr = Union[
    Name,
    Text,
    Number,
    Atom,
    Template,
    Member,
    Index,
    Call,
    New,
    Lambda,
    ClassRef,
    Object,
    Array,
    Spread,
    Await,
    Unary,
    Binary,
    Conditional,
    Assign,
    Cast,
    Opaque,
]

# ------------------------------------------------------------------------------------------------ patterns


class BindName(Node, frozen=True, tag=30):
    """A name that is declared (or, in an assignment pattern, assigned: `ref` may then be -1)."""

    name: str
    ref: int
    default: Expr | None


class PatternField(Node, frozen=True):
    """`key: pattern` of an object pattern; key None when it is computed."""

    key: str | None
    pattern: Pattern


class ObjectPattern(Node, frozen=True, tag=31):
    fields: tuple[PatternField, ...]
    rest: Pattern | None
    default: Expr | None


class ArrayPattern(Node, frozen=True, tag=32):
    """`items` holds None for holes."""

    items: tuple[Pattern | None, ...]
    rest: Pattern | None
    default: Expr | None


class OtherTarget(Node, frozen=True, tag=33):
    """A member or index expression as a target inside a destructuring assignment."""

    value: Expr
    default: Expr | None


Pattern = Union[BindName, ObjectPattern, ArrayPattern, OtherTarget]

# --------------------------------------------------------------------------------------------------- types


class TypeName(Node, frozen=True, tag=40):
    """`Id<"users">`, `Doc`, `QueryCtx`, `ns.Thing`. `name` is dotted; `ref` binds its first segment
    (an import or class), -1 when it is not a value binding. Type aliases of the module: `ModuleFacts.types`.
    """

    name: str
    args: tuple[Type, ...]
    ref: int


class TypeKeyword(Node, frozen=True, tag=41):
    """string, number, boolean, bigint, any, unknown, void, null, undefined, never, object, symbol, this."""

    name: str


class TypeLiteral(Node, frozen=True, tag=42):
    value: str | float | bool


class TypeArray(Node, frozen=True, tag=43):
    """`T[]` and `readonly T[]` (`Array<T>` is a TypeName)."""

    element: Type


class TypeTuple(Node, frozen=True, tag=44):
    items: tuple[Type, ...]


class TypeUnion(Node, frozen=True, tag=45):
    items: tuple[Type, ...]


class TypeIntersection(Node, frozen=True, tag=46):
    items: tuple[Type, ...]


class TypeField(Node, frozen=True):
    name: str
    type: Type
    optional: bool


class TypeObject(Node, frozen=True, tag=47):
    """`{ a: T; b?: U; [k: string]: V }`; `index` is V. Methods are fields of `TypeFunction`."""

    fields: tuple[TypeField, ...]
    index: Type | None


class TypeFunction(Node, frozen=True, tag=48):
    params: tuple[Param, ...]
    result: Type | None


class TypeQuery(Node, frozen=True, tag=49):
    """`typeof a.b`: the expression as `Name`/`Member`."""

    value: Expr


class TypeIndexed(Node, frozen=True, tag=50):
    """`T["key"]`; `key` is a TypeLiteral in the useful case."""

    object: Type
    key: Type


class TypeKeys(Node, frozen=True, tag=53):
    """`keyof T`."""

    object: Type


class TypeMapped(Node, frozen=True, tag=54):
    """`{ [parameter in keys]: value }`. sign: "?" (`?:`), "-" (`-?:`), "". Renamed keys (`as`) are a TypeOther."""

    parameter: str
    keys: Type
    value: Type
    sign: str


class TypeOther(Node, frozen=True, tag=51):
    """Conditional, template, predicate ... types. kind is the grammar's node name."""

    kind: str


Type = Union[
    TypeName,
    TypeKeyword,
    TypeLiteral,
    TypeArray,
    TypeTuple,
    TypeUnion,
    TypeIntersection,
    TypeObject,
    TypeFunction,
    TypeQuery,
    TypeIndexed,
    TypeKeys,
    TypeMapped,
    TypeOther,
]


class TypeParam(Node, frozen=True):
    name: str
    constraint: Type | None
    default: Type | None


class TypeDecl(Node, frozen=True):
    """A type alias or an interface (`kind` "alias" | "interface"); `type` of an interface is a TypeObject.

    `local`: declared inside of a function, so no other module can name it."""

    kind: str
    name: str
    params: tuple[TypeParam, ...]
    extends: tuple[Type, ...]
    type: Type
    local: bool


# ---------------------------------------------------------------------------------------------- statements


class Declare(Node, frozen=True, tag=60):
    """One declarator. keyword: const, let, var, using. `end` is the declarator's end; `statement_start` is
    where `const` (or `export`) stands."""

    keyword: str
    statement_start: int
    pattern: Pattern
    annotation: Type | None
    init: Expr | None


class Evaluate(Node, frozen=True, tag=61):
    """An expression statement."""

    value: Expr


class Return(Node, frozen=True, tag=62):
    value: Expr | None


class Throw(Node, frozen=True, tag=63):
    value: Expr


class If(Node, frozen=True, tag=64):
    test: Expr
    yes: tuple[Stmt, ...]
    no: tuple[Stmt, ...]


class Loop(Node, frozen=True, tag=65):
    """kind: "of", "await" (for await), "in", "for", "while", "do".

    of/await/in: `pattern` takes each element of `source` (an already declared name is a BindName too).
    for: `init` statements, `source` is the condition, `update` the step. while/do: `source` is the condition.
    """

    kind: str
    pattern: Pattern | None
    source: Expr | None
    init: tuple[Stmt, ...]
    update: Expr | None
    body: tuple[Stmt, ...]


class Try(Node, frozen=True, tag=66):
    """`handler` is None without a catch clause; `final` is empty without finally."""

    body: tuple[Stmt, ...]
    param: Pattern | None
    handler: tuple[Stmt, ...] | None
    final: tuple[Stmt, ...]


class Case(Node, frozen=True):
    """`test` None = default."""

    test: Expr | None
    body: tuple[Stmt, ...]


class Switch(Node, frozen=True, tag=67):
    subject: Expr
    cases: tuple[Case, ...]


class Block(Node, frozen=True, tag=68):
    body: tuple[Stmt, ...]


class Jump(Node, frozen=True, tag=69):
    """kind: "break" | "continue"."""

    kind: str


class FunctionDecl(Node, frozen=True, tag=70):
    index: int


class ClassDecl(Node, frozen=True, tag=71):
    index: int


class ExportDefault(Node, frozen=True, tag=72):
    """`export default <expression>` (functions and classes are FunctionDecl/ClassDecl plus an Export)."""

    value: Expr


Stmt = Union[
    Declare,
    Evaluate,
    Return,
    Throw,
    If,
    Loop,
    Try,
    Switch,
    Block,
    Jump,
    FunctionDecl,
    ClassDecl,
    ExportDefault,
]

# ------------------------------------------------------------------------------------------ module's tables


class Binding(Node, frozen=True):
    """A declared name; [start, end) is the declaring identifier.

    kind: import, const, let, var, function, class, param, catch, loop (for-of/in variable), enum, namespace.
    `assigned`: some assignment outside its declaration writes it. `function`: index of the function whose
    body declares it (for a param: the function whose parameter it is).
    """

    name: str
    kind: str
    function: int
    assigned: bool


class Param(Node, frozen=True):
    """`property`: a constructor parameter property (`private db: DatabaseReader`)."""

    pattern: Pattern
    annotation: Type | None
    optional: bool
    rest: bool
    property: bool


class Function(Node, frozen=True):
    """kind: module, function, arrow, method, getter, setter, constructor.

    `name`: own name, method name, or the name of the variable or property it is the value of, else "".
    `binding`: of its own declared name (function declarations and named expressions), else -1.
    `parent`: index of the enclosing function (0 = module level, -1 for function 0). `owner_class`: class
    index for members, else -1. `expression`: the value of a concise arrow, then `body` is empty.
    [params_start, params_end) covers the parameter list with its parentheses (or the bare arrow parameter);
    [body_start, body_end) the body with its braces, or the concise expression as written.
    """

    kind: str
    name: str
    binding: int
    parent: int
    owner_class: int
    is_async: bool
    is_generator: bool
    type_params: tuple[TypeParam, ...]
    params: tuple[Param, ...]
    result: Type | None
    params_start: int
    params_end: int
    body_start: int
    body_end: int
    body: tuple[Stmt, ...]
    expression: Expr | None


class ClassMember(Node, frozen=True):
    """kind: method, getter, setter, constructor, field. `function` is -1 for fields."""

    kind: str
    name: str
    static: bool
    function: int
    annotation: Type | None
    init: Expr | None


class Class(Node, frozen=True):
    name: str
    binding: int
    function: int
    type_params: tuple[TypeParam, ...]
    superclass: Expr | None
    super_args: tuple[Type, ...]
    members: tuple[ClassMember, ...]


class ImportName(Node, frozen=True):
    """imported: the exported name, "default", or "*" for a namespace. `binding` -1 never happens."""

    imported: str
    local: str
    binding: int
    type_only: bool


class Import(Node, frozen=True):
    """One import statement; [specifier_start, specifier_end) is the string with its quotes."""

    specifier: str
    specifier_start: int
    specifier_end: int
    type_only: bool
    names: tuple[ImportName, ...]


class Export(Node, frozen=True):
    """One exported name.

    kind: "local" (`binding` names it: `export const`, `export function`, `export { a as b }`),
    "default" (`export default <expression>`; the value is the module's ExportDefault statement),
    "from" (`export { imported as name } from specifier`; imported may be "default"),
    "star" (`export * from`; name ""), "namespace" (`export * as name from`), "type" (a type alias/interface).
    """

    kind: str
    name: str
    binding: int
    imported: str
    specifier: str
    type_only: bool


class Specifier(Node, frozen=True):
    """Every place that names another module. kind: import, export, require, dynamic, side-effect."""

    text: str
    kind: str
    type_only: bool


class Comment(Node, frozen=True):
    """A comment that may be a directive to a linter (contains convexlint-, eslint-, or oxlint-).

    `text` is without the comment marks, stripped. `block`: /* */ form. `own_line`: nothing but white space
    stands before it on its line.
    """

    text: str
    block: bool
    own_line: bool


class SyntaxProblem(Node, frozen=True):
    """Where the grammar first gives up. `message` says what stands there or what is missing."""

    message: str


class Head(Struct, frozen=True, array_like=True, gc=False):
    """What is asked of every module of a program, also of those that are not looked into."""

    directives: tuple[str, ...]
    specifiers: tuple[Specifier, ...]
    comments: tuple[Comment, ...]
    problem: SyntaxProblem | None
    truncated: bool


class ModuleFacts(Struct, frozen=True, array_like=True, gc=False):
    """All that is kept of one module. The head is the first field: it can be read without the others."""

    head: Head
    imports: tuple[Import, ...]
    exports: tuple[Export, ...]
    bindings: tuple[Binding, ...]
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    types: tuple[TypeDecl, ...]
