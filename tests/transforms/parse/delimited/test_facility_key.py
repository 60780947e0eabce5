"""What a facility file says of the columns and rows of its delimited files."""

from datetime import date

import pytest

from tests.transforms.parse.delivery import balance, delivered, short

HEAD = "patient_id,collected_at,code,value"
LIMITS = [
    # header, cells, the range that becomes of them
    ("reference_low,reference_high", "0.4,2.3", "0.4-2.3"),
    ("reference_low,reference_high", "0.4,", ">=0.4"),
    ("reference_low,reference_high", ",2.3", "<=2.3"),
    ("reference_low,reference_high", ",", None),
    ("reference_low,reference_high,reference_range", "0.4,2.3,0.5-2.5", "0.5-2.5"),
]


@pytest.mark.parametrize(("header", "cells", "printed"), LIMITS)
def test_limits_in_two_columns_are_one_range(tmp_path, header, cells, printed):
    text = f"{HEAD},{header}\nA1,2024-01-31,IGM,0.3,{cells}\n"
    (row,) = delivered(tmp_path, text)["observation"]
    assert row["references_range"] == printed


COMPARATORS = [
    ("<", "0.80", "<0.80"),
    ("<", "<0.80", "<0.80"),
    ("", "0.80", "0.80"),
    ("=", "0.80", "0.80"),
    ("Less than", "0.80", "<0.80"),
    ("4171756", "20", "<20"),  # OMOP's concept
    (">=", "30", ">=30"),
    (">", "<0.80", "><0.80"),  # no number: lookup.value_text
    ("OOR", "0.80", "[OOR] 0.80"),
]


@pytest.mark.parametrize(("sign", "value", "read"), COMPARATORS)
def test_a_comparator_in_a_column_of_its_own_stands_before_the_value(tmp_path, sign, value, read):
    text = f"{HEAD},Operator\nA1,2024-01-31,IGM,{value},{sign}\n"
    (row,) = delivered(tmp_path, text, columns={"value_comparator": "Operator"})["observation"]
    assert row["observation_value"] == read


def test_these_columns_may_be_keys_of_their_own(tmp_path):
    text = f"{HEAD},op,lo,hi\nA1,2024-01-31,IGM,20,<,40,230\n"
    keys = {"value_comparator": "op", "reference_low": "lo", "reference_high": "hi"}
    (row,) = delivered(tmp_path, text, **keys)["observation"]
    assert short(row, "observation_value", "references_range") == ("<20", "40-230")


def test_each_isotype_of_a_wide_file_has_its_own(tmp_path):
    isotype = {"value": "IgM", "code": "igm", "value_comparator_column": "op"}
    limits = {"reference_low_column": "lo", "reference_high_column": "hi"}
    text = "patient_id,collected_at,IgM,op,lo,hi\nA1,2024-01-31,0.2,<,0.4,2.3\n"
    (row,) = delivered(tmp_path, text, columns={"results": [isotype | limits]})["observation"]
    assert short(row, "observation_value", "references_range") == ("<0.2", "0.4-2.3")


def test_a_column_can_be_left_out(tmp_path):
    text = f"{HEAD},Status\nA1,2024-01-31,IGM,0.3,OK\n"
    (row,) = delivered(tmp_path, text, columns={"status": "none"})["observation"]
    assert row["observation_result_status"] is None


def test_a_column_that_every_row_needs_cannot(tmp_path):
    rows = delivered(tmp_path, f"{HEAD}\nA1,2024-01-31,IGM,0.3\n", columns={"value": "none"})
    assert [short(r, "level", "reason_code") for r in rows["reject"]] == [
        ("file", "column_missing")
    ]


ROWS = f"{HEAD},Kind\nA1,2024-01-31,IGM,0.3,patient\nA2,2024-01-31,IGM,0.3, QC \nA3,2024-01-31,IGM,0.3,\n"


def test_rows_that_a_column_tells_are_left_out_and_counted(tmp_path):
    rows = delivered(tmp_path, ROWS, skip_rows_where={"Kind": ["qc", ""]})
    assert [row["patient_id"] for row in rows["observation"]] == ["A1"]
    assert short(rows["source_file"][0], "n_results", "n_results_skipped") == (3, 2)
    assert rows["reject"] == []


def test_without_that_column_the_file_is_refused(tmp_path):
    rows = delivered(tmp_path, ROWS, skip_rows_where={"Typ": "QC"})
    assert [short(r, "reason_code", "field", "n_results") for r in rows["reject"]] == [
        ("mapped_column_missing", "Typ", 3)
    ]


def test_a_file_of_patients(tmp_path):
    text = "patient_id,birth_date,sex\nA1,1987-03-04,F\nA2,,M\n,1987-03-04,F\nA4,04.03.1987,F\n"
    rows = delivered(tmp_path, text, name="patients.csv")
    columns = ("event", "patient_id", "assigning_authority", "birth_date", "administrative_sex")
    assert [short(row, *columns) for row in rows["patient"]] == [
        ("csv", "A1", "north", date(1987, 3, 4), "F"),
        ("csv", "A2", "north", None, "M"),
    ]
    assert [
        short(r, "unit", "line_number", "reason_code", "n_results") for r in rows["reject"]
    ] == [
        ("patient", 4, "footer_row", 0),
        ("patient", 5, "time_unreadable", 0),
    ]
    assert short(rows["source_file"][0], "content", "n_other_rows") == ("patients", 4)


def test_results_without_their_value_column_are_no_file_of_patients(tmp_path):
    text = "patient_id,birth_date,sex,collected_at,code\nA1,1987-03-04,F,2024-01-31,IGM\n"
    rows = delivered(tmp_path, text, name="export.csv")
    assert rows["patient"] == []
    assert [short(r, "level", "reason_code") for r in rows["reject"]] == [
        ("file", "column_missing")
    ]


REDCAP = """\
exposure_id,instrument,dob,sex,lab_date,igg_value,igg_unit,igm_value,igm_unit
AT-1,,1981-04-02,2,,,,,
AT-1,laboratory,,,2023-02-03,9.8,1,0.21,1
AT-2,laboratory,,,2023-02-03,,,,
"""
WIDE = {
    "patient_id": "exposure_id",
    "birth_date": "dob",
    "collected_at": "lab_date",
    "results": [
        {"value": "igg_value", "code": "igg", "units_column": "igg_unit"},
        {"value": "igm_value", "code": "igm", "units_column": "igm_unit"},
    ],
}


def test_a_row_without_results_says_who_the_patient_of_other_rows_is(tmp_path):
    rows = delivered(tmp_path, REDCAP, columns=WIDE)
    assert [
        short(row, "patient_id", "birth_date", "administrative_sex") for row in rows["patient"]
    ] == [("AT-1", date(1981, 4, 2), "2")]
    assert [row["observation_value"] for row in rows["observation"]] == ["9.8", "0.21"]
    assert [short(r, "line_number", "reason_code", "n_results") for r in rows["reject"]] == [
        (4, "value_missing", 0)
    ]
    assert balance(rows) == (2, 2)


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")])
def test_rows_under_another_delimiter_are_refused_with_that_reason(tmp_path, sign, name):
    lines = [
        f"{HEAD},units",
        "A1,2024-01-31,IGM,0.3,g/L",
        sign.join(["A2", "2024-01-31", "IGM", "0,3", "g/L"]),
    ]
    rows = delivered(tmp_path, "\n".join(lines))
    assert [short(r, "line_number", "field", "reason_code", "found") for r in rows["reject"]] == [
        (3, "delimiter", "row_other_delimiter", f"{name}, header comma")
    ]
    assert balance(rows) == (2, 2)


def test_rows_under_a_header_in_another_order_are_refused(tmp_path):
    own, other = f"{HEAD},units", "patient_id,collected_at,code,units,value"
    row = "A1,2024-01-31,IGM,0.3,g/L"
    text = "\n".join([own, row, own, row, other, row, row, own, row, ""])
    rows = delivered(tmp_path, text)
    assert [row["line_number"] for row in rows["observation"]] == [2, 4, 9]
    assert sorted(short(r, "line_number", "reason_code") for r in rows["reject"]) == [
        (3, "header_repeated"),
        (5, "header_changed"),
        (6, "header_changed"),
        (7, "header_changed"),
        (8, "header_repeated"),
    ]
    assert balance(rows) == (8, 8)


ASKED = (
    f"{HEAD},Ordering Doctor,Ward\nA1,2024-01-31,IGM,0.3,  Dr Bergen ,\nA2,2024-01-31,IGM,0.4,,W5\n"
)
ASKED_COLUMNS = {"requester": "Ordering Doctor", "requested_from": "Ward"}


def who_asked(rows):
    names = ("ordering_provider_name", "assigned_patient_location")
    return [short(row, *names) for row in rows["observation"]]


def test_who_asked_is_read_where_the_facility_shows_it(tmp_path):
    shown = delivered(tmp_path, ASKED, columns=ASKED_COLUMNS, show_requester=True)
    assert who_asked(shown) == [("Dr Bergen", None), (None, "W5")]
    hidden = delivered(tmp_path, ASKED, columns=ASKED_COLUMNS)
    assert who_asked(hidden) == [(None, None)] * 2


def test_the_canonical_names_need_no_mapping_and_are_passed_over_where_it_is_not_shown(tmp_path):
    """Twice, as in an export of two registers, they would say two things; nobody reads them then."""
    text = f"{HEAD},requester,requested_from\nA1,2024-01-31,IGM,0.3,Dr Bergen,W5\n"
    assert who_asked(delivered(tmp_path, text, show_requester=True)) == [("Dr Bergen", "W5")]
    twice = f"{HEAD},requester,requester\nA1,2024-01-31,IGM,0.3,Dr Bergen,Dr Other\n"
    assert who_asked(delivered(tmp_path, twice)) == [(None, None)]


def test_no_result_waits_for_the_name_of_who_asked(tmp_path):
    text = f"{HEAD}\nA1,2024-01-31,IGM,0.3\n"
    rows = delivered(tmp_path, text, columns=ASKED_COLUMNS, show_requester=True)
    assert who_asked(rows) == [(None, None)]


def test_a_name_in_another_character_set_refuses_no_row(tmp_path):
    text = f"{HEAD},requester\nA1,2024-01-31,IGM,0.3,Dr M\x81ller\n".encode("latin-1")
    (row,) = delivered(tmp_path, text, show_requester=True)["observation"]
    assert row["observation_value"] == "0.3"
    assert row["ordering_provider_name"].startswith("Dr M")


NUMBERED = f"{HEAD},NHS No\nA1,2024-01-31,IGM,0.3, 943 476 5005 \n"
NHS = {"national_identifier": {"scheme": "nhs_number"}, "columns": {"national_number": "NHS No"}}


def national(rows, table="observation"):
    return [row["national_number"] for row in rows[table]]


def test_a_national_number_is_read_where_the_facility_says_of_which_scheme(tmp_path):
    assert national(delivered(tmp_path, NUMBERED, **NHS)) == ["943 476 5005"]
    rows = delivered(tmp_path, NUMBERED, columns=NHS["columns"])
    assert national(rows) == [None]
    assert rows["reject"] == []


def test_the_canonical_name_of_a_national_number_needs_no_mapping(tmp_path):
    typed = {"national_identifier": {"scheme": "nhs_number", "type": "NH"}}  # its HL7 says NH
    results = f"{HEAD},national_number\nA1,2024-01-31,IGM,0.3,9434765005\n"
    assert national(delivered(tmp_path, results, **typed)) == ["9434765005"]
    assert national(delivered(tmp_path, results)) == [None]
    patients = "patient_id,birth_date,national_number\nA1,1980-01-05,9434765005\n"
    rows = delivered(tmp_path, patients, name="patients.csv", **typed)
    assert national(rows, "patient") == ["9434765005"]


NO_NUMBERS = [
    ("9434765005", "9434765005"),
    ('"=""9434765005"""', "9434765005"),  # kept text by a spreadsheet
    ("9434765005.0", "9434765005"),
    ("", None),
    ("unknown", None),
    ("9999999999", None),
    ("9.43477E+09", None),
    ("943\u200b4765005", None),
    ("943476500\ufffd", None),
]


@pytest.mark.parametrize(("sent", "read"), NO_NUMBERS)
def test_no_result_waits_for_a_national_number(tmp_path, sent, read):
    text = f"{HEAD},NHS No\nA1,2024-01-31,IGM,0.3,{sent}\n"
    rows = delivered(tmp_path, text, **NHS)
    assert national(rows) == [read]
    assert rows["reject"] == []


def test_nor_for_its_column_or_its_character_set(tmp_path):
    assert national(delivered(tmp_path, f"{HEAD}\nA1,2024-01-31,IGM,0.3\n", **NHS)) == [None]
    text = f"{HEAD},NHS No\nA1,2024-01-31,IGM,0.3,9434765005\x81\n".encode("latin-1")
    assert national(delivered(tmp_path, text, **NHS)) == [None]
    patients = "patient_id,sex,NHS No\nA1,F,9434765005\x81\n".encode("latin-1")
    assert national(delivered(tmp_path, patients, name="patients.csv", **NHS), "patient") == [None]


def test_a_row_that_may_end_within_its_national_number_is_held(tmp_path):
    """Half of a number may be a number, and whoever has that one would be the same person."""
    rows = delivered(tmp_path, NUMBERED.rstrip(" \n"), **NHS)
    assert [short(r, "reason_code", "field") for r in rows["reject"]] == [
        ("row_maybe_cut", "national_number")
    ]
