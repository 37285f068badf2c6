"""`rule-paths`: a team's own rules, as docs/own-rules.md shows them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from convexlint.cli.app import run
from tests.checkout import ROOT

PAGE = (ROOT / "docs/own-rules.md").read_text(encoding="utf-8")
MODULE = """import { internalMutation } from "./_generated/server";
import { v } from "convex/values";
export const add = internalMutation({
  args: { text: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await ctx.db.insert("vault_keys", { text: args.text });
    return null;
  },
});
"""


def block(language: str) -> str:
    """The page's first block of a language."""
    found = re.search(rf"^(````?){language}\n(.*?)^\1$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's rule in a project of one module that breaks it."""
    (tmp_path / "convex/_generated").mkdir(parents=True)
    (tmp_path / "convex/keys.ts").write_text(MODULE, encoding="utf-8")
    rules = tmp_path / "lint-rules"
    rules.mkdir()
    (rules / "no_vault_table.py").write_text(block("python"), encoding="utf-8")
    (rules / "no-vault-table.md").write_text(block("markdown"), encoding="utf-8")
    (tmp_path / "convexlint.toml").write_text(block("toml"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVEXLINT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def found(capsys: pytest.CaptureFixture[str], *options: str) -> list[tuple[str, str, str]]:
    """Rule, level and message of what `check` reports."""
    run(["check", "--output-format", "json", *options])
    report = json.loads(capsys.readouterr().out)
    return [(one["rule"], one["level"], one["message"]) for one in report["diagnostics"]]


SEEN = ("no-vault-table", "error", "`vault_keys` is touched outside of vault.ts")


def test_own_rules_are_selected_configured_and_suppressed_like_others(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found(capsys) == [SEEN]
    assert found(capsys, "--select", "no-vault-table") == [SEEN]
    assert found(capsys, "--ignore", "no-vault-table") == []
    assert found(capsys, "--isolated") == []
    assert found(capsys, "--level", "no-vault-table=info") == [("no-vault-table", "info", SEEN[2])]
    module = project / "convex/keys.ts"
    comment = "    // convexlint-disable-next-line no-vault-table -- known\n    await ctx.db.insert"
    module.write_text(MODULE.replace("    await ctx.db.insert", comment), encoding="utf-8")
    assert found(capsys) == []


def test_a_kept_lint_is_not_believed_when_a_rule_has_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found(capsys) == found(capsys) == [SEEN]
    check = project / "lint-rules/no_vault_table.py"
    check.write_text(check.read_text(encoding="utf-8").replace("is touched", "is used"), encoding="utf-8")
    card = project / "lint-rules/no-vault-table.md"
    card.write_text(card.read_text(encoding="utf-8").replace("is touched", "is used"), encoding="utf-8")
    assert [message for _, _, message in found(capsys)] == ["`vault_keys` is used outside of vault.ts"]


@pytest.mark.parametrize(
    "format_", ["text", "concise", "agent", "sarif", "github", "gitlab", "junit", "html"]
)
def test_every_report_knows_own_rules(
    project: Path, capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    assert run(["check", "--output-format", format_]) == 1
    assert "no-vault-table" in capsys.readouterr().out


def test_its_page_is_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rule", "no-vault-table"]) == 0
    assert "Tables of secrets are touched in vault.ts alone." in capsys.readouterr().out


def test_folders_of_an_extended_file_count_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "shared").mkdir()
    (project / "lint-rules").rename(project / "shared/rules")
    (project / "shared/base.toml").write_text('rule-paths = ["rules"]\n', encoding="utf-8")
    text = block("toml").replace('rule-paths = ["lint-rules"]', 'extends = ["shared/base.toml"]')
    (project / "convexlint.toml").write_text(text, encoding="utf-8")
    assert found(capsys) == [SEEN]


def test_the_cards_are_tried(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test-rules", "lint-rules"]) == 0
    assert capsys.readouterr().out == "no-vault-table: passed (2 examples)\n"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("`secret_keys` is touched", "`secret_key` is touched", "the card has '`secret_key` is touched"),
        ("warning: `secret_keys`", "error: `secret_keys`", "the card has level error, it is warning"),
        ('insert("secret_keys"', 'insert("plain"', "nothing is reported here"),
        ("```ts good vault.ts", "```ts good other.ts", "other.ts:8:18: reported: `secret_keys` is touched"),
        ("```ts good vault.ts", "```ts given vault.ts", "there is no `good` block"),
    ],
)
def test_what_is_not_as_a_card_shows_it_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    card = project / "lint-rules/no-vault-table.md"
    text = card.read_text(encoding="utf-8")
    assert old in text
    card.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert run(["test-rules", "lint-rules"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("no-vault-table: FAILED")
    assert words in out


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("lint-rules/broken.py", "def x(:\n", "broken.py:1: it cannot be loaded: SyntaxError"),
        ("lint-rules/broken.py", "import nothing_of_the_kind\n", "it cannot be loaded: ModuleNotFoundError"),
        ("lint-rules/broken.py", "x = 1\n", "broken.py: holds 0 rules; a rule module holds exactly one"),
        ("lint-rules/no-vault.py", "x = 1\n", "is named like a Python module"),
        ("lint-rules/no-vault-table.md", "# other\n", "the first line must be `# no-vault-table`"),
        ("convexlint.toml", 'rule-paths = ["nowhere"]\n', 'rule-paths: there is no folder "nowhere"'),
        ("convexlint.toml", 'rule-paths = "lint-rules"\n', "rule-paths: must be"),
        ("convexlint.toml", 'rule-paths = ["convex"]\n', "there is no rule in this folder"),
    ],
)
def test_what_cannot_be_loaded_is_an_error_that_names_the_file(
    project: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, words: str
) -> None:
    (project / file).write_text(text, encoding="utf-8")
    assert run(["check"]) == 2
    said = capsys.readouterr().err
    assert "convexlint.toml:1: rule-paths" in said
    assert words in said


def test_a_name_of_a_built_in_rule_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check = project / "lint-rules/no_vault_table.py"
    check.rename(check.with_name("no_db_in_action.py"))
    assert run(["check"]) == 2
    assert "convexlint has a rule 'no-db-in-action' of its own" in capsys.readouterr().err


def test_a_rule_that_fails_costs_no_other_its_findings(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = block("python").replace("    for call in", '    raise RuntimeError("broken")\n    for call in')
    (project / "lint-rules/no_other.py").write_text(source, encoding="utf-8")
    card = block("markdown").replace("no-vault-table", "no-other")
    (project / "lint-rules/no-other.md").write_text(card, encoding="utf-8")
    assert run(["check"]) == 2
    told = capsys.readouterr()
    assert "`vault_keys` is touched outside of vault.ts" in told.out
    assert "no-other" in told.err
