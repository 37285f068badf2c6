// The frame of the page: which project, which view, the keyboard, light and dark.
const search = document.getElementById("search"), help = document.getElementById("help");
const VIEWS = [...(report ? [["findings", "Findings"]] : []), ["overview", "Overview"], ["schema", "Schema"], ["tables", "Tables"], ["functions", "Functions"], ["schedule", "Crons and routes"]];
const ABOVE = { focus: "schema", table: "tables", indexes: "tables", function: "functions", reads: "functions" };
const FIRST = VIEWS[0][0];

function choose(p) {
  project = p;
  entries = null;
  byTable = new Map(p.tables.map((t) => [t.name, t]));
  byFunction = new Map(p.functions.filter((f) => f.path).map((f) => [f.path, f]));
  callersOf = new Map();
  const calls = (to, from, by) => callersOf.set(to, [...(callersOf.get(to) ?? []), [from, by]]);
  for (const f of p.functions) if (f.path) for (const c of f.calls) calls(c.path, f.path, c.by);
  for (const c of p.crons) if (c.function) calls(c.function, `cron ${c.name ?? c.method}`, c.schedule ?? "");
  const gaps = p.schema.gaps.length ? [`Not followed: ${p.schema.gaps.join("; ")}.`] : [];
  document.getElementById("facts").replaceChildren(el("p", {}, [`${p.functions_dir}, convex ${p.convex_version ?? "of unknown version"}.`, ...gaps, "What only a run can tell (computed names, deployed data) is not shown."].join(" ")));
}
function render() {
  state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const wanted = projects.find((p) => p.functions_dir === state.project) ?? projects[0];
  if (!wanted) return main.replaceChildren(el("p", {}, "There is no Convex project here."));
  if (wanted !== project) choose(wanted);
  select.value = project.functions_dir;
  const view = views[state.view] ? state.view : FIRST, top = ABOVE[view] ?? view;
  document.getElementById("home").href = address({ view: FIRST });
  document.getElementById("views").replaceChildren(...VIEWS.map(([name, words]) => el("a", { href: address({ view: name }), "aria-current": name === top ? "page" : null }, words)));
  if (document.activeElement !== search) search.value = view === "search" ? (state.q ?? "") : "";
  main.replaceChildren(...flat([views[view](state)]));
  document.title = `${state.name ?? state.rule ?? VIEWS.find(([name]) => name === top)?.[1] ?? "Search"} · ${project.functions_dir} · Convex model`;
  measure();
}
const measure = () => document.documentElement.style.setProperty("--head", `${document.querySelector("header").offsetHeight}px`);

const select = document.getElementById("project");
select.append(...projects.map((p) => el("option", { value: p.functions_dir }, p.functions_dir)));
select.hidden = projects.length < 2;
select.addEventListener("change", () => { location.hash = "#" + new URLSearchParams({ project: select.value, view: "overview" }); });

// Typing searches at once; the address follows without filling the history, and an empty search goes back.
let before = null;
search.addEventListener("input", () => {
  if (before === null && state.view !== "search") before = location.hash;
  const next = search.value.trim() ? address({ view: "search", q: search.value }) : (before ?? address({ view: FIRST }));
  if (!search.value.trim()) before = null;
  history.replaceState(null, "", next || "#");
  render();
});
search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); moveResult(event.key === "ArrowDown" ? 1 : -1); }
  else if (event.key === "Enter") { before = null; search.blur(); openResult(); }
  else if (event.key === "Escape") { search.value = ""; search.dispatchEvent(new Event("input")); search.blur(); }
});
const KEYS = [["/", "search"], ["↑ ↓", "through the results"], ["Enter", "open the result"], ["Esc", "leave the search"], ["1 … 6", "the views"], ["t", "light or dark"], ["?", "these keys"]];
help.append(legend(...KEYS.map(([key, words]) => [el("code", {}, key), ` ${words}`])));
const toggleHelp = () => { help.hidden = !help.hidden; document.getElementById("keys").setAttribute("aria-expanded", String(!help.hidden)); };
document.getElementById("keys").addEventListener("click", toggleHelp);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (event.key === "/") { event.preventDefault(); search.focus(); search.select(); }
  else if (event.key === "?") toggleHelp();
  else if (event.key === "t") turn();
  else if (VIEWS[Number(event.key) - 1]) go({ view: VIEWS[Number(event.key) - 1][0] });
});

const THEMES = ["auto", "light", "dark"], root = document.documentElement, themeButton = document.getElementById("theme");
const kept = () => { try { return localStorage.getItem("convexlint-theme"); } catch { return null; } };
function paint(theme) {
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
  themeButton.textContent = { auto: "◐ auto", light: "☀ light", dark: "☾ dark" }[theme];
}
function turn() {
  const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % 3];
  try { localStorage.setItem("convexlint-theme", next); } catch { /* a page from the disk may have no storage */ }
  paint(next);
}
themeButton.addEventListener("click", turn);
paint(THEMES.includes(kept()) ? kept() : "auto");

addEventListener("hashchange", () => { render(); if (document.activeElement !== search) scrollTo(0, 0); });
new ResizeObserver(measure).observe(document.querySelector("header"));
render();
