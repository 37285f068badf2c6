"""`convexlint init`: look at the project, write a config that fits it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from convexlint.cli.ends import FAILED, OK
from convexlint.cli.output import complain, quietly_closed, write_file, write_text
from convexlint.cli.streams import trouble_with
from convexlint.config.settings import ConfigError

FILE = "convexlint.toml"


@click.command("init", short_help="Write a convexlint.toml that fits the project.")
@click.argument("path", required=False, type=click.Path())
@click.option("--force", is_flag=True, help=f"Replace a {FILE} that is there.")
@click.option("--agents", is_flag=True, help="Write what tells coding agents to use convexlint, no config.")
@click.option("--print", "only_print", is_flag=True, help="Print the config, write nothing.")
def command(path: str | None, force: bool, agents: bool, only_print: bool) -> int:
    """Look at the Convex project at PATH, show its conventions with counts, and write convexlint.toml beside its
    package.json: the project's own majority style becomes the rule.

    With --agents: write a skill (.claude/skills/convexlint/SKILL.md) and a section of AGENTS.md there instead, which
    make a coding agent check what it edits."""
    from convexlint.discovery.clients import client_globs
    from convexlint.program.conventions import detect
    from convexlint.program.places.clients.calls import client_paths
    from convexlint.reports.conventions import config_text, found, stricter
    from convexlint.reports.escape import visible
    from convexlint.session import NoProjectError, PathError, Request, programs

    try:
        known = programs(Request(paths=(path or ".",), isolated=True, upward=path is None))
        if len(known) > 1:
            some = ", ".join(p.project.functions_dir for p in known[:3])
            complain(
                f"there are {len(known)} Convex projects under {path or 'this folder'}",
                f"name one of them, for instance {some}",
            )
            return FAILED
        program = known[0]
        if agents:
            return _for_agents(Path(program.project.root), only_print)
        target = Path(program.project.root) / FILE
        if target.exists() and not (force or only_print):
            complain(f"{target} is there already", "--force replaces it, --print shows what would be written")
            return FAILED
        clients = client_globs(program.project.root, client_paths(program))
        conventions = detect(program)
        text = config_text(conventions, clients)
        if only_print:
            write_text(text, sys.stdout)
            return OK
        rows = found(conventions, clients)
        width = max(len(matter) for matter, _ in rows)
        report = "".join(f"  {visible(matter):<{width}}  {visible(what)}\n" for matter, what in rows)
        more = stricter(text, *_at_default(program.project.functions_dir))
        width = max(len(line) for line, _ in more)
        report_more = "".join(f"  {line:<{width}}  {what}\n" for line, what in more)
        write_file(str(target), text.encode("utf-8"))
        write_text(
            f"Found in {visible(program.project.functions_dir)}:\n{report}Wrote {visible(str(target))}.\n"
            f"To go stricter:\n{report_more}",
            sys.stdout,
        )
    except (ConfigError, NoProjectError, PathError) as error:
        complain(str(error))
        return FAILED
    except BrokenPipeError:
        quietly_closed()
    except OSError as error:
        complain(trouble_with(error, path or "."))
        return FAILED
    return OK


def _at_default(folder: str) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """For each rule how much it finds at its default options, and how much of that has a safe fix; and the rules that
    are off by default."""
    from convexlint.rules.loader import load_rules
    from convexlint.session import Overrides, Request, check

    found: dict[str, tuple[int, int]] = {}
    outcome = check(Request(paths=(folder,), isolated=True, overrides=Overrides(select=("all",))))
    for one in outcome.diagnostics:
        count, mended = found.get(one.rule, (0, 0))
        fix = one.finding.fix
        found[one.rule] = count + 1, mended + (fix is not None and fix.is_safe)
    return found, [rule.name for rule in load_rules() if rule.level is None]


def _for_agents(root: Path, only_print: bool) -> int:
    """Write the texts for agents into the project's root; a section of AGENTS.md that is there takes the new form."""
    from convexlint.agents.texts import SECTION, SKILL, SKILL_FILE, with_section
    from convexlint.reports.escape import visible

    guide, skill = root / "AGENTS.md", root / SKILL_FILE
    if only_print:
        write_text(f"{SKILL}\n{SECTION}", sys.stdout)
        return OK
    before = guide.read_text("utf-8") if guide.exists() else ""
    skill.parent.mkdir(parents=True, exist_ok=True)
    write_file(str(skill), SKILL.encode("utf-8"))
    write_file(str(guide), with_section(before).encode("utf-8"))
    write_text(
        f"Wrote {visible(str(skill))} and the section of convexlint in {visible(str(guide))}.\n", sys.stdout
    )
    return OK
