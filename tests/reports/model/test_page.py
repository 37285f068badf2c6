"""The page that people send to each other, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.cli.app import run
from tests.reports.model.browser import look
from tests.reports.model.test_model import CRONS, FEEDS, HELPER, HTTP, ROOMS, SCHEMA

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

LIST = """
import { query } from "./_generated/server";
export const all = query({ args: {}, handler: async (ctx) => (await ctx.db.query("notes").collect()).length });
"""
VIEWS = [
    "view=overview",
    "view=schema",
    "view=focus&name=rooms",
    "view=tables",
    "view=table&name=notes",
    "view=functions",
    "view=function&name=rooms%3Arename",
    "view=reads",
    "view=indexes",
    "view=schedule",
    "view=search&q=rooms",
    "view=search&q=zzzz",
    "view=table&name=nothing",
]
LOOK_AT_ALL = """
  seen.views = {};
  for (const address of %s) {
    await show(address);
    seen.views[address] = { sideways: sideways(), text: main.innerText,
      overlaps: overlaps("header > *, main > *, th, td, .tile, .panel, .panel li, .results a, .filters > *") };
  }
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("model"), "model", "--output-format", "html")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("check"), "check", "--output-format", "html")


def written(folder: Path, *command: str) -> str:
    for name, text in {
        "package.json": "{}",
        "convex/schema.ts": SCHEMA,
        "convex/rooms.ts": ROOMS,
        "convex/list.ts": LIST,
        "convex/model/rooms.ts": HELPER,
        "convex/crons.ts": CRONS,
        "convex/http.ts": HTTP,
        "convex/feeds.ts": FEEDS,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    page = folder / "page.html"
    assert run([*command, str(folder), "--isolated", "--no-cache", "--output-file", str(page)]) in (0, 1)
    return page.read_text("utf-8")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (900, True), (420, False), (360, True)])
def test_no_view_overlaps_scrolls_sideways_or_complains(
    model: str, tmp_path: Path, width: int, dark: bool
) -> None:
    seen = look(model, LOOK_AT_ALL % VIEWS, tmp_path, width=width, dark=dark)
    assert seen["errors"] == [] and seen["requests"] == []
    for address, view in seen["views"].items():
        assert view["overlaps"] == [], address
        assert view["sideways"] <= 0, address
    assert "There is no table nothing." in seen["views"]["view=table&name=nothing"]["text"]


def test_the_overview_counts_and_leads_to_what_it_counts(model: str, tmp_path: Path) -> None:
    seen = look(
        model,
        """
        await show("view=overview");
        seen.tiles = [...document.querySelectorAll(".tile")].map((t) => [t.innerText.split(/\\s+/)[0], t.hash]);
        seen.to = [];
        for (const hash of seen.tiles.map(([, hash]) => hash)) { await show(hash); seen.to.push(main.innerText); }
        """,
        tmp_path,
    )
    assert seen["errors"] == []
    assert [int(number) for number, _ in seen["tiles"]] == [2, 1, 1, 3, 4, 1, 2]
    open_, reads, indexes = seen["to"][:3]
    assert "rooms:find" in open_ and "list:all" in open_ and "rooms:rename" not in open_
    assert "list:all" in reads and "convex/list.ts:3" in reads
    assert "by_room" in indexes and "by_title" not in indexes


def test_one_search_finds_every_kind_from_any_view(model: str, tmp_path: Path) -> None:
    seen = look(
        model,
        """
        seen.kinds = {};
        for (const [text, from] of [["notes", "schema"], ["authors", "schema"], ["by_room", "functions"],
            ["rooms:find", "schema"], ["freshen", "tables"], ["/ping", "overview"], ["zzzz", "tables"]]) {
          await show(`view=${from}`);
          await type(text);
          seen.kinds[text] = [document.querySelector(".results .on .kind")?.innerText, main.innerText.split("\\n")[0]];
          search.value = ""; search.dispatchEvent(new Event("input")); await pause();
          seen.kinds[text].push(location.hash);
        }
        """,
        tmp_path,
    )
    assert seen["errors"] == []
    assert {text: kind for text, (kind, _, _) in seen["kinds"].items()} == {
        "notes": "table",
        "authors": "field",
        "by_room": "index",
        "rooms:find": "function",
        "freshen": "cron",
        "/ping": "route",
        "zzzz": None,
    }
    assert seen["kinds"]["zzzz"][1] == "Nothing matches “zzzz”"
    assert seen["kinds"]["by_room"][2] == "#view=functions", "an empty search goes back"


def test_the_keyboard_does_it_all(model: str, tmp_path: Path) -> None:
    seen = look(
        model,
        """
        await press("/"); seen.focused = document.activeElement.id;
        await type("rooms"); seen.first = document.querySelector(".results .on .what").innerText;
        await press("ArrowDown", search); seen.second = document.querySelector(".results .on .what").innerText;
        await press("ArrowUp", search); await press("Enter", search); seen.opened = location.hash;
        await type("notes"); await press("Escape", search); seen.left = [location.hash, search.value];
        await press("3"); seen.third = location.hash;
        await press("?"); seen.help = !document.getElementById("help").hidden;
        const paper = () => getComputedStyle(document.body).backgroundColor;
        seen.papers = [paper()];
        for (let i = 0; i < 2; i++) { await press("t"); seen.papers.push(paper()); }
        """,
        tmp_path,
    )
    assert seen["errors"] == []
    assert seen["focused"] == "search" and seen["first"] == "rooms" and seen["second"] != "rooms"
    assert seen["opened"] == "#view=table&name=rooms"
    assert seen["left"] == ["#view=table&name=rooms", ""]
    assert seen["third"] == "#view=tables" and seen["help"] is True
    automatic, light, dark = seen["papers"]
    assert automatic == light != dark


def test_the_page_follows_the_theme_of_the_system(model: str, tmp_path: Path) -> None:
    step = "seen.paper = getComputedStyle(document.body).backgroundColor;"
    light, dark = (look(model, step, tmp_path, dark=dark)["paper"] for dark in (False, True))
    assert light == "rgb(251, 250, 248)" and dark == "rgb(25, 24, 22)"


def test_findings_have_code_fixes_filters_and_the_model_one_click_away(checked: str, tmp_path: Path) -> None:
    seen = look(
        checked,
        LOOK_AT_ALL % ["view=findings", "view=findings&filter=error", "view=findings&rule=no-collect-count"]
        + """
        seen.first = location.hash;
        await show("");
        seen.cards = document.querySelectorAll(".finding").length;
        seen.total = report.findings.length;
        await show("view=findings&rule=no-collect-count");
        seen.marked = document.querySelector(".finding mark").innerText;
        seen.rules = [...new Set([...document.querySelectorAll(".finding a")].map((a) => a.innerText))];
        document.querySelector('#views a[href*="overview"]').click(); await pause();
        seen.model = document.querySelectorAll(".tile").length;
        await type("no-collect"); seen.kind = document.querySelector(".results .on .kind").innerText;
        """,
        tmp_path,
    )
    assert seen["errors"] == [] and seen["requests"] == []
    for address, view in seen["views"].items():
        assert view["overlaps"] == [] and view["sideways"] <= 0, address
    assert seen["cards"] == seen["total"] > 3
    assert seen["marked"] == "collect" and "no-collect-count" in seen["rules"]
    assert seen["model"] == 8 and seen["kind"] == "finding"


def test_findings_fit_a_phone(checked: str, tmp_path: Path) -> None:
    seen = look(checked, LOOK_AT_ALL % ["view=findings"], tmp_path, width=420)
    assert seen["views"]["view=findings"]["sideways"] <= 0
    assert seen["views"]["view=findings"]["overlaps"] == [] and seen["errors"] == []
