// The first view: the numbers that people ask for, each a way to what stands behind it.
function tile(n, words, next, kind = "") {
  return el("a", { class: `tile ${n ? kind : ""}`, href: address(next) }, el("b", {}, String(n)), el("span", {}, words));
}
function panel(title, words, all, items, next, most = 8) {
  return el("section", { class: "panel" }, el("h2", {}, title), el("p", { class: "soft" }, words),
    items.length ? el("ol", {}, items.slice(0, most).map(([left, right]) => el("li", {}, el("span", {}, left), el("span", {}, right)))) : el("span", { class: "soft" }, "none"),
    all > most && next ? el("p", {}, link(next, `all ${all}`)) : "");
}
views.overview = () => {
  const functions = project.functions.filter((f) => f.path);
  const open = functions.filter(isOpen), writes = (f) => f.effects.filter((e) => e.kind === "db-write").length;
  const unused = unusedIndexes(), unbounded = project.unbounded_reads;
  const gravest = open.slice().sort((a, b) => (writes(b) > 0) - (writes(a) > 0) || b.effects.length - a.effects.length);
  const size = (t) => t.fields.length + t.indexes.length;
  const biggest = project.tables.slice().sort((a, b) => size(b) - size(a) || a.name.localeCompare(b.name)), most = biggest.length ? size(biggest[0]) : 1;
  const called = [...callersOf].filter(([path]) => byFunction.has(path)).sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]));
  return [el("h2", {}, project.functions_dir),
    el("div", { class: "tiles" }, report ? tile(report.findings.length, "findings", { view: "findings" }, report.summary.errors ? "error" : "warn") : "",
      tile(open.length, "public without an access check", { view: "functions", filter: "no access check" }, "warn"),
      tile(unbounded.length, "reads without a bound", { view: "reads" }, "warn"),
      tile(unused.length, "indexes that no query uses", { view: "indexes" }, "warn"),
      tile(project.tables.length, "tables", { view: "tables" }), tile(functions.length, "functions", { view: "functions" }),
      tile(project.crons.length, "cron jobs", { view: "schedule" }), tile(project.routes.length, "HTTP routes", { view: "schedule" })),
    el("div", { class: "panels" },
      panel("Public without an access check", "Anyone who knows the address can call them. Those that write come first.", open.length, gravest.map((f) => [functionLink(f.path), writes(f) ? tag(count(writes(f), "write"), "write") : tag("reads", "read")]), { view: "functions", filter: "no access check" }),
      panel("Reads without a bound", "They load a whole table, and fail once it has grown.", unbounded.length, unbounded.map((r) => [r.function ? functionLink(r.function) : where(r.place), r.table ? tableLink(r.table) : "?"]), { view: "reads" }),
      panel("Biggest tables", "By fields and indexes.", project.tables.length, biggest.map((t) => [tableLink(t.name), [el("i", { class: "bar", style: `width:${Math.max(4, Math.round((size(t) / most) * 70))}px` }), `${count(t.fields.length, "field")}, ${count(t.indexes.length, "index")}`]]), { view: "tables" }),
      panel("Indexes that no query uses", "Every write pays for them.", unused.length, unused.map(([t, i]) => [el("code", {}, i.name), tableLink(t.name)]), { view: "indexes" }),
      panel("Most referred to", "Functions that others run, schedule or name.", 0, called.map(([path, from]) => [functionLink(path), count(from.length, "caller")])),
      panel("Cron jobs", "What runs by itself.", project.crons.length, project.crons.map((c) => [[c.name ?? "?", " ", c.function ? functionLink(c.function) : ""], el("code", {}, `${c.method} ${c.schedule ?? ""}`)]), { view: "schedule" }))];
};
