"""What is deployed, as a JSON tells it: of `convexlint model`, or what Convex itself writes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from convexlint.config.settings import Settings
from convexlint.discovery.project import Project
from convexlint.program.convex.types_read import read_type
from convexlint.program.deployed import Deployed, OldFunction, OldIndex, OldTable, Queue
from convexlint.program.evolution.snapshot import queues
from convexlint.program.validators import FieldValidator, ObjectValidator, Validator
from convexlint.session.contract import PathError
from convexlint.session.deployed_spec import is_spec, read_spec
from convexlint.session.facts_store import FactsStore

_MAKE = "make one with `convexlint model --output-format json`, or `npx convex function-spec --file`"


class Modelled:
    """A file with a model. Raises PathError where it is none, or has no project that could be this one."""

    def __init__(self, project: Project, path: str) -> None:
        try:
            content = Path(path).read_bytes()
            data: Any = msgspec.json.decode(content)
            self._is_spec = is_spec(data)
            self._model = data if self._is_spec else _chosen(project, data["projects"])
        except OSError as error:
            raise PathError(f"--against {path}: {error.strerror or error}") from None
        except (ValueError, KeyError, TypeError, IndexError):
            raise PathError(f"--against {path}: this is not a model; {_MAKE}") from None
        self._path = path
        self._project = project
        self.commit = hashlib.blake2b(content, digest_size=16).hexdigest()

    def deployed(self, settings: Settings, store: FactsStore) -> Deployed | None:
        """What the model says. Raises PathError for types that are not understood."""
        try:
            name, folder = Path(self._path).name, self._project.functions_dir
            if self._is_spec:
                files = {file.name.rsplit(".", 1)[0]: file.path for file in self._project.files}
                return read_spec(self._model, name, files, folder)
            return _read(self._model, name, folder)
        except KeyError as error:
            raise PathError(f"--against {self._path}: {error} is missing in some entry; {_MAKE}") from None
        except ValueError as error:
            raise PathError(f"--against {self._path}: {error}; {_MAKE}") from None
        except (TypeError, AttributeError):
            raise PathError(f"--against {self._path}: it has another form; {_MAKE}") from None


def _chosen(project: Project, projects: list[Any]) -> Any:
    """The project of the model that has the same functions folder, or the only one."""
    own = project.functions_dir.split("/")
    best = max(projects, key=lambda one: _common_end(str(one["functions_dir"]).split("/"), own))
    alone = len(projects) == 1
    if not alone and _common_end(str(best["functions_dir"]).split("/"), own) == 0:
        raise KeyError(os.path.relpath(project.functions_dir))
    return best


def _common_end(one: list[str], other: list[str]) -> int:
    return next((n for n, (a, b) in enumerate(zip(one[::-1], other[::-1], strict=False)) if a != b), len(one))


def _read(model: Any, revision: str, folder: str) -> Deployed:
    schema = model["schema"]
    queued = queues((one["to"], one["use"]) for one in model["references"])
    return Deployed(
        revision=revision,
        present=schema["present"],
        complete=schema["complete"],
        validation=schema.get("validation", True),
        tables={one["name"]: _table(one) for one in model["tables"]},
        functions={
            one["path"]: _function(one, queued.get(one["path"], ""), folder)
            for one in model["functions"]
            if one["path"] is not None
        },
        routes=frozenset(
            f"{one['method']} {one['path']}{'*' if one['prefix'] else ''}"
            for one in model["routes"]
            if one["method"] and one["path"]
        ),
    )


def _table(table: Any) -> OldTable:
    indexes = tuple(
        OldIndex(one["name"], one["kind"], None if one["fields"] is None else tuple(one["fields"]))
        for one in table["indexes"]
    )
    if "type" in table:
        return OldTable(table["name"], read_type(table["type"]), indexes)
    fields = {
        one["name"]: FieldValidator(read_type(one["type"]), bool(one["optional"])) for one in table["fields"]
    }
    return OldTable(table["name"], ObjectValidator(fields, True), indexes)


def _function(function: Any, queued: Queue, folder: str) -> OldFunction:
    name = function["path"].partition(":")[0]
    args, args_known = _declared(function["args"])
    returns, returns_known = _declared(function["returns"])
    return OldFunction(
        path=function["path"],
        kind=function["kind"],
        visibility=function["visibility"],
        args=args,
        args_known=args_known,
        returns=returns,
        returns_known=returns_known,
        queued=queued,
        module=f"{folder}/{name}{PurePosixPath(function['place']['path']).suffix}",
    )


def _declared(text: str | None) -> tuple[Validator | None, bool]:
    return (None, True) if text is None else (read_type(text), True)
