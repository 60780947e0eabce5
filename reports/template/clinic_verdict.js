
// Verdicts marked on the page, and the reviews file made of them. They live in this page alone:
// nothing is stored, nothing is sent, the file goes to the browser's own download.
const save = document.getElementById("save");
const blank = document.getElementById("verdict").content.firstElementChild;
const marks = new Map();
let kept = "";

function offerVerdict(patient) {
  if (!patient.dataset.p) return;
  for (const flag of patient.querySelectorAll(".flag")) {
    if (flag.querySelector(".verdict")) continue;
    const box = blank.cloneNode(true);
    for (const radio of box.querySelectorAll("[type=radio]")) radio.name = `${patient.id} ${flag.dataset.rule}`;
    flag.append(box);
  }
}

function mark(box) {
  const verdict = box.querySelector("[type=radio]:checked").value;
  const note = box.querySelector("[name=note]").value.trim();
  const diagnosis = box.querySelector("[name=diagnosis]").value.trim();
  const isOfAll = box.querySelector("[type=checkbox]").checked;
  const flag = box.parentNode;
  const patient = flag.closest("details.p");
  if (verdict || note || diagnosis) marks.set(flag, {patient, verdict, note, diagnosis, isOfAll, at: isoNow()});
  else marks.delete(flag);
  chip(patient);
  tell();
}

// These set a patient aside or end an alarm: igwatch refuses them without a reason in the note
const WITH_REASON = new Set(["dismissed", "seen"]);

function isBare(one) {
  return WITH_REASON.has(one.verdict) && !one.note;
}

// What is marked shows on the patient's line, closed or open
function chip(patient) {
  const said = Array.from(marks.values(), (one) => one.patient === patient && one.verdict)
    .filter(Boolean).map((verdict) => verdict.replaceAll("_", " "));
  let shown = patient.querySelector(".mine");
  if (!shown) {
    shown = document.createElement("small");
    shown.className = "mine";
    patient.querySelector("summary > div:nth-child(2)").append(shown);
  }
  shown.textContent = said.length ? `you: ${said.join(", ")}` : "";
}

function judged() {
  return Array.from(marks).filter(([, one]) => one.verdict && !isBare(one));
}

function count(n, what) {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function tell() {
  const unreasoned = Array.from(marks.values()).filter(isBare).length;
  const bare = marks.size - judged().length - unreasoned;
  save.hidden = !marks.size;
  save.elements.said.value = count(judged().length, "verdict")
    + (isSaved() ? " saved" : " not saved yet")
    + (unreasoned ? `; ${count(unreasoned, "verdict")} will not be saved before a note says why` : "")
    + (bare ? `; ${count(bare, "note")} without a verdict will not be saved` : "");
}

function table() {
  const head = ["patient_id", "assigning_authority", "rule_id", "verdict", "diagnosis", "reviewer", "reviewed_at", "note"];
  const reviewer = save.elements.reviewer.value.trim();
  const rows = judged().map(([flag, {patient, verdict, note, diagnosis, isOfAll, at}]) =>
    [...JSON.parse(patient.dataset.p), isOfAll ? "*" : flag.dataset.rule, verdict, diagnosis, reviewer, at, note]);
  return csv([head, ...rows]);
}

function isSaved() {
  return kept !== "" && kept === table();
}

function download(text) {
  return offer(text, `reviews-${save.dataset.stem}`);
}

save.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!judged().length) return tell();
  kept = table();
  save.elements.said.value = `${count(judged().length, "verdict")} saved as ${download(kept)}: `
    + "hand this file to the data team, the next night reads it";
});
save.addEventListener("input", tell);
document.addEventListener("input", ({target}) => {
  const box = target.closest(".verdict");
  if (box) mark(box);
});
document.addEventListener("toggle", ({target}) => {
  if (target.open && target.matches("details.p")) offerVerdict(target);
}, true);
addEventListener("beforeunload", (event) => {
  if (judged().length && !isSaved()) event.preventDefault();
});
