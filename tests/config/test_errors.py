"""Whatever is wrong with a config file is said with file, line, key and the nearest valid name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from convexlint.config.load import load_settings
from convexlint.findings import Level

from .common import CATALOGUE, Place, failure, write


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('fail-onn = "error"', '1: fail-onn: unknown key; did you mean "fail-on"?'),
        (
            "\nzzzzzzzzz = 1",
            (
                "2: zzzzzzzzz: unknown key; known are extends, exclude, "
                "fail-on, convex-version, baseline, rule-paths, rules, per-file, builders, auth, clients, "
                "against, evolution"
            ),
        ),
        ('index-naming = "off"', "1: index-naming: unknown key; rules belong into the table [rules]"),
        ('[rules]\nindex-name = "off"', '2: rules.index-name: unknown rule; did you mean "index-naming"?'),
        (
            '[rules]\nindex-naming = "warn"',
            (
                '2: rules.index-naming: must be one of "off", "info", "warning", "error", not "warn"; '
                'did you mean "warning"?'
            ),
        ),
        (
            "[rules]\nindex-naming = 2",
            "2: rules.index-naming: must be a level or a table of options, not a whole number",
        ),
        (
            "[rules]\nindex-naming = false",
            "2: rules.index-naming: must be a level or a table of options, not a boolean",
        ),
        (
            '[rules]\nindex-naming = { prefx = "by_" }',
            '2: rules.index-naming.prefx: unknown option of "index-naming"; did you mean "prefix"?',
        ),
        (
            "[rules.index-naming]\n# why\nzzzz = 1",
            '3: rules.index-naming.zzzz: unknown option of "index-naming"; it has prefix, casing',
        ),
        (
            "[rules]\nno-db-in-action = { zzzz = 1 }",
            '2: rules.no-db-in-action.zzzz: unknown option of "no-db-in-action"; this rule has no options',
        ),
        (
            '[rules]\nindex-naming = { casing = "exat" }',
            '2: rules.index-naming.casing: must be one of "any", "exact", not "exat"; did you mean "exact"?',
        ),
        (
            "[rules]\nindex-naming = { casing = 3 }",
            '2: rules.index-naming.casing: must be one of "any", "exact", not a whole number',
        ),
        (
            "[rules]\nindex-naming = { prefix = true }",
            "2: rules.index-naming.prefix: must be a string, not a boolean",
        ),
        (
            "[rules]\nthin-public-functions = { max-lines = true }",
            "2: rules.thin-public-functions.max-lines: must be a whole number, not a boolean",
        ),
        (
            '[rules]\nuse-internal-references = { contexts = "cron" }',
            "2: rules.use-internal-references.contexts: must be an array of strings, not a string",
        ),
        (
            '[rules]\nuse-internal-references = { contexts = ["crons"] }',
            (
                "2: rules.use-internal-references.contexts: must be one of "
                '"cron", "scheduler", "run", not "crons"; '
                'did you mean "cron"?'
            ),
        ),
        ('extends = "strict"', "1: extends: must be an array of strings, not a string"),
        ("exclude = [1]", "1: exclude: must hold strings only, not a whole number"),
        ('extends = ["strickt"]', '1: extends: unknown preset "strickt"; did you mean "strict"?'),
        ('extends = ["./no.toml"]', '1: extends: there is no file "./no.toml"'),
        (
            'fail-on = "warn"',
            (
                '1: fail-on: must be one of "error", "warning", "info", "never", not "warn"; '
                'did you mean "warning"?'
            ),
        ),
        (
            "convex-version = 1.31",
            '1: convex-version: must be a version in quotes, like "1.31", not a number',
        ),
        (
            'convex-version = "^1.31"',
            '1: convex-version: must be a version of convex, like "1.31" or "1.31.2", not "^1.31"',
        ),
        (
            'convex-version = "1"',
            '1: convex-version: must be a version of convex, like "1.31" or "1.31.2", not "1"',
        ),
        ("rules = 1", "1: rules: must be a table, not a whole number"),
        ('[per-file]\n"a.ts" = "off"', '2: per-file."a.ts": must be a table, not a string'),
        (
            '[per-file]\n"a.ts" = { index-name = "off" }',
            '2: per-file."a.ts".index-name: unknown rule; did you mean "index-naming"?',
        ),
        (
            "[builders]\nx = {}",
            '2: builders.x: kind is missing; it must be one of "query", "mutation", "action"',
        ),
        (
            '[builders]\nx = { kind = "mutaton" }',
            (
                '2: builders.x.kind: must be one of "query", "mutation", '
                '"action", not "mutaton"; did you mean "mutation"?'
            ),
        ),
        (
            '[builders]\nx = { kind = "query", authenticated = 1 }',
            "2: builders.x.authenticated: must be true or false, not a whole number",
        ),
        (
            '[builders]\nx = { kind = "query", visiblity = "public" }',
            '2: builders.x.visiblity: unknown key; did you mean "visibility"?',
        ),
        ("[auth]\nfunction = []", '2: auth.function: unknown key; did you mean "functions"?'),
        (
            "[clients]\npaths = 1979-05-27",
            "2: clients.paths: must be an array of strings, not a date or time",
        ),
        ('rule-paths = ["x"]', '1: rule-paths: there is no folder "x"'),
    ],
)
def test_what_is_not_understood_is_an_error_with_its_place(place: Place, text: str, message: str) -> None:
    write(text)
    assert failure(place) == f"convexlint.toml:{message}"


def test_broken_toml_is_an_error_with_its_line(place: Place) -> None:
    write('fail-on = "error"\nexclude = [\n')
    assert failure(place).startswith("convexlint.toml:2: invalid TOML: ")
    write('fail-on = "error"\nx = = 2\n')
    assert failure(place) == "convexlint.toml:2: invalid TOML: Invalid value"


def test_errors_in_pyproject_name_its_line(place: Place) -> None:
    write('[project]\nname = "x"\n\n[tool.convexlint]\nfail = "error"\n', "pyproject.toml")
    assert failure(place) == 'pyproject.toml:5: fail: unknown key; did you mean "fail-on"?'


def test_a_pyproject_given_as_config_must_have_the_table(place: Place) -> None:
    write('[project]\nname = "x"\n', "pyproject.toml")
    assert failure(place, config="pyproject.toml") == (
        "pyproject.toml: there is no [tool.convexlint] table in this file"
    )


def test_a_file_that_is_not_utf8_is_an_error(place: Place) -> None:
    Path("convexlint.toml").write_bytes(b'x = "\xff"')
    assert failure(place) == "convexlint.toml: not UTF-8 (byte 5)"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_an_error(place: Place) -> None:
    write("")
    Path("convexlint.toml").chmod(0)
    assert failure(place) == "convexlint.toml: cannot be read: Permission denied"


def test_files_that_extend_each_other_are_an_error(place: Place) -> None:
    write('extends = ["a.toml"]\n')
    write('\nextends = ["convexlint.toml"]\n', "a.toml")
    assert failure(place) == 'a.toml:2: extends: "convexlint.toml" extends itself through this file'


def test_one_file_extended_twice_is_no_cycle(place: Place) -> None:
    write('extends = ["a.toml", "b.toml"]\n')
    write('extends = ["b.toml"]\n', "a.toml")
    write('fail-on = "info"\n', "b.toml")
    assert load_settings(CATALOGUE, place).fail_on is Level.INFO
