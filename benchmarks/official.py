"""The official ESLint plugin, untyped, over a folder of copied sources.

Alone it prints how many findings each rule has: `python -m benchmarks.official FOLDER... [--save DIR]`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.projects import KINDS, copy_sources, source_files
from tools import npm

PACKAGES = {
    "@convex-dev/eslint-plugin": "5.0.0",
    "@typescript-eslint/parser": "8.58.2",
    "convex": "1.48.0",
    "eslint": "9.39.5",
    "typescript": "5.9.3",
}
PREFIX = "@convex-dev/"

# Every rule of the plugin on every kind of file that Convex pushes; its own `recommended` reads `.ts` alone.
_CONFIG = """\
import { createRequire } from "node:module";
const load = createRequire(%(modules)s);
const plugin = (await import(load.resolve("@convex-dev/eslint-plugin"))).default;
const rules = Object.fromEntries(Object.keys(plugin.rules).map((name) => ["%(prefix)s" + name, "error"]));
export default [{
  files: %(files)s,
  linterOptions: { reportUnusedDisableDirectives: "off" },
  languageOptions: {
    parser: load("@typescript-eslint/parser"),
    parserOptions: { ecmaFeatures: { jsx: true }, ecmaVersion: "latest", sourceType: "module" },
  },
  plugins: { "@convex-dev": plugin },
  rules,
}];
"""


@dataclass(frozen=True, slots=True, order=True)
class Official:
    """One finding of the plugin. `path` is relative to the project; lines are 1-based, columns 1-based and in
    UTF-16 units, the end exclusive, all as ESLint prints them."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    rule: str
    message: str


def run(folder: Path) -> list[dict[str, Any]]:
    """ESLint's own JSON for the sources in `folder`, paths relative to it. Raises NpmUnavailableError."""
    home = npm.install(PACKAGES)
    config = folder / "eslint.config.mjs"
    write_config(config, home)
    eslint = home / "node_modules" / "eslint" / "bin" / "eslint.js"
    command = [
        npm.node(),
        str(eslint),
        "--format",
        "json",
        "--config",
        str(config),
        "--no-error-on-unmatched-pattern",
    ]
    ignore = ["--ignore-pattern", "eslint.config.mjs", "."]
    ran = subprocess.run([*command, *ignore], cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"ESLint failed: {ran.stderr.strip()[-2000:]}")
    results: list[dict[str, Any]] = json.loads(ran.stdout)
    for result in results:
        result["filePath"] = Path(result["filePath"]).relative_to(folder.resolve()).as_posix()
        result.pop("source", None)
    return results


def write_config(config: Path, home: Path) -> None:
    """An ESLint config with the plugin that is installed in `home`."""
    fields = {
        "modules": json.dumps(str(home / "package.json")),
        "prefix": PREFIX,
        "files": json.dumps([f"**/*{kind}" for kind in KINDS]),
    }
    config.write_text(_CONFIG % fields, encoding="utf-8")


def findings(results: list[dict[str, Any]]) -> list[Official]:
    """The plugin's findings in ESLint's JSON, sorted; rules under their plain names."""
    found = []
    for result in results:
        for message in result["messages"]:
            rule = message["ruleId"]
            if rule is None or not rule.startswith(PREFIX):
                continue
            line, column = message["line"], message["column"]
            end = message.get("endLine") or line, message.get("endColumn") or column + 1
            name = rule.removeprefix(PREFIX)
            found.append(Official(result["filePath"], line, column, *end, name, message["message"]))
    return sorted(found)


def unreadable(results: list[dict[str, Any]]) -> list[str]:
    """`path:line: why` for every file that ESLint's parser refused (its rules are silent there)."""
    return [
        f"{result['filePath']}:{message.get('line', 1)}: {message['message']}"
        for result in results
        for message in result["messages"]
        if message.get("fatal")
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.official", description=__doc__)
    parser.add_argument("projects", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--save", type=Path, metavar="DIR", help="keep ESLint's JSON here, one file a project"
    )
    options = parser.parse_args()
    for project in options.projects:
        files = source_files(project)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch).resolve()
            copy_sources(project, files, folder)
            results = run(folder)
        counts = Counter(finding.rule for finding in findings(results))
        print(f"{project.name}: {len(files)} files, {counts.total()} findings")
        for rule, count in sorted(counts.items()):
            print(f"  {count:6} {rule}")
        for line in unreadable(results):
            print(f"  not parsed: {line}")
        if options.save is not None:
            options.save.mkdir(parents=True, exist_ok=True)
            (options.save / f"{project.name}.json").write_text(
                json.dumps(results, indent=1), encoding="utf-8"
            )


if __name__ == "__main__":
    main()
