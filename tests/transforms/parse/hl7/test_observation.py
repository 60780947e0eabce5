"""Which time and which numbers a result is given, where the facility has a say."""

from datetime import datetime

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBX, PID, is_balanced, read

SPM = "SPM|1|^S1||SER|||||||||||||20240313"
TEXT = "\r".join([MSH, PID, "OBR|1||F-1|IGS|||20240314", f"{OBX}|||20240315", SPM]) + "\r"


@pytest.mark.parametrize(
    ("order", "field", "day"),
    [
        (("SPM-17", "OBR-7", "OBX-14"), "SPM-17", 13),
        (("OBR-7", "SPM-17", "OBX-14"), "OBR-7", 14),
        (("OBX-14", "SPM-17", "OBR-7"), "OBX-14", 15),
        (("OBX-14",), "OBX-14", 15),
    ],
)
def test_the_facility_orders_the_times_of_collection(tmp_path, order, field, day):
    (row,) = read(tmp_path, TEXT, collected_at=order)["observation"]
    assert (row["collected_at_field"], row["collected_at"]) == (field, datetime(2024, 3, day))


@pytest.mark.parametrize("message_time", ["", "2024", "20240315000000-0500"])
def test_a_time_is_plausible_where_the_message_has_none_to_compare(tmp_path, message_time):
    text = TEXT.replace("20240315081500", message_time)
    (row,) = read(tmp_path, text)["observation"]
    assert row["collected_at_field"] == "SPM-17"


def test_positions_go_on_over_batches_repetitions_and_refusals(tmp_path):
    """More results than a batch holds; every third is two values, every fifth nobody's."""
    lines = []
    for number in range(7000):
        pid = PID if number % 5 else "PID|1"
        value = "1~2" if number % 3 == 0 else "1"
        lines += [MSH, pid, OBX.replace("0.95", value), OBX, "NTE|1||note"]
    rows = read(tmp_path, "\r".join(lines) + "\r")
    assert is_balanced(rows)
    places = [(row["position"], row["line_number"]) for row in rows["observation"]]
    assert places == sorted(places)
    assert [row["comment"] for row in rows["observation"][-2:]] == [None, "note"]
    assert rows["source_file"][0]["n_messages"] == 7000


@pytest.mark.parametrize(
    ("processing_ids", "read_ids"),
    [((), ["P", "", "X"]), (("T", "p"), ["P", "T", ""]), ("P", ["P", ""])],
)
def test_the_facility_says_which_processing_ids_are_read(tmp_path, processing_ids, read_ids):
    sent = ["P", "T", "D", "", "X"]
    text = "".join(TEXT.replace("|P|2.5.1", f"|{each}|2.5.1") for each in sent)
    rows = read(tmp_path, text, processing_ids=processing_ids)
    numbers = [row["message_number"] for row in rows["observation"]]
    assert [sent[number - 1] for number in numbers] == read_ids
    assert is_balanced(rows)
