"use strict";
const form = document.getElementById("filter");
const field = form.elements;
const rows = Array.from(document.querySelectorAll("details.p"), (node, order) => ({
  node, order, list: node.parentNode, data: node.dataset, text: "",
}));
const parts = Array.from(document.querySelectorAll(".part[id]"));

function text(row) {
  return row.text ||= row.node.firstElementChild.textContent.toLowerCase();
}

// Whose age is not known is never hidden by an age
function isOfAge({a}) {
  const {from, to} = field;
  return a === undefined
    || (!from.value || Number(a) >= Number(from.value)) && (!to.value || Number(a) <= Number(to.value));
}

function fits(row, words) {
  const {r, s, f} = row.data;
  return (!field.rule.value || r.split(" ").includes(field.rule.value))
    && (!field.state.value || s.split(" ").includes(field.state.value))
    && (!field.facility.value || f === field.facility.value)
    && isOfAge(row.data)
    && (!field.new.checked || "n" in row.data)
    && words.every((word) => text(row).includes(word));
}

function show() {
  const words = field.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    row.node.hidden = !fits(row, words);
    shown += !row.node.hidden;
  }
  const all = shown === rows.length;
  for (const part of parts) {
    const left = part.querySelectorAll("details.p:not([hidden])").length;
    part.hidden = !left;
    if (part.tagName === "DETAILS") part.open = !all && left > 0;
  }
  field.shown.value = all ? `${shown} patients` : `${shown} of ${rows.length} patients`;
}

const LAST = "\uffff";
const key = {
  "": (row) => row.order,
  next: (row) => row.data.d || LAST,
  changed: (row) => -Date.parse(row.data.c || 0),
  igm: (row) => Number(row.data.m ?? Infinity),
  id: text,
};

function sort() {
  const of = key[field.sort.value];
  const keyed = rows.map((row) => [of(row), row]);
  keyed.sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x.order - y.order);
  for (const [, row] of keyed) row.list.append(row.node);
}

function openShown() {
  const some = rows.some((row) => !row.node.hidden && !row.node.open);
  for (const row of rows) if (!row.node.hidden) row.node.open = some;
  field.open.textContent = some ? "Close all" : "Open all";
}

function follow() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  target.scrollIntoView();
}

// A link may carry a filter (#state=repeat_overdue&rule=...); what is typed is never put into it,
// because an address ends up in a history
const given = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
for (const [name, value] of given) {
  if (field[name]?.type === "checkbox") field[name].checked = value === "1";
  else if (field[name]) field[name].value = value;
}
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => event.target === field.sort ? sort() : show());
field.open.addEventListener("click", openShown);
addEventListener("hashchange", follow);
if (field.sort.value) sort();
show();
follow();
