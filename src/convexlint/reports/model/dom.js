"use strict";
// Making nodes, links and addresses. All text goes in as text nodes: nothing that a project holds is read as markup.
const dataOf = (id) => JSON.parse(document.getElementById(id).textContent);
const projects = dataOf("data");
const report = dataOf("report");
const main = document.getElementById("main");
let project, byTable, byFunction, callersOf;
let state = { view: "overview" };

const flat = (children) => children.flat(9).filter((c) => c !== null && c !== undefined && c !== false && c !== "");
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false && value !== undefined) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...flat(children));
  return node;
}
function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...flat(children));
  return node;
}
const plural = (word) => (/[^aeiou]y$/.test(word) ? word.slice(0, -1) + "ies" : word + (/(s|x|ch)$/.test(word) ? "es" : "s"));
const count = (n, word) => `${n} ${n === 1 ? word : word.includes(" ") ? word.replace(/^\S+/, plural) : plural(word)}`;
const clip = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);
const where = (place) => (place ? el("code", { class: "soft" }, `${place.path}:${place.line}:${place.column}`) : "");
const address = (next) => "#" + new URLSearchParams({ ...(projects.length > 1 ? { project: project.functions_dir } : {}), ...next });
const go = (next) => { location.hash = address(next); };
const link = (next, ...children) => el("a", { href: address(next) }, children);
const tableLink = (name) => (byTable.has(name) ? el("a", { class: "mono", href: address({ view: "table", name }) }, name) : el("code", {}, name));
const functionLink = (path) => (byFunction.has(path) ? el("a", { class: "mono", href: address({ view: "function", name: path }) }, path) : el("code", {}, path));
// Text with `code` in it.
const prose = (text) => text.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));
const joined = (nodes) => nodes.flatMap((n, i) => (i ? [", ", n] : [n]));
const tag = (text, kind = "", title = null) => el("span", { class: `tag ${kind}`, title }, text);
const legend = (...entries) => el("ul", { class: "legend", "aria-label": "Legend" }, entries.map((entry) => el("li", {}, entry)));

// A table whose cells know their column, so that a narrow screen can show each row as a card.
function grid(columns, rows) {
  if (!rows.length) return el("p", { class: "soft" }, "None.");
  return el("div", { class: "table" }, el("table", {}, el("thead", {}, el("tr", {}, columns.map((c) => el("th", { scope: "col" }, c)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, i) => el("td", { "data-label": columns[i] || null }, cell)))))));
}

// The first rows at once, the rest when asked: a page with thousands of rows would be slow to open.
function long(items, draw, size = 200) {
  const box = el("div", {});
  let shown = size;
  const fill = () => {
    box.replaceChildren(...flat([draw(items.slice(0, shown))]));
    if (items.length > shown) box.append(el("p", {}, el("button", { type: "button", onclick: () => { shown += size * 4; fill(); } }, `Show more (${items.length - shown} left)`)));
  };
  fill();
  return box;
}
