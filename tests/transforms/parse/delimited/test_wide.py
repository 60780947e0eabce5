"""Wide files: a row per sample, a column per isotype."""

from datetime import datetime

from tests.transforms.parse.delivery import balance, delivered, short

COLUMNS = {
    "patient_id": "MRN",
    "collected_at": "Taken",
    "results": [
        {"value": "IgG (g/L)", "code": "igg", "units": "g/L", "reference_range": "7-16"},
        {"value": "IgA", "code": "2458-8", "units_column": "IgA unit"},
        {"value": "IgM", "code": "M17", "abnormal_flag_column": "IgM flag", "units": "mg/dL"},
    ],
}
HEADER = "MRN,Taken,status,IgG (g/L),IgA,IgA unit,IgM,IgM flag\n"
SHOWN = (
    "position",
    "line_number",
    "patient_id",
    "observation_identifier",
    "observation_text",
    "observation_value",
    "units",
    "references_range",
    "abnormal_flags",
)


def test_each_isotype_with_a_value_is_a_result(tmp_path):
    text = HEADER + "A1,2024-01-31,F,9.1,1.5,g/L,31,L\nA2,2024-02-01,F,,,,<5,LL\n"
    rows = delivered(tmp_path, text, columns=COLUMNS)
    assert sorted(short(row, *SHOWN) for row in rows["observation"]) == [
        (1, 2, "A1", "igg", "IgG (g/L)", "9.1", "g/L", "7-16", None),
        (2, 2, "A1", "2458-8", "IgA", "1.5", "g/L", None, None),
        (3, 2, "A1", "M17", "IgM", "31", "mg/dL", None, "L"),
        (6, 3, "A2", "M17", "IgM", "<5", "mg/dL", None, "LL"),
    ]
    assert {row["observation_result_status"] for row in rows["observation"]} == {"F"}
    assert balance(rows) == (4, 4)


def test_a_unit_column_of_the_whole_row_is_used_where_an_isotype_states_none(tmp_path):
    columns = {"results": [{"value": "IgM", "code": "igm"}]}
    text = "patient_id,collected_at,IgM,units\nA1,2024-01-31,0.3,g/L\n"
    (row,) = delivered(tmp_path, text, columns=columns)["observation"]
    assert row["units"] == "g/L"


def test_every_result_of_a_bad_row_is_counted(tmp_path):
    text = HEADER + "A1,never,F,9.1,1.5,g/L,31,L\n,2024-01-31,F,9.1,,,,\nA3,2024-01-31,F,1\n"
    rows = delivered(tmp_path, text, columns=COLUMNS)
    assert sorted(short(r, "line_number", "reason_code", "n_results") for r in rows["reject"]) == [
        (2, "time_unreadable", 1),
        (2, "time_unreadable", 1),
        (2, "time_unreadable", 1),
        (3, "patient_id_missing", 1),
        (4, "row_field_count", 1),
    ]
    assert balance(rows) == (5, 5)


def test_a_row_without_any_value_is_told_but_loses_nothing(tmp_path):
    text = HEADER + "A1,2024-01-31,F,,,,,\n,,,,,,,end\n"
    rows = delivered(tmp_path, text, columns=COLUMNS)
    assert [short(r, "reason_code", "n_results") for r in rows["reject"]] == [
        ("value_missing", 0),
        ("footer_row", 0),
    ]
    assert balance(rows) == (0, 0)


def test_a_missing_isotype_column_refuses_the_file(tmp_path):
    text = HEADER.replace(",IgM,", ",IgX,") + "A1,2024-01-31,F,9.1,1.5,g/L,31,L\n"
    rows = delivered(tmp_path, text, columns=COLUMNS)
    assert short(rows["reject"][0], "level", "reason_code", "field") == (
        "file",
        "mapped_column_missing",
        "IgM",
    )


def test_a_long_file_of_the_same_facility_is_read_as_one(tmp_path):
    text = "MRN,Taken,code,value\nA1,2024-01-31,M17,31\n"
    (row,) = delivered(tmp_path, text, columns=COLUMNS)["observation"]
    assert short(row, "patient_id", "collected_at", "observation_identifier") == (
        "A1",
        datetime(2024, 1, 31),
        "M17",
    )
