"""Every command that a page shows is one that there is, with arguments and options it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
import typer

from igwatch.command import app
from tests.docs.page import ROOT, Page, commands_of, pages

# what happened once is told in the words of its day
HISTORY = {"CHANGELOG.md"}
PAGES = [page for page in pages() if page.name not in HISTORY]
# the words in capitals that stand for something
STANDS_FOR = {
    "FILE": "README.md",
    "first.csv": "README.md",
    "DATE": "2024-01-31",
    "D": "2024-01-31",
    "TIME": "2024-02-01T06:00",
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z0-9-]+):.*## ", MAKEFILE, re.MULTILINE))
WRONG_USAGE = typer.BadParameter.__base__  # of an unknown option as well
COMMAND = typer.main.get_command(app)
each_page = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


def fault(words: list[str], is_whole: bool) -> str | None:
    """What igwatch says of a command line, None where it takes it.

    In a sentence a command may stand without the arguments that it needs.
    """
    command, left = COMMAND, [STANDS_FOR.get(word, word) for word in words]
    while left and (below := getattr(command, "commands", {})):
        if left[0] not in below:
            return None if left[0].startswith("-") else f"no command {left[0]}"
        command = below[left.pop(0)]
    if getattr(command, "commands", {}):
        return None
    try:
        command.make_context("igwatch", left)
    except WRONG_USAGE as error:
        is_short = type(error).__name__ == "MissingParameter"
        return None if is_short and not is_whole else error.format_message()
    return None


def shown(page: Page, name: str) -> Iterator[tuple[list[str], bool]]:
    """The arguments of each command of this name that the page shows."""
    for (program, *words), is_whole in page.commands():
        if program.rsplit("/", 1)[-1] == name:
            yield words, is_whole


@each_page
def test_igwatch_takes_every_command_line(page: Page):
    told = {" ".join(words): fault(words, is_whole) for words, is_whole in shown(page, "igwatch")}
    assert {line: text for line, text in told.items() if text} == {}


@each_page
def test_make_has_every_target_and_variable(page: Page):
    for words, _ in shown(page, "make"):
        for word in words:
            variable, is_set, _ = word.partition("=")
            known = re.search(rf"\b{variable}\b", MAKEFILE) if is_set else word in TARGETS
            assert known, f"make {word}"


@each_page
def test_python_finds_every_module(page: Page):
    for program in ("python", "python3"):
        for words, _ in shown(page, program):
            if words[:1] == ["-m"]:
                assert find_spec(words[1]), words


@each_page
def test_pytest_finds_every_file(page: Page):
    named = [words for words, _ in shown(page, "pytest")]
    named += [words[2:] for words, _ in shown(page, "python") if words[:2] == ["-m", "pytest"]]
    for words in named:
        assert all((ROOT / word).exists() for word in words if word.startswith("tests"))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("igwatch run --home /srv/igwatch --as-of 2026-11-20", None),
        ("igwatch", None),
        ("igwatch rnu", "no command rnu"),
        ("igwatch quarantine lits", "no command lits"),
        ("igwatch run --hmoe /srv", "hmoe"),
        ("igwatch release north south", "south"),
        ("igwatch preview no-such-file.csv --facility north", "does not exist"),
        ("igwatch facility new", "Missing"),
    ],
)
def test_a_command_line_that_is_not_taken_is_seen(line: str, what: str | None):
    ((_, *words),) = commands_of(line)
    told = fault(words, is_whole=True)
    assert (told is None) if what is None else (what in (told or ""))


def test_a_line_of_a_shell_is_cut_at_its_operators():
    line = "A=1 igwatch run || test $? -eq 3; make up WORKERS=2 # once > igwatch.log"
    assert commands_of(line) == [
        ["igwatch", "run"],
        ["test", "$?", "-eq", "3"],
        ["make", "up", "WORKERS=2"],
    ]
