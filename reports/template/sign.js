// Answers marked on the page, and the sign-off made of them. They live in this page alone: nothing
// is stored, nothing is sent, the file goes to the browser's own download, to be signed there.
const save = document.getElementById("save");
const answers = new Map();
let kept = "";

function mark(row) {
  const answer = row.querySelector("[type=radio]:checked").value;
  const comment = row.querySelector("[name=comment]").value.trim();
  if (answer) answers.set(row, {answer, comment, at: isoNow()});
  else answers.delete(row);
  row.querySelector(".mine").textContent = answer ? `you: ${answer}` : "";
  tell();
}

function tell() {
  const left = document.querySelectorAll(".row").length - answers.size;
  save.elements.said.value = `${answers.size} answered, ${left} not`
    + (answers.size ? (isSaved() ? "; saved" : "; not saved yet") : "");
}

function table() {
  const head = ["rule_set", "rule_version", "kind", "item", "sha256", "answer", "comment", "signer", "signed_at"];
  const signer = save.elements.signer.value.trim();
  const rows = Array.from(answers, ([row, {answer, comment, at}]) =>
    [save.dataset.set, save.dataset.version, row.dataset.kind, row.dataset.item, row.dataset.sha256,
      answer, comment, signer, at]);
  return csv([head, ...rows]);
}

function isSaved() {
  return kept !== "" && kept === table();
}

function download(text) {
  return offer(text, `signoff-${save.dataset.version.replace(/[^\w.]+/g, "-")}`, "");
}

save.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!answers.size) return tell();
  kept = table();
  save.elements.said.value = `${answers.size} answers saved as ${download(kept)}: sign this file as it is`;
});
save.addEventListener("input", tell);
document.addEventListener("input", ({target}) => {
  const row = target.closest(".row");
  if (row) mark(row);
});
addEventListener("beforeunload", (event) => {
  if (answers.size && !isSaved()) event.preventDefault();
});
