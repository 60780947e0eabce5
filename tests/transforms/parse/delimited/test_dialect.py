"""A feed of each dialect: the rows it becomes by its facility file, and by a drafted one.

dialect/<name>/ holds the feed as delivered, its facility file as a person wrote it, the expected
rows, and what `igwatch facility new` must ask about it with the answer (`-`: take the line out).
"""

import csv
import json
from pathlib import Path

import pytest

from igwatch.draft import draft_facility
from tests.transforms.parse.delivery import balance, source
from transforms.parse.facility.facility import FacilityError, load_facility
from transforms.parse.source_reader import read_source

DIALECTS = sorted(path for path in Path(__file__).with_name("dialect").iterdir())
SHOWN = {
    "line": "line_number",
    "patient_id": "patient_id",
    "birth_date": "birth_date",
    "collected_at": "collected_at",
    "code": "observation_identifier",
    "name": "observation_text",
    "value": "observation_value",
    "units": "units",
    "range": "references_range",
    "reject": "reason_code",
}


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def feed_of(dialect: Path) -> Path:
    (feed,) = dialect.glob("feed.*")
    return feed


def rows_of(feed: Path, folder: Path) -> list[tuple]:
    """What the feed becomes, in the columns of expected.csv, by line."""
    tables: dict[str, list] = {"observation": [], "reject": [], "source_file": []}
    for table, batch in read_source(source(feed), load_facility(folder, "north")):
        tables[table] += batch.to_pylist()
    n_read, n_placed = balance(tables)
    assert n_read == n_placed
    rows = [*tables["observation"], *tables["reject"]]
    return sorted(tuple(_text(row.get(column)) for column in SHOWN.values()) for row in rows)


def _text(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return text[:16] if text[13:14] == ":" and text.endswith(":00") else text


def expected(dialect: Path) -> list[tuple]:
    return sorted(
        tuple(row[column] for column in SHOWN) for row in csv_rows(dialect / "expected.csv")
    )


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda path: path.name)
def test_a_feed_of_each_dialect_becomes_its_rows(dialect, tmp_path):
    settings = (dialect / "facility.yaml").read_text(encoding="utf-8")
    (tmp_path / "north.yaml").write_text(settings, encoding="utf-8")
    assert rows_of(feed_of(dialect), tmp_path) == expected(dialect)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda path: path.name)
def test_its_drafted_file_reads_it_alike_once_the_questions_are_answered(dialect, tmp_path):
    draft = draft_facility(feed_of(dialect), "north")
    answers = {row["key"]: row["answer"] for row in csv_rows(dialect / "answers.csv")}
    if encoding := answers.pop("encoding", None):  # until it is known the headers are garbled
        assert "encoding" in {question.path for question in draft.questions}
        draft = draft_facility(feed_of(dialect), "north", encoding)
    assert {question.path for question in draft.questions} == {*answers}
    path = tmp_path / "north.yaml"
    path.write_text(draft.yaml(), encoding="utf-8")
    with pytest.raises(FacilityError, match="not answered yet"):
        load_facility(tmp_path, "north")
    path.write_text(_answered(draft.yaml(), draft.questions, answers), encoding="utf-8")
    assert rows_of(feed_of(dialect), tmp_path) == expected(dialect)


def _answered(text: str, questions, answers: dict[str, str]) -> str:
    """The file as a person at an editor would leave it: each "?" in turn replaced."""
    lines = text.splitlines()
    open_lines = [i for i, line in enumerate(lines) if ': "?"' in line and "QUESTION" in line]
    for i, question in zip(open_lines, questions, strict=True):
        answer = answers[question.path]
        kept = lines[i].replace('"?"', json.dumps(answer, ensure_ascii=False), 1)
        lines[i] = "" if answer == "-" else kept
    return "\n".join(lines)


def test_a_draft_names_no_patient_and_no_result():
    """Of what stands in a patient's, a date's or a value's cell, nothing is in any draft."""
    for dialect in DIALECTS:
        text = draft_facility(feed_of(dialect), "north").yaml()
        for row in csv_rows(dialect / "expected.csv"):
            identifying = [row["patient_id"], row["birth_date"], row["collected_at"][:10]]
            shown = [cell for cell in identifying if len(cell) > 3 and cell in text]
            assert not shown, dialect.name
