"""Rules are found where they lie; a module that breaks the form is refused."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from convexlint.findings import Category, Finding, Level
from convexlint.rules.loader import RuleDefinitionError, catalogue, load_rules, rule_of
from convexlint.rules.rule import NoOptions, Rule, rule


def module(*rules: tuple[str, Rule]) -> ModuleType:
    made = ModuleType("convexlint.rules.queries.no_thing")
    for name, value in rules:
        setattr(made, name, value)
    return made


def make(category: Category = Category.QUERIES, stage: str = "program", fix: str | None = None) -> Rule:
    def check(program: object, options: NoOptions) -> Iterator[Finding]:
        return iter(())

    check.__module__ = "convexlint.rules.queries.no_thing"
    return rule(category=category, level=Level.INFO, stage=stage, fix=fix)(check)


def test_rules_come_sorted_by_name_and_named_after_their_file() -> None:
    names = [rule.name for rule in load_rules()]
    assert names == sorted(names)
    assert len(set(names)) == len(names)
    for one in load_rules():
        *_, category, file = one.check.__module__.split(".")
        assert (one.name, one.category.value) == (file.replace("_", "-"), category)


def test_the_catalogue_holds_every_rule() -> None:
    assert [spec.name for spec in catalogue().rules] == [rule.name for rule in load_rules()]
    assert [spec.name for spec in catalogue().rules if spec.always] == [
        "invalid-project-config",
        "syntax-error",
        "unreadable-file",
    ]


def test_a_module_with_one_rule_is_taken() -> None:
    one = make()
    assert rule_of(module(("check", one)), "queries") is one


def test_a_rule_that_a_module_merely_imports_is_not_its_own() -> None:
    with pytest.raises(RuleDefinitionError, match="holds 0 rules"):
        rule_of(module(("other", load_rules()[0])), "queries")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "holds 0 rules"),
        ([("a", make()), ("b", make())], "holds 2 rules"),
        ([("a", make(Category.HTTP))], "declares category 'http' but lies in 'queries'"),
        ([("a", make(stage="later"))], "unknown stage 'later'"),
        ([("a", make(fix="perhaps"))], "unknown kind of fix 'perhaps'"),
    ],
)
def test_a_module_that_breaks_the_form_is_refused(rules: list[tuple[str, Rule]], message: str) -> None:
    with pytest.raises(RuleDefinitionError, match=message):
        rule_of(module(*rules), "queries")


def test_an_installation_without_rules_is_told_and_calls_nothing_clean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("convexlint.rules.loader.pkgutil.iter_modules", lambda path: iter(()))
    with pytest.raises(RuleDefinitionError, match="installation is broken"):
        load_rules.__wrapped__()
