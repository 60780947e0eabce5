"""Exposures as senders state them: segments in, rows of raw.exposure out. All is kept as sent."""

from datetime import date, datetime

import pytest

from tests.transforms.parse.hl7.exposure_table import expected, exposures, message, table
from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, ORU, is_balanced, read
from transforms.parse.hl7.message_filter import filter_for_codes

CODES = "code code_system name alternate_code alternate_code_system alternate_name"
DAYS = "start_date start_date_precision end_date effective_date"
NUMBERS = "segment placer_order_number placer_namespace filler_order_number filler_namespace"
RITUXIMAB = "121191^rituximab^RXNORM"


def test_a_whole_row(tmp_path):
    segments = f"""
        PV1|1|I|||||||||||||||||V-7^^^NORTH
        ORC|DC|R1^EHR|F9^PH^2.9^ISO||DISCONTINUED||^^D14||20240301||||||20240302
        RXA|0|1|202401101000|202401101400|{RITUXIMAB}^L01FA01^Rituximab^ATC|0|mg|||||||||||||CP|A
    """
    rows = exposures(tmp_path, "RAS^O17", segments)
    assert rows["exposure"] == [
        {
            "facility": "north",
            "source_sha256": rows["source_file"][0]["source_sha256"],
            "message_number": 1,
            "line_number": 5,
            "position": 1,
            "message_at": datetime(2024, 3, 15, 8, 15),
            "event": None,
            "segment": "RXA",
            "patient_id": "1001",
            "assigning_authority": "NORTH",
            "assigning_authority_universal_id": None,
            "assigning_facility": None,
            "identifier_type_code": "MR",
            "encounter_number": "V-7",
            "record_id": None,
            "kind": "medication",
            "event_kind": "administered",
            "code": "121191",
            "code_system": "RXNORM",
            "name": "rituximab",
            "alternate_code": "L01FA01",
            "alternate_code_system": "ATC",
            "alternate_name": "Rituximab",
            "start_date": date(2024, 1, 10),
            "start_date_precision": "day",
            "end_date": date(2024, 1, 10),
            "end_date_precision": None,
            "days_supply": None,
            "duration_days": None,
            "amount": "0",
            "placer_order_number": "R1",
            "placer_namespace": "EHR",
            "filler_order_number": "F9",
            "filler_namespace": "PH",
            "administration_number": "0/1",
            "effective_date": date(2024, 3, 2),
            "statements": "ORC-1 DC\nORC-5 DISCONTINUED\nRXA-20 CP\nRXA-21 A",
        }
    ]
    assert rows["source_file"][0]["n_other_rows"] == 1


@pytest.mark.parametrize(
    ("segment", "codes"),
    [
        ("RXE|^^^20240110|4711^MABTHERA^99PHA^L01FA01^Rituximab^ATC",
         "4711 | 99PHA | MABTHERA | L01FA01 | ATC | Rituximab"),
        ("RXE||50242-0051-21^RITUXAN 100 MG/10 ML VIAL^NDC",
         "50242-0051-21 | NDC | RITUXAN 100 MG/10 ML VIAL | - | - | -"),
        ("RXO|^^^L01FA01^Rituximab^ATC", "- | - | - | L01FA01 | ATC | Rituximab"),
        ("RXD|1|^Rituximab", "- | - | Rituximab | - | - | -"),
        ("RXE||^^^^^^^^Rituximab 500 mg", "- | - | Rituximab 500 mg | - | - | -"),
        ("DG1|1|I10|C90.0|Multiple myeloma", "C90.0 | I10 | Multiple myeloma | - | - | -"),
        ("DG1|1|I10||Multiple myeloma", "- | I10 | Multiple myeloma | - | - | -"),
        ("DG1|1|I10|^^^C90.0^Myeloma^ICD10", "- | - | - | C90.0 | ICD10 | Myeloma"),
        ("DG1|1||B20..^Malignant neoplasm of nasal cavity^READ2",
         "B20.. | READ2 | Malignant neoplasm of nasal cavity | - | - | -"),
        ("PR1|1|CPT|36514|Plasma exchange", "36514 | CPT | Plasma exchange | - | - | -"),
        ("PRB|AD||C83.3^DLBCL^I10^1234^Lymphoma^SCT", "C83.3 | I10 | DLBCL | 1234 | SCT | Lymphoma"),
        ("FT1|1|||20240110||CG|J1569^IVIG^HCPCS", "J1569 | HCPCS | IVIG | - | - | -"),
        ("FT1|1|||20240110||CG||IVIG 10 g", "- | - | IVIG 10 g | - | - | -"),
        # a charge of the house beside the procedure of FT1-25
        ("FT1|1|||20240110||CG|88012^IVIG^L" + "|" * 18 + "J1569^Immune globulin^HCPCS",
         "88012 | L | IVIG | J1569 | HCPCS | Immune globulin"),
        ("FT1|1|||20240110||CG|" + "|" * 18 + "J1569^Immune globulin^HCPCS",
         "- | - | - | J1569 | HCPCS | Immune globulin"),
    ],
)  # fmt: skip
def test_codes_as_sent(tmp_path, segment, codes):
    assert table(exposures(tmp_path, "ADT^A08", segment)["exposure"], CODES) == expected(codes)


def test_diagnoses_and_procedures(tmp_path):
    segments = """
        PV1|1|I|||||||||||||||||V-7
        DG1|1||C90.0^Rule out myeloma^I10||20240110|W
        DG1|2||D80.1^^I10||2019|F||||||||||||||DX-7^EHR|D
        DG1|3||D80.4^^I10|||A
        PR1|1||5-411^Transplantation^OPS||20240111||||||||||||||PX-1|D
        FT1|1|T1||20240101^20240131||CG|J1569^IVIG^HCPCS
        FT1|2|T2||||CR|J1569^IVIG^HCPCS
    """
    rows = exposures(tmp_path, "BAR^P01", segments)
    names = f"event segment kind event_kind record_id {DAYS} statements encounter_number"
    assert table(rows["exposure"], names) == expected("""
        P01|DG1|diagnosis|listed      |-       |2024-01-10|day    |-         |-|DG1-6 W           |V-7
        P01|DG1|diagnosis|listed      |DX-7^EHR|2019-01-01|year   |-         |-|DG1-6 F / DG1-21 D|V-7
        P01|DG1|diagnosis|listed      |-       |2024-03-15|message|-         |-|DG1-6 A           |V-7
        P01|PR1|procedure|administered|PX-1    |2024-01-11|day    |-         |-|PR1-20 D          |V-7
        P01|FT1|procedure|administered|-       |2024-01-01|day    |2024-01-31|-|FT1-6 CG          |V-7
        P01|FT1|procedure|administered|-       |2024-03-15|message|-         |-|FT1-6 CR          |V-7
    """)


@pytest.mark.parametrize("kind", ["PPR^PC1", "PGL^PC6", "PPP^PCB"])
def test_problems(tmp_path, kind):
    segments = """
        PRB|AD|20240102|C83.3^DLBCL^I10|P1^EHR|||20230101||||||C^Confirmed|A^Active
        PRB|UC|20240103|D80.1^^I10|P2|||20230101||20230601||||^Provisional|R^R||2022
        PRB|DE|20240104|D80.4^^I10|P3
        PRB|AD||N04.9^^I10|P4||||||||||||childhood
    """
    rows = exposures(tmp_path, kind, segments)
    assert table(rows["exposure"], f"event kind event_kind record_id {DAYS}") == expected("""
        - | diagnosis | listed | P1^EHR | 2023-01-01 | day     | -          | 2024-01-02
        - | diagnosis | listed | P2     | 2022-01-01 | year    | 2023-06-01 | 2024-01-03
        - | diagnosis | listed | P3     | 2024-01-04 | message | -          | 2024-01-04
        - | diagnosis | listed | P4     | 2024-03-15 | unread  | -          | -
    """)
    assert table(rows["exposure"], "statements") == expected("""
        PRB-1 AD / PRB-13 C / PRB-13 Confirmed / PRB-14 A / PRB-14 Active
        PRB-1 UC / PRB-13 Provisional / PRB-14 R
        PRB-1 DE
        PRB-1 AD
    """)
    assert rows["reject"] == []


def test_charges_of_a_bill(tmp_path):
    segments = """
        EVN|P03|20240120
        PV1|1|O|||||||||||||||||V-9
        ORC|NW|B1
        FT1|1|||20240110||CG|J1569^IVIG^HCPCS
        DG1|1||D83.9^^I10
        PR1|1||36514^^CPT
    """
    rows = exposures(tmp_path, "DFT^P03", segments)
    names = f"event {NUMBERS} start_date effective_date encounter_number"
    assert table(rows["exposure"], names) == expected("""
        - | FT1 | - | - | - | - | 2024-01-10 | 2024-01-20 | V-9
        - | DG1 | - | - | - | - | 2024-03-15 | 2024-01-20 | V-9
        - | PR1 | - | - | - | - | 2024-03-15 | 2024-01-20 | V-9
    """)


@pytest.mark.parametrize(
    ("kind", "segments", "rows"),
    [
        # a later set replaces the first by its event and its encounter
        ("ADT^A01", "EVN|A01|20240116\nDG1|1||C83.3^DLBCL^I10||20240110|A", "A01 | 2024-01-16"),
        ("ADT^A08", "EVN|A08|20240118\nDG1|1||N18.3^CKD^I10|20240118||F", "A08 | 2024-01-18"),
        ("ADT", "EVN|A08|20240118\nDG1|1||N18.3^CKD^I10", "A08 | 2024-01-18"),
        ("ADT^A08", "DG1|1||N18.3^CKD^I10", "A08 | -"),
        ("BAR", "EVN|P05\nDG1|1||N18.3^CKD^I10", "P05 | -"),
        ("ORU^R01", "EVN|R01\nDG1|1||N18.3^CKD^I10", "- | -"),
    ],
)
def test_event(tmp_path, kind, segments, rows):
    found = exposures(tmp_path, kind, segments)["exposure"]
    assert table(found, "event effective_date") == expected(rows)


@pytest.mark.parametrize(
    ("segments", "encounters"),
    [
        ("PV1|1|I|||||||||||||||||V-1\nDG1|1||D80.1", ["V-1"]),
        ("DG1|1||D80.1\nPV1|1|I|||||||||||||||||V-1", ["V-1"]),
        ("PV1|1|I\nDG1|1||D80.1", ["A-1"]),
        ("DG1|1||D80.1", ["A-1"]),
        # two visits of one patient
        (
            "PV1|1|I|||||||||||||||||V-1\nDG1|1||D80.1\nPV1|2|I|||||||||||||||||V-2\nDG1|1||D80.4",
            ["V-1", "V-2"],
        ),
        # the visit of one patient is not that of the next
        (
            "PV1|1|I|||||||||||||||||V-1\nDG1|1||D80.1\nPID|2||1002\nDG1|1||D80.4",
            ["V-1", None],
        ),
    ],
)
def test_encounter(tmp_path, segments, encounters):
    pid = "PID|1||1001^^^NORTH^MR||LARK^ANNA||19890105|F" + "|" * 10 + "A-1^^^NORTH"
    rows = exposures(tmp_path, "ADT^A08", segments, pid)
    assert [row["encounter_number"] for row in rows["exposure"]] == encounters


def test_orders_and_what_becomes_of_them(tmp_path):
    """Numbers with their namespace, what ORC says word for word, and from when it holds."""
    segments = f"""
        ORC|NW|R1^EHR|F9^PH
        RXE|^^^20150110|{RITUXIMAB}
        ORC|DC||F9^PH||||||20160301
        RXE|^^^20150110|{RITUXIMAB}
        ORC|SC|R1^^1.2.3^ISO|||DISCONTINUED||||20160301
        RXE|^^^20150110|{RITUXIMAB}
        ORC|RO|R2
        RXO|{RITUXIMAB}
        RXC|A|J06BA02^^ATC
    """
    rows = exposures(tmp_path, "RDE^O11", segments)
    assert table(rows["exposure"], f"{NUMBERS} start_date effective_date statements") == expected("""
        RXE | R1 | EHR   | F9 | PH | 2015-01-10 | -          | ORC-1 NW
        RXE | -  | -     | F9 | PH | 2015-01-10 | 2016-03-01 | ORC-1 DC
        RXE | R1 | 1.2.3 | -  | -  | 2015-01-10 | 2016-03-01 | ORC-1 SC / ORC-5 DISCONTINUED
        RXO | R2 | -     | -  | -  | -          | -          | ORC-1 RO
        RXC | R2 | -     | -  | -  | -          | -          | ORC-1 RO
    """)


@pytest.mark.parametrize(
    ("kind", "segments", "rows"),
    [
        ("RRE^O12", "MSA|AE|1\nORC|UA|R1^EHR", "ORC | R1 | EHR | - | - | ORC-1 UA"),
        ("ORR^O02", "MSA|AE|1\nORC|UA|R1^EHR", "ORC | R1 | EHR | - | - | ORC-1 UA"),
        ("ORM^O01", "ORC|CA|777^LAB", "ORC | 777 | LAB | - | - | ORC-1 CA"),
        ("OMP^O09", "ORC|HD|R1|F9\nNTE|1||waits", "ORC | R1 | - | F9 | - | ORC-1 HD"),
        ("RDE^O11", "ORC|DC|R1\nORC|DC|R2", """
            ORC | R1 | - | - | - | ORC-1 DC
            ORC | R2 | - | - | - | ORC-1 DC"""),
        # without a number it says nothing of any order
        ("RDE^O11", "ORC|DC", ""),
        # what a laboratory, a kitchen or a store is asked for is no drug
        ("ORM^O01", "ORC|CA|777^LAB\nOBR|1|777||CBC", ""),
        ("ORM^O01", "ORC|CA|777\nODS|D||321^Diabetic", ""),
        ("ORM^O01", "ORC|CA|777\nRQD|1|4711^gloves", ""),
        ("ORU^R01", "ORC|CA|777\nDG1|1||D80.1", "DG1 | - | - | - | - | -"),
        ("ORM^O01", "ORC|CA|R1\nORC|CA|777\nOBR|1|777||CBC", "ORC | R1 | - | - | - | ORC-1 CA"),
        # a drug without a code is told, and its number still says what becomes of it
        ("RDE^O11", "ORC|DC|R1\nRXE|", "ORC | R1 | - | - | - | ORC-1 DC"),
    ],
)  # fmt: skip
def test_an_order_that_stands_alone(tmp_path, kind, segments, rows):
    found = exposures(tmp_path, kind, segments)["exposure"]
    assert table(found, f"{NUMBERS} statements") == expected(rows)
    assert {row["code"] for row in found if row["segment"] == "ORC"} <= {None}


def test_the_cancelled_order_of_another_system_has_its_own_namespace(tmp_path):
    content = message("RDE^O11", "ORC|NW|777^EHR", f"RXE|^^^20240110|{RITUXIMAB}")
    content += message("ORM^O01", "ORC|CA|777^LAB")
    rows = read(tmp_path, content)
    names = "message_number kind placer_order_number placer_namespace statements"
    assert table(rows["exposure"], names) == expected("""
        1 | medication | 777 | EHR | ORC-1 NW
        2 | medication | 777 | LAB | ORC-1 CA
    """)
    assert len(rows["order_withdrawal"]) == 1  # of a laboratory's results, where it has them


def test_doses(tmp_path):
    """Nothing is refused for its status: not given, refused, nothing given, history, deleted."""
    segments = f"""
        ORC|RE|R1
        RXA|0|1|20231110|20231110|{RITUXIMAB}|0|mg|||||||||||||CP|A
        RXA|0|2|20231111||{RITUXIMAB}|500|mg|||||||||||||NA|A
        RXA|0|3|20231112||{RITUXIMAB}|500|mg|||||||||||||RE|U
        RXA|0|4|20231113||{RITUXIMAB}|500|mg||||||||||||||D
        RXA|0|5|||33^PPV23^CVX|999|||01^historical^NIP001
    """
    rows = exposures(tmp_path, "RAS^O17", segments)
    names = "administration_number amount start_date end_date placer_order_number statements"
    assert table(rows["exposure"], names) == expected("""
        0/1 | 0   | 2023-11-10 | 2023-11-10 | R1 | ORC-1 RE / RXA-20 CP / RXA-21 A
        0/2 | 500 | 2023-11-11 | -          | R1 | ORC-1 RE / RXA-20 NA / RXA-21 A
        0/3 | 500 | 2023-11-12 | -          | R1 | ORC-1 RE / RXA-20 RE / RXA-21 U
        0/4 | 500 | 2023-11-13 | -          | R1 | ORC-1 RE / RXA-21 D
        0/5 | 999 | -          | -          | R1 | ORC-1 RE / RXA-9 01
    """)
    assert rows["reject"] == []


def test_statements_are_one_line_each(tmp_path):
    segments = 'PRB|A\\.br\\D|20240102|C83.3^^I10|P1|||||||||C\\.br\\1^  quite \\T\\ sure  |""'
    (row,) = exposures(tmp_path, "PPR^PC1", segments)["exposure"]
    assert row["statements"] == "PRB-1 A D\nPRB-13 C 1\nPRB-13 quite & sure"


@pytest.mark.parametrize(
    ("segments", "pid", "reasons"),
    [
        (f"ORC|NW|1\nRXE||{RITUXIMAB}", "", ["exposure_patient_missing PID"]),
        ("PRB|AD|20240102|C83.3^^I10", "PID|1||", ["exposure_patient_missing PID-3"]),
        ("PRB|AD|20240102", "PID|1||1001", ["exposure_code_missing PRB-3"]),
        ("FT1|1|||20240110||CG", "PID|1||1001", ["exposure_code_missing FT1-7"]),
        ("ORC|UA|1", "", ["exposure_patient_missing PID"]),
    ],
)
def test_refused(tmp_path, segments, pid, reasons):
    rows = exposures(tmp_path, "RDE^O11", segments, pid)
    assert rows["exposure"] == []
    assert [f"{row['reason_code']} {row['field']}" for row in rows["reject"]] == reasons
    assert rows["source_file"][0]["n_other_rows"] == len(reasons)


@pytest.mark.parametrize(
    ("kind", "segments"),
    [
        ("PPR^PC1", "PRB|AD|20240102|C83.3^^I10"),
        ("DFT^P03", "FT1|1|||20240110||CG|J1569^^HCPCS"),
        ("RRE^O12", "MSA|AE|1\nORC|UA|R1"),
        ("ORM^O01", "ORC|SC|R1|||CM"),
        ("ORM^O01", "ORC|SC|R1|||CM\nNTE|1||done\nZPX|1"),
        ("ORR^O02", "ORC|HD|R1\nORC|OK|777\nOBR|1|777||CBC"),
    ],
)
@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
def test_a_night_reads_them_among_results_that_nobody_asked_for(tmp_path, kind, segments, line_end):
    content = (ORU + message(kind, *segments.splitlines()) + ORU).replace("\r", line_end)
    rows = read(tmp_path, content, filter_for_codes(["nothing"]))
    assert len(rows["exposure"]) == 1
    assert rows["source_file"][0]["n_results_skipped"] == 2
    assert is_balanced(rows)


def test_a_night_passes_over_orders_of_a_laboratory(tmp_path):
    order = message("ORM^O01", "ORC|NW|777", OBR, "NTE|1||fasting", OBX)
    rows = read(tmp_path, order, filter_for_codes(["nothing"]))
    assert rows["source_file"][0]["n_results_skipped"] == 1
    assert rows["exposure"] == rows["reject"] == []


def test_results_below_an_exposure_keep_their_patient(tmp_path):
    content = "\r".join((MSH, "PID|1||1001", "PRB|AD||C83.3^^I10", OBR, OBX)) + "\r"
    rows = read(tmp_path, content)
    assert [row["patient_id"] for row in rows["observation"] + rows["exposure"]] == ["1001"] * 2
