"""Which time and which numbers a result is given, where the facility has a say."""

from datetime import datetime

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBX, ORU, PID, is_balanced, read

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


@pytest.mark.parametrize(
    ("born", "obr_7", "field", "day"),
    [
        ("19890105", "20240314", "OBR-7", "2024-03-14"),
        ("19890105", "19000101", "OBX-14", "2024-03-15"),  # a filler
        ("19890105", "19890104", "OBX-14", "2024-03-15"),  # before 1990
        ("20240314", "20240313", "OBX-14", "2024-03-15"),  # before the birth
        ("19890105", "20240317", "OBX-14", "2024-03-15"),  # two days after the message
        ("19890105", "20240316", "OBR-7", "2024-03-16"),  # within a day of it
        ("99991231", "20240314", "OBR-7", "2024-03-14"),  # the birth date is the filler
    ],
)
def test_a_time_at_which_nothing_can_have_been_collected_is_passed_over(
    tmp_path, born, obr_7, field, day
):
    pid = PID.replace("19890105", born)
    text = "\r".join([MSH, pid, f"OBR|1||F-1|IGS|||{obr_7}", f"{OBX}|||20240315"]) + "\r"
    (row,) = read(tmp_path, text)["observation"]
    assert (row["collected_at_field"], f"{row['collected_at']:%Y-%m-%d}") == (field, day)


def test_without_any_other_the_implausible_time_is_kept_to_be_told(tmp_path):
    text = "\r".join([MSH, PID, "OBR|1||F-1|IGS|||19000101", OBX]) + "\r"
    (row,) = read(tmp_path, text)["observation"]
    assert row["collected_at"] == datetime(1900, 1, 1)


@pytest.mark.parametrize(
    ("obx_6", "units", "further"),
    [
        ("g/L", "g/L", None),
        ("g/L^gram per liter^UCUM", "g/L", "OBX-6.2 gram per liter"),
        ("mg/dL^^L^g/L^gram^UCUM", "g/L", "OBX-6.1 mg/dL\nOBX-6.5 gram"),
        ("g/L~mg/dL", "g/L", "OBX-6[2].1 mg/dL"),
        ("g/L&mg/dL", "g/L", "OBX-6.1.2 mg/dL"),
        ("&micro;g/mL", "&micro;g/mL", "OBX-6.1.2 micro;g/mL"),  # it is not empty
        ("", None, None),
        ('""', None, None),
        ("^^UCUM", "^^UCUM", None),
        ("^&~", None, None),
    ],
)
def test_what_obx_6_says_besides_the_unit_is_kept(tmp_path, obx_6, units, further):
    text = ORU.replace("|g/L|", f"|{obx_6}|")
    (row,) = read(tmp_path, text)["observation"]
    assert (row["units"], row["further_units"]) == (units, further)


def test_what_the_other_coded_fields_say_besides_is_kept(tmp_path):
    obx = OBX.replace("2472-9^IgM^LN", "A^b^L^C^d^L^2^3^e^F^g^L~H^i^L")
    obr = "OBR|1||F-1|IGS^Immunoglobulins^L^7^Proteins^L" + "|" * 11 + "BLD&Blood^EDTA^x^arm"
    spm = ["SPM|1|S1||SER^Serum^HL70487^S2^serum b", "SPM|2|S2||CSF"]
    (row,) = read(tmp_path, "\r".join([MSH, PID, obr, obx, *spm]) + "\r")["observation"]
    assert row["further_identifiers"] == (
        "OBX-3.9 e\nOBX-3.10 F\nOBX-3.11 g\nOBX-3[2].1 H\nOBX-3[2].2 i"
    )
    assert row["further_services"] == ("OBR-4.2 Immunoglobulins\nOBR-4.4 7\nOBR-4.5 Proteins")
    assert row["further_specimens"] == (
        "SPM-4.1 SER\nSPM-4.2 Serum\nSPM-4.4 S2\nSPM-4.5 serum b\nSPM-4.1 CSF\n"
        "OBR-15.1 BLD\nOBR-15.1.2 Blood\nOBR-15.2 EDTA\nOBR-15.3 x\nOBR-15.4 arm"
    )
    assert row["specimen_type"] == "SER~CSF"


def test_the_kind_of_observation_is_kept(tmp_path):
    text = ORU.replace("||F\r", "||F" + "|" * 18 + "qst^Question^HL70936\r", 1)
    (row,) = read(tmp_path, text)["observation"]
    assert row["observation_type"] == "QST"
