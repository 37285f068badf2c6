"""`python -m tools.site FOLDER`: the documentation as a site, made of README, docs/, and the rules' cards.

What a page says stands in the checkout once; this puts the pages side by side, gives each rule one, and has MkDocs
build them, strictly: a link that leads nowhere fails. Nothing is fetched, neither here nor by readers of the site.
Needs the `docs` extra. `--sources` leaves the pages in FOLDER as markdown.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from convexlint import addresses
from convexlint.findings import Category
from convexlint.reports.explain import rule_page
from convexlint.rules.card import load_card
from convexlint.rules.loader import load_rules

ROOT = Path(__file__).resolve().parent.parent

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "ARCHITECTURE.md": "ARCHITECTURE.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "CODE_OF_CONDUCT.md": "CODE_OF_CONDUCT.md",
    "benchmarks/README.md": "benchmarks/README.md",
    "npm/convexlint/README.md": "npm/convexlint/README.md",
}
"""Pages of the checkout and where they lie in the site. `docs/` comes as it is. Names are kept, so that links hold."""


class SiteError(Exception):
    """The site cannot be built; the text is what MkDocs said."""


def sources(target: Path) -> Path:
    """Put every page into the folder `target`, which is made; returns it."""
    for name, at in PAGES.items():
        _write(target / at, (ROOT / name).read_text(encoding="utf-8"))
    for page in sorted((ROOT / "docs").rglob("*")):
        if page.is_file():
            place = target / "docs" / page.relative_to(ROOT / "docs")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, place)
    for rule in load_rules():
        _write(target / "rules" / f"{rule.name}.md", rule_page(rule, load_card(rule.name), examples=True))
    _write(target / "rules" / "index.md", "\n".join(_catalogue()) + "\n")
    return target


def _write(path: Path, text: str) -> None:
    """A page, without the comments by which tests find the blocks of README."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(re.sub(r"^<!-- \w+: [\w-]+ -->\n", "", text, flags=re.MULTILINE), encoding="utf-8")


def _catalogue() -> Iterator[str]:
    rules = load_rules()
    yield "# Rules\n"
    yield f"{len(rules)} rules. The level is the one of the preset `recommended`; `-` is off there.\n"
    for category in Category:
        yield f"## {category.value}\n"
        yield "| rule | level | fix | what it stops |"
        yield "|---|---|---|---|"
        for rule in rules:
            if rule.category is category:
                level = rule.level.value if rule.level is not None else "-"
                summary = load_card(rule.name).summary.replace("|", "\\|")
                yield f"| [{rule.name}]({rule.name}.md) | {level} | {rule.fix or ''} | {summary} |"
        yield ""


def build(target: Path) -> Path:
    """The site in `target`. Raises SiteError."""
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary).resolve()
        sources(work / "pages")
        settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        if addresses.HOME is not None:
            settings += f"site_url: {addresses.HOME}\n"
        (work / "mkdocs.yml").write_text(settings, encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
        command += ["--config-file", str(work / "mkdocs.yml"), "--site-dir", str(target.resolve())]
        ran = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise SiteError((ran.stdout + ran.stderr).strip())
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sources", action="store_true", help="the pages alone, as markdown")
    options = parser.parse_args()
    try:
        print(sources(options.folder) if options.sources else build(options.folder))
    except SiteError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
