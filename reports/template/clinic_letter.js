
// A letter is printed alone: it is laid beside the page, and the page is left out of that print
const paper = document.createElement("pre");
paper.id = "paper";
document.body.append(paper);

function offerPrint(letter) {
  if (letter.querySelector("button")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Print this letter";
  button.addEventListener("click", () => {
    paper.textContent = letter.querySelector("pre").textContent;
    document.body.classList.add("one-letter");
    print();
  });
  letter.append(button);
}

document.addEventListener("toggle", ({target}) => {
  if (target.open && target.matches("details.letter")) offerPrint(target);
}, true);
addEventListener("afterprint", () => document.body.classList.remove("one-letter"));
