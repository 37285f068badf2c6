// The schema drawn: whole where it is small, in groups where it is large, one table with its neighbours.
const CARD = 264, ROW = 18, HEAD = 26, GAP = 24, COLUMN = 350, CENTER = 460;
const brief = (table) => table.fields.slice().sort((a, b) => (b.references.length > 0) - (a.references.length > 0)).slice(0, 7);
const linking = (table, target) => table.fields.filter((f) => f.references.includes(target));
const cardHeight = (table, shown = brief(table)) => HEAD + 8 + ROW * (shown.length + (shown.length < table.fields.length ? 1 : 0));

function card(table, x, y, { shown = brief(table), center = false, width = CARD } = {}) {
  const typeAt = center ? 190 : 156, typeLength = Math.floor((width - typeAt - 8) / 7.4);
  const rows = shown.map((field, i) => svg("text", { x: 10, y: HEAD + 16 + i * ROW },
    clip(field.name + (field.optional ? "?" : ""), center ? 24 : 19),
    svg("tspan", { class: "faint", x: typeAt }, clip(field.type, typeLength)), svg("title", {}, `${field.name}: ${field.type}`)));
  if (shown.length < table.fields.length) rows.push(svg("text", { x: 10, y: HEAD + 16 + shown.length * ROW, class: "faint" }, `… ${table.fields.length - shown.length} more`));
  return svg("a", { href: address({ view: center ? "table" : "focus", name: table.name }), "aria-label": table.name },
    svg("g", { class: "table" + (center ? " center" : ""), transform: `translate(${x} ${y})`, "data-table": table.name },
      svg("rect", { class: "card", width, height: cardHeight(table, shown), rx: 8 }),
      svg("rect", { class: "head", width, height: HEAD, rx: 8 }),
      svg("text", { class: "name", x: 10, y: 18 }, clip(table.name, Math.floor((width - 20) / 7.6))), rows));
}
const curve = (a, b) => `M${a.x},${a.y} C${a.x + (a.x < b.x ? 60 : -60)},${a.y} ${b.x + (a.x < b.x ? -60 : 60)},${b.y} ${b.x},${b.y}`;

const diagramLegend = () => legend([el("i", { class: "line" }), "a field that points to a table"], [el("i", { class: "line optional" }), "an optional one"], "name? is optional", "a table alone points nowhere");

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
  return [diagramLegend(), el("div", { class: "canvas", tabindex: 0, "aria-label": "Tables and their references" }, picture)];
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
    const chip = el("a", { class: "chip", href: address({ view: "focus", name: t.name }), onmouseenter: () => light(t.name), onfocus: () => light(t.name), title: `points to ${t.references.join(", ") || "no table"}` },
      el("span", { class: "mono" }, t.name), el("span", {}, `${t.fields.length} · ←${t.referenced_by.length} →${t.references.length}`));
    chips.set(t.name, chip);
    return chip;
  }))));
  return [legend("fields · ← tables that point here · → tables it points to", [el("i", { class: "swatch read" }), "points to the one under the pointer"], [el("i", { class: "swatch write" }), "it points to"], "open a table to draw it with its neighbours"), box];
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
  const cy = 16, edges = [], cards = [card(table, cx, cy, { shown: table.fields, center: true, width: CENTER })];
  const rowY = (field) => cy + HEAD + 11 + table.fields.indexOf(field) * ROW;
  for (const { t, c, y } of l.placed) {
    const x = 16 + (l.columns - 1 - c) * COLUMN;
    cards.push(card(t, x, y, { shown: tie(t) }));
    for (const f of tie(t)) edges.push(svg("path", { class: "edge" + (f.optional ? " optional" : ""), d: curve({ x: x + CARD, y: y + HEAD / 2 }, { x: cx, y: cy + HEAD / 2 }) }, svg("title", {}, `${t.name}.${f.name}`)));
  }
  for (const { t, c, y } of r.placed) {
    const x = cx + CENTER + (COLUMN - CARD) + c * COLUMN;
    cards.push(card(t, x, y));
    for (const f of linking(table, t.name)) edges.push(svg("path", { class: "edge" + (f.optional ? " optional" : ""), d: curve({ x: cx + CENTER, y: rowY(f) }, { x, y: y + HEAD / 2 }) }, svg("title", {}, `${name}.${f.name}`)));
  }
  requestAnimationFrame(() => { const canvas = main.querySelector(".canvas"); if (canvas) canvas.scrollLeft = Math.max(0, cx - (canvas.clientWidth - CENTER) / 2); });
  return [el("h2", {}, name), el("p", {}, link({ view: "schema" }, "whole schema"), " · ", link({ view: "table", name }, `details of ${name}`)),
    legend(`left: ${count(left.length, "table")} that ${left.length === 1 ? "points" : "point"} to it`, `right: ${count(right.length, "table")} it points to`, [el("i", { class: "line optional" }), "an optional field"]),
    el("div", { class: "canvas", tabindex: 0, "aria-label": `${name} and its neighbours` }, svg("svg", { width: cx + CENTER + 40 + r.columns * COLUMN, height: height + 20 }, edges, cards))];
}

