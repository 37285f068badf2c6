"""Runs git: the one place where it is started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from convexlint.git import GitError

TIMEOUT = 60
"""Seconds that one question may take."""

_QUIET = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.quotePath=false",
    "--no-pager",
    "--literal-pathspecs",
)
# Of git's own variables only these are handed on: the others belong to the command that started us, for instance to
# a hook of another repository.
_KEPT = (
    "GIT_CONFIG",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_SSL",
)
_ALWAYS = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # What a partial clone lacks is not fetched: that would write, and ask the network.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}


def run(
    program: str,
    folder: str,
    arguments: Sequence[str],
    besides: Mapping[str, str],
    given: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    environment |= {**_ALWAYS, **besides}
    try:
        return subprocess.run(
            [program, *_QUIET, *arguments],
            cwd=folder,
            env=environment,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} took longer than {TIMEOUT} seconds in {folder}") from None
    except OSError as error:
        raise GitError(f"git cannot be run in {folder}: {error.strerror or error}") from None
