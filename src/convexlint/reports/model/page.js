"use strict";
const projects = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const search = document.getElementById("search");
let project, byTable, byFunction, state = { view: "schema" };

// ---------------------------------------------------------------- small tools
const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
};
const svg = (tag, attributes = {}, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children.flat(9));
  return node;
};
const count = (n, word) => `${n} ${word}${n === 1 ? "" : /(s|x|ch)$/.test(word) ? "es" : "s"}`;
const where = (place) => (place ? el("code", { class: "soft" }, `${place.path}:${place.line}:${place.column}`) : "");
const clip = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);
const go = (next) => { location.hash = new URLSearchParams({ ...(projects.length > 1 ? { project: project.functions_dir } : {}), ...next }).toString(); };
const tableLink = (name) => byTable.has(name) ? el("span", { class: "link mono", onclick: () => go({ view: "table", name }) }, name) : el("code", {}, name);
const functionLink = (path) => byFunction.has(path) ? el("span", { class: "link mono", onclick: () => go({ view: "function", name: path }) }, path) : el("code", {}, path);
const joined = (nodes) => nodes.flatMap((n, i) => (i ? [", ", n] : [n]));

// -------------------------------------------------------------- schema diagram
const CARD = 264, ROW = 18, HEAD = 26, GAP = 24, COLUMN = 350;
const brief = (table) => table.fields.slice().sort((a, b) => (b.references.length > 0) - (a.references.length > 0)).slice(0, 7);
const linking = (table, target) => table.fields.filter((f) => f.references.includes(target));
const cardHeight = (table, shown = brief(table)) => HEAD + 8 + ROW * (shown.length + (shown.length < table.fields.length ? 1 : 0));

function card(table, x, y, { shown = brief(table), center = false } = {}) {
  const rows = shown.map((field, i) => svg("text", { x: 10, y: HEAD + 16 + i * ROW },
    clip(field.name + (field.optional ? "?" : ""), 19),
    svg("tspan", { class: "faint", x: 156 }, clip(field.type, 14)), svg("title", {}, `${field.name}: ${field.type}`)));
  if (shown.length < table.fields.length) rows.push(svg("text", { x: 10, y: HEAD + 16 + shown.length * ROW, class: "faint" }, `… ${table.fields.length - shown.length} more`));
  return svg("g", { class: "table" + (center ? " center" : ""), transform: `translate(${x} ${y})`, "data-table": table.name, onclick: () => go({ view: center ? "table" : "focus", name: table.name }) },
    svg("rect", { class: "card", width: CARD, height: cardHeight(table, shown), rx: 8 }),
    svg("rect", { class: "head", width: CARD, height: HEAD, rx: 8 }),
    svg("text", { class: "name", x: 10, y: 18 }, clip(table.name, 32)), rows);
}
const curve = (a, b) => `M${a.x},${a.y} C${a.x + (a.x < b.x ? 60 : -60)},${a.y} ${b.x + (a.x < b.x ? -60 : 60)},${b.y} ${b.x},${b.y}`;

function fullDiagram() {
  // Columns by how far a table stands from those that point nowhere; inside a column by the mean place of what it points to.
  const names = project.tables.map((t) => t.name), depth = new Map();
  const rank = (name, seen) => {
    if (depth.has(name)) return depth.get(name);
    if (seen.has(name)) return 0;
    seen.add(name);
    const targets = byTable.get(name).references.filter((r) => byTable.has(r) && r !== name);
    const d = targets.length ? 1 + Math.max(...targets.map((r) => rank(r, seen))) : 0;
    seen.delete(name);
    depth.set(name, Math.min(d, 5));
    return depth.get(name);
  };
  names.forEach((n) => rank(n, new Set()));
  const columns = [];
  const alone = (t) => !t.references.some((r) => byTable.has(r) && r !== t.name) && !t.referenced_by.some((r) => r !== t.name);
  names.filter((n) => !alone(byTable.get(n))).forEach((n) => (columns[depth.get(n)] ||= []).push(n));
  // Tables without any tie fill columns of their own, as even as the rest allows.
  const loose = names.filter((n) => alone(byTable.get(n))), tall = Math.max(3, ...columns.map((c) => c?.length ?? 0));
  for (let i = 0; i < loose.length; i += tall) columns.push(loose.slice(i, i + tall));
  for (let i = 0; i < columns.length; i++) columns[i] ||= [];
  const at = new Map();
  let height = 0;
  columns.forEach((column, c) => {
    const weight = (n) => { const t = byTable.get(n).references.map((r) => at.get(r)?.y).filter((y) => y !== undefined); return t.length ? t.reduce((a, b) => a + b, 0) / t.length : 1e6; };
    if (c) column.sort((a, b) => weight(a) - weight(b));
    let y = 16;
    for (const n of column) { const h = cardHeight(byTable.get(n)); at.set(n, { x: 16 + c * COLUMN, y, h }); y += h + GAP; }
    height = Math.max(height, y);
  });
  const edges = [];
  for (const t of project.tables) for (const f of t.fields) for (const r of f.references) {
    if (!at.has(r) || r === t.name) continue;
    const a = at.get(t.name), b = at.get(r), left = a.x > b.x;
    edges.push(svg("path", { class: "edge" + (f.optional ? " optional" : ""), "data-a": t.name, "data-b": r, d: curve({ x: left ? a.x : a.x + CARD, y: a.y + a.h / 2 }, { x: left ? b.x + CARD : b.x, y: b.y + HEAD / 2 }) }, svg("title", {}, `${t.name}.${f.name} → ${r}`)));
  }
  const picture = svg("svg", { width: columns.length * COLUMN + 20, height: height + 10 }, edges, names.map((n) => card(byTable.get(n), at.get(n).x, at.get(n).y)));
  picture.addEventListener("mouseover", (event) => {
    const name = event.target.closest("g.table")?.dataset.table;
    for (const edge of picture.querySelectorAll("path.edge")) edge.classList.toggle("on", name !== undefined && (edge.dataset.a === name || edge.dataset.b === name));
  });
  return el("div", { class: "canvas" }, picture);
}

function groupedDiagram() {
  // Too many tables for lines: tables by the first word of their names, neighbours light up.
  const words = new Map();
  const first = (name) => name.match(/^[A-Z]?[a-z0-9]+|^[A-Z]+(?![a-z])|^_?[a-zA-Z0-9]+/)?.[0].toLowerCase() ?? name;
  const stem = (word) => word.replace(/(ies|es|s)$/, (s) => (s === "ies" ? "y" : ""));
  for (const t of project.tables) { const w = stem(first(t.name)); words.set(w, [...(words.get(w) ?? []), t]); }
  const single = [], groups = [];
  for (const [w, tables] of words) (tables.length > 1 ? groups : single).push([w, tables]);
  groups.sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]));
  if (single.length) groups.push(["others", single.flatMap(([, t]) => t).sort((a, b) => a.name.localeCompare(b.name))]);
  const chips = new Map();
  const light = (name) => {
    const t = name === undefined ? undefined : byTable.get(name);
    for (const [n, chip] of chips) {
      chip.classList.toggle("self", n === name);
      chip.classList.toggle("to", t !== undefined && n !== name && t.references.includes(n));
      chip.classList.toggle("from", t !== undefined && n !== name && t.referenced_by.includes(n));
      chip.classList.toggle("near", t !== undefined && n !== name && (t.references.includes(n) || t.referenced_by.includes(n)));
    }
  };
  const box = el("div", { class: "groups", onmouseleave: () => light() }, groups.map(([w, tables]) => el("section", { class: "group" }, el("h3", {}, w), tables.map((t) => {
    const chip = el("div", { class: "chip", onmouseenter: () => light(t.name), onclick: () => go({ view: "focus", name: t.name }), title: `points to ${t.references.join(", ") || "no table"}` },
      el("span", { class: "mono" }, t.name), el("span", {}, `${t.fields.length} · ←${t.referenced_by.length} →${t.references.length}`));
    chips.set(t.name, chip);
    return chip;
  }))));
  return [el("p", { class: "soft" }, "Each table with its number of fields, how many tables point to it (←) and to how many it points (→). Hover to light up its neighbours; click to draw it with them."), box];
}

function focusDiagram(name) {
  const table = byTable.get(name);
  const left = table.referenced_by.filter((n) => n !== name).map((n) => byTable.get(n)), right = table.references.filter((n) => n !== name && byTable.has(n)).map((n) => byTable.get(n));
  // Neighbours stand in as many columns as keep them near the height of the table itself.
  const place = (tables, fields) => {
    const sizes = tables.map((t) => cardHeight(t, fields(t))), total = sizes.reduce((sum, h) => sum + h + 12, 0);
    const wanted = Math.max(cardHeight(table, table.fields), 760), columns = Math.max(1, Math.min(3, Math.ceil(total / wanted)));
    const heights = Array(columns).fill(16), placed = [];
    tables.forEach((t, i) => { const c = heights.indexOf(Math.min(...heights)); placed.push({ t, c, y: heights[c] }); heights[c] += sizes[i] + 12; });
    return { placed, columns: tables.length ? columns : 0, height: Math.max(...heights) };
  };
  // A neighbour on the left shows only what points here; one on the right what it mostly is.
  const tie = (t) => linking(t, name);
  const l = place(left, tie), r = place(right, brief);
  const cx = 16 + l.columns * COLUMN, height = Math.max(l.height, r.height, cardHeight(table, table.fields) + 40);
  const cy = 16, edges = [], cards = [card(table, cx, cy, { shown: table.fields, center: true })];
  const rowY = (field) => cy + HEAD + 11 + table.fields.indexOf(field) * ROW;
  for (const { t, c, y } of l.placed) {
    const x = 16 + (l.columns - 1 - c) * COLUMN;
    cards.push(card(t, x, y, { shown: tie(t) }));
    for (const f of tie(t)) edges.push(svg("path", { class: "edge" + (f.optional ? " optional" : ""), d: curve({ x: x + CARD, y: y + HEAD / 2 }, { x: cx, y: cy + HEAD / 2 }) }, svg("title", {}, `${t.name}.${f.name}`)));
  }
  for (const { t, c, y } of r.placed) {
    const x = cx + COLUMN + c * COLUMN;
    cards.push(card(t, x, y));
    for (const f of linking(table, t.name)) edges.push(svg("path", { class: "edge" + (f.optional ? " optional" : ""), d: curve({ x: cx + CARD, y: rowY(f) }, { x, y: y + HEAD / 2 }) }, svg("title", {}, `${name}.${f.name}`)));
  }
  requestAnimationFrame(() => { const canvas = main.querySelector(".canvas"); if (canvas) canvas.scrollLeft = Math.max(0, cx - (canvas.clientWidth - CARD) / 2); });
  return [el("p", {}, el("button", { onclick: () => go({ view: "schema" }) }, "← whole schema"), " ", el("button", { onclick: () => go({ view: "table", name }) }, `details of ${name}`), el("span", { class: "soft" }, `  left: ${count(left.length, "table")} that point to it; right: ${count(right.length, "table")} it points to`)),
    el("div", { class: "canvas" }, svg("svg", { width: cx + (r.columns + 1) * COLUMN, height: height + 20 }, edges, cards))];
}

// ------------------------------------------------------------------------ views
const EFFECTS = { "db-read": "read", "db-write": "write" };
const effectTag = (e) => el("span", { class: `tag ${EFFECTS[e.kind] ?? ""}`, title: e.what }, e.table ? `${e.kind === "db-write" ? "writes" : "reads"} ${e.table}` : e.kind);

const views = {
  schema: () => (project.tables.length === 0 ? el("p", {}, "This project has no schema.") : project.tables.length <= 30 ? fullDiagram() : groupedDiagram()),
  focus: ({ name }) => (byTable.has(name) ? focusDiagram(name) : views.schema()),
  tables: () => {
    const found = project.tables.filter((t) => matches([t.name, ...t.fields.map((f) => f.name), ...t.indexes.map((i) => i.name)]));
    return el("table", {}, el("thead", {}, el("tr", {}, ["Table", "Fields", "Indexes", "Points to", "Read by", "Written by"].map((h) => el("th", {}, h)))),
      el("tbody", {}, found.map((t) => el("tr", { class: "row", onclick: () => go({ view: "table", name: t.name }) },
        el("td", { class: "mono" }, t.name), el("td", {}, String(t.fields.length)),
        el("td", {}, t.indexes.map((i) => el("span", { class: "tag" + (i.uses.length || i.kind === "vector" ? "" : " warn"), title: i.uses.length ? count(i.uses.length, "use") : "no use found" }, i.name))),
        el("td", { class: "mono" }, t.references.join(", ")), el("td", {}, String(t.read_by.length)), el("td", {}, String(t.written_by.length))))));
  },
  table: ({ name }) => {
    const t = byTable.get(name);
    if (!t) return el("p", {}, `There is no table ${name}.`);
    return [el("h2", {}, t.name, " ", where(t.place), t.origin === "schema" ? "" : el("span", { class: "tag" }, `from ${t.origin}`)),
      el("p", {}, el("button", { onclick: () => go({ view: "focus", name }) }, "draw with neighbours")),
      el("table", {}, el("thead", {}, el("tr", {}, ["Field", "Type", "Points to"].map((h) => el("th", {}, h)))), el("tbody", {}, t.fields.map((f) => el("tr", {}, el("td", { class: "mono" }, f.name + (f.optional ? "?" : "")), el("td", { class: "mono" }, f.type), el("td", {}, joined(f.references.map(tableLink))))))),
      el("h2", {}, "Indexes"),
      t.indexes.length ? el("table", {}, el("thead", {}, el("tr", {}, ["Index", "Kind", "Fields", "Uses"].map((h) => el("th", {}, h)))), el("tbody", {}, t.indexes.map((i) => el("tr", {}, el("td", { class: "mono" }, i.name, i.staged ? el("span", { class: "tag" }, "staged") : ""), el("td", {}, i.kind), el("td", { class: "mono" }, (i.fields ?? ["?"]).join(", ")),
        el("td", {}, i.uses.length ? i.uses.map((u) => el("div", {}, u.function ? functionLink(u.function) : "", " ", where(u))) : el("span", { class: "tag warn" }, i.kind === "vector" ? "by vectorSearch" : "no use found")))))) : el("p", { class: "soft" }, "none beside by_id and by_creation_time"),
      el("div", { class: "two" }, [["Read by", t.read_by], ["Written by", t.written_by]].map(([title, paths]) => el("div", {}, el("h2", {}, `${title} (${paths.length})`), paths.map((p) => el("div", {}, functionLink(p)))))),
      el("h2", {}, "Pointed to by"), t.referenced_by.length ? joined(t.referenced_by.map(tableLink)) : el("span", { class: "soft" }, "no table")];
  },
  functions: () => {
    const filters = [["query", (f) => f.kind === "query"], ["mutation", (f) => f.kind === "mutation"], ["action", (f) => f.kind === "action"], ["httpAction", (f) => f.kind === "httpAction"], ["public", (f) => f.visibility === "public"], ["internal", (f) => f.visibility === "internal"], ["no access check", (f) => f.visibility === "public" && !f.access], ["writes", (f) => f.effects.some((e) => e.kind === "db-write")], ["network", (f) => f.effects.some((e) => e.kind === "network")], ["clock", (f) => f.effects.some((e) => e.kind === "clock")]];
    const on = (state.filter ?? "").split(",").filter(Boolean);
    const found = project.functions.filter((f) => f.path && matches([f.path, f.builder]) && filters.every(([label, test]) => !on.includes(label) || test(f)));
    const limit = 400;
    return [el("div", { class: "filters" }, filters.map(([label]) => el("button", { class: on.includes(label) ? "on" : "", onclick: () => go({ view: "functions", filter: (on.includes(label) ? on.filter((x) => x !== label) : [...on, label]).join(",") }) }, label)), el("span", { class: "soft" }, ` ${count(found.length, "function")}${found.length > limit ? `, the first ${limit} shown` : ""}`)),
      el("table", {}, el("thead", {}, el("tr", {}, ["Function", "Kind", "Access", "Does"].map((h) => el("th", {}, h)))), el("tbody", {}, found.slice(0, limit).map((f) => el("tr", { class: "row", onclick: () => go({ view: "function", name: f.path }) },
        el("td", { class: "mono" }, f.path), el("td", {}, `${f.visibility ?? ""} ${f.kind}`), el("td", {}, access(f)), el("td", {}, f.effects.slice(0, 8).map(effectTag), f.effects.length > 8 ? el("span", { class: "soft" }, `+${f.effects.length - 8}`) : "")))))];
  },
  function: ({ name }) => {
    const f = byFunction.get(name);
    if (!f) return el("p", {}, `There is no function ${name}.`);
    const callers = project.functions.filter((g) => g.path && g.calls.some((c) => c.path === name));
    const jobs = project.crons.filter((c) => c.function === name);
    return [el("h2", {}, f.path, " ", where(f.place)),
      el("p", {}, el("span", { class: "tag" }, `${f.visibility ?? ""} ${f.kind}`), el("span", { class: "tag" }, `built by ${f.builder}`), f.runtime === "node" ? el("span", { class: "tag" }, "use node") : "", access(f)),
      el("h3", {}, "args"), el("code", {}, f.args ?? "no validator"), el("h3", {}, "returns"), el("code", {}, f.returns ?? "no validator"),
      f.access?.place ? [el("h3", {}, "access check"), f.access.how, " at ", where(f.access.place)] : "",
      el("h2", {}, "What it does, and why we know"),
      f.effects.length ? f.effects.map((e) => el("div", {}, effectTag(e), el("code", {}, e.what), e.count > 1 ? el("span", { class: "soft" }, ` ×${e.count}`) : "", " ", where(e.place), e.chain.length ? el("ol", { class: "chain" }, e.chain.map((s) => el("li", {}, s.text.replaceAll("`", ""), " ", where(s)))) : "")) : el("p", { class: "soft" }, "nothing that the model knows of"),
      el("div", { class: "two" }, el("div", {}, el("h2", {}, `Refers to (${f.calls.length})`), f.calls.map((c) => el("div", {}, functionLink(c.path), el("span", { class: "soft" }, ` ${c.by}`)))),
        el("div", {}, el("h2", {}, `Referred to by (${callers.length + jobs.length})`), callers.map((g) => el("div", {}, functionLink(g.path))), jobs.map((j) => el("div", {}, `cron ${j.name ?? j.method} `, el("code", {}, j.schedule ?? "")))))];
  },
  schedule: () => [
    el("h2", {}, `Cron jobs (${project.crons.length})`),
    el("table", {}, el("thead", {}, el("tr", {}, ["Job", "Schedule", "Runs", ""].map((h) => el("th", {}, h)))), el("tbody", {}, project.crons.filter((c) => matches([c.name ?? "", c.function ?? ""])).map((c) => el("tr", {}, el("td", {}, c.name ?? "?"), el("td", { class: "mono" }, `${c.method} ${c.schedule ?? ""}`), el("td", {}, c.function ? functionLink(c.function) : "?"), el("td", {}, where(c.place)))))),
    el("h2", {}, `HTTP routes (${project.routes.length})`),
    el("table", {}, el("thead", {}, el("tr", {}, ["Method", "Path", "Runs", ""].map((h) => el("th", {}, h)))), el("tbody", {}, project.routes.filter((r) => matches([r.method ?? "", r.path ?? "", r.function ?? ""])).map((r) => el("tr", {}, el("td", { class: "mono" }, r.method ?? "?"), el("td", { class: "mono" }, `${r.path ?? "?"}${r.prefix ? "*" : ""}`), el("td", {}, r.function ? functionLink(r.function) : "inline"), el("td", {}, where(r.place)))), project.route_registrars.map((r) => el("tr", {}, el("td", {}, "?"), el("td", {}, "others"), el("td", { class: "mono" }, r.name), el("td", {}, where(r.place)))))),
  ],
};
const access = (f) => f.visibility !== "public" ? "" : f.access ? el("span", { class: "tag ok" }, `checked: ${f.access.how}`) : el("span", { class: "tag warn" }, "no access check");
const matches = (texts) => { const q = search.value.trim().toLowerCase(); return !q || texts.some((t) => t.toLowerCase().includes(q)); };

// ------------------------------------------------------------------------- start
function choose(p) {
  project = p;
  byTable = new Map(p.tables.map((t) => [t.name, t]));
  byFunction = new Map(p.functions.filter((f) => f.path).map((f) => [f.path, f]));
  const open = p.functions.filter((f) => f.visibility === "public" && !f.access).length;
  document.getElementById("facts").textContent = [p.functions_dir, count(p.tables.length, "table"), count(p.tables.reduce((n, t) => n + t.indexes.length, 0), "index"), count(p.functions.length, "function"), `${open} public without an access check`, count(p.crons.length, "cron job"), ...(p.schema.gaps.length ? [`not followed: ${p.schema.gaps.join("; ")}`] : [])].join("  ·  ");
  document.title = `${p.functions_dir} · Convex model`;
}
function render() {
  state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const wanted = projects.find((p) => p.functions_dir === state.project) ?? projects[0];
  if (wanted !== project) choose(wanted);
  document.getElementById("project").value = project.functions_dir;
  const view = views[state.view] ? state.view : "schema";
  const top = { focus: "schema", table: "tables", function: "functions" }[view] ?? view;
  for (const b of document.querySelectorAll("nav button")) b.classList.toggle("on", b.dataset.view === top);
  main.replaceChildren(...[views[view](state)].flat(9).filter((n) => n !== ""));
}
const select = document.getElementById("project");
select.append(...projects.map((p) => el("option", { value: p.functions_dir }, p.functions_dir)));
select.hidden = projects.length < 2;
select.addEventListener("change", () => { location.hash = new URLSearchParams({ project: select.value, view: "schema" }).toString(); });
for (const b of document.querySelectorAll("nav button")) b.addEventListener("click", () => go({ view: b.dataset.view }));
search.addEventListener("input", () => { if (!["tables", "functions", "schedule"].includes(state.view)) go({ view: "tables" }); else render(); });
addEventListener("keydown", (event) => { if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); } });
addEventListener("hashchange", render);
render();
