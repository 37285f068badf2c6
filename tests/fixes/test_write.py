"""Writing files: whole at any moment, with everything but the bytes kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convexlint.fixes.write import obstacle, write_all


def test_bytes_are_written_as_given_and_the_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.ts"
    file.write_bytes(b"old")
    file.chmod(0o751)
    assert write_all({str(file): b"\xef\xbb\xbfnew\r\n"}, {str(file): b"old"}) == {}
    assert file.read_bytes() == b"\xef\xbb\xbfnew\r\n"
    assert file.stat().st_mode & 0o777 == 0o751
    assert [p.name for p in tmp_path.iterdir()] == ["a.ts"]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.ts").write_bytes(b"old")
    (tmp_path / "link.ts").symlink_to("real.ts")
    link = str(tmp_path / "link.ts")
    assert write_all({link: b"new"}, {link: b"old"}) == {}
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
    names = [str(tmp_path / name) for name in ("a.ts", "b.ts", "c.ts")]
    failed = write_all(dict.fromkeys(names, b"new"), dict.fromkeys(names, b"old"))
    assert failed == {str(tmp_path / "b.ts"): "no space left on device"}
    assert [(tmp_path / n).read_bytes() for n in ("a.ts", "b.ts", "c.ts")] == [b"new", b"old", b"new"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ts", "b.ts", "c.ts"]


def test_a_file_that_somebody_else_changed_is_left_alone(tmp_path: Path) -> None:
    a, b, c = (str(tmp_path / name) for name in ("a.ts", "b.ts", "c.ts"))
    for name in (a, b):
        Path(name).write_bytes(b"theirs" if name == a else b"old")
    failed = write_all(dict.fromkeys((a, b, c), b"new"), dict.fromkeys((a, b, c), b"old"))
    assert failed == {a: "it was changed while convexlint worked", c: "no such file or directory"}
    assert [Path(name).read_bytes() for name in (a, b)] == [b"theirs", b"new"]
    assert not Path(c).exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ts", "b.ts"]


def test_files_that_belong_together_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    names = [str(tmp_path / f"{letter}.ts") for letter in "abcd"]
    for name in names:
        Path(name).write_bytes(b"old")
    a, b, c, d = names
    Path(c).write_bytes(b"theirs")
    failed = write_all(dict.fromkeys(names, b"new"), dict.fromkeys(names, b"old"), [{b, a}, {c, b}, {d}])
    assert failed == {
        a: "it is fixed together with c.ts",
        b: "it is fixed together with c.ts",
        c: "it was changed while convexlint worked",
    }
    assert [Path(name).read_bytes() for name in names] == [b"old", b"old", b"theirs", b"new"]


@pytest.mark.parametrize("position", range(4))
def test_when_one_of_several_cannot_be_replaced_those_before_it_are_put_back(
    position: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contents and mode are those of before, and no hidden file stays."""
    files = [tmp_path / f"{letter}.ts" for letter in "abcd"]
    for number, file in enumerate(files):
        file.write_bytes(b"old %d\n" % number)
        file.chmod(0o640 + number)
    before = {str(file): file.read_bytes() for file in files}
    _refuse_new(monkeypatch, files[position].name)
    failed = write_all({name: b"new " + text for name, text in before.items()}, before, [before])
    assert failed == {
        str(file): "no space left on device"
        if n == position
        else f"it is fixed together with {'abcd'[position]}.ts"
        for n, file in enumerate(files)
    }
    assert {str(file): file.read_bytes() for file in files} == before
    assert [file.stat().st_mode & 0o777 for file in files] == [0o640, 0o641, 0o642, 0o643]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ts", "b.ts", "c.ts", "d.ts"]


@pytest.mark.parametrize("position", range(1, 4))
def test_what_somebody_changes_while_files_are_written_is_kept_and_the_others_are_put_back(
    position: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / f"{letter}.ts" for letter in "abcd"]
    for file in files:
        file.write_bytes(b"old")
    replace = Path.replace

    def replace_and_meddle(self: Path, target: Path) -> Path:
        made = replace(self, target)
        if Path(target).name == "a.ts" and Path(target).read_bytes() == b"new":
            files[position].write_bytes(b"theirs")
        return made

    monkeypatch.setattr(Path, "replace", replace_and_meddle)
    names = [str(file) for file in files]
    failed = write_all(dict.fromkeys(names, b"new"), dict.fromkeys(names, b"old"), [names])
    assert failed[names[position]] == "it was changed while convexlint worked"
    assert set(failed) == set(names)
    assert [f.read_bytes() for f in files] == [b"theirs" if n == position else b"old" for n in range(4)]


def test_a_file_that_cannot_be_put_back_is_named_with_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "a.ts", tmp_path / "b.ts"]
    for file in files:
        file.write_bytes(b"old")
    replace = Path.replace
    taken: list[str] = []

    def only_once(self: Path, target: Path) -> Path:
        if taken:
            raise OSError(28, "No space left on device")
        taken.append(str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", only_once)
    a, b = (str(file) for file in files)
    failed = write_all({a: b"new", b: b"new"}, {a: b"old", b: b"old"}, [[a, b]])
    assert failed == {
        a: "it holds the fix, and its old bytes could not be put back: no space left on device",
        b: "no space left on device",
    }
    assert [file.read_bytes() for file in files] == [b"new", b"old"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ts", "b.ts"]


def test_an_interrupt_between_two_of_them_puts_the_first_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "a.ts", tmp_path / "b.ts"]
    for file in files:
        file.write_bytes(b"old")
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if Path(target).name == "b.ts":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    names = [str(file) for file in files]
    with pytest.raises(KeyboardInterrupt):
        write_all(dict.fromkeys(names, b"new"), dict.fromkeys(names, b"old"), [names])
    assert [file.read_bytes() for file in files] == [b"old", b"old"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ts", "b.ts"]


def _refuse_new(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the system refuse to put the new bytes in the place of the file `name`."""
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if Path(target).name == name and self.read_bytes().startswith(b"new"):
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)


def test_what_a_killed_run_left_behind_is_removed_and_what_is_at_work_is_not(tmp_path: Path) -> None:
    file, dead, alive, other = (
        tmp_path / name
        for name in ("a.ts", ".convexlint-abc12_de.tmp", ".convexlint-zzzzzzzz.tmp", ".convexlint-notes.tmp")
    )
    for path in (file, dead, alive, other):
        path.write_bytes(b"old")
    hours_ago = time.time() - 7200
    for path in (dead, other):
        os.utime(path, (hours_ago, hours_ago))
    assert write_all({str(file): b"new"}, {str(file): b"old"}) == {}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([file.name, alive.name, other.name])


def test_killed_at_any_moment_each_file_is_whole(tmp_path: Path) -> None:
    """A process writes the same files over and over and is killed; each must hold one of the two texts."""
    old, new = b"o" * 300_000, b"n" * 300_000
    names = [str(tmp_path / f"{i}.ts") for i in range(4)]
    for name in names:
        Path(name).write_bytes(old)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from convexlint.fixes.write import write_all\n"
        "print('go', flush=True)\n"
        "while True:\n"
        "    for text in (b'n', b'o'):\n"
        "        before = {name: Path(name).read_bytes() for name in sys.argv[1:]}\n"
        "        write_all({name: text * 300_000 for name in sys.argv[1:]}, before)\n"
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
