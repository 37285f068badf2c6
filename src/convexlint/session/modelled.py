"""A file with what is deployed: a model of `convexlint model`, or what Convex itself writes. A run that recalls its
lint reads no more of it than that."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from convexlint.config.settings import Settings
from convexlint.discovery.project import Project
from convexlint.session.contract import PathError

if TYPE_CHECKING:
    from convexlint.program.deployed import Deployed
    from convexlint.session.facts_store import FactsStore

_MAKE = "make one with `convexlint model --output-format json`, or `npx convex function-spec --file`"


class Modelled:
    """A file with a model. Raises PathError where it is none, or has no project that could be this one."""

    def __init__(self, project: Project, path: str) -> None:
        try:
            content = Path(path).read_bytes()
            data: Any = msgspec.json.decode(content)
            self._is_spec = _is_spec(data)
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
        from convexlint.session.deployed_model import read_model
        from convexlint.session.deployed_spec import read_spec

        try:
            name, folder = Path(self._path).name, self._project.functions_dir
            if self._is_spec:
                files = {file.name.rsplit(".", 1)[0]: file.path for file in self._project.files}
                return read_spec(self._model, name, files, folder)
            return read_model(self._model, name, folder)
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


def _is_spec(data: Any) -> bool:
    """Whether it looks like what Convex writes, and not like the JSON of `convexlint model`."""
    if not isinstance(data, dict) or "projects" in data:
        return False
    return isinstance(data.get("functions"), list) or isinstance(data.get("tables"), list)
