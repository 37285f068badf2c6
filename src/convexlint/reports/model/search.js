// One search over everything. Each entry: its kind, its name, what else it is known by, and its address.
const KINDS = ["table", "function", "index", "field", "cron", "route", "finding"];
let entries = null;
function everything() {
  const found = [];
  for (const t of project.tables) {
    found.push(["table", t.name, count(t.fields.length, "field"), { view: "table", name: t.name }]);
    for (const f of t.fields) found.push(["field", `${t.name}.${f.name}`, f.type, { view: "table", name: t.name }]);
    for (const i of t.indexes) found.push(["index", `${t.name}.${i.name}`, (i.fields ?? ["?"]).join(", "), { view: "table", name: t.name }]);
  }
  for (const f of project.functions) if (f.path) found.push(["function", f.path, `${f.visibility ?? ""} ${f.kind}`, { view: "function", name: f.path }]);
  for (const c of project.crons) found.push(["cron", c.name ?? c.method, `${c.schedule ?? ""} ${c.function ?? ""}`, c.function && byFunction.has(c.function) ? { view: "function", name: c.function } : { view: "schedule" }]);
  for (const r of project.routes) found.push(["route", routePath(r), `${r.method ?? ""} ${r.function ?? ""}`, r.function && byFunction.has(r.function) ? { view: "function", name: r.function } : { view: "schedule" }]);
  for (const rule of report?.rules ?? []) found.push(["finding", rule.name, count(rule.count, "finding"), { view: "findings", rule: rule.name }]);
  return found.map(([kind, name, more, next]) => ({ kind, name, more, next, low: name.toLowerCase(), rest: more.toLowerCase() }));
}
// 0 the name itself, 1 its end (a field of a table), 2 a beginning of a word, 3 inside, 4 elsewhere; -1 no match.
function rankOf(entry, query) {
  const at = entry.low.indexOf(query);
  if (at < 0) return entry.rest.includes(query) ? 4 : -1;
  if (entry.low === query) return 0;
  const before = entry.name[at - 1] ?? ".", begins = !/[a-z0-9]/i.test(before) || /[a-z0-9][A-Z]/.test(entry.name.slice(at - 1, at + 1));
  if (begins && at + query.length === entry.low.length) return 1;
  return begins ? 2 : 3;
}
function matching(query) {
  entries ??= everything();
  return entries.map((entry) => [rankOf(entry, query), entry]).filter(([rank]) => rank >= 0)
    .sort(([a, x], [b, y]) => a - b || KINDS.indexOf(x.kind) - KINDS.indexOf(y.kind) || x.low.length - y.low.length || (x.low < y.low ? -1 : 1)).map(([, entry]) => entry);
}
function marked(text, query) {
  const at = text.toLowerCase().indexOf(query);
  return at < 0 ? text : [text.slice(0, at), el("mark", {}, text.slice(at, at + query.length)), text.slice(at + query.length)];
}
views.search = ({ q = "", kind = "" }) => {
  const query = q.trim().toLowerCase();
  if (!query) return views.overview();
  const found = matching(query), of = (k) => found.filter((e) => e.kind === k);
  const kinds = KINDS.filter((k) => of(k).length), shown = kind ? of(kind) : found;
  if (!found.length) return [el("h2", { role: "status" }, `Nothing matches “${q.trim()}”`), el("p", { class: "soft" }, "The search looks at names of tables, fields, indexes, functions, cron jobs and routes, and at types, schedules and kinds.")];
  return [el("h2", { role: "status" }, `${count(found.length, "result")} for “${q.trim()}”`),
    el("div", { class: "filters" }, [["", `all ${found.length}`], ...kinds.map((k) => [k, count(of(k).length, k)])].map(([k, words]) => el("button", { type: "button", class: k === kind ? "on" : "", onclick: () => go({ view: "search", q, ...(k ? { kind: k } : {}) }) }, words))),
    long(shown, (some) => el("ul", { class: "results" }, some.map((e, i) => el("li", {}, el("a", { href: address(e.next), class: i ? "" : "on" },
      el("span", { class: "kind" }, e.kind), el("code", { class: "what" }, marked(e.name, query)), el("span", { class: "soft" }, clip(e.more, 80)))))), 60)];
};
// The arrows move through the results, Enter opens the one that is lit.
function moveResult(step) {
  const all = [...main.querySelectorAll(".results a")], at = all.findIndex((a) => a.classList.contains("on"));
  if (!all.length) return;
  all[Math.max(at, 0)].classList.remove("on");
  const next = all[(at + step + all.length) % all.length];
  next.classList.add("on");
  next.scrollIntoView({ block: "nearest" });
}
const openResult = () => main.querySelector(".results a.on")?.click();
