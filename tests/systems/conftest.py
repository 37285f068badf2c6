"""A drive of Windows, on whatever system the tests run."""

from __future__ import annotations

import ntpath
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from convexlint.discovery import listing


class Drive:
    """A folder that convexlint takes for `C:\\app`.

    To this system `C:/app` is a relative path, so files are found there as soon as the test works in the folder above.
    What remains is to answer as Windows does: how paths are normalised, and where the working folder is.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "C:" / "app"
        self.root.mkdir(parents=True)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drive:
    """The working folder is `C:\\app`, on a drive that the shell names in a small letter."""
    made = Drive(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "cwd", classmethod(lambda cls: cls("c:/app")))
    (tmp_path / "c:").symlink_to("C:")
    path = SimpleNamespace(
        normpath=ntpath.normpath, realpath=ntpath.normpath, relpath=ntpath.relpath, lexists=os.path.lexists
    )
    monkeypatch.setattr(
        listing, "os", SimpleNamespace(sep="\\", path=path, scandir=os.scandir, PathLike=os.PathLike)
    )
    return made
