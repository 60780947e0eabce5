// What a person marked on a page, as a CSV file of the browser's own download. Nothing is sent.
function isoNow() {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

// A spreadsheet would compute these: an apostrophe stops it, and igwatch takes it off again
const FORMULA = /^'*(?:[\t\r]|[ \n\v\f]*[=+\-@＝＋－＠])/;

function cell(text) {
  return `"${((FORMULA.test(text) ? "'" : "") + text).replaceAll('"', '""')}"`;
}

function csv(lines) {
  return lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

// Offers the text under a name that ends with the time; `mark` tells a spreadsheet that it is UTF-8.
function offer(text, stem, mark = "\ufeff") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([mark, text], {type: "text/csv"}));
  link.download = `${stem}-${isoNow().replace(/\D/g, "")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return link.download;
}
