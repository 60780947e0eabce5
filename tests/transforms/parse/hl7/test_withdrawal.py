"""Orders that are withdrawn as a whole, with results below them or without."""

from datetime import datetime

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, PID, is_balanced, read
from transforms.parse.hl7.message_filter import filter_for_codes

CANCELLED = "|".join(["OBR", "1", "P-1", "F-1", "IGS^Immunoglobulins^L", "", "", "20240314091500"])
X = CANCELLED + "|" * 18 + "X"


def message(*segments: str, kind: str = "ORU^R01") -> str:
    return "\r".join((MSH.replace("ORU^R01", kind), PID, *segments)) + "\r"


def withdrawn(rows):
    names = ("patient_id", "placer_order_number", "filler_order_number", "order_control")
    return [tuple(row[name] for name in names) for row in rows["order_withdrawal"]]


def test_an_order_withdrawn_by_obr_25_without_results(tmp_path):
    rows = read(tmp_path, message(X))
    assert rows["order_withdrawal"] == [
        {
            "facility": "north",
            "source_sha256": rows["source_file"][0]["source_sha256"],
            "message_number": 1,
            "line_number": 1,
            "position": 1,
            "message_at": datetime(2024, 3, 15, 8, 15),
            "message_at_utc": datetime(2024, 3, 15, 7, 15),
            "message_at_span_seconds": 1,
            "patient_id": "1001",
            "assigning_authority": "NORTH",
            "assigning_authority_universal_id": None,
            "assigning_facility": None,
            "identifier_type_code": "MR",
            "placer_order_number": "P-1",
            "filler_order_number": "F-1",
            "universal_service_identifier": "IGS",
            "specimen_id": None,
            "collected_at": datetime(2024, 3, 14, 9, 15),
            "order_control": None,
            "result_status": "X",
        }
    ]
    assert rows["observation"] == rows["reject"] == []
    assert is_balanced(rows)


@pytest.mark.parametrize("control", ["CA", "OC", "CR", "DC", "OD", "DR"])
@pytest.mark.parametrize("kind", ["ORU^R01", "OUL^R22", "ORM^O01", "OML^O21"])
def test_an_order_taken_back_by_orc_1(control, kind, tmp_path):
    with_obr = message(f"ORC|{control}|P-1|F-1", CANCELLED, kind=kind)
    alone = message(f"ORC|{control}|P-1|F-1", kind=kind)
    for content in (with_obr, alone):
        assert withdrawn(read(tmp_path, content)) == [("1001", "P-1", "F-1", control)]


def test_an_order_taken_back_by_orc_5(tmp_path):
    assert withdrawn(read(tmp_path, message("ORC|SC|P-1|F-1||CA"))) == [
        ("1001", "P-1", "F-1", "SC")
    ]


@pytest.mark.parametrize(
    "orc", ["ORC|RE|P-1|F-1||CM", "ORC|NW|CA", "ORC|SC|P-1|F-1||IP", "ORC|UC|P-1|F-1"]
)
def test_an_order_that_stands_is_no_withdrawal(orc, tmp_path):
    rows = read(tmp_path, message(orc, OBR, OBX))
    assert rows["order_withdrawal"] == []
    assert len(rows["observation"]) == 1


def test_each_of_several_orders_stands_or_is_withdrawn_for_itself(tmp_path):
    rows = read(
        tmp_path,
        message("ORC|CA|P-1|F-1", "ORC|RE|P-2|F-2", OBR.replace("F-1", "F-2"), OBX, "ORC|OC|P-3"),
    )
    assert withdrawn(rows) == [("1001", "P-1", "F-1", "CA"), ("1001", "P-3", None, "OC")]
    assert [row["filler_order_number"] for row in rows["observation"]] == ["F-2"]


def test_a_withdrawal_of_nobody_or_of_nothing_is_told(tmp_path):
    nobody = message(X).replace(PID, "PID|1||||LARK^ANNA")
    nothing = message(X.replace("P-1", "").replace("F-1", ""))
    rows = read(tmp_path, nobody + nothing)
    assert [(r["reason_code"], r["field"], r["n_results"]) for r in rows["reject"]] == [
        ("patient_identifier_missing", "PID-3", 0),
        ("withdrawal_without_number", "OBR-3", 0),
    ]
    assert rows["order_withdrawal"] == []


def test_results_of_a_withdrawn_order_are_read_beside_its_withdrawal(tmp_path):
    rows = read(tmp_path, message(X, OBX))
    assert len(rows["observation"]) == len(rows["order_withdrawal"]) == 1
    assert is_balanced(rows)


@pytest.mark.parametrize("segment", [X, "ORC|CA|P-1|F-1"])
def test_a_withdrawn_order_is_read_though_it_names_no_code_of_interest(segment, tmp_path):
    content = message(segment.replace("IGS^Immunoglobulins^L", "B7^Blood^L"))
    rows = read(tmp_path, content, filter_for_codes(["2472-9"]))
    assert len(withdrawn(rows)) == 1


def test_questions_of_an_order_message_are_no_results(tmp_path):
    rows = read(tmp_path, message("ORC|CA|P-1|F-1", CANCELLED, OBX, kind="ORM^O01"))
    assert rows["observation"] == []
    assert is_balanced(rows)
