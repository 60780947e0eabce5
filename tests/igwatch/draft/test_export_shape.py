"""`igwatch facility new --like`: each header list of knowledge/export_shape.csv, proved by a sample."""

import pytest

from benchmarks.export_shapes import FILES, drawn, headers_of, of_its_kind, steps
from igwatch.base.knowledge import knowledge_rows
from igwatch.base.paths import ROOT
from igwatch.draft import DraftError, draft_facility
from igwatch.draft.export_shape import shapes
from igwatch.draft.tried import supposed
from tests.transforms.parse.delivery import source
from transforms.parse.facility.facility import load_facility
from transforms.parse.source_reader import read_source


def drafted(tmp_path, name: str, text: str, like: str | None):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path, draft_facility(path, "north", None, like)


def columns_stated(draft) -> dict[str, str]:
    return {column.header: column.guess for column in draft.columns if column.guess != "not read"}


@pytest.mark.parametrize(("shape", "file"), FILES)
def test_every_list_is_proved_and_its_file_read(tmp_path, shape, file):
    path, draft = drafted(tmp_path, f"{file}.csv", drawn(shape, file), shape)
    assert f"{shape} {file}, as stated" in draft.remarks[0]
    expected = {header: name for header, name in headers_of(shape, file).items() if name}
    assert columns_stated(draft).items() >= expected.items()
    (tmp_path / "north.yaml").write_text(supposed(draft).yaml(), encoding="utf-8")
    tables: dict[str, int] = {}
    for table, batch in read_source(source(path), load_facility(tmp_path, "north")):
        tables[table] = tables.get(table, 0) + batch.num_rows
    assert tables.get("reject", 0) == 0
    assert 2 in (tables.get(table) for table in ("observation", "exposure", "patient"))


def test_the_shapes_are_those_that_the_help_names():
    named = "cerner epic i2b2 meditech mimic omop openmrs pcornet redcap synthea tuva winpath"
    assert shapes() == named.split()


def test_an_export_is_known_by_its_headers_and_its_system_is_asked(tmp_path):
    _, draft = drafted(tmp_path, "medications.csv", drawn("synthea", "medications"), None)
    assert draft.remarks[0].startswith("synthea medications, by its headers: 5 columns proved")
    asked = {question.path: question.choices for question in draft.questions}
    assert asked["exposure_event.medication"][0] == "ordered"
    assert asked["exposure_system.medication"][0] == "RXNORM"


def test_a_header_that_is_not_there_or_does_not_fit_is_told_and_not_mapped(tmp_path):
    text = drawn("mimic", "prescriptions", start_date=("soon", "later")).replace("stoptime", "x")
    _, draft = drafted(tmp_path, "prescriptions.csv", text, "mimic")
    assert not {s.path for s in draft.settings} & {"columns.start_date", "columns.end_date"}
    assert "stoptime or enddate of mimic prescriptions (end_date) is not there." in draft.remarks
    told = [line for line in draft.remarks if line.startswith("starttime is start_date in mimic")]
    assert told == [
        "starttime is start_date in mimic prescriptions, but here 2 filled, 2 different texts: "
        "not mapped."
    ]


def test_another_export_than_stated_is_told(tmp_path):
    _, draft = drafted(tmp_path, "x.csv", "MRN,Collected,Test,Result\nA,2024-01-31,IgM,1\n", "omop")
    assert draft.remarks[0] == "LIKE omop: no file of it has these headers; drafted without it."


def test_facts_and_results_of_one_table_are_told_apart_by_their_cells(tmp_path):
    empty = dict.fromkeys(("value", "units", "abnormal_flag"), ("", ""))
    facts = drawn("i2b2", "observation_fact_labs", **empty)
    _, draft = drafted(tmp_path, "facts.csv", facts, "i2b2")
    assert "of exposures" in draft.seen
    _, draft = drafted(tmp_path, "facts.csv", drawn("i2b2", "observation_fact_labs"), "i2b2")
    assert "of results" in draft.seen


def test_the_page_of_exports_shows_every_list_with_its_headers():
    text = (ROOT / "docs" / "exposure_exports.md").read_text(encoding="utf-8")
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines()}
    shown = ("code", "code_system", "start_date", "end_date", "days_supply", "status", "certainty")
    kinds = {(r["shape"], r["file"]) for r in knowledge_rows("export_shape") if r["key"] == "kind"}
    for shape, file in kinds | {("i2b2", "observation_fact")}:
        line = lines[f"{shape} `{file}`"]
        rows = [
            r for r in knowledge_rows("export_shape") if (r["shape"], r["file"]) == (shape, file)
        ]
        is_stated = any(row["key"] == "exposure_system" for row in rows)
        for row in rows:
            if row["canonical"] in shown and not (is_stated and row["canonical"] == "code_system"):
                assert f"`{row['header']}`" in line, (line, row["header"])


def test_the_page_of_exports_says_how_many_steps_each_takes(tmp_path):
    lines = (ROOT / "docs" / "exposure_exports.md").read_text(encoding="utf-8").splitlines()
    for shape, file in FILES:
        _, draft = drafted(tmp_path, f"{file}.csv", of_its_kind(shape, file), shape)
        said = f"| {shape} {file} | {steps(len(draft.questions))} |"
        assert said in lines, said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MSH|^~\\&|LAB|NORTH|||20240301||ORU^R01|1|P|2.5.1\r", "HL7 v2"),
        ('{"resourceType": "Observation"}\n', "FHIR"),
    ],
)
def test_a_list_of_headers_is_refused_for_messages(tmp_path, text, said):
    with pytest.raises(DraftError, match=f"is {said}, and synthea is a list of a table's headers"):
        drafted(tmp_path, "a.txt", text, "synthea")
