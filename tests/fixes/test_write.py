"""Writing files: whole at any moment, with everything but the bytes kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from convexlint.fixes.write import obstacle, write_all


def test_bytes_are_written_as_given_and_the_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.ts"
    file.write_bytes(b"old")
    file.chmod(0o751)
    assert write_all({str(file): b"\xef\xbb\xbfnew\r\n"}) == {}
    assert file.read_bytes() == b"\xef\xbb\xbfnew\r\n"
    assert file.stat().st_mode & 0o777 == 0o751
    assert [p.name for p in tmp_path.iterdir()] == ["a.ts"]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.ts").write_bytes(b"old")
    (tmp_path / "link.ts").symlink_to("real.ts")
    assert write_all({str(tmp_path / "link.ts"): b"new"}) == {}
    assert (tmp_path / "link.ts").is_symlink()
    assert (tmp_path / "real.ts").read_bytes() == b"new"


def test_a_write_protected_file_is_an_obstacle_even_for_root(tmp_path: Path) -> None:
    file = tmp_path / "a.ts"
    file.write_bytes(b"old")
    assert obstacle(str(file)) is None
    file.chmod(0o444)
    assert obstacle(str(file)) == "the file is write-protected"


def test_a_missing_file_is_an_obstacle(tmp_path: Path) -> None:
    assert obstacle(str(tmp_path / "gone.ts")) == "no such file or directory"


def test_one_file_that_fails_does_not_keep_the_others_from_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.ts", "b.ts", "c.ts"):
        (tmp_path / name).write_bytes(b"old")
    replace = Path.replace

    def refuse_b(self: Path, target: Path) -> Path:
        if Path(target).name == "b.ts":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse_b)
    failed = write_all({str(tmp_path / name): b"new" for name in ("a.ts", "b.ts", "c.ts")})
    assert failed == {str(tmp_path / "b.ts"): "no space left on device"}
    assert [(tmp_path / n).read_bytes() for n in ("a.ts", "b.ts", "c.ts")] == [b"new", b"old", b"new"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ts", "b.ts", "c.ts"]


def test_killed_at_any_moment_each_file_is_whole(tmp_path: Path) -> None:
    """A process writes the same files over and over and is killed; each must hold one of the two texts."""
    old, new = b"o" * 300_000, b"n" * 300_000
    names = [str(tmp_path / f"{i}.ts") for i in range(4)]
    for name in names:
        Path(name).write_bytes(old)
    code = (
        "import sys\n"
        "from convexlint.fixes.write import write_all\n"
        "print('go', flush=True)\n"
        "while True:\n"
        "    for text in (b'n', b'o'):\n"
        "        write_all({name: text * 300_000 for name in sys.argv[1:]})\n"
    )
    for wait in (0.01, 0.03, 0.05):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen([sys.executable, "-c", code, *names], stdout=subprocess.PIPE, env=env)
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(wait)
        process.kill()
        process.wait()
        process.stdout.close()
        for name in names:
            assert Path(name).read_bytes() in (old, new)
