"""Presets, files and the command line, merged."""

from __future__ import annotations

import pytest

from convexlint.config.globs import excluder, setting_for
from convexlint.config.load import load_settings
from convexlint.config.settings import Overrides, Settings
from convexlint.findings import Level

from .common import CATALOGUE, Place, failure, write


def levels(settings: Settings) -> dict[str, str]:
    return {name: rule.level.value if rule.level else "off" for name, rule in settings.rules.items()}


def test_without_a_file_the_recommended_levels_are_in_force(place: Place) -> None:
    settings = load_settings(CATALOGUE, place)
    assert levels(settings) == {
        "index-naming": "warning",
        "no-collect-in-query": "warning",
        "no-cron-helpers": "off",
        "no-db-in-action": "error",
        "syntax-error": "error",
        "thin-public-functions": "off",
        "use-internal-references": "warning",
    }
    assert settings.base == place.root
    assert settings.fail_on is Level.WARNING
    assert settings.rules["thin-public-functions"].options == {"max_lines": 50}
    assert settings.rules["index-naming"].origin == "preset recommended"
    assert not settings.rules["index-naming"].configured


def test_the_nearest_file_above_the_functions_folder_wins(place: Place) -> None:
    write('[rules]\nno-db-in-action = "off"\n')
    write('[rules]\nno-db-in-action = "info"\n', "convex/convexlint.toml")
    assert levels(load_settings(CATALOGUE, place))["no-db-in-action"] == "info"


def test_convexlint_toml_wins_over_pyproject_in_one_folder(place: Place) -> None:
    write('[tool.convexlint.rules]\nno-db-in-action = "off"\n', "pyproject.toml")
    write('[rules]\nno-db-in-action = "info"\n')
    assert levels(load_settings(CATALOGUE, place))["no-db-in-action"] == "info"


def test_pyproject_counts_when_it_has_the_table(place: Place) -> None:
    write('[tool.other]\nx = 1\n\n[tool.convexlint.rules]\nno-db-in-action = "off"\n', "pyproject.toml")
    setting = load_settings(CATALOGUE, place).rules["no-db-in-action"]
    assert setting.level is None
    assert setting.origin == "pyproject.toml:5"


def test_a_pyproject_without_the_table_is_passed_over(place: Place) -> None:
    write('[rules]\nno-db-in-action = "off"\n')
    write('[project]\nname = "x"\n', "convex/pyproject.toml")
    assert levels(load_settings(CATALOGUE, place))["no-db-in-action"] == "off"


def test_a_broken_pyproject_that_never_names_us_is_passed_over(place: Place) -> None:
    write("[project\n", "convex/pyproject.toml")
    assert load_settings(CATALOGUE, place).files == ()


def test_isolated_reads_no_file(place: Place) -> None:
    write('[rules]\nno-db-in-action = "off"\n')
    assert levels(load_settings(CATALOGUE, place, isolated=True))["no-db-in-action"] == "error"


def test_a_named_config_replaces_the_one_found_and_sets_the_base(place: Place) -> None:
    write('[rules]\nno-db-in-action = "off"\n')
    write('[rules]\nindex-naming = "error"\n', "ci/lint.toml")
    settings = load_settings(CATALOGUE, place, config="ci/lint.toml")
    assert (levels(settings)["no-db-in-action"], levels(settings)["index-naming"]) == ("error", "error")
    assert settings.base == f"{place.root}/ci"
    assert settings.files == (f"{place.root}/ci/lint.toml",)


def test_origins_name_the_line_of_level_and_option(place: Place) -> None:
    write('[rules]\n\nindex-naming = { level = "error", prefix = "by_" }\n')
    setting = load_settings(CATALOGUE, place).rules["index-naming"]
    assert (setting.level, setting.configured, setting.origin) == (Level.ERROR, True, "convexlint.toml:3")
    assert setting.options == {"prefix": "by_", "casing": "any"}
    assert setting.option_origins == {"prefix": "convexlint.toml:3"}


def test_a_table_without_level_keeps_the_level(place: Place) -> None:
    write("[rules.thin-public-functions]\nmax-lines = 9\n")
    setting = load_settings(CATALOGUE, place).rules["thin-public-functions"]
    assert (setting.level, setting.configured, setting.options) == (None, False, {"max_lines": 9})
    assert setting.origin == "preset recommended"


def test_all_other_tables_arrive(place: Place) -> None:
    write(
        'exclude = ["convex/old/**"]\nfail-on = "never"\n'
        '[builders]\nauthed = { kind = "mutation", authenticated = true }\n'
        '[auth]\nfunctions = ["requireUser"]\npublic = ["health:*"]\n[clients]\npaths = ["src/**"]\n'
    )
    settings = load_settings(CATALOGUE, place)
    assert settings.exclude == ("convex/old/**",)
    assert settings.fail_on is None
    authed = settings.builders["authed"]
    assert (authed.kind, authed.visibility, authed.authenticated) == ("mutation", "public", True)
    assert (settings.auth_functions, settings.auth_public) == (("requireUser",), ("health:*",))
    assert settings.client_paths == ("src/**",)


def test_strict_turns_on_what_is_off_but_cron_helpers_and_sets_stricter_options(place: Place) -> None:
    write('extends = ["strict"]\n')
    settings = load_settings(CATALOGUE, place)
    assert levels(settings)["thin-public-functions"] == "warning"
    assert levels(settings)["no-cron-helpers"] == "off"
    assert settings.rules["no-collect-in-query"].options == {"indexed": "flag"}
    assert settings.rules["no-collect-in-query"].option_origins == {"indexed": "preset strict"}


def test_all_turns_on_every_rule_at_its_defaults(place: Place) -> None:
    write('extends = ["all"]\n')
    settings = load_settings(CATALOGUE, place)
    assert "off" not in levels(settings).values()
    assert levels(settings)["no-cron-helpers"] == "warning"
    assert settings.rules["no-collect-in-query"].options == {"indexed": "allow"}


def test_none_leaves_only_what_always_runs(place: Place) -> None:
    write('extends = ["none"]\n[rules]\nno-db-in-action = "warning"\n')
    on = {name: level for name, level in levels(load_settings(CATALOGUE, place)).items() if level != "off"}
    assert on == {"no-db-in-action": "warning", "syntax-error": "error"}


def test_a_rule_that_always_runs_cannot_be_turned_off(place: Place) -> None:
    write('[rules]\nsyntax-error = "off"\n[per-file]\n"*.ts" = { syntax-error = "off" }\n')
    for overrides in (
        Overrides(ignore=("all",)),
        Overrides(select=("index-naming",)),
        Overrides(levels={"syntax-error": None}),
    ):
        settings = load_settings(CATALOGUE, place, overrides=overrides)
        found = setting_for(settings, "syntax-error", f"{place.functions_dir}/a.ts")
        assert found.level is Level.ERROR


def test_extended_files_merge_option_by_option(place: Place) -> None:
    write('[rules]\nindex-naming = { level = "error", prefix = "by_", casing = "exact" }\n', "team/base.toml")
    write('extends = ["team/base.toml"]\n[rules]\nindex-naming = { casing = "any" }\n')
    settings = load_settings(CATALOGUE, place)
    setting = settings.rules["index-naming"]
    assert (setting.level, setting.options) == (Level.ERROR, {"prefix": "by_", "casing": "any"})
    assert setting.origin == "team/base.toml:2"
    assert setting.option_origins == {"prefix": "team/base.toml:2", "casing": "convexlint.toml:3"}
    assert settings.files == (f"{place.root}/convexlint.toml", f"{place.root}/team/base.toml")


def test_paths_with_dots_are_normalised(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    write('[per-file]\n"convex/a.ts" = { no-db-in-action = "off" }\n', "base.toml")
    write('extends = ["../base.toml"]\n', "ci/lint.toml")
    monkeypatch.chdir(f"{place.root}/convex")
    settings = load_settings(CATALOGUE, place, config="../base.toml")
    assert settings.base == place.root
    assert setting_for(settings, "no-db-in-action", f"{place.functions_dir}/a.ts").level is None
    monkeypatch.chdir(place.root)
    extended = load_settings(CATALOGUE, place, config="ci/lint.toml")
    assert extended.per_file[0][1]["no-db-in-action"].origin == "base.toml:2"


def test_the_later_of_two_extended_wins(place: Place) -> None:
    write('extends = ["none", "recommended"]\n')
    assert levels(load_settings(CATALOGUE, place))["no-db-in-action"] == "error"


class TestPerFile:
    def test_the_later_match_wins_option_by_option(self, place: Place) -> None:
        write(
            '[per-file]\n"convex/**" = { index-naming = { level = "error", prefix = "a" } }\n'
            '"convex/seed.ts" = { index-naming = { prefix = "b" }, no-db-in-action = "off" }\n'
        )
        settings = load_settings(CATALOGUE, place)
        seed = setting_for(settings, "index-naming", f"{place.functions_dir}/seed.ts")
        assert (seed.level, seed.options["prefix"], seed.origin) == (Level.ERROR, "b", "convexlint.toml:2")
        other = setting_for(settings, "index-naming", f"{place.functions_dir}/x/other.ts")
        assert (other.level, other.options["prefix"]) == (Level.ERROR, "a")
        assert setting_for(settings, "no-db-in-action", f"{place.functions_dir}/seed.ts").level is None
        assert (
            setting_for(settings, "no-db-in-action", f"{place.functions_dir}/other.ts").level is Level.ERROR
        )

    def test_globs_are_relative_to_the_config_file(self, place: Place) -> None:
        write('[per-file]\n"convex/seed.ts" = { no-db-in-action = "off" }\n')
        settings = load_settings(CATALOGUE, place)
        nested = f"{place.functions_dir}/convex/seed.ts"
        assert setting_for(settings, "no-db-in-action", nested).level is Level.ERROR

    def test_a_glob_without_slash_matches_at_any_depth(self, place: Place) -> None:
        write('[per-file]\n"seed.ts" = { no-db-in-action = "off" }\n')
        settings = load_settings(CATALOGUE, place)
        assert setting_for(settings, "no-db-in-action", f"{place.functions_dir}/a/seed.ts").level is None

    def test_a_level_of_the_command_line_stays_but_options_apply(self, place: Place) -> None:
        write('[per-file]\n"*.ts" = { index-naming = { level = "off", prefix = "b" } }\n')
        overrides = Overrides(levels={"index-naming": Level.INFO})
        settings = load_settings(CATALOGUE, place, overrides=overrides)
        found = setting_for(settings, "index-naming", f"{place.functions_dir}/a.ts")
        assert (found.level, found.origin, found.options["prefix"]) == (Level.INFO, "--level", "b")

    def test_an_off_holds_against_select(self, place: Place) -> None:
        write('[per-file]\n"seed.ts" = { no-db-in-action = "off" }\n')
        settings = load_settings(CATALOGUE, place, overrides=Overrides(select=("no-db-in-action",)))
        assert setting_for(settings, "no-db-in-action", f"{place.functions_dir}/seed.ts").level is None

    def test_it_does_not_turn_on_what_is_not_selected(self, place: Place) -> None:
        write('[per-file]\n"*.ts" = { no-db-in-action = "error" }\n')
        settings = load_settings(CATALOGUE, place, overrides=Overrides(select=("index-naming",)))
        assert setting_for(settings, "no-db-in-action", f"{place.functions_dir}/a.ts").level is None


class TestCommandLine:
    def test_select_names_exactly_the_rules_and_turns_on_what_is_off(self, place: Place) -> None:
        write('[rules]\nno-db-in-action = "off"\nindex-naming = { level = "error", prefix = "by_" }\n')
        overrides = Overrides(select=("no-db-in-action", "no-cron-helpers", "schema"))
        settings = load_settings(CATALOGUE, place, overrides=overrides)
        on = {name: level for name, level in levels(settings).items() if level != "off"}
        assert on == {
            "index-naming": "error",
            "no-cron-helpers": "warning",
            "no-db-in-action": "error",
            "syntax-error": "error",
        }
        assert settings.rules["index-naming"].options["prefix"] == "by_"
        assert settings.rules["no-db-in-action"].origin == "--select"

    def test_select_all_runs_everything(self, place: Place) -> None:
        settings = load_settings(CATALOGUE, place, overrides=Overrides(select=("all",)))
        assert "off" not in levels(settings).values()

    def test_ignore_wins_over_select_and_level(self, place: Place) -> None:
        overrides = Overrides(
            select=("schema", "functions"), ignore=("index-naming",), levels={"index-naming": Level.ERROR}
        )
        found = levels(load_settings(CATALOGUE, place, overrides=overrides))
        assert (found["index-naming"], found["no-db-in-action"]) == ("off", "error")

    def test_extend_select_adds_to_what_runs(self, place: Place) -> None:
        overrides = Overrides(extend_select=("no-cron-helpers",))
        found = levels(load_settings(CATALOGUE, place, overrides=overrides))
        assert (found["no-cron-helpers"], found["index-naming"]) == ("warning", "warning")
        both = Overrides(select=("index-naming",), extend_select=("no-cron-helpers",))
        found = levels(load_settings(CATALOGUE, place, overrides=both))
        assert (found["no-cron-helpers"], found["no-db-in-action"]) == ("warning", "off")

    def test_level_replaces_the_level_and_can_turn_on_and_off(self, place: Place) -> None:
        overrides = Overrides(levels={"no-cron-helpers": Level.ERROR, "index-naming": None})
        settings = load_settings(CATALOGUE, place, overrides=overrides)
        assert levels(settings)["no-cron-helpers"] == "error"
        assert levels(settings)["index-naming"] == "off"
        assert settings.rules["no-cron-helpers"].configured

    def test_fail_on_wins_over_the_file(self, place: Place) -> None:
        write('fail-on = "error"\n')
        assert load_settings(CATALOGUE, place).fail_on is Level.ERROR
        never = load_settings(CATALOGUE, place, overrides=Overrides(fail_on="never"))
        assert never.fail_on is None

    @pytest.mark.parametrize(
        ("overrides", "message"),
        [
            (
                Overrides(select=("no-db-in-actions",)),
                '--select: unknown rule or category "no-db-in-actions"; did you mean "no-db-in-action"?',
            ),
            (
                Overrides(ignore=("querys",)),
                '--ignore: unknown rule or category "querys"; did you mean "queries"?',
            ),
            (
                Overrides(extend_select=("zzzzz",)),
                '--extend-select: unknown rule or category "zzzzz"; `convexlint rule --all` lists the rules',
            ),
            (
                Overrides(levels={"index-name": None}),
                '--level: unknown rule "index-name"; did you mean "index-naming"?',
            ),
            (
                Overrides(fail_on="warn"),
                '--fail-on: must be "error", "warning", "info" or "never", not "warn"',
            ),
        ],
    )
    def test_unknown_words_are_errors(self, place: Place, overrides: Overrides, message: str) -> None:
        assert failure(place, overrides=overrides) == message

    def test_config_with_isolated_is_an_error(self, place: Place) -> None:
        assert failure(place, config="x.toml", isolated=True) == (
            "--config and --isolated cannot be used together"
        )

    def test_a_config_that_is_not_there_is_an_error(self, place: Place) -> None:
        assert failure(place, config="x.toml") == "--config x.toml: there is no such file"


def test_exclude_matches_like_gitignore(place: Place) -> None:
    write('exclude = ["convex/old/**", "!convex/old/keep.ts", "gen"]\n')
    excluded = excluder(load_settings(CATALOGUE, place))
    assert excluded(f"{place.functions_dir}/old/a/b.ts")
    assert not excluded(f"{place.functions_dir}/old/keep.ts")
    assert excluded(f"{place.functions_dir}/x/gen/y.ts")
    assert not excluded(f"{place.functions_dir}/a.ts")
