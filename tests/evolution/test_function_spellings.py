"""The same function, and the same change of it, however it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from convexlint.harness.projects import lint, model_of, write_project
from convexlint.rules.card import Source
from convexlint.session import Overrides
from tests.evolution.test_against import git, messages, run, write

Files = dict[str, str]
SERVER = 'import { %s } from "./_generated/server";\n'
VALUES = 'import { v } from "convex/values";\n'
ARGS = {
    "floor": "v.optional(v.number())",
    "kind": 'v.union(v.literal("a"), v.literal("b"))',
    "ids": 'v.array(v.id("rooms"))',
}
RETURNS = {"name": "v.string()", "size": "v.number()", "at": "v.optional(v.number())"}
Fields = dict[str, str]


def pairs(fields: Fields) -> str:
    return ", ".join(f"{name}: {text}" for name, text in fields.items())


def module(text: str, builder: str = "query", more: str = "") -> Files:
    return {"rooms.ts": f"{SERVER % builder}{VALUES}{more}{text}\n"}


def function(args: str, returns: str, handler: str = "async (ctx, args) => ({}) as any") -> str:
    return f"query({{ args: {args}, returns: {returns}, handler: {handler} }})"


def plain(args: Fields, returns: Fields) -> Files:
    return module(
        f"export const list = {function(f'{{ {pairs(args)} }}', f'v.object({{ {pairs(returns)} }})')};"
    )


def objects(args: Fields, returns: Fields) -> Files:
    return module(
        f"export const list = {function(f'v.object({{ {pairs(args)} }})', f'v.object({{ {pairs(returns)} }})')};"
    )


def constants(args: Fields, returns: Fields) -> Files:
    held = f"const listArgs = {{ {pairs(args)} }};\nconst result = v.object({{ {pairs(returns)} }});\n"
    return module(f"export const list = {function('listArgs', 'result')};", more=held)


def shorthand(args: Fields, returns: Fields) -> Files:
    held = f"const args = {{ {pairs(args)} }};\nconst returns = v.object({{ {pairs(returns)} }});\n"
    return module(
        "export const list = query({ args, returns, handler: async () => ({}) as any });", more=held
    )


def spread(args: Fields, returns: Fields) -> Files:
    names = list(args)
    one, two = ({n: args[n] for n in some} for some in (names[:1], names[1:]))
    held = f"const more = {{ {pairs(two)} }};\nconst result = {{ {pairs(returns)} }};\n"
    return module(
        f"export const list = {function(f'{{ {pairs(one)}, ...more }}', 'v.object({ ...result })')};",
        more=held,
    )


def imported(args: Fields, returns: Fields) -> Files:
    held = f"export const listArgs = {{ {pairs(args)} }};\nexport const room = v.object({{ {pairs(returns)} }});\n"
    return {
        **module(
            f"export const list = {function('shapes.listArgs', 'shapes.room')};",
            more='import * as shapes from "./shapes";\n',
        ),
        "shapes.ts": VALUES + held,
    }


def a_helper(args: Fields, returns: Fields) -> Files:
    held = f"function listArgs() {{\n  return {{ {pairs(args)} }};\n}}\n"
    held += f"const room = () => v.object({{ {pairs(returns)} }});\n"
    return module(f"export const list = {function('listArgs()', 'room()')};", more=held)


def re_exported(args: Fields, returns: Fields) -> Files:
    made = plain(args, returns)["rooms.ts"].replace("export const list", "export const every")
    return {
        "model/rooms.ts": made.replace("./_generated", "../_generated"),
        "rooms.ts": 'export { every as list } from "./model/rooms";\n',
    }


def exported_later(args: Fields, returns: Fields) -> Files:
    text = plain(args, returns)["rooms.ts"].replace("export const list", "const inner")
    return {"rooms.ts": f"{text}export {{ inner as list }};\n"}


def generic(args: Fields, returns: Fields) -> Files:
    text = (
        plain(args, returns)["rooms.ts"]
        .replace("./_generated/server", "convex/server")
        .replace("query", "queryGeneric")
    )
    return {"rooms.ts": text}


def in_javascript(args: Fields, returns: Fields) -> Files:
    return {"rooms.js": plain(args, returns)["rooms.ts"].replace(" as any", "")}


def wrapped(args: Fields, returns: Fields) -> Files:
    own = "const ours = (config: any) => query(config);\n"
    text = plain(args, returns)["rooms.ts"].replace("list = query(", "list = ours(")
    return {"rooms.ts": text.replace(VALUES, VALUES + own)}


SPELLINGS: list[Callable[[Fields, Fields], Files]] = [
    plain, objects, constants, shorthand, spread, imported, a_helper, re_exported, exported_later, generic,
    in_javascript,
]  # fmt: skip
CHANGES: list[tuple[str, str, str | None, str]] = [
    ("args", "floor", "v.number()", "the argument `floor` was optional and is required now"),
    ("args", "floor", "v.optional(v.string())", "the argument `floor` of `number` takes `string` now"),
    ("args", "floor", None, "the argument `floor` is gone"),
    ("args", "kind", 'v.literal("a")', 'the argument `kind` of `"a" | "b"` takes `"a"` now'),
    ("args", "ids", 'v.array(v.id("bots"))', 'the argument `ids` of `Id<"rooms">[]` takes `Id<"bots">[]` now'),
    ("args", "more", "v.string()", "the argument `more` is new and required"),
    ("returns", "size", None, "`size` is gone from what `rooms"),
    ("returns", "size", "v.optional(v.number())", "`size` may be missing in what `rooms"),
    ("returns", "name", "v.union(v.string(), v.null())", "`name` of what `rooms"),
    ("returns", "at", "v.optional(v.string())", "`at` of what `rooms"),
]  # fmt: skip
SAFE: list[tuple[str, str, str]] = [
    ("args", "floor", "v.optional(v.union(v.number(), v.null()))"),
    ("args", "kind", "v.string()"),
    ("args", "ids", "v.array(v.string())"),
    ("args", "more", "v.optional(v.string())"),
    ("returns", "name", 'v.literal("a")'),
    ("returns", "at", "v.number()"),
    ("returns", "more", "v.boolean()"),
]


def changed(fields: Fields, name: str, text: str | None) -> Fields:
    kept = {key: value for key, value in fields.items() if key != name or text is not None}
    return kept if text is None else {**kept, name: text}


def found(root: Path, old: Files, new: Files) -> list[str]:
    write_project(root, {path: Source(path, text) for path, text in new.items()})
    (root / "deployed.json").write_text(model_of({path: Source(path, text) for path, text in old.items()}))
    said = [
        d.finding.message for d in lint(root, Overrides(select=("breaking-function-change",))).diagnostics
    ]
    return [one.partition(":")[0] for one in said]


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize(("role", "name", "text", "due"), CHANGES)
def test_a_change_is_seen(
    tmp_path: Path,
    spelled: Callable[[Fields, Fields], Files],
    role: str,
    name: str,
    text: str | None,
    due: str,
) -> None:
    args = changed(ARGS, name, text) if role == "args" else ARGS
    returns = changed(RETURNS, name, text) if role == "returns" else RETURNS
    assert found(tmp_path, plain(ARGS, RETURNS), spelled(args, returns)) == [due]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_what_is_only_written_otherwise_is_silent(
    tmp_path: Path, spelled: Callable[[Fields, Fields], Files]
) -> None:
    turned = dict(reversed(ARGS.items())), dict(reversed(RETURNS.items()))
    assert found(tmp_path / "a", plain(ARGS, RETURNS), spelled(ARGS, RETURNS)) == []
    gone = ["`model/rooms"] if spelled is re_exported else []
    assert found(tmp_path / "b", spelled(ARGS, RETURNS), plain(*turned)) == gone


@pytest.mark.parametrize(("role", "name", "text"), SAFE)
def test_more_is_silent(tmp_path: Path, role: str, name: str, text: str) -> None:
    args = changed(ARGS, name, text) if role == "args" else ARGS
    returns = changed(RETURNS, name, text) if role == "returns" else RETURNS
    for number, spelled in enumerate((plain, imported, a_helper)):
        assert found(tmp_path / str(number), constants(ARGS, RETURNS), spelled(args, returns)) == []


UNKNOWN = [
    "query({ handler: async () => null })",
    "query(async () => null)",
    "query({ args: other, handler: async () => null })",
    "query({ args: { ...other }, handler: async () => null })",
    "other({ args: {}, handler: async () => null })",
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_not_known_is_silent(tmp_path: Path, text: str) -> None:
    unknown = module(f"export const list = {text};", more='import { other } from "elsewhere";\n')
    assert found(tmp_path / "a", plain(ARGS, RETURNS), unknown) == []
    assert found(tmp_path / "b", unknown, plain(ARGS, RETURNS)) == []


def test_a_builder_of_its_own_may_add_arguments_but_no_results(tmp_path: Path) -> None:
    fewer = changed(ARGS, "floor", None), changed(RETURNS, "size", None)
    assert found(tmp_path, plain(ARGS, RETURNS), wrapped(*fewer)) == ["`size` is gone from what `rooms"]


@pytest.mark.parametrize(
    "gone",
    [
        "",
        "export const list = async () => null;",
        "export function list() {}",
        "export class list {}",
        "const list = 1;",
    ],
)
def test_what_is_no_function_any_more_is_gone(tmp_path: Path, gone: str) -> None:
    assert found(tmp_path, plain(ARGS, RETURNS), {"rooms.ts": f"{gone}\nexport const other = 1;\n"}) == [
        "`rooms"
    ]


@pytest.mark.parametrize(
    "handed_on",
    [
        'export { list } from "./other";',
        'export * from "./other";',
        'import { list } from "./other";\nexport { list };',
        'import * as other from "./other";\nexport const list = other.list;',
        'import { list as inner } from "./other";\nexport const list = inner;',
        'export { list } from "elsewhere";',
        'export * from "elsewhere";',
    ],
)
def test_what_another_module_registers_is_there(tmp_path: Path, handed_on: str) -> None:
    new = {"other.ts": plain(ARGS, RETURNS)["rooms.ts"], "rooms.ts": f"{handed_on}\n"}
    assert found(tmp_path / "a", plain(ARGS, RETURNS), new) == []
    if "elsewhere" in handed_on:
        return
    root = tmp_path / "b"
    write(root, {"package.json": "{}", **{f"convex/{path}": text for path, text in new.items()}})
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one")):
        git(root, *words)
    assert messages(run(root, "HEAD")) == []
    (root / "convex/rooms.ts").unlink()
    assert messages(run(root, "HEAD")) == [
        "`rooms:list` of HEAD is gone: calls of it by clients that are out there fail"
    ]
