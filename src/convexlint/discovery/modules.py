"""The files of one functions folder, and the components nested in it."""

from __future__ import annotations

from msgspec import Struct

from convexlint.discovery.ignore import Ignored
from convexlint.discovery.listing import NEVER_ENTERED, Listing, inside, real
from convexlint.discovery.marks import Marks
from convexlint.discovery.project import Role, SourceFile
from convexlint.discovery.roles import GENERATED_FOLDER, role_of

# Convex walks hidden folders (convex-facts 1.2), but these belong to tools that put them anywhere.
_TOOL_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".jj", ".cache", ".turbo", ".next", ".yarn", ".vscode", ".idea"}
)


class Contents(Struct, frozen=True):
    """`files` sorted by name; `components`: nested component folders; `unreadable`: folders without right."""

    files: tuple[SourceFile, ...]
    components: tuple[str, ...]
    unreadable: tuple[str, ...]


def list_modules(functions_dir: str, ignored: Ignored, listing: Listing, marks: Marks) -> Contents:
    """Walk `functions_dir` as the bundler does (npm convex bundler/index.ts `entryPoints`)."""
    files: list[SourceFile] = []
    components: list[str] = []
    unreadable: list[str] = []
    real_root = real(functions_dir)
    linked: set[str] = set()
    pending = [(functions_dir, "")]
    while pending:
        folder, prefix = pending.pop()
        entries = listing.folder(folder)
        if not entries.readable:
            unreadable.append(folder)
            continue
        for name in entries.files:
            role = role_of(prefix + name)
            if role is not None:
                path = f"{folder}/{name}"
                hidden = role is not Role.GENERATED and ignored.file(path)
                files.append(SourceFile(path, prefix + name, role, hidden))
        for name in entries.folders:
            path = f"{folder}/{name}"
            if name in NEVER_ENTERED or name in _TOOL_FOLDERS:
                continue
            if name in entries.links:
                there = real(path)
                loops = any(inside(there, one) or inside(one, there) for one in (real_root, *sorted(linked)))
                if loops:
                    continue
                linked.add(there)
            if name != GENERATED_FOLDER and marks.is_nested_component(path):
                components.append(path)
            else:
                pending.append((path, f"{prefix}{name}/"))
    return Contents(_one_schema(files), tuple(sorted(components)), tuple(sorted(unreadable)))


def _one_schema(files: list[SourceFile]) -> tuple[SourceFile, ...]:
    """`schema.ts` wins over `schema.js`, `convex.config.ts` over `.js`; the loser is a plain helper."""
    names = {file.name for file in files}
    return tuple(
        SourceFile(file.path, file.name, Role.HELPER, file.excluded)
        if file.name in ("schema.js", "convex.config.js") and file.name[:-2] + "ts" in names
        else file
        for file in sorted(files, key=lambda one: one.name)
    )
