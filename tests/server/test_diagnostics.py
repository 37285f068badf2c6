"""What a client is told, through the pipes of a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.server.client import Client, place
from tests.server.truth import checked, published

Serve = Callable[..., Client]


def first(client: Client) -> Path:
    """A module with findings."""
    return next(
        Path(p) for p, found in sorted(client.diagnostics.items()) if len(found) > 2 and p.endswith(".ts")
    )


def same(client: Client, folder: Path) -> None:
    client.settle()
    assert published(folder, client.diagnostics) == checked(folder, client.texts)


def test_the_whole_project_is_known_before_any_file_is_open(serve: Serve, project: Path) -> None:
    client = serve(project, unit="utf-32")
    same(client, project)
    assert len(client.published) > 3
    assert all(message.get("version") is None for message in client.published)
    assert client.stop() == 0


def test_a_diagnostic_says_all_that_the_protocol_has_a_place_for(serve: Serve, project: Path) -> None:
    client = serve(project)
    client.settle()
    everything = [one for some in client.diagnostics.values() for one in some]
    assert {one["source"] for one in everything} == {"convexlint"}
    assert all(one["code"] and one["severity"] in (1, 2, 3) for one in everything)
    assert any(one.get("relatedInformation") for one in everything)
    assert {1} in [set(one["tags"]) for one in everything if one["code"] == "unused-index"]
    assert {2} in [
        set(one["tags"]) for one in everything if one["code"] == "no-old-registered-function-syntax"
    ]


def test_a_buffer_stands_over_the_disk_and_has_its_version(serve: Serve, project: Path) -> None:
    client = serve(project, unit="utf-32")
    client.settle()
    path = first(client)
    client.open(path)
    client.settle()
    before = len(client.published)
    client.replace(path, "export const nothing = 1;\n")
    same(client, project)
    mine = [m for m in client.published[before:] if m["uri"] == path.as_uri()]
    assert mine[-1]["version"] == 2
    client.close(path)
    same(client, project)


def test_only_files_whose_findings_changed_are_published_again(serve: Serve, project: Path) -> None:
    client = serve(project)
    client.settle()
    path = first(client)
    client.open(path)
    client.settle()
    before = len(client.published)
    client.edit(path, 0, 0, "// one more line\n")
    client.settle()
    told = {message["uri"] for message in client.published[before:]}
    assert path.as_uri() in told
    unchanged = [m for m in client.published[before:] if m["uri"] != path.as_uri()]
    earlier = {m["uri"]: m["diagnostics"] for m in client.published[:before]}
    assert all(m["diagnostics"] != earlier.get(m["uri"], []) for m in unchanged)


def test_half_typed_code_is_a_syntax_error_where_it_is_and_the_rest_is_linted(
    serve: Serve, project: Path
) -> None:
    client = serve(project, unit="utf-32")
    client.settle()
    path = first(client)
    client.open(path)
    text = client.texts[str(path)]
    client.edit(path, len(text), len(text), "\nexport const half = query({ handler: async (ctx) => { ctx.db.")
    same(client, project)
    assert "syntax-error" in client.rules(path)
    assert len(client.of(path)) > 2


def test_characters_beyond_the_first_plane_count_as_the_client_counts(serve: Serve, project: Path) -> None:
    path = project / "convex" / "smile.ts"
    text = (
        'import { query } from "./_generated/server";\n'
        '/* \U0001f600 */ export const all = query(async (ctx) => ctx.db.query("nowhere").collect());\n'
    )
    path.write_text(text, "utf-8")
    columns = {}
    for unit in ("utf-8", "utf-16", "utf-32"):
        client = serve(project, unit=unit)
        client.settle()
        found = next(one for one in client.of(path) if one["code"] == "unknown-table")
        columns[unit] = found["range"]["start"]["character"]
        client.kill()
    line = text.splitlines()[1]
    at = line.index('"nowhere"')
    assert columns == {"utf-8": at + 3, "utf-16": at + 1, "utf-32": at}


def test_lines_end_as_the_protocol_says(serve: Serve, project: Path) -> None:
    path = project / "convex" / "ends.ts"
    text = (
        'import { query } from "./_generated/server";\r\n/* a\u2028b\x0cc */\r'
        'export const all = query(async (ctx) => ctx.db.query("nowhere").collect());\n'
    )
    path.write_bytes(text.encode())
    client = serve(project)
    client.open(path)
    client.settle()
    at = text.index('"nowhere"')
    found = next(one for one in client.of(path) if one["code"] == "unknown-table")
    assert found["range"]["start"] == place(text, at) == {"line": 2, "character": 53}
    client.edit(path, at + 1, at + 8, "notebooks")
    client.settle()
    assert "unknown-table" not in client.rules(path)


def test_a_new_file_counts_before_it_is_on_disk(serve: Serve, project: Path) -> None:
    client = serve(project, unit="utf-32")
    client.settle()
    path = project / "convex" / "fresh.ts"
    client.open(
        path, 'import { query } from "./_generated/server";\nexport const a = query(async (ctx) => 1);\n'
    )
    same(client, project)
    assert client.of(path)
    client.close(path)
    same(client, project)
    assert client.of(path) == []


def test_changes_on_disk_are_seen(serve: Serve, project: Path) -> None:
    client = serve(project, unit="utf-32")
    client.settle()
    new, schema = project / "convex" / "later.ts", project / "convex" / "schema.ts"
    new.write_text(
        'import { query } from "./_generated/server";\nexport const a = query(async (ctx) => 1);\n'
    )
    client.watched((new, 1))
    same(client, project)
    assert client.of(new)
    schema.write_text(schema.read_text().replace("defineTable(", "defineTable( "))
    client.watched((schema, 2))
    same(client, project)
    new.unlink()
    client.watched((new, 3))
    same(client, project)


def test_a_checkout_that_changes_200_files_at_once_is_seen(serve: Serve, project: Path) -> None:
    rows = 'import {{ query }} from "./_generated/server";\nexport const all{n} = query(async (ctx) => {body});\n'
    collected, counted = 'await ctx.db.query("notes").collect()', "1"
    files = [project / "convex" / f"made{n}.ts" for n in range(150)]
    for n, path in enumerate(files):
        path.write_text(rows.format(n=n, body=collected))
    client = serve(project, unit="utf-32")
    client.open(files[0])
    client.open(files[1])
    client.edit(files[1], 0, 0, "// not saved\n")
    client.settle()
    before = sum(len(found) for found in client.diagnostics.values())
    added = [project / "convex" / f"more{n}.ts" for n in range(50)]
    for n, path in enumerate(files):
        path.write_text(rows.format(n=n, body=counted)) if n < 100 else path.unlink()
    for n, path in enumerate(added):
        path.write_text(rows.format(n=n + 1000, body=collected))
    changed = [(path, 2 if n < 100 else 3) for n, path in enumerate(files)]
    client.watched(*changed, *((path, 1) for path in added))
    same(client, project)
    assert sum(len(found) for found in client.diagnostics.values()) < before
    assert all(client.of(path) for path in (files[0], files[1], *added))
    assert not any(client.of(path) for path in files[100:])


def test_settings_count_when_they_change(serve: Serve, project: Path) -> None:
    client = serve(project, unit="utf-32")
    client.settle()
    everything = sum(len(found) for found in client.diagnostics.values())
    config = project / "convexlint.toml"
    config.write_text('extends = ["none"]\n')
    client.watched((config, 1))
    same(client, project)
    assert sum(len(found) for found in client.diagnostics.values()) < everything
    config.write_text('[rules]\nno-such-rule = "off"\n')
    client.watched((config, 2))
    client.settle()
    (trouble,) = client.of(config)
    assert "no-such-rule" in trouble["message"]
    assert trouble["range"]["start"]["line"] == 1
    config.unlink()
    client.watched((config, 3))
    same(client, project)
    assert client.of(config) == []
    client.notify(
        "workspace/didChangeConfiguration", {"settings": {"convexlint": {"select": ["unused-index"]}}}
    )
    client.settle()
    assert {one["code"] for found in client.diagnostics.values() for one in found} >= {"unused-index"}
    assert "unknown-table" not in {one["code"] for found in client.diagnostics.values() for one in found}


def test_files_outside_of_any_project_are_left_alone(serve: Serve, project: Path, tmp_path: Path) -> None:
    client = serve(project)
    client.settle()
    before = len(client.published)
    other = tmp_path / "elsewhere.ts"
    client.open(other, "const = ;\n")
    client.notify(
        "textDocument/didOpen",
        {
            "textDocument": {
                "uri": "untitled:Untitled-1",
                "languageId": "typescript",
                "version": 1,
                "text": "x =",
            }
        },
    )
    client.settle()
    assert [m["uri"] for m in client.published[before:]] == []
    assert (
        client.actions(other, {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 5}})
        == []
    )


def test_several_folders_come_and_go(serve: Serve, project: Path, tmp_path: Path) -> None:
    import shutil

    second = tmp_path.resolve() / "second"
    shutil.copytree(project, second)
    client = serve(project)
    client.settle()
    assert not any(path.startswith(second.as_posix()) for path in client.diagnostics)
    folder = {"uri": second.as_uri(), "name": "second"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    client.settle()
    mine = {
        Path(p).relative_to(project): found
        for p, found in client.diagnostics.items()
        if p.startswith(project.as_posix())
    }
    other = {
        Path(p).relative_to(second): found
        for p, found in client.diagnostics.items()
        if p.startswith(second.as_posix())
    }
    assert mine.keys() == other.keys()
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    client.settle()
    assert not any(found for p, found in client.diagnostics.items() if p.startswith(second.as_posix()))


def test_progress_of_the_first_load_begins_and_ends(serve: Serve, project: Path) -> None:
    client = serve(project)
    client.settle()
    client.wait_for(
        lambda: (
            [m["params"]["value"]["kind"] for m in client.heard if m["method"] == "$/progress"][-1:]
            == ["end"]
        )
    )
    kinds = [m["params"]["value"]["kind"] for m in client.heard if m["method"] == "$/progress"]
    assert kinds[0] == "begin"


def test_a_request_can_be_cancelled(serve: Serve, project: Path) -> None:
    client = serve(project)
    client.settle()
    path = project / "convex" / "schema.ts"
    client.open(path)
    number = client.begin("convexlint/settled", {})
    client.notify("$/cancelRequest", {"id": number})
    answer = client.answer(number)
    assert "result" in answer or answer["error"]["code"] == -32800
    client.settle()
