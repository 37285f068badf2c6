// The findings of a check, where the page has them: filters, code, fixes.
function codeLines(finding) {
  const lines = finding.frame.lines.map((text, i) => {
    const last = i === finding.frame.lines.length - 1, { before, length } = finding.frame;
    return el("div", {}, el("span", { class: "no" }, `${String(finding.frame.first + i).padStart(5)} `), last ? [text.slice(0, before), el("mark", {}, text.slice(before, before + length) || " "), text.slice(before + length)] : text);
  });
  return el("pre", {}, lines);
}
function hunks(way) {
  return way.hunks.map((h) => el("pre", {}, el("div", { class: "no" }, `${h.path}:${h.line}`), h.removed.map((t) => el("div", { class: "del" }, `- ${t}`)), h.added.map((t) => el("div", { class: "ins" }, `+ ${t}`))));
}
function wayOut(kind, way) {
  return el("details", {}, el("summary", {}, tag(kind, kind === "safe fix" ? "ok" : ""), prose(way.title)), way.because ? el("p", { class: "soft" }, `because ${way.because}`) : "", hunks(way));
}
function findingCard(f) {
  return el("article", { class: "finding" },
    el("div", {}, el("code", {}, `${f.path}:${f.line}:${f.column}`), tag(f.level, f.level), link({ view: "findings", rule: f.rule }, f.rule), f.function ? functionLink(f.function) : ""),
    f.frame ? codeLines(f) : "", el("p", {}, el("strong", {}, prose(f.message))), f.help ? el("p", {}, prose(f.help)) : "",
    f.also.length ? el("p", { class: "soft" }, `also from ${f.also.join(", ")}`) : "",
    f.related.map((r) => el("p", { class: "soft" }, el("code", {}, `${r.path}:${r.line}:${r.column}`), " ", prose(r.message))),
    f.fix ? wayOut(f.fix.because ? "unsafe fix" : "safe fix", f.fix) : "", f.suggestions.map((s) => wayOut("suggestion", s)));
}
if (report) views.findings = ({ rule = "", path = "" }) => {
  const conditions = [...["error", "warning", "info"].map((level) => [level, (f) => f.level === level]), ...["security", "failure", "cost", "style"].map((c) => [c, (f) => f.concern === c]), ["fixable", (f) => f.fix !== null]];
  const chosen = report.findings.filter((f) => (!rule || f.rule === rule) && (!path || f.path === path));
  const on = (state.filter ?? "").split(",").filter(Boolean);
  const group = (labels) => { const some = labels.filter((l) => on.includes(l)); return (f) => !some.length || some.some((l) => conditions.find(([k]) => k === l)[1](f)); };
  const tests = [group(["error", "warning", "info"]), group(["security", "failure", "cost", "style"]), group(["fixable"])];
  const found = chosen.filter((f) => tests.every((test) => test(f)));
  const with_ = (more) => { const next = { view: "findings", rule, path, filter: on.join(","), ...more }; return Object.fromEntries(Object.entries(next).filter(([, v]) => v)); };
  const toggled = (label) => (on.includes(label) ? on.filter((x) => x !== label) : [...on, label]).join(",");
  const pick = (key, label, names, now) => el("select", { "aria-label": label, onchange: (event) => go(with_({ [key]: event.target.value })) }, el("option", { value: "" }, `every ${label}`), names.map(([name, words]) => el("option", { value: name, selected: name === now }, words)));
  const about = report.rules.find((r) => r.name === rule), s = report.summary;
  const files = [...new Map(report.findings.map((f) => [f.path, 0])).keys()].map((p) => [p, p]);
  return [el("h2", {}, rule || "Findings"),
    el("div", { class: "tiles" }, [["error", s.errors], ["warning", s.warnings], ["info", s.infos]].map(([level, n]) => tile(n, n === 1 ? level : plural(level), { view: "findings", filter: level }, level)), tile(s.fixable, "with a safe fix", { view: "findings", filter: "fixable" }), tile(s.score, "score of 100", { view: "findings" })),
    el("div", { class: "filters", role: "group", "aria-label": "Filters" }, conditions.map(([label]) => el("button", { type: "button", class: on.includes(label) ? "on" : "", "aria-pressed": String(on.includes(label)), onclick: () => go(with_({ filter: toggled(label) })) }, label)),
      pick("rule", "rule", report.rules.map((r) => [r.name, `${r.name} (${r.count})`]), rule), pick("path", "file", files, path)),
    about ? el("section", { class: "panel" }, el("p", {}, prose(about.summary)), about.why ? el("p", { class: "soft" }, prose(about.why)) : "", about.how ? el("p", {}, prose(about.how)) : "") : "",
    el("p", { class: "soft", role: "status" }, `${count(found.length, "finding")}, the most severe first`),
    found.length ? long(found, (some) => some.map(findingCard), 50) : el("p", {}, report.findings.length ? "No finding matches these filters." : "No problems were found.")];
};
