// Answers marked on the forms, and the file made of them. They live in this page alone: nothing is
// stored, nothing is sent, the file goes to the browser's own download.
const save = document.getElementById("save");
const answers = new Map();
let kept = "";

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

function table() {
  const head = ["draw", "form", "rule_id", "answer", "reader", "answered_at", "note"];
  const reader = save.elements.reader.value.trim();
  const rows = Array.from(answers, ([box, {answer, note, at}]) =>
    [save.dataset.draw, box.dataset.form, box.dataset.rule, answer, reader, at, note]);
  return csv([head, ...rows]);
}

function isSaved() {
  return kept !== "" && kept === table();
}

function download(text) {
  return offer(text, save.dataset.draw);
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
