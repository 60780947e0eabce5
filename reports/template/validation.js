// Answers marked on the forms, and the file made of them. They live in this page alone: nothing is
// stored, nothing is sent, the file goes to the browser's own download.
const save = document.getElementById("save");
const answers = new Map();
let kept = "";

function isoNow() {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function mark(box) {
  const answer = box.querySelector("[type=radio]:checked")?.value;
  const note = box.querySelector("[name=note]").value.trim();
  if (answer) answers.set(box, {answer, note, at: isoNow()});
  const form = box.closest(".form");
  const said = Array.from(form.querySelectorAll("[type=radio]:checked"), (one) => one.value);
  form.querySelector(".mine").textContent = said.length ? `you: ${said.join(", ")}` : "";
  tell();
}

function tell() {
  const left = document.querySelectorAll(".answer").length - answers.size;
  save.elements.said.value = `${answers.size} answered, ${left} not`
    + (answers.size ? (isSaved() ? "; saved" : "; not saved yet") : "");
}

// A spreadsheet would compute these
const FORMULA = /^'*(?:[\t\r]|[ \n\v\f]*[=+\-@＝＋－＠])/;

function cell(text) {
  return `"${((FORMULA.test(text) ? "'" : "") + text).replaceAll('"', '""')}"`;
}

function table() {
  const head = ["draw", "form", "rule_id", "answer", "reader", "answered_at", "note"];
  const reader = save.elements.reader.value.trim();
  const rows = Array.from(answers, ([box, {answer, note, at}]) =>
    [save.dataset.draw, box.dataset.form, box.dataset.rule, answer, reader, at, note]);
  return [head, ...rows].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

function isSaved() {
  return kept !== "" && kept === table();
}

function download(text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], {type: "text/csv"}));
  link.download = `${save.dataset.draw}-${isoNow().replace(/\D/g, "")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return link.download;
}

save.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!answers.size) return tell();
  kept = table();
  save.elements.said.value = `${answers.size} answers saved as ${download(kept)}: hand this file to the data team`;
});
save.addEventListener("input", tell);
document.addEventListener("input", ({target}) => {
  const box = target.closest(".answer");
  if (box) mark(box);
});
addEventListener("beforeunload", (event) => {
  if (answers.size && !isSaved()) event.preventDefault();
});
