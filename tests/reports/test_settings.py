"""The settings in force, shown with their origins."""

from __future__ import annotations

import json

from convexlint.config.settings import BuilderSetting, RuleSetting, Settings
from convexlint.findings import Level
from convexlint.reports.paint import plain
from convexlint.reports.settings import settings_json, settings_text

SETTINGS = Settings(
    base="/srv/app",
    rules={
        "no-filter-in-query": RuleSetting(
            Level.WARNING,
            False,
            {"after_index": "flag"},
            "preset recommended",
            {"after_index": "convexlint.toml:4"},
        ),
        "index-naming": RuleSetting(None, True, {}, "convexlint.toml:3"),
    },
    exclude=("convex/old/**",),
    fail_on=None,
    per_file=(
        ("convex/seed.ts", {"no-filter-in-query": RuleSetting(Level.ERROR, True, {}, "convexlint.toml:9")}),
    ),
    builders={"authed": BuilderSetting("mutation", "public", True)},
    files=("/srv/app/convexlint.toml",),
)


def test_text_names_every_rule_with_level_and_origin() -> None:
    assert plain(settings_text("/srv/app/convex", SETTINGS)) == (
        "settings for    /srv/app/convex\n"
        "config files    /srv/app/convexlint.toml\n"
        "globs start at  /srv/app\n"
        "fail-on         never\n"
        "exclude         convex/old/**\n"
        "per-file        convex/seed.ts\n"
        "builder         authed: public mutation, authenticated\n"
        "\n"
        "index-naming        off      convexlint.toml:3\n"
        'no-filter-in-query  warning  preset recommended  after-index = "flag" (convexlint.toml:4)\n'
    )


def test_for_a_file_its_own_entry_counts() -> None:
    lines = plain(settings_text("/srv/app/convex", SETTINGS, "/srv/app/convex/seed.ts")).splitlines()
    assert lines[0] == "settings for    /srv/app/convex/seed.ts"
    assert lines[-1].startswith("no-filter-in-query  error    convexlint.toml:9")


def test_json_has_the_same() -> None:
    data = json.loads(settings_json(SETTINGS))
    assert data["fail-on"] == "never"
    assert data["rules"] == {
        "index-naming": {"level": "off", "origin": "convexlint.toml:3", "options": {}, "option_origins": {}},
        "no-filter-in-query": {
            "level": "warning",
            "origin": "preset recommended",
            "options": {"after-index": "flag"},
            "option_origins": {"after-index": "convexlint.toml:4"},
        },
    }
    assert data["per-file"] == [{"glob": "convex/seed.ts", "rules": ["no-filter-in-query"]}]
    assert data["builders"] == {"authed": {"kind": "mutation", "visibility": "public", "authenticated": True}}
    seed = json.loads(settings_json(SETTINGS, "/srv/app/convex/seed.ts"))
    assert seed["rules"]["no-filter-in-query"]["level"] == "error"
