"""`ctx.storage.getMetadata` is deprecated; the system table `_storage` holds the same."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level
from convexlint.program.model import Place
from convexlint.program.places.storage_calls import storage_calls
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, concern=Concern.STYLE, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for call in storage_calls(program):
        module = call.place.module
        if call.method != "getMetadata":
            continue
        first = call.args[0] if call.args else None
        source = module.source[first.start : first.end].decode("utf-8", "replace") if first else "storageId"
        yield Finding.at(
            call.place,
            "`storage.getMetadata` is deprecated and may be removed",
            help=_help(call.place, " ".join(source.split())),
        )


def _help(place: Place, id_text: str) -> str:
    read = f'`ctx.db.system.get("_storage", {id_text})`'
    fields = "it gives `sha256`, `size` and `contentType`, and null where there is no file"
    if place.inside is not None and place.inside.kind in ("action", "httpAction"):
        return f"read {read} in an internal query and run that with `ctx.runQuery`; {fields}"
    return f"{read}; {fields}"
