"""The pages of this project as data: boxes, code words, links and the commands they show."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    *("benchmarks", "dags", "deploy", "docs", "expectations", "igwatch", "reports"),
    *("samples", "tests", "transforms", "warehouse"),
)
BOX = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)
ROW = re.compile(r"^\|(.+)\|\s*$", re.MULTILINE)
OPTIONAL_WORDS = re.compile(r"\[(--[^\]]*)\]")
HERE_DOCUMENT = re.compile(r"<<'?(\w+)'?.*?^\1$", re.MULTILINE | re.DOTALL)
OPERATORS = frozenset("();<>|&") | {"&&", "||", ">>", "<<", ");"}


@dataclass(frozen=True)
class Page:
    """One Markdown file of the project."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The page without its boxes."""
        return BOX.sub("", self.text)

    def boxes(self, *languages: str) -> list[str]:
        """What stands between fences that name one of these languages ("" for none)."""
        return [text for language, text in BOX.findall(self.text) if language in languages]

    def spans(self) -> list[str]:
        """What stands between backticks in the prose."""
        return SPAN.findall(self.prose)

    def links(self) -> list[str]:
        return LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """The headings as GitHub names them in an address."""
        return {anchor(heading) for heading in HEADING.findall(self.prose)}

    def section(self, heading: str) -> Page:
        """The part below a heading, up to the next of its rank or above."""
        begin = re.search(rf"^(#+) {re.escape(heading)}$", self.text, re.MULTILINE)
        assert begin, f"{self.name} has no heading {heading!r}"
        below = self.text[begin.end() :]
        return _Part(self.path, re.split(rf"^#{{1,{len(begin[1])}}} ", below, flags=re.M)[0])

    def tables(self) -> list[list[list[str]]]:
        """Each table as rows of cells, without the line below its head."""
        tables: list[list[list[str]]] = []
        lines = self.prose.splitlines()
        for before, line in zip(["", *lines], lines, strict=False):
            if ROW.match(line):
                if not ROW.match(before):
                    tables.append([])
                tables[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        return [[table[0], *table[2:]] for table in tables]

    def commands(self) -> list[tuple[list[str], bool]]:
        """Each command shown as its words, and whether it stands in a box, so that it is whole."""
        boxed = [HERE_DOCUMENT.sub("", box) for box in self.boxes("", "sh")]
        lines = [line for box in boxed for line in box.replace("\\\n", " ").splitlines()]
        shown = [(words, True) for line in lines for words in commands_of(line)]
        return shown + [(words, False) for span in self.spans() for words in commands_of(span)]


class _Part(Page):
    """Some lines of a page."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(path)
        self.__dict__["text"] = text


def anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def commands_of(line: str) -> list[list[str]]:
    """The commands of one line of a shell, cut at its operators; none where it is no shell."""
    lexer = shlex.shlex(OPTIONAL_WORDS.sub(r"\1", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word in OPERATORS:
                commands.append([])
            elif commands[-1] or not re.match(r"\w+=", word):
                commands[-1].append(word)
    except ValueError:  # prose with one apostrophe is no line of a shell
        return []
    return [words for words in commands if words]


def pages() -> list[Page]:
    """Every page that is part of the project, whoever wrote it."""
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md")]
    return [Page(path) for path in sorted([*ROOT.glob("*.md"), *below])]


def page(name: str) -> Page:
    return Page(ROOT / name)
