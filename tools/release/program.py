"""`python -m tools.release.program WHEEL FOLDER`: the program in one folder, with its interpreter, cards and grammars.

PyInstaller's one-folder form starts in 0.03 s of processor time, an installed wheel in 0.02 s; forms in one file unpack
themselves first, at every start or into a cache that nobody cleans. What is frozen is a wheel, pure or compiled, so
that the folder holds what users of pip get.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

NAME = "convexlint.exe" if sys.platform == "win32" else "convexlint"
"""The executable's name in the folder."""


class FreezeError(Exception):
    """The program cannot be put into a folder; the text ends with what PyInstaller said."""


def freeze(wheel: Path, target: Path) -> Path:
    """Freeze `wheel` with the Python that runs this and the dependencies that it sees, into `target`, which is made.

    Returns the executable, which runs from wherever the folder is put. The wheel must be one for this Python. Raises
    FreezeError.
    """
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary).resolve()
        site = work / "site"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
        command += ["--distpath", str(work / "dist"), "--workpath", str(work / "build")]
        ran = subprocess.run(
            [*command, str(HERE / "convexlint.spec"), "--", str(site)],
            cwd=work,
            # First on the path, so that the wheel is frozen and not the checkout beside it.
            env={**os.environ, "PYTHONPATH": str(site), "PYINSTALLER_CONFIG_DIR": str(work / "config")},
            capture_output=True,
            text=True,
            check=False,
        )
        made = work / "dist" / "convexlint"
        if ran.returncode != 0 or not (made / NAME).is_file():
            said = "\n".join((ran.stdout + ran.stderr).splitlines()[-25:])
            raise FreezeError(f"PyInstaller cannot freeze {wheel.name}:\n{said}")
        # npm leaves symbolic links out of a package, so each becomes the file that it means.
        shutil.copytree(made, target, symlinks=False)
    return target / NAME


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        print(freeze(options.wheel, options.folder))
    except FreezeError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
