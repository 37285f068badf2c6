"""Calls of the backend's functions by programs around it, in whatever language: what a rule about clients asks first.

`client_calls(program)`: one for each function that a client names, with what it is called by and what it means.
`client_uses(program)`: those in TypeScript and JavaScript, for rules that look at what stands around a call:
`module`, `owner`, `call` and `args` are facts of the client's module, `scripts_of(program)` has its evaluator and
indices.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from convexlint.discovery.roles import is_test
from convexlint.facts import ir
from convexlint.findings import Finding, Span
from convexlint.program.callers import ClientCall, ClientFile
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.places.clients.own_clients import may_be_own
from convexlint.program.places.clients.scripts import ScriptUse, script_uses
from convexlint.program.program import Program, Scripts, all_functions
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

_KINDS = {"query": "query", "subscribe": "query", "mutation": "mutation", "action": "action"}
_ADMIN_WORDS = (b"setAdminAuth", b"adminToken", b"set_admin_auth", b"adminKey")
_ADMIN = re.compile(rb"\b(?:" + b"|".join(_ADMIN_WORDS) + rb")\b")
_MOCKED = re.compile(rb"mock(?<!\wmock)\w*\s*\(\s*[\"'][^\"'\n]*_generated/api")
_REFUSED = frozenset({"assert", "expect", "expectTypeOf", "assertType"})


class NamedCall(Struct, frozen=True, eq=False):
    """A function of the backend that a client names.

    `path`: "tasks:list". `function`: None where there is none of that path; `certain`: then there surely is none: its
    module was read whole, hands on nothing that was not followed, and no other backend can be meant. `file`,
    `source`: the client. `at`: the name as written (`api.tasks.list`, `"tasks:list"`). `by`: what it is given to
    ("useQuery", "query"), at `by_span`; `kind`: which kind of functions that takes, "" where it is not known.
    `method`: it is a client's method. `admin`: the caller may have admin rights. `again`: it is the call of what a
    hook gave; the hook is another. `call`: in Python; `use`: in TypeScript and JavaScript.
    """

    file: str
    source: bytes
    path: str
    function: RegisteredFunction | None
    certain: bool
    at: Span
    by: str
    by_span: Span
    kind: str
    method: bool
    admin: bool
    again: bool = False
    call: ClientCall | None = None
    use: ScriptUse | None = None

    @property
    def is_type(self) -> bool:
        """Whether it is only the type of the function that is named."""
        return self.use is not None and self.use.in_type


def is_asked(program: Program) -> bool:
    """Whether there is somebody to ask: not with a focus, which no such file is part of, and not for
    components."""
    return program.focus is None and not program.project.component


def client_files(program: Program) -> tuple[ClientFile, ...]:
    """The programs in Python around the backend that call it."""
    return program.clients() if is_asked(program) else ()


def scripts_of(program: Program) -> Scripts:
    """The programs in TypeScript and JavaScript around the backend that import it or a package of Convex."""
    return program.scripts() if is_asked(program) else Scripts()


def client_modules(program: Program) -> tuple[Module, ...]:
    """Their modules, by path."""
    return scripts_of(program).modules


def client_paths(program: Program) -> tuple[str, ...]:
    """The files of all of them."""
    return (*(file.path for file in client_files(program)), *(m.path for m in client_modules(program)))


@query
def client_uses(program: Program) -> tuple[ScriptUse, ...]:
    """The backend's functions as they are named in TypeScript and JavaScript, by file and place."""
    return script_uses(program) if is_asked(program) else ()


def client_calls(program: Program) -> tuple[NamedCall, ...]:
    """The backend's functions that programs around it name, by file and place."""
    return all_client_calls(program) if is_asked(program) else ()


@listed
def all_client_calls(program: Program) -> Iterator[NamedCall]:
    """The same whatever the focus, for rules that report in the backend what it does to its clients."""
    if program.project.component:
        return
    files, uses = program.clients(), script_uses(program)
    functions = {f.path: f for f in all_functions(program) if f.path is not None} if files or uses else {}
    for file in files:
        paths = [function_path(call.name) for call in file.calls]
        ours = file.alone or any(path in functions for path in paths)
        for call, path in zip(file.calls, paths, strict=True):
            function = functions.get(path)
            missing = ours and function is None and _is_missing(program, path)
            kind = _KINDS[call.method]
            yield NamedCall(
                file.path, file.source, path, function, missing, call.name_at, call.method, call.method_span,
                kind, True, call.admin, False, call,
            )  # fmt: skip
    admins = any(
        any(word in module.source for word in _ADMIN_WORDS) and _ADMIN.search(module.source) is not None
        for module in program.scripts().modules
    )
    mocked: dict[str, bool] = {}
    known = {use.module.path for use in uses if function_path(use.path) in functions}
    for use in uses:
        module, path = use.module, function_path(use.path)
        if module.path not in mocked:
            mocked[module.path] = _MOCKED.search(module.source) is not None
        if mocked[module.path]:  # a test with a backend of its own
            continue
        function = functions.get(path)
        ours = (
            use.root in ("api", "internal") or module.path in known
        )  # other names may be of another backend
        missing = function is None and ours and _is_missing(program, path)
        if function is None and (use.in_template or (missing and _is_module(program, use))):
            continue
        judged = (
            use.taker is not None and not _is_refusal_wanted(program, use) and not may_be_own(program, use)
        )
        kind = use.taker.kind if use.taker is not None and judged else ""
        again = use.taker is not None and use.taker.later and use.args_known
        yield NamedCall(
            module.path, module.source, path, function, missing, use.place, use.name,
            use.name_span or use.place, kind, use.method, admins, again, None, use,
        )  # fmt: skip


@query
def _callers(program: Program) -> dict[int, list[NamedCall]]:
    found: dict[int, list[NamedCall]] = {}
    for call in client_calls(program):
        if call.function is not None and not call.again:
            found.setdefault(id(call.function), []).append(call)
    return found


def callers_in_clients(program: Program, function: RegisteredFunction) -> tuple[NamedCall, ...]:
    """Where programs around the backend name a function, by file and place."""
    return tuple(_callers(program).get(id(function), ()))


@query
def calling(program: Program) -> tuple[str, ...]:
    """The files around the program that name some function of it, by path."""
    return tuple(sorted({call.file for call in client_calls(program)}))


def function_path(name: str) -> str:
    """The path that a name in a string means: "tasks:list"; "tasks" is its default export, ".js" is left out."""
    module, colon, export = name.partition(":")
    return f"{module.removesuffix('.js').removesuffix('.ts')}:{export if colon else 'default'}"


def _is_missing(program: Program, path: str) -> bool:
    world = program.ev.world
    home, _, export = path.partition(":")
    if f"{program.project.functions_dir}/{home}" in {p.rsplit(".", 1)[0] for p in program.unreadable}:
        return False
    module = world.by_name(home)
    if module is None:
        return True
    if module.head.problem is not None or module.head.truncated or world.has_open_star(module):
        return False
    return export not in world.export_names(module)


def _is_module(program: Program, use: ScriptUse) -> bool:
    """Whether `api.a.b` names a module or a folder, whose functions are taken from it later."""
    name = use.path.replace(":", "/")
    modules = program.ev.world.modules.values()
    return use.taker is None and any(m.name == name or m.name.startswith(f"{name}/") for m in modules)


def _is_refusal_wanted(program: Program, use: ScriptUse) -> bool:
    """Whether a test calls it to see that it fails: `await expect(...).rejects`, `assert.rejects(...)`, or in a try."""
    ev = scripts_of(program).ev
    if ev is None or not is_test(_below(use.module.path)):
        return False
    index = ev.world.index(use.module)
    node: object = use.call
    while node is not None:
        if isinstance(node, ir.Function):
            node = index.lambdas.get(index.functions[id(node)])
            continue
        node = index.parent(node) if isinstance(node, ir.Node) else None
        if isinstance(node, ir.Try):
            return True
        callee = node.callee if isinstance(node, ir.Call) else None
        callee = callee.object if isinstance(callee, ir.Member) else callee
        if isinstance(callee, ir.Name) and callee.name in _REFUSED:
            return True
    return False


_DOTTED = re.compile(r"(?:[\w$]+)(?:\s*\.\s*[\w$]+){2,}")
_QUOTED = re.compile(r"([\"'])[\w$./:-]*\1")


def spelled(named: NamedCall, path: str) -> str | None:
    """The name of another function as this client writes names; None where it puts them together."""
    text = named.source[named.at.start : named.at.end].decode("utf-8", "replace")
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        return f"{quoted[1]}{path}{quoted[1]}"
    module, _, export = path.partition(":")
    parts = (*module.split("/"), export)
    count = len(named.path.partition(":")[0].split("/")) + 1
    if _DOTTED.fullmatch(text) is None or not all(part.isidentifier() for part in parts):
        return None
    written = [part.strip() for part in text.split(".")]
    return ".".join((*written[:-count], *parts)) if len(written) > count else None


def is_in_test(named: NamedCall) -> bool:
    """Whether the client is a test."""
    return is_test(_below(named.file))


def _below(path: str) -> str:
    """The last folders of a path and its name: what tells a test."""
    return "/".join(path.split("/")[-3:])


def below_root(program: Program, path: str) -> str:
    """A client's file as messages name it: from the folder of the backend's package.json."""
    return posixpath.relpath(path, program.project.root)


def at_name(named: NamedCall, message: str, *, span: Span | None = None, help: str | None = None) -> Finding:
    """A finding at the function's name, or at another span of the file."""
    function = named.function.path if named.function is not None else None
    return Finding(named.file, named.at if span is None else span, message, help, function)
