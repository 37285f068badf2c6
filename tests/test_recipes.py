"""The recipes of docs/ci.md, the action, and README's three commands: each is read, and its commands are run."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT
from tests.readme import block
from tests.repositories import commit, git, repository

yaml = importlib.import_module("yaml")
PAGE = "docs/ci.md"
BROKEN = ROOT / "fixtures" / "notes" / "broken"
CLEAN = ROOT / "fixtures" / "notes" / "clean"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH in which convexlint, npx, pipx and pip are this checkout's convexlint and what runs it."""
    folder = tmp_path_factory.mktemp("programs")
    scripts = {
        "convexlint": f'PYTHONPATH={ROOT / "src"} exec {sys.executable} -m convexlint "$@"',
        "npx": 'while [ "$1" != convexlint ]; do shift; done; exec "$@"',
        "pip": "exit 0",
        "pipx": f"""
            if [ "$1" = run ]; then shift; exec "$@"; fi
            mkdir -p "$PIPX_BIN_DIR"
            echo "$@" > "$PIPX_BIN_DIR.asked"
            cp {folder}/convexlint "$PIPX_BIN_DIR/convexlint" """,
    }
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


def shell(
    script: str, folder: Path, path: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("GIT_", "GITHUB_", "CI"))}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def project(folder: Path, source: Path) -> Path:
    shutil.copytree(source, folder)
    return repository(folder)


# ------------------------------------------------------------------------------------------------ adoption


def test_a_project_with_a_thousand_findings_is_adopted_in_three_commands(
    tmp_path: Path, programs: Path
) -> None:
    app = tmp_path / "app"
    shutil.copytree(CLEAN, app)
    (app / "convexlint.toml").unlink(missing_ok=True)
    head = 'import { query } from "./_generated/server";\n'
    for number in range(20):
        functions = (
            f"export const f{n} = query({{ handler: async (ctx) => "
            f'(await ctx.db.query("notes").filter((q) => q.eq(q.field("title"), "{n}")).collect()).length }});\n'
            for n in range(25)
        )
        (app / "convex" / f"more{number}.ts").write_text(head + "".join(functions))
    repository(app)
    commands = block("command", "adopt").splitlines()
    assert len(commands) == 3
    before = shell("convexlint check --output-format json", app, str(programs))
    summary = json.loads(before.stdout)["summary"]
    assert summary["errors"] + summary["warnings"] + summary["infos"] >= 1000
    for command in commands:
        ran = shell(command, app, str(programs))
        assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    assert "No problems found" in ran.stdout
    commit(app, "adopt convexlint")
    with (app / "convex" / "more3.ts").open("a") as file:
        file.write(
            'export const fresh = query({ handler: async (ctx) => await ctx.db.query("notes").collect() });\n'
        )
    ran = shell(f"{commands[-1]} --output-format json", app, str(programs))
    assert ran.returncode == 1
    assert {one["range"]["start"]["line"] for one in json.loads(ran.stdout)["diagnostics"]} == {27}


# ------------------------------------------------------------------------------------------------- recipes


def test_gitlab_gets_a_report_of_code_quality(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", BROKEN)
    (job,) = yaml.safe_load(block("recipe", "gitlab", PAGE)).values()
    ran = shell("\n".join([*job["before_script"], *job["script"]]), app, str(programs))
    assert ran.returncode == 1, ran.stderr
    report = json.loads((app / job["artifacts"]["reports"]["codequality"]).read_text())
    assert "convex/notes.ts" in {one["location"]["path"] for one in report}


def test_circleci_gets_test_results(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", BROKEN)
    steps = yaml.safe_load(block("recipe", "circleci", PAGE))["jobs"]["convexlint"]["steps"]
    commands = [step["run"] for step in steps if isinstance(step, dict) and "run" in step]
    folder = next(
        s["store_test_results"]["path"] for s in steps if isinstance(s, dict) and "store_test_results" in s
    )
    ran = shell("\n".join(commands), app, str(programs))
    assert ran.returncode == 1, ran.stderr
    assert [path.suffix for path in (app / folder).rglob("*.*")] == [".xml"]


def test_a_build_fails_on_errors_before_it_deploys(tmp_path: Path, programs: Path) -> None:
    script = json.loads(block("recipe", "build", PAGE))["scripts"]["build"]
    deploys = 'convex() { echo "deployed $*"; }; '
    for source, done in ((BROKEN, False), (CLEAN, True)):
        app = project(tmp_path / source.name, source)
        ran = shell(deploys + script, app, str(programs))
        assert (ran.returncode == 0, "deployed" in ran.stdout) == (done, done), ran.stderr


def staged_command(name: str) -> str:
    text = block("recipe", name, PAGE)
    if name == "husky":
        return text
    if name == "lefthook":
        return str(yaml.safe_load(text)["pre-commit"]["commands"]["convexlint"]["run"])
    (commands,) = json.loads(text)["lint-staged"].values()
    (command,) = commands
    return f"{command} convex/notes.ts src/App.tsx"  # lint-staged adds the names of the files


@pytest.mark.parametrize("name", ["husky", "lint-staged", "lefthook"])
def test_hooks_look_at_what_is_staged(tmp_path: Path, programs: Path, name: str) -> None:
    app = project(tmp_path / "app", CLEAN)
    command = staged_command(name)
    assert shell(command, app, str(programs)).returncode == 0
    shutil.copy(BROKEN / "convex" / "notes.ts", app / "convex" / "notes.ts")
    assert shell(command, app, str(programs)).returncode == 0, "it is not staged"
    git(app, "add", "-A")
    ran = shell(command, app, str(programs))
    assert ran.returncode == 1 and "no-filter-in-query" in ran.stdout, ran.stderr


def test_turbo_runs_a_script_and_knows_its_inputs(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", BROKEN)
    (task,) = json.loads(block("recipe", "turbo", PAGE))["tasks"].items()
    scripts = json.loads(block("recipe", "turbo-script", PAGE))["scripts"]
    assert list(scripts) == [task[0]]
    assert {"convex/**", "convexlint.toml", "convex.json"} <= set(task[1]["inputs"])
    assert shell(scripts[task[0]], app, str(programs)).returncode == 1


def test_every_recipe_of_the_page_is_tested_here() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    tests = Path(__file__).read_text(encoding="utf-8")
    for name in re.findall(r"<!-- recipe: (.*?) -->", page):
        assert f'"{name}"' in tests, name


# ------------------------------------------------------------------------------------------------- action


class Action:
    """Runs the steps of action.yml as the runner does: expressions in `env` first, then bash."""

    def __init__(self, folder: Path, programs: Path, **inputs: str) -> None:
        self.folder = folder
        self.temp = folder.parent / "runner"
        self.temp.mkdir(exist_ok=True)
        declared = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        self.inputs = {**declared, **{name.replace("_", "-"): value for name, value in inputs.items()}}
        self.path = str(programs)
        self.outputs: dict[str, str] = {}
        self.said = ""

    def value(self, text: str) -> str:
        def of(match: re.Match[str]) -> str:
            words = match[1].strip()
            if words == "toJSON(inputs)":
                return json.dumps(self.inputs)
            if words == "runner.temp":
                return str(self.temp)
            assert words.startswith("inputs."), words
            return str(self.inputs[words.removeprefix("inputs.")])

        return re.sub(r"\$\{\{(.*?)\}\}", of, text)

    def run(self) -> int:
        files = {
            name: self.temp / name.lower() for name in ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        }
        for step in ACTION["runs"]["steps"]:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "what a user writes must not become part of a script"
            for file in files.values():
                file.touch()
            environment = {name: self.value(text) for name, text in step["env"].items()}
            environment |= {name: str(file) for name, file in files.items()}
            environment |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.folder)}
            folder = self.folder / self.value(step.get("working-directory", "."))
            ran = shell(step["run"], folder, self.path, environment)
            self.said += ran.stdout + ran.stderr
            added = files["GITHUB_PATH"].read_text().split()
            self.path = os.pathsep.join([*added, self.path])
            self.outputs |= dict(
                line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines()
            )
            if ran.returncode:
                return ran.returncode
        return 0


def test_the_action_annotates_and_tells_its_outputs(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", BROKEN)
    action = Action(app, programs, sarif="out.sarif", version="0.1.0")
    assert action.run() == 1, action.said
    assert "::warning file=convex/notes.ts,line=20" in action.said
    assert int(action.outputs["findings"]) > 10
    assert 0 <= int(action.outputs["score"]) <= 100
    assert json.loads(Path(action.outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    assert "convexlint==0.1.0" in (action.temp / "convexlint" / "bin.asked").read_text()


def test_the_action_passes_on_a_clean_project_in_a_folder(tmp_path: Path, programs: Path) -> None:
    top = tmp_path / "repo"
    shutil.copytree(CLEAN, top / "apps" / "my backend")
    repository(top)
    action = Action(top, programs, working_directory="apps/my backend", summary="false")
    assert action.run() == 0, action.said
    assert action.outputs["findings"] == "0"
    assert (action.temp / "github_step_summary").read_text() == ""


def test_the_action_hands_on_what_it_is_given(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", BROKEN)
    args = "--select 'index-naming, unused-index' \"convex/schema.ts\""
    action = Action(app, programs, args=args, fail_on="error")
    assert action.run() == 0, action.said
    assert set(re.findall(r"title=convexlint ([\w-]+)", action.said)) == {"index-naming", "unused-index"}
    assert Action(app, programs, since="HEAD").run() == 0
    head = 'import { query } from "./_generated/server";'
    (app / "convex" / "fresh.ts").write_text(
        f"{head}\nexport const a = query({{ handler: async () => 1 }});\n"
    )
    action = Action(app, programs, since="HEAD")
    assert action.run() == 1
    assert set(re.findall(r"file=([^,]+)", action.said)) == {"convex/fresh.ts"}
    action = Action(app, programs, baseline="none.json")
    assert action.run() == 2 and "--write-baseline" in action.said


def test_the_action_puts_the_change_into_the_summary(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", CLEAN)
    head = 'import { internalMutation } from "./_generated/server";\n'
    (app / "convex" / "fresh.ts").write_text(
        f"{head}export const a = internalMutation({{ args: {{}}, handler: async () => null }});\n"
    )
    action = Action(app, programs, against="HEAD", fail_on="never")
    assert action.run() == 0, action.said
    summary = (action.temp / "github_step_summary").read_text()
    assert "| `fresh:a` | internal mutation | + added |  | no |" in summary
    action = Action(app, programs, against="nothing-like-it")
    assert action.run() == 2
    (action.temp / "github_step_summary").unlink()
    quiet = Action(app, programs, against="HEAD", fail_on="never", summary="false")
    assert quiet.run() == 0
    assert (quiet.temp / "github_step_summary").read_text() == ""


def test_the_action_runs_nothing_that_an_input_says(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", CLEAN)
    words = f"$(touch {tmp_path}/owned); `touch {tmp_path}/owned`"
    for name in ("args", "fail_on", "since", "against", "baseline", "version"):
        Action(app, programs, **{name: words}).run()
    assert not (tmp_path / "owned").exists()


def test_an_unknown_input_fails(tmp_path: Path, programs: Path) -> None:
    app = project(tmp_path / "app", CLEAN)
    action = Action(app, programs, failon="error", summary="maybe")
    assert action.run() == 2
    assert "unknown input 'failon'; the inputs are args, baseline, fail-on" in action.said
    assert "summary must be true or false" in action.said


@pytest.mark.parametrize("name", ["action", "action-sarif"])
def test_the_recipes_of_the_action_use_inputs_that_it_has(name: str) -> None:
    steps = yaml.safe_load(block("recipe", name, PAGE))["jobs"]["convexlint"]["steps"]
    (step,) = [one for one in steps if one["uses"].startswith("convexlint/")]
    assert set(step["with"]) <= set(ACTION["inputs"])
    known: Any = shlex.split(" ".join(step["with"]))
    assert known
