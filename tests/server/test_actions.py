"""Code actions: what an editor applies must mend what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.server.client import FULL, Client, apply, edits_of

Serve = Callable[..., Client]

FIXABLE = """import { query } from "./_generated/server";
import { v } from "convex/values";

export const one = query({
  args: { id: v.id("notebooks") },
  handler: async (ctx, args) => {
    return await ctx.db.get(args.id);
  },
});

export const two = query({
  args: {},
  handler: async (ctx) => {
    ctx.db.query("notebooks").take(5);
    ctx.db.query("notebooks").first();
    return await ctx.db.query("nowhere").take(3);
  },
});
"""


def opened(serve: Serve, project: Path, text: str = FIXABLE, **more: object) -> tuple[Client, Path]:
    path = project / "convex" / "mend.ts"
    client = serve(project, **more)
    client.open(path, text)
    client.settle()
    return client, path


def test_a_quick_fix_mends_what_it_stands_at(serve: Serve, project: Path) -> None:
    client, path = opened(serve, project)
    found = next(one for one in client.of(path) if one["code"] == "no-floating-promise")
    actions = client.actions(path, found["range"], ["quickfix"])
    (fix,) = [a for a in actions if a.get("isPreferred") and a.get("diagnostics") == [found]]
    assert fix["kind"] == "quickfix"
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": path.as_uri(), "version": 1}
    count = client.rules(path).count("no-floating-promise")
    client.replace(path, apply(client.texts[str(path)], edits_of(fix, path)))
    client.settle()
    assert client.rules(path).count("no-floating-promise") == count - 1
    assert "syntax-error" not in client.rules(path)


def test_all_of_one_rule_are_fixed_at_once(serve: Serve, project: Path) -> None:
    client, path = opened(serve, project)
    found = next(one for one in client.of(path) if one["code"] == "no-floating-promise")
    offered = [a["title"] for a in client.actions(path, found["range"], ["quickfix"])]
    (title,) = [one for one in offered if one.startswith("Fix all") and "no-floating-promise" in one]
    everything = next(a for a in client.actions(path, found["range"]) if a["title"] == title)
    client.replace(path, apply(client.texts[str(path)], edits_of(everything, path)))
    client.settle()
    assert "no-floating-promise" not in client.rules(path)


def test_fix_all_is_safe_and_comes_only_when_it_is_asked_for(serve: Serve, project: Path) -> None:
    client, path = opened(serve, project)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    (action,) = client.actions(path, whole, ["source.fixAll"])
    assert action["kind"] == "source.fixAll.convexlint"
    assert client.actions(path, whole, ["source.fixAll.convexlint"]) == [action]
    assert client.actions(path, whole, ["source.organizeImports"]) == []
    assert client.actions(path, whole, ["refactor"]) == []
    before = client.rules(path)
    client.replace(path, apply(client.texts[str(path)], edits_of(action, path)))
    client.settle()
    assert len(client.rules(path)) < len(before)
    assert "syntax-error" not in client.rules(path)


def test_an_unsafe_fix_says_why_and_is_not_preferred(serve: Serve, project: Path) -> None:
    client = serve(project)
    client.settle()
    unsafe = []
    for name, found in client.diagnostics.items():
        path = Path(name)
        if path.suffix == ".ts" and "unreadable-file" not in client.rules(path):
            client.open(path)
            client.settle()
            for one in found:
                unsafe += [a for a in client.actions(path, one["range"]) if "(unsafe: " in a["title"]]
    assert unsafe
    assert not any(action.get("isPreferred") for action in unsafe)


def test_a_comment_silences_one_line(serve: Serve, project: Path) -> None:
    client, path = opened(serve, project)
    while "no-floating-promise" in client.rules(path) or "unknown-table" in client.rules(path):
        found = next(
            one for one in client.of(path) if one["code"] in ("no-floating-promise", "unknown-table")
        )
        actions = client.actions(path, found["range"])
        disable = next(a for a in actions if a["title"] == f"Disable {found['code']} for this line")
        client.replace(path, apply(client.texts[str(path)], edits_of(disable, path)))
        client.settle()
    text = client.texts[str(path)]
    assert "    // convexlint-disable-next-line no-floating-promise\n    ctx.db.query" in text
    assert "unused-suppression" not in client.rules(path)
    assert "invalid-suppression" not in client.rules(path)


def test_a_second_rule_joins_the_comment_of_the_first(serve: Serve, project: Path) -> None:
    text = FIXABLE.replace(
        '    ctx.db.query("notebooks").take(5);',
        '    // convexlint-disable-next-line unknown-table -- yes\n    ctx.db.query("nowhere").take(5);',
    )
    client, path = opened(serve, project, text)
    found = next(one for one in client.of(path) if one["code"] == "no-floating-promise")
    disable = next(a for a in client.actions(path, found["range"]) if a["title"].startswith("Disable"))
    after = apply(text, edits_of(disable, path))
    assert "// convexlint-disable-next-line unknown-table, no-floating-promise -- yes\n" in after


def test_no_comment_is_offered_for_what_none_silences(serve: Serve, project: Path) -> None:
    client, path = opened(serve, project, FIXABLE + "const = ;\n")
    found = next(one for one in client.of(path) if one["code"] == "syntax-error")
    assert not [a for a in client.actions(path, found["range"]) if a["title"].startswith("Disable syntax")]


def test_a_client_without_versions_gets_plain_changes(serve: Serve, project: Path) -> None:
    plain = {**FULL, "workspace": {}}
    client, path = opened(serve, project, capabilities=plain)
    found = next(one for one in client.of(path) if one["code"] == "no-floating-promise")
    action = next(a for a in client.actions(path, found["range"]) if a.get("isPreferred"))
    assert list(action["edit"]) == ["changes"]
    assert list(action["edit"]["changes"]) == [path.as_uri()]


def test_the_card_of_a_rule_is_shown(serve: Serve, project: Path) -> None:
    client, path = opened(serve, project)
    found = next(one for one in client.of(path) if one["code"] == "no-floating-promise")
    action = next(a for a in client.actions(path, found["range"]) if a["title"].startswith("Explain"))
    command = action["command"]
    client.request(
        "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
    )
    shown = next(m["params"]["uri"] for m in client.heard if m["method"] == "window/showDocument")
    assert shown.endswith("/no-floating-promise.md")


def test_actions_of_an_older_text_are_not_offered(serve: Serve, project: Path) -> None:
    client, path = opened(serve, project)
    found = next(one for one in client.of(path) if one["code"] == "no-floating-promise")
    client.edit(path, 0, 0, "\n" * 30)
    for action in client.actions(path, found["range"]):
        assert "edit" not in action or action["edit"]["documentChanges"][0]["textDocument"]["version"] == 2
