"""The site: every rule has a page, and every link leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint import addresses
from convexlint.rules.loader import load_rules
from tools import site


def test_every_rule_has_a_page_and_stands_in_the_catalogue(tmp_path: Path) -> None:
    pages = site.sources(tmp_path / "pages")
    catalogue = (pages / "rules" / "index.md").read_text(encoding="utf-8")
    for rule in load_rules():
        assert f"[{rule.name}]({rule.name}.md)" in catalogue
        assert (
            (pages / "rules" / f"{rule.name}.md").read_text(encoding="utf-8").startswith(f"# {rule.name}\n")
        )
    assert "<!-- command:" not in (pages / "index.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_it_builds_without_a_network_and_without_a_dead_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("material")
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # whoever asks for anything gets no answer
    built = site.build(tmp_path / "site")
    assert (built / "rules" / "no-filter-in-query" / "index.html").is_file()
    pages = [path.read_text(encoding="utf-8") for path in built.rglob("*.html")]
    assert not any("fonts.googleapis" in page or "<script src=http" in page for page in pages)


@pytest.mark.slow
def test_a_page_of_a_rule_is_where_the_address_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("material")
    monkeypatch.setattr(addresses, "HOME", "https://lint.invalid/")
    built = site.build(tmp_path / "site")
    url = addresses.rule_url("no-filter-in-query")
    assert url is not None
    page = built / url.removeprefix("https://lint.invalid/") / "index.html"
    assert f'href="{url}"' in page.read_text(encoding="utf-8").replace("href=https", 'href="https')


@pytest.mark.slow
def test_a_link_that_leads_nowhere_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("material")
    own = site.sources

    def sources(target: Path) -> Path:
        own(target)
        with (target / "SECURITY.md").open("a", encoding="utf-8") as page:
            page.write("\n[gone](gone.md)\n")
        return target

    monkeypatch.setattr(site, "sources", sources)
    with pytest.raises(site.SiteError, match="gone"):
        site.build(tmp_path / "site")
