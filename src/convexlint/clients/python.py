"""Python programs that call Convex with the package `convex`, read by libcst.

`ConvexClient(url).query("tasks:list", {...})`: the client is told by its construction or annotation, the function's
name by a literal, or a constant of the module or of one that it imports. What is computed is unknown, and silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, cast

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from convexlint.facts.ir import Comment
from convexlint.findings import Span
from convexlint.program.callers import ClientCall, ClientFile
from convexlint.program.convex.values import Bytes, Int64, Json, Unfollowed

CLIENTS = frozenset({"ConvexClient", "ConvexHttpClient"})
METHODS = frozenset({"query", "mutation", "action", "subscribe"})
_MODULES = frozenset({"convex", "convex.http_client"})
_DEPTH = 40

Method = Literal["query", "mutation", "action", "subscribe"]
Constants = Callable[[str, int], Mapping[str, str]]
"""The text constants of a module that is imported: its dotted name and the number of leading dots."""


class UnreadableError(Exception):
    """libcst cannot parse the file: old syntax, mixed tabs, an unknown encoding. The text says why, on one line."""


def read(path: str, source: bytes, constants: Constants) -> ClientFile:
    """The calls of one file. Raises UnreadableError."""
    module = _parsed(source)
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    reader = _Reader(wrapper, constants)
    wrapper.module.visit(reader)
    calls = sorted(reader.calls(), key=lambda call: (call.name_at.start, call.name_at.end))
    return ClientFile(path, source, tuple(calls), tuple(_comments(source)))


def text_constants(source: bytes) -> dict[str, str]:
    """The names of a module that hold one text for good. Raises UnreadableError."""
    return _constants(_parsed(source))


def _parsed(source: bytes) -> cst.Module:
    try:
        return cst.parse_module(source)
    except (cst.ParserSyntaxError, SyntaxError, LookupError, ValueError, RecursionError) as error:
        lines = str(error).splitlines()
        raise UnreadableError(lines[0] if lines else type(error).__name__) from None


class _Reader(cst.CSTVisitor):
    """One walk: imports, what holds a client, and calls of methods that a client has."""

    def __init__(self, wrapper: MetadataWrapper, constants: Constants) -> None:
        super().__init__()
        self._spans = wrapper.resolve(ByteSpanPositionProvider)
        self._texts = _constants(wrapper.module)
        self._other = constants
        self._classes: dict[str, str] = {}  # local name -> ConvexClient
        self._packages: dict[str, str] = {}  # local name -> convex or convex.http_client
        self._held: Counter[str] = Counter()  # `client`, `self.client`: how often a client is put there
        self._set: Counter[str] = Counter()  # how often anything is
        self._admin: set[str] = set()
        self._found: list[tuple[str | None, cst.Call, str]] = []

    def calls(self) -> Iterator[ClientCall]:
        for holder, node, method in self._found:
            if holder is not None and (not self._held[holder] or self._held[holder] != self._set[holder]):
                continue
            call = self._call(node, method, holder in self._admin)
            if call is not None:
                yield call

    # ----------------------------------------------------------------------------------------- names

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            name = _dotted(alias.name)
            if name in _MODULES:
                local = _dotted(alias.asname.name) if alias.asname is not None else name
                self._packages[local or ""] = name or ""

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        name = _dotted(node.module) if node.module is not None else ""
        if name is None or isinstance(node.names, cst.ImportStar):
            return
        for alias in node.names:
            imported = _dotted(alias.name) or ""
            local = _dotted(alias.asname.name) if alias.asname is not None else imported
            if local is None:
                continue
            if not node.relative and name in _MODULES and imported in CLIENTS:
                self._classes[local] = imported
            elif not node.relative and name == "convex" and imported == "http_client":
                self._packages[local] = "convex.http_client"
            else:
                text = self._other(name, len(node.relative)).get(imported)
                if text is not None and local not in self._texts:
                    self._texts[local] = text

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._bind(target.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        holder = _dotted(node.target)
        if holder is not None:
            self._set[holder] += 1
            self._held[holder] += self._is_class(node.annotation.annotation) or self._is_client(node.value)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._bind(node.target, node.value)

    def visit_Param(self, node: cst.Param) -> None:
        self._set[node.name.value] += 1
        annotated = node.annotation is not None and self._is_class(node.annotation.annotation)
        self._held[node.name.value] += annotated

    def visit_For(self, node: cst.For) -> None:
        self._bind(node.target, None)

    def visit_WithItem(self, node: cst.WithItem) -> None:
        if node.asname is not None:
            self._bind(node.asname.name, node.item)

    def _bind(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        if isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._bind(element.value, None)
            return
        holder = _dotted(target)
        if holder is not None:
            self._set[holder] += 1
            self._held[holder] += self._is_client(value)

    def _is_client(self, node: cst.BaseExpression | None) -> bool:
        return isinstance(node, cst.Call) and self._is_class(node.func)

    def _is_class(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.SimpleString):  # an annotation in quotes
            return str(node.raw_value) in self._classes
        name = _dotted(node)
        if name is None:
            return False
        if name in self._classes:
            return True
        package, _, last = name.rpartition(".")
        return last in CLIENTS and (package in self._packages or _is_below(package, self._packages))

    # ----------------------------------------------------------------------------------------- calls

    def visit_Call(self, node: cst.Call) -> None:
        if not isinstance(node.func, cst.Attribute):
            return
        method = node.func.attr.value
        holder = _dotted(node.func.value)
        if method == "set_admin_auth" and holder is not None:
            self._admin.add(holder)
        elif method in METHODS and holder is not None:
            self._found.append((holder, node, method))
        elif method in METHODS and self._is_client(node.func.value):
            self._found.append((None, node, method))

    def _call(self, node: cst.Call, method: str, admin: bool) -> ClientCall | None:
        given = {"name": None, "args": None} | {
            ("name", "args")[at] if arg.keyword is None else arg.keyword.value: arg.value
            for at, arg in enumerate(node.args[:2])
        }
        named, args = given["name"], given["args"]
        if named is None or any(arg.star for arg in node.args):
            return None
        name = self._text(named)
        if name is None:
            return None
        literal = isinstance(named, (cst.SimpleString, cst.ConcatenatedString))
        known, complete = self._args(args)
        whole = args if args is not None else node
        assert isinstance(node.func, cst.Attribute)
        return ClientCall(
            cast(Method, method),
            self._span(node.func.attr),
            name,
            self._span(named),
            self._span(named) if literal else None,
            known,
            complete,
            self._span(whole),
            admin,
        )

    def _text(self, node: cst.BaseExpression) -> str | None:
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            value = node.evaluated_value
            return value if isinstance(value, str) else None
        if isinstance(node, cst.FormattedString):
            parts = [p.value if isinstance(p, cst.FormattedStringText) else None for p in node.parts]
            return "".join(p for p in parts if p is not None) if None not in parts else None
        name = _dotted(node)
        return self._texts.get(name) if name is not None else None

    def _args(self, node: cst.BaseExpression | None) -> tuple[Mapping[str, Json] | None, bool]:
        """What is known of the arguments, and whether there are no others."""
        if node is None or (isinstance(node, cst.Name) and node.value == "None"):
            return {}, True
        if isinstance(node, cst.Call) and _dotted(node.func) == "dict" and all(a.keyword for a in node.args):
            return {a.keyword.value: self._value(a.value, 0) for a in node.args if a.keyword}, True
        if not isinstance(node, cst.Dict):
            return None, False
        found = self._dict(node, 0)
        return found, len(found) == len(node.elements)

    def _dict(self, node: cst.Dict, depth: int) -> dict[str, Json]:
        """The entries whose keys are known."""
        found: dict[str, Json] = {}
        for element in node.elements:
            key = self._text(element.key) if isinstance(element, cst.DictElement) else None
            if key is not None:
                found[key] = self._value(element.value, depth + 1)
        return found

    def _value(self, node: cst.BaseExpression, depth: int) -> Json:
        """A value as the package sends it: int and float are numbers, `ConvexInt64` is an int64."""
        if depth > _DEPTH:
            return Unfollowed()
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            value = node.evaluated_value
            return value if isinstance(value, str) else Bytes() if isinstance(value, bytes) else Unfollowed()
        if isinstance(node, (cst.Integer, cst.Float)):
            return float(node.evaluated_value)
        if isinstance(node, cst.Name) and node.value in ("True", "False", "None"):
            return {"True": True, "False": False, "None": None}[node.value]
        if isinstance(node, cst.Call) and (_dotted(node.func) or "").rpartition(".")[2] == "ConvexInt64":
            return Int64()
        if isinstance(node, (cst.List, cst.Tuple)):
            if any(isinstance(e, cst.StarredElement) for e in node.elements):
                return Unfollowed()
            return [self._value(e.value, depth + 1) for e in node.elements]
        if isinstance(node, cst.Dict):
            found = self._dict(node, depth)
            return found if len(found) == len(node.elements) else Unfollowed()
        return Unfollowed()

    def _span(self, node: cst.CSTNode) -> Span:
        span = self._spans[node]
        return Span(span.start, span.start + span.length)


def _is_below(package: str, packages: Mapping[str, str]) -> bool:
    """`convex.http_client` where `convex` is imported."""
    first, _, rest = package.partition(".")
    return packages.get(first) == "convex" and rest in ("", "http_client")


def _dotted(node: cst.BaseExpression | cst.BaseAssignTargetExpression | cst.CSTNode | None) -> str | None:
    """`a`, `a.b`; None for everything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = _dotted(node.value)
        return None if before is None else f"{before}.{node.attr.value}"
    return None


def _constants(module: cst.Module) -> dict[str, str]:
    """The names at the top of a module that are set once, to a text that is written out."""
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    for statement in module.body:
        for part in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if isinstance(part, cst.AnnAssign):
                targets, value = [part.target], part.value
            elif isinstance(part, cst.Assign):
                targets, value = [t.target for t in part.targets], part.value
            else:
                continue
            for target in targets:
                name = _dotted(target)
                times[name or ""] += 1
                if name and isinstance(value, (cst.SimpleString, cst.ConcatenatedString)):
                    text = value.evaluated_value
                    if isinstance(text, str):
                        found[name] = text
    return {name: text for name, text in found.items() if times[name] == 1}


def _comments(source: bytes) -> Iterator[Comment]:
    """Comments that speak to convexlint, each on a line; what stands in a text looks the same and does no harm."""
    start = 0
    for line in source.splitlines(keepends=True):
        at = line.find(b"#")
        while at >= 0 and b"convexlint-" in line[at:]:
            if line[at + 1 :].lstrip(b"# \t").startswith(b"convexlint-"):
                text = line[at:].rstrip(b"\r\n")
                own = not line[:at].strip()
                yield Comment(
                    start + at, len(text), text.lstrip(b"# \t").decode("utf-8", "replace"), False, own
                )
                break
            at = line.find(b"#", at + 1)
        start += len(line)
