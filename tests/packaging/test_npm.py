"""What a user of npm installs: packed, served by a registry of the test, installed without any Python on the PATH."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import ROOT, copy
from tools import npm
from tools.release.npm_packages import SYSTEMS, build, here
from tools.release.registry import Registry, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("npm")]

BROKEN = ROOT / "fixtures" / "notes" / "broken"
BUN = {"@oven/bun-linux-x64-baseline": "1.3.1"}
MANAGERS = {"pnpm": "9.15.9", "yarn": "1.22.22", "@yarnpkg/cli-dist": "4.9.2", "lint-staged": "15.5.2"}
TOOLS = ("sh", "bash", "env", "sed", "uname", "dirname", "basename", "readlink", "git", "cat", "node")
"""What the managers' own scripts call. No Python among it."""


@pytest.fixture(scope="module")
def managers() -> Path:
    """The `node_modules` with the package managers."""
    try:
        return npm.install(MANAGERS) / "node_modules"
    except npm.NpmUnavailableError as problem:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to install package managers: {problem}")
        pytest.skip(f"needs package managers of npm: {problem}")


@pytest.fixture(scope="module")
def tarballs(tmp_path_factory: pytest.TempPathFactory, managers: Path) -> list[Path]:
    """`convexlint`, the program for this system, and stand-ins for the others: yarn asks for all of them."""
    target = tmp_path_factory.mktemp("npm")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    source = copy(tmp_path_factory.mktemp("source"))
    built = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return build(next(target.glob("*.whl")), target / "tarballs", stand_ins=True)


@pytest.fixture(scope="module")
def registry(tarballs: list[Path]) -> Iterator[Registry]:
    with serve(Registry(tarballs)) as served:
        yield served
        assert served.refused == [], "somebody asked for packages that nobody needs"


class Project:
    """A project with a Convex backend, and a machine around it that has Node but no Python."""

    def __init__(self, folder: Path, url: str) -> None:
        self.app = shutil.copytree(BROKEN, folder / "app")
        programs = folder / "bin"
        programs.mkdir()
        for name in TOOLS:
            found = shutil.which(name)
            if found:
                (programs / name).symlink_to(found)
        home = folder / "home"
        home.mkdir()
        self.programs = programs
        self.env = {
            "PATH": str(programs),
            "HOME": str(home),
            "CI": "true",
            "NO_COLOR": "1",
            "npm_config_registry": url,
            "npm_config_cache": str(home / "npm"),
            "npm_config_store_dir": str(home / "pnpm"),
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_update_notifier": "false",
            "YARN_CACHE_FOLDER": str(home / "yarn"),
            "YARN_REGISTRY": url,
            "YARN_NPM_REGISTRY_SERVER": url,
            "YARN_UNSAFE_HTTP_WHITELIST": "127.0.0.1",
            "YARN_ENABLE_TELEMETRY": "0",
            "YARN_ENABLE_GLOBAL_CACHE": "0",
            "YARN_ENABLE_IMMUTABLE_INSTALLS": "0",
        }
        real_npm = Path(shutil.which("npm") or "npm").resolve()
        self.npm = ["node", str(real_npm)]
        self.npx = ["node", str(real_npm.with_name("npx-cli.js"))]
        manifest = {
            "private": True,
            "name": "app",
            "scripts": {"lint": "convexlint check --output-format json"},
        }
        (self.app / "package.json").write_text(json.dumps(manifest), encoding="utf-8")

    def run(
        self, *command: str, status: int | None = 0, folder: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            command,
            cwd=folder or self.app,
            env={**self.env, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            executable=shutil.which(command[0], path=self.env["PATH"]),
        )
        if status is not None:
            assert ran.returncode == status, f"{command}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
        return ran


@pytest.fixture
def project(tmp_path: Path, registry: Registry) -> Project:
    made = Project(tmp_path, registry.url)
    for name in ("python", "python3", "convexlint"):
        assert shutil.which(name, path=made.env["PATH"]) is None
    return made


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> Project:
    """A project with convexlint installed by npm, for tests that change nothing in it."""
    made = Project(tmp_path_factory.mktemp("installed"), registry.url)
    made.run(*made.npm, "install", "--save-dev", "--save-exact", "convexlint")
    return made


def findings(text: str) -> list[tuple[str, str, int]]:
    return [
        (found["rule"], found["path"].removeprefix("broken/"), found["range"]["start"]["offset"])
        for found in json.loads(text)["diagnostics"]
    ]


EXPECTED = findings((ROOT / "fixtures/notes/expected/broken.json").read_text(encoding="utf-8"))


def test_npm_installs_the_program_of_this_system_alone(installed: Project) -> None:
    scope = installed.app / "node_modules" / "@convexlint"
    assert [path.name for path in scope.iterdir()] == [here().package.removeprefix("@convexlint/")]
    ran = installed.run(*installed.npx, "convexlint", "check", "--output-format", "json", status=1)
    assert findings(ran.stdout) == EXPECTED
    script = installed.run(*installed.npm, "run", "--silent", "lint", status=1)
    assert script.stdout == ran.stdout


def test_npx_runs_it_where_nothing_is_installed(project: Project) -> None:
    ran = project.run(*project.npx, "--yes", "convexlint", "check", "--output-format", "json", status=1)
    assert findings(ran.stdout) == EXPECTED
    assert not (project.app / "node_modules").exists()


def test_pnpm_lays_it_out_its_own_way(project: Project, managers: Path) -> None:
    pnpm = ["node", str(managers / "pnpm" / "bin" / "pnpm.cjs")]
    project.run(*pnpm, "add", "--save-dev", "convexlint")
    assert not (project.app / "node_modules" / "@convexlint").exists(), "pnpm hoists nothing"
    assert findings(project.run(*pnpm, "--silent", "run", "lint", status=1).stdout) == EXPECTED
    assert (
        findings(
            project.run(*pnpm, "exec", "convexlint", "check", "--output-format", "json", status=1).stdout
        )
        == EXPECTED
    )


def test_yarn_classic(project: Project, managers: Path) -> None:
    yarn = ["node", str(managers / "yarn" / "bin" / "yarn.js")]
    project.run(*yarn, "add", "--dev", "--non-interactive", "convexlint")
    assert findings(project.run(*yarn, "--silent", "lint", status=1).stdout) == EXPECTED


def test_yarn_without_node_modules(project: Project, managers: Path) -> None:
    yarn = ["node", str(managers / "@yarnpkg" / "cli-dist" / "bin" / "yarn.js")]
    (project.app / "yarn.lock").write_text("", encoding="utf-8")
    project.run(*yarn, "add", "--dev", "convexlint")
    assert (project.app / ".pnp.cjs").exists()
    assert not (project.app / "node_modules").exists()
    assert findings(project.run(*yarn, "lint", status=1).stdout) == EXPECTED


@pytest.mark.parametrize("linker", ["hoisted", "isolated"])
def test_bun_runs_it_with_bun_alone(project: Project, linker: str) -> None:
    """The script by Node's rules and by bun's own: `--bun` runs it without Node."""
    if platform.machine() != "x86_64" or sys.platform != "linux":
        pytest.skip("bun's package for this system is another one")
    bun = npm.install(BUN) / "node_modules" / "@oven" / "bun-linux-x64-baseline" / "bin" / "bun"
    (project.app / "bunfig.toml").write_text(
        f'[install]\nregistry = "{project.env["npm_config_registry"]}"\n'
    )
    cache = str(project.app.parent / "bun")
    project.run(str(bun), "add", "--dev", f"--linker={linker}", "convexlint", BUN_INSTALL_CACHE_DIR=cache)
    assert findings(project.run(str(bun), "run", "--silent", "lint", status=1).stdout) == EXPECTED
    (project.programs / "node").unlink()
    ran = project.run(str(bun), "--bun", "run", "--silent", "lint", status=1)
    assert findings(ran.stdout) == EXPECTED


def test_lint_staged_runs_it_before_a_commit(installed: Project, managers: Path, tmp_path: Path) -> None:
    app = shutil.copytree(installed.app, tmp_path / "app", symlinks=True)
    staged = ["node", str(managers / "lint-staged" / "bin" / "lint-staged.js")]
    (app / ".lintstagedrc.json").write_text('{"*.ts": "convexlint check --output-format concise"}')
    (app / ".gitignore").write_text("node_modules\n")
    who = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
    installed.run("git", "init", "-q", folder=app)
    installed.run("git", *who, "commit", "-q", "--allow-empty", "-m", "begin", folder=app)
    installed.run("git", "add", "convex/notes.ts", ".gitignore", folder=app)
    ran = installed.run(*staged, status=1, folder=app)
    assert "no-filter-in-query" in ran.stdout + ran.stderr
    assert "convex/notebooks.ts" not in ran.stdout + ran.stderr, "only what is staged"


def shim(project: Project) -> list[str]:
    return ["node", str(project.app / "node_modules" / "convexlint" / "bin" / "convexlint.js")]


def test_exit_statuses_streams_and_colour_are_those_of_the_program(installed: Project) -> None:
    wrong = installed.run(*shim(installed), "check", "--no-such-option", status=2)
    assert wrong.stdout == ""
    assert "--no-such-option" in wrong.stderr
    assert installed.run(*shim(installed), "check", "--fail-on", "never", status=0).stdout
    plain = installed.run(*shim(installed), "check", status=1)
    coloured = installed.run(*shim(installed), "check", "--color", "always", status=1)
    assert "\x1b[" not in plain.stdout and "\x1b[" in coloured.stdout


def test_stdin_reaches_the_program(installed: Project) -> None:
    command = [
        *shim(installed),
        "check",
        "--stdin-filename",
        "convex/notes.ts",
        "--output-format",
        "concise",
    ]
    ran = subprocess.run(
        command,
        cwd=installed.app,
        env=installed.env,
        input=(installed.app / "convex" / "notes.ts").read_bytes(),
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 1 and b"no-filter-in-query" in ran.stdout


def test_the_language_server_is_in_it_and_answers(installed: Project) -> None:
    """An editor starts `node_modules/.bin/convexlint server`."""
    asked = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"processId": None, "rootUri": installed.app.as_uri(), "capabilities": {}},
    }
    body = json.dumps(asked).encode()
    ran = subprocess.run(
        [*shim(installed), "server"],
        cwd=installed.app,
        env=installed.env,
        input=b"Content-Length: %d\r\n\r\n" % len(body) + body,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b'"capabilities"' in ran.stdout, ran.stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_the_program_and_the_shim_alike(installed: Project, name: str) -> None:
    """The program waits for its stdin; it must not outlive the script that started it."""
    command = [*shim(installed), "check", "--stdin-filename", "convex/notes.ts"]
    node = subprocess.Popen(
        command,
        cwd=installed.app,
        env=installed.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        children = Path(f"/proc/{node.pid}/task/{node.pid}/children")
        until = time.monotonic() + 30
        child = None
        while time.monotonic() < until:
            pids = [int(pid) for pid in children.read_text().split()]
            # It is there once it waits for stdin: its own modules are loaded, and signals are Python's.
            if pids and "_internal/msgspec" in Path(f"/proc/{pids[0]}/maps").read_text():
                child = pids[0]
                break
            time.sleep(0.02)
        assert child is not None, "the program did not start"
        time.sleep(0.3)
        node.send_signal(getattr(signal, name))
        status = node.wait(timeout=20)
    finally:
        node.kill()
    expected = {"SIGTERM": -signal.SIGTERM, "SIGHUP": -signal.SIGHUP, "SIGINT": 130}
    assert status == expected[name]
    assert not Path(f"/proc/{child}/exe").exists(), "the program is still there"


def test_a_missing_program_is_explained(installed: Project, tmp_path: Path) -> None:
    app = shutil.copytree(installed.app, tmp_path / "app", symlinks=True)
    scope = app / "node_modules" / "@convexlint"
    ours = here().package
    other = next(system.package for system in SYSTEMS if system.package != ours)
    program = scope / ours.removeprefix("@convexlint/")
    shutil.move(program, tmp_path / "kept")
    command = ["node", str(app / "node_modules" / "convexlint" / "bin" / "convexlint.js"), "check"]
    left_out = installed.run(*command, status=2)
    assert f"{ours}@" in left_out.stderr and "--omit=optional" in left_out.stderr
    foreign = scope / other.removeprefix("@convexlint/")
    foreign.mkdir(parents=True)
    (foreign / "package.json").write_text("{}")
    elsewhere = installed.run(*command, status=2)
    assert other in elsewhere.stderr and "another system" in elsewhere.stderr
    chosen = installed.run(
        *command[:2], "--version", CONVEXLINT_BINARY=str(tmp_path / "kept" / "program" / "convexlint")
    )
    assert chosen.stdout.startswith("convexlint ")


def test_npm_leaves_the_program_out_when_it_is_told_to(project: Project) -> None:
    project.run(*project.npm, "install", "--omit=optional", "convexlint")
    ran = project.run(*shim(project), "check", status=2)
    assert ran.stdout == "" and "not installed" in ran.stderr


def test_a_program_that_lost_its_executable_bit_is_mended(installed: Project, tmp_path: Path) -> None:
    app = shutil.copytree(installed.app, tmp_path / "app", symlinks=True)
    program = app / "node_modules" / here().package / "program" / "convexlint"
    program.chmod(0o644)
    command = ["node", str(app / "node_modules" / "convexlint" / "bin" / "convexlint.js"), "--version"]
    assert installed.run(*command).stdout.startswith("convexlint ")


def test_the_program_is_small_and_starts_about_as_fast_as_an_installed_wheel(installed: Project) -> None:
    folder = installed.app / "node_modules" / here().package
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size < 45e6, f"{size / 1e6:.1f} MB"
    source = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    pip = start([sys.executable, "-m", "convexlint", "--version"], source)
    ours = start([str(folder / "program" / "convexlint"), "--version"], installed.env)
    assert ours < 2 * pip + 0.02, f"{ours:.3f} s against {pip:.3f} s of processor time"


def start(command: list[str], env: dict[str, str]) -> float:
    """The least processor time of several runs, in seconds, which other work on the machine changes little."""
    spent = []
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)
