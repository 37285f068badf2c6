// What each address shows: lists of tables, functions, crons and routes, and one table or function in full.
const EFFECTS = { "db-read": "read", "db-write": "write" };
const effectText = (e) => (e.table ? `${e.kind === "db-write" ? "writes" : "reads"} ${e.table}` : e.kind);
const effectTag = (e) => tag(effectText(e), EFFECTS[e.kind] ?? "", e.what);
const effectTags = (f, most = 8) => [f.effects.slice(0, most).map(effectTag), f.effects.length > most ? el("span", { class: "soft" }, `+${f.effects.length - most}`) : ""];
const isPublic = (f) => f.visibility === "public" && f.kind !== "httpAction" && !project.component;
const isOpen = (f) => isPublic(f) && !f.access;
const access = (f) => (!isPublic(f) ? "" : f.access ? tag(`${f.standing.level}: ${f.access.how}`, "ok", f.standing.text) : tag("no access check", "warn"));
const isUnused = (i) => !i.uses.length && i.kind !== "vector";
const effectLegend = () => legend([el("i", { class: "swatch read" }), "reads a table"], [el("i", { class: "swatch write" }), "writes a table"], [tag("no access check", "warn"), "anyone can call it"], [tag("owner: …", "ok"), "what it asks of its caller, and the check that was found"]);

// Buttons that turn conditions on and off; the address keeps them.
function filtered(view, items, conditions) {
  const on = (state.filter ?? "").split(",").filter((label) => conditions.some(([known]) => known === label));
  const found = items.filter((item) => conditions.every(([label, test]) => !on.includes(label) || test(item)));
  const toggled = (label) => (on.includes(label) ? on.filter((x) => x !== label) : [...on, label]).join(",");
  const bar = el("div", { class: "filters", role: "group", "aria-label": "Filters" }, conditions.map(([label]) =>
    el("button", { type: "button", class: on.includes(label) ? "on" : "", "aria-pressed": String(on.includes(label)), onclick: () => go({ view, filter: toggled(label) }) }, label)));
  return [found, bar];
}

const views = {
  schema: () => (project.tables.length === 0 ? el("p", {}, "This project has no schema.") : [el("h2", {}, `Schema (${count(project.tables.length, "table")})`), project.tables.length <= 30 ? fullDiagram() : groupedDiagram()]),
  focus: ({ name }) => (byTable.has(name) ? focusDiagram(name) : views.schema()),
  tables: () => {
    const [found, bar] = filtered("tables", project.tables, [["unused index", (t) => t.indexes.some(isUnused)], ["no index", (t) => !t.indexes.length], ["never read", (t) => !t.read_by.length], ["never written", (t) => !t.written_by.length]]);
    return [el("h2", {}, `Tables (${found.length})`), bar, legend([tag("by_name", "warn"), "no query was found that uses the index"], "read and written by: registered functions, through helpers too"),
      grid(["Table", "Fields", "Indexes", "Points to", "Read by", "Written by"], found.map((t) => [tableLink(t.name), String(t.fields.length),
        t.indexes.map((i) => tag(i.name, isUnused(i) ? "warn" : "", i.uses.length ? count(i.uses.length, "use") : "no use found")),
        joined(t.references.map(tableLink)), String(t.read_by.length), String(t.written_by.length)]))];
  },
  table: ({ name }) => {
    const t = byTable.get(name);
    if (!t) return el("p", {}, `There is no table ${name}.`);
    const uses = (i) => (i.uses.length ? i.uses.map((u) => el("div", {}, u.function ? functionLink(u.function) : "", " ", where(u))) : tag(i.kind === "vector" ? "by vectorSearch" : "no use found", i.kind === "vector" ? "" : "warn"));
    return [el("h2", {}, t.name, " ", where(t.place), t.origin === "schema" ? "" : [" ", tag(`from ${t.origin}`)]),
      el("p", {}, link({ view: "focus", name }, "draw it with its neighbours")),
      grid(["Field", "Type", "Points to"], t.fields.map((f) => [el("code", {}, f.name + (f.optional ? "?" : "")), el("code", {}, f.type), joined(f.references.map(tableLink))])),
      el("h2", {}, `Indexes (${t.indexes.length})`),
      t.indexes.length ? grid(["Index", "Kind", "Fields", "Uses"], t.indexes.map((i) => [[el("code", {}, i.name), i.staged ? [" ", tag("staged")] : ""], i.kind, el("code", {}, (i.fields ?? ["?"]).join(", ")), uses(i)])) : el("p", { class: "soft" }, "none beside by_id and by_creation_time"),
      el("div", { class: "two" }, [["Read by", t.read_by], ["Written by", t.written_by]].map(([title, paths]) => el("div", {}, el("h2", {}, `${title} (${paths.length})`), paths.map((p) => el("div", {}, functionLink(p)))))),
      el("h2", {}, "Pointed to by"), t.referenced_by.length ? joined(t.referenced_by.map(tableLink)) : el("span", { class: "soft" }, "no table")];
  },
  functions: () => {
    const does = (kind) => (f) => f.effects.some((e) => e.kind === kind);
    const [found, bar] = filtered("functions", project.functions.filter((f) => f.path), [
      ...["query", "mutation", "action", "httpAction"].map((kind) => [kind, (f) => f.kind === kind]),
      ...["public", "internal"].map((v) => [v, (f) => f.visibility === v]),
      ["no access check", isOpen], ...["signed in", "role", "owner", "secret"].map((level) => [level, (f) => isPublic(f) && f.standing?.level === level]),
      ["writes", does("db-write")], ["network", does("network")], ["clock", does("clock")]]);
    return [el("h2", {}, `Functions (${found.length})`), bar, effectLegend(),
      long(found, (some) => grid(["Function", "Kind", "Access", "Does"], some.map((f) => [functionLink(f.path), `${f.visibility ?? ""} ${f.kind}`, access(f), effectTags(f)])))];
  },
  function: ({ name }) => {
    const f = byFunction.get(name);
    if (!f) return el("p", {}, `There is no function ${name}.`);
    const callers = callersOf.get(name) ?? [];
    return [el("h2", {}, f.path, " ", where(f.place)),
      el("p", {}, tag(`${f.visibility ?? ""} ${f.kind}`), tag(`built by ${f.builder}`), f.runtime === "node" ? tag("use node") : "", access(f)),
      el("h3", {}, "args"), el("code", {}, f.args ?? "no validator"), el("h3", {}, "returns"), el("code", {}, f.returns ?? "no validator"),
      f.access?.place ? [el("h3", {}, "access check"), f.access.how, " at ", where(f.access.place)] : "",
      f.standing?.text ? [el("h3", {}, `it asks for: ${f.standing.level}`), el("code", {}, f.standing.text), " ", where(f.standing.place)] : "",
      f.cost.reads || f.cost.writes ? [el("h2", {}, "What it costs"), f.cost.reads ? el("p", {}, "reads: ", prose(f.cost.reads)) : "", f.cost.writes ? el("p", {}, "writes: ", prose(f.cost.writes)) : ""] : "",
      el("h2", {}, "What it does, and why we know"),
      f.effects.length ? f.effects.map((e) => el("div", {}, effectTag(e), el("code", {}, e.what), e.count > 1 ? el("span", { class: "soft" }, ` ×${e.count}`) : "", " ", where(e.place), e.chain.length ? el("ol", { class: "chain" }, e.chain.map((s) => el("li", {}, prose(s.text), " ", where(s)))) : "")) : el("p", { class: "soft" }, "nothing that the model knows of"),
      el("div", { class: "two" }, el("div", {}, el("h2", {}, `Refers to (${f.calls.length})`), f.calls.map((c) => el("div", {}, functionLink(c.path), el("span", { class: "soft" }, ` ${c.by}`)))),
        el("div", {}, el("h2", {}, `Referred to by (${callers.length})`), callers.map(([from, by]) => el("div", {}, byFunction.has(from) ? functionLink(from) : from, el("span", { class: "soft" }, ` ${by}`))))),
      f.visibility === "public" ? [el("h2", {}, `Called by clients (${f.clients.length})`), f.clients.length ? f.clients.map((c) => el("div", {}, where(c.place), el("span", { class: "soft" }, ` ${c.by ?? ""}`))) : el("p", { class: "soft" }, "none of this repository that was understood")] : ""];
  },
  reads: () => [el("h2", {}, `Reads without a bound (${project.unbounded_reads.length})`), el("p", { class: "soft" }, "Each loads all rows of a table, however many there are: a function fails beyond 32,000 documents or 16 MiB read."),
    long(project.unbounded_reads, (some) => grid(["Table", "Function", "Place"], some.map((r) => [r.table ? tableLink(r.table) : "?", r.function ? functionLink(r.function) : el("span", { class: "soft" }, "a helper"), where(r.place)])))],
  indexes: () => {
    const unused = unusedIndexes();
    return [el("h2", {}, `Indexes that no query uses (${unused.length})`), el("p", { class: "soft" }, "Every write keeps them up to date. A name that is computed at run time is not seen."),
      grid(["Table", "Index", "Kind", "Fields", "Place"], unused.map(([t, i]) => [tableLink(t.name), el("code", {}, i.name), i.kind, el("code", {}, (i.fields ?? ["?"]).join(", ")), where(i.place)]))];
  },
  schedule: () => [
    el("h2", {}, `Cron jobs (${project.crons.length})`),
    grid(["Job", "Schedule", "Runs", "Place"], project.crons.map((c) => [c.name ?? "?", el("code", {}, `${c.method} ${c.schedule ?? ""}`), c.function ? functionLink(c.function) : "?", where(c.place)])),
    el("h2", {}, `HTTP routes (${project.routes.length})`),
    grid(["Method", "Path", "Runs", "Asked by", "Place"], [...project.routes.map((r) => [el("code", {}, r.method ?? "?"), el("code", {}, routePath(r)), r.function ? functionLink(r.function) : "inline", r.clients.map((c) => el("div", {}, where(c.place))), where(r.place)]),
      ...project.route_registrars.map((r) => ["?", "others", el("code", {}, r.name), "", where(r.place)])])],
};
const routePath = (r) => `${r.path ?? "?"}${r.prefix ? "*" : ""}`;
const unusedIndexes = () => project.tables.flatMap((t) => t.indexes.filter(isUnused).map((i) => [t, i]));
