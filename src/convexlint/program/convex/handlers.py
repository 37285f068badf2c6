"""What the handler of a registered function takes and gives, as far as it is certain."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import Module, RegisteredFunction

_EMPTY = frozenset({"void", "null", "undefined"})


def handler_of(function: RegisteredFunction) -> ir.Function | None:
    """The facts of the function's handler, None when it is not known."""
    handler = function.handler
    return None if handler is None else handler.module.facts.functions[handler.index]


def args_param(function: RegisteredFunction) -> ir.Param | None:
    """The handler's second parameter: the arguments."""
    handler = handler_of(function)
    params = handler.params if handler is not None else ()
    return params[1] if len(params) > 1 else None


def takes_no_args(function: RegisteredFunction) -> bool:
    """Whether the handler certainly looks at no argument: it has no second parameter, or an empty pattern."""
    handler = handler_of(function)
    if handler is None or any(p.rest for p in handler.params):
        return False
    param = args_param(function)
    if param is None:
        return True
    pattern = param.pattern
    return isinstance(pattern, ir.ObjectPattern) and not pattern.fields and pattern.rest is None


def destructured_args(function: RegisteredFunction) -> tuple[str, ...]:
    """The names that the handler takes out of its arguments right in its parameter list."""
    param = args_param(function)
    if param is None or not isinstance(param.pattern, ir.ObjectPattern):
        return ()
    return tuple(f.key for f in param.pattern.fields if f.key is not None)


def returns_nothing(function: RegisteredFunction) -> bool:
    """Whether the handler certainly returns undefined or null on every path, and no type says otherwise."""
    handler = handler_of(function)
    if handler is None or function.handler is None or function.handler.module.head.truncated:
        return False
    if handler.is_generator or handler.expression is not None:
        return False
    if handler.result is not None and not _is_empty_type(handler.result):
        return False
    return not any(_returns_value(s) for s in handler.body)


def _is_empty_type(result: ir.Type) -> bool:
    if isinstance(result, ir.TypeName) and result.name == "Promise" and len(result.args) == 1:
        return _is_empty_type(result.args[0])
    if isinstance(result, ir.TypeUnion):
        return all(_is_empty_type(item) for item in result.items)
    return isinstance(result, ir.TypeKeyword) and result.name in _EMPTY


def _returns_value(statement: ir.Stmt) -> bool:
    if isinstance(statement, ir.Return):
        value = statement.value
        return value is not None and not (isinstance(value, ir.Atom) and value.kind in _EMPTY)
    return any(_returns_value(inner) for inner in _inner(statement))


def _inner(statement: ir.Stmt) -> tuple[ir.Stmt, ...]:
    """The statements that stand directly in a statement; those of nested functions do not count."""
    if isinstance(statement, ir.If):
        return (*statement.yes, *statement.no)
    if isinstance(statement, (ir.Loop, ir.Block)):
        return statement.body
    if isinstance(statement, ir.Try):
        return (*statement.body, *(statement.handler or ()), *statement.final)
    if isinstance(statement, ir.Switch):
        return tuple(inner for case in statement.cases for inner in case.body)
    return ()


def property_position(config: ir.Object, key: str) -> int | None:
    """Which property of a config object is `key`, None when there is none."""
    return next((n for n, prop in enumerate(config.props) if prop.key == key), None)


def sole_argument(module: Module, name_end: int, call: Span) -> Span | None:
    """The only argument of a call as written, when nothing but parentheses stands around it.

    `name_end`: where the called name ends. None for calls with type arguments.
    """
    source = module.source
    if source[name_end : name_end + 1] != b"(" or source[call.end - 1 : call.end] != b")":
        return None
    start, end = name_end + 1, call.end - 1
    while start < end and source[start : start + 1].isspace():
        start += 1
    while end > start and (source[end - 1 : end].isspace() or source[end - 1 : end] == b","):
        end -= 1
    return Span(start, end) if end > start else None
