"""A page in a headless Chromium: a script looks at it from inside and tells what it saw."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")

# Errors are gathered before any script of the page runs; what was seen is written into the page at the end.
_BEFORE = """<script>
window.seen = { errors: [] };
addEventListener("error", (event) => seen.errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => seen.errors.push(String(event.reason)));
for (const level of ["error", "warn"]) console[level] = (...words) => seen.errors.push(words.join(" "));
</script>"""
_AFTER = """<script>
const pause = () => new Promise((done) => setTimeout(done, 50));
const show = async (address) => { location.hash = address; await pause(); };
const type = async (text) => {
  search.focus(); search.value = text; search.dispatchEvent(new Event("input")); await pause();
};
const press = async (key, node = document.body) => {
  node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); await pause();
};
const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
const boxes = (selector) => [...document.querySelectorAll(selector)].map((node) => [node, node.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && box.height > 0);
const overlaps = (selector) => {
  const all = boxes(selector), found = [];
  for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) {
    const [a, x] = all[i], [b, y] = all[j];
    if (a.contains(b) || b.contains(a)) continue;
    if (x.left < y.right - 0.5 && y.left < x.right - 0.5 && x.top < y.bottom - 0.5 && y.top < x.bottom - 0.5)
      found.push(`${a.tagName} ${a.textContent.slice(0, 30)} | ${b.tagName} ${b.textContent.slice(0, 30)}`);
  }
  return found;
};
(async () => {
  try { STEPS } catch (error) { seen.errors.push(String(error.stack ?? error)); }
  seen.requests = performance.getEntriesByType("resource").map((entry) => entry.name);
  const told = document.createElement("pre");
  told.id = "told";
  told.textContent = JSON.stringify(seen);
  document.body.replaceChildren(told);
})();
</script>"""


def look(
    page: str, steps: str, folder: Path, *, width: int = 1280, height: int = 900, dark: bool = False
) -> Any:
    """Run `steps` (JavaScript, which may await and writes into `seen`) inside `page`; returns `seen`.

    Without a browser the test is skipped.
    """
    browser = next(filter(None, map(shutil.which, _NAMES)), None)
    if browser is None:
        pytest.skip("needs Chromium")
    file = folder / "page.html"
    text = page.replace("<style>", _BEFORE + "<style>", 1)
    file.write_text(text.replace("</body>", _AFTER.replace("STEPS", steps) + "</body>"), "utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},{height}"]
    command += ["--blink-settings=preferredColorScheme=0"] if dark else []
    command += ["--virtual-time-budget=20000", "--dump-dom", f"file://{file}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    told = re.search(r'<pre id="told">(.*?)</pre>', ran.stdout, re.DOTALL)
    assert told is not None, ran.stderr[-2000:]
    return json.loads(unescape(told[1]))
