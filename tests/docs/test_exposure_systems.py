"""The page of coding systems says how many rows there are, of which source: those of the CSVs."""

from collections import Counter

from igwatch.base.paths import ROOT
from transforms.knowledge import load_knowledge

PAGE = ROOT / "docs" / "exposure_systems.md"
HEADINGS = ("system", "words", "rows", "equivalents", "of", "sources")
BY_NAME = "NAME"


def rows(table: str) -> list[dict]:
    return load_knowledge()[table].to_pylist()


def lines() -> list[tuple[str, ...]]:
    """A line of the table for each system: its words, rows, equivalents, their system, sources."""
    words = Counter(row["code_system"] for row in rows("exposure_system"))
    asked, equivalent = rows("exposure"), rows("exposure_equivalent")
    systems = {row["code_system"] for row in asked + equivalent if row["code_system"]}
    found = []
    for system in sorted(systems | set(words) - {BY_NAME}):
        own = [row for row in asked if row["code_system"] == system]
        other = [row for row in equivalent if row["code_system"] == system]
        targets = sorted({row["target_code_system"] for row in other})
        counts = (words[system], len(own), len(other))
        found.append(
            (system, *(str(n or "") for n in counts), ", ".join(targets), sources([*own, *other]))
        )
    return found


def names() -> tuple[str, str, str]:
    """How many words stand for a system that is read by name, how many names, and their sources."""
    by_name = [row for row in rows("exposure_system") if row["code_system"] == BY_NAME]
    told = rows("exposure_name")
    return str(len(by_name)), f"{len(told):,}", sources(told)


def sources(of: list[dict]) -> str:
    return ", ".join(source for source, _ in Counter(row["source_id"] for row in of).most_common())


def test_the_table_is_that_of_the_files():
    text = PAGE.read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert [tuple(cell.strip() for cell in line[1:-1].split("|")) for line in table] == lines()


def test_what_is_read_by_name_is_that_of_the_files():
    text = PAGE.read_text(encoding="utf-8").replace("\n", " ")
    n_words, n_names, of = names()
    assert f"{n_words} names of the system, and {n_names} names of drugs and diagnoses" in text
    assert f"Sources: {of}." in text
