"""Full lists (`exposure_delivery: snapshot`): the newest whole one holds, an empty or halved one does not.
Rules 2026.2, 3b; fault full_export_next_night."""

from datetime import datetime

import pytest

from tests.warehouse_in_memory import core, rows

NONE = "facility | analyte\n"
HEADER = "source_sha256 | patient_id | kind | code | code_system | start_date | end_date | message_number\n"
FIRST = """
    1 | ann  | medication | H02AB06 | ATC   | 2022-01-01 | |
    1 | bea  | diagnosis  | B20     | ICD10 | 2022-01-01 | |
    1 | cleo | diagnosis  | N04.9   | ICD10 | 2021-01-01 | |
"""
SECOND = """
    2 | ann  | medication | H02AB06 | ATC   | 2022-01-01 | 2022-06-30 |
    2 | cleo | diagnosis  | N04.9   | ICD10 | 2021-01-01 | 2021-12-31 |
"""
ONE_LEFT = "    3 | ann | medication | H02AB06 | ATC | 2022-01-01 | 2022-06-30 |\n"


def holding(
    drawn: str, files: dict[str, str], accepted: str = "", delivery: str = "snapshot"
) -> tuple[list, list]:
    """What counts (patient, end) and what was set aside (patient, reason). files: digest -> name,
    in the order of their delivery."""
    words = f"facility | topic | as_sent | meaning\nnorth | exposure_list | {accepted} | accepted"
    con = core(
        NONE, exposure=HEADER + drawn, facility={"exposure_delivery": delivery}, local_words=words
    )
    con.con.execute("DELETE FROM raw.source_file")
    for n, (digest, name) in enumerate(files.items(), start=1):
        con.con.execute(
            "INSERT INTO raw.source_file (facility, source_sha256, source_name, content, delivered_at)"
            " VALUES ('north', $1, $2, 'exposures', $3)",
            [digest, name, datetime(2024, 1, n)],
        )
    sent = "raw.exposure AS s USING (facility, source_sha256, position)"
    counts = rows(
        con,
        "SELECT s.patient_id, if(e.end_known_by = 'stated', e.end_date, NULL)::VARCHAR "
        f"FROM core.exposure AS e INNER JOIN {sent} ORDER BY ALL",
    )
    aside = rows(
        con,
        f"SELECT s.patient_id, e.reason_code FROM core.exposure_set_aside AS e INNER JOIN {sent} "
        "ORDER BY ALL",
    )
    return counts, aside


def test_what_the_newest_list_ends_is_ended_and_what_it_no_longer_holds_is_withdrawn():
    counts, aside = holding(FIRST + SECOND, {"1": "exposures_1.csv", "2": "exposures_2.csv"})
    assert counts == [("ann", "2022-06-30"), ("cleo", "2021-12-31")]
    assert aside == [("bea", "not_in_list")]


def test_where_changes_are_sent_every_file_stays():
    files = {"1": "exposures_1.csv", "2": "exposures_2.csv"}
    counts, aside = holding(FIRST + SECOND, files, delivery="changes")
    assert [patient for patient, _ in counts] == ["ann", "ann", "bea", "cleo", "cleo"]
    assert aside == []


def test_lists_of_two_names_do_not_replace_each_other():
    files = {"1": "drugs_20240101.csv", "2": "diagnoses_20240102.csv"}
    counts, _ = holding(FIRST + SECOND, files)
    assert len(counts) == 5


@pytest.mark.parametrize(
    ("drawn", "file"), [(ONE_LEFT, "3"), ("", "3")], ids=["two of three lost", "empty"]
)
def test_a_list_that_lost_more_than_half_is_held_and_the_one_before_stays(drawn, file):
    counts, aside = holding(FIRST + drawn, {"1": "exposures_1.csv", file: "exposures_3.csv"})
    assert counts == [("ann", None), ("bea", None), ("cleo", None)]
    assert aside == []


def test_a_held_list_that_a_person_has_accepted_holds():
    files = {"1": "exposures_1.csv", "3": "in/exposures_3.csv"}
    counts, aside = holding(FIRST + ONE_LEFT, files, accepted="EXPOSURES_3.CSV")
    assert counts == [("ann", "2022-06-30")]
    assert aside == [("bea", "not_in_list"), ("cleo", "not_in_list")]
