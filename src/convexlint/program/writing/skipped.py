"""Edits that make a query wait for the sign-in."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.findings import Edit, Span
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.writing.editing import insert, line_indent, quote_of, replace
from convexlint.program.writing.imports import ensure_import
from convexlint.program.writing.once import own_statement

_NAME = "isAuthenticated"


def skip_until_signed_in(
    module: Module, index: ModuleIndex, call: ir.Call, args: ir.Expr | None
) -> tuple[Edit, ...] | None:
    """`isAuthenticated ? {...} : "skip"` in place of the arguments, and `useConvexAuth` in front. None where the module
    has that name, or the call does not stand in a statement of the component's own."""
    statement = own_statement(index, call)
    hook = ensure_import(module, "convex/react", "useConvexAuth")
    if statement is None or statement[1].kind == "module" or hook is None or not call.args:
        return None
    if module.holds(_NAME.encode()):
        return None
    first = statement[0]
    at = first.statement_start if isinstance(first, ir.Declare) else first.start
    semicolon = ";" if module.source[first.end :].lstrip()[:1] == b";" else ""
    made = f"const {{ {_NAME} }} = {hook.text}(){semicolon}\n{line_indent(module, at)}"
    skip = f"{quote_of(module)}skip{quote_of(module)}"
    if args is None:
        edit = insert(module, call.args[0].end, f", {_NAME} ? {{}} : {skip}")
    else:
        text = module.source[args.start : args.end].decode("utf-8", "replace")
        edit = replace(module, Span(args.start, args.end), f"{_NAME} ? {text} : {skip}")
    return (*hook.edits, insert(module, at, made), edit)
