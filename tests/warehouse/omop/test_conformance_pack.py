"""The conformance pack's OMOP rows through the Circe expressions: scored, each failure explained.

circepy answers; that duckcdm finds the same people is for test_phenotype.py to show.
"""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from igwatch.conformance.answer import read_answers
from igwatch.conformance.omop_format import omop_files
from igwatch.conformance.pack_cases import pack_cases
from igwatch.conformance.question import IN, OUT
from igwatch.conformance.score import MISSING, RIGHT, WRONG, judge
from tests.warehouse.omop.engine import cohort, statements
from warehouse.omop.column import cdm_tables

PHENOTYPES = {
    "selective_igm_deficiency": "isolated_low_igm_repeated",
    "hyper_igm": "hyper_igm_pattern_repeated",
}
EXPLAINED = Path(__file__).with_name("pack_difference.csv")
PAGE = Path(__file__).resolve().parents[3] / "docs" / "conformance.md"


def explained() -> list[dict[str, str]]:
    with EXPLAINED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def omop(tmp_path_factory) -> Path:
    """A DuckDB file with the pack's tables, by the model's own types."""
    folder = tmp_path_factory.mktemp("pack")
    with duckdb.connect(str(folder / "cdm.duckdb")) as con:
        for name, text in omop_files(pack_cases()):
            (folder / name).write_text(text)
            columns = ", ".join(
                f"{column.name} {column.duckdb_type}" for column in cdm_tables()[Path(name).stem]
            )
            con.execute(f"CREATE TABLE {Path(name).stem} ({columns})")
            con.execute(f"COPY {Path(name).stem} FROM '{folder / name}' (FORMAT csv, HEADER)")
    return folder / "cdm.duckdb"


@pytest.fixture(scope="module")
def answers(omop, tmp_path_factory) -> Path:
    """A file of answers: for each person and rule whether the engine's cohort holds them."""
    path = tmp_path_factory.mktemp("answers") / "answers.csv"
    lines = ["case_id,rule,state"]
    for rule, phenotype in PHENOTYPES.items():
        people = {person for person, _ in cohort(omop, statements("circepy", phenotype))}
        lines += [
            f"{case.case_id},{rule},{IN if case.number in people else OUT}"
            for case in pack_cases()
            if "omop" in case.formats
        ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.heavy
def test_every_failure_has_its_reason_and_every_reason_a_failure(answers, capsys):
    judged = judge(read_answers(answers), "omop", is_cohort=True)
    failed = {(*j.question.key, j.said) for j in judged if j.verdict != RIGHT}
    right_in = sum(j.verdict == RIGHT and j.said == IN for j in judged)
    with capsys.disabled():
        told = f"{len(judged) - len(failed):,} of {len(judged):,} right, {right_in} of them in"
        print(f"\n{told}")
    assert told in PAGE.read_text(encoding="utf-8")
    assert failed == {(row["case_id"], row["rule"], row["said"]) for row in explained()}
    assert right_in > len(failed)
    assert {j.verdict for j in judged} == {RIGHT, WRONG}


@pytest.mark.heavy
def test_what_omop_cannot_say_is_missing_from_a_reader_of_all(answers):
    judged = judge(read_answers(answers), is_cohort=True)
    missing = [j.question.case for j in judged if j.verdict == MISSING]
    assert missing
    assert all("omop" in case.unsaid for case in missing)


def test_every_reason_stands_on_the_page():
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert {row["reason"] for row in explained() if row["reason"] not in page} == set()
