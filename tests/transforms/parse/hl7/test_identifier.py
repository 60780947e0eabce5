"""Which identifier names the patient: by the facility's rule, by type, and never by guessing."""

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, read
from transforms.parse.facility.facility import IdentifierRule
from transforms.parse.hl7.identifier import Unidentified, chosen, identifiers
from transforms.parse.raw.patient_number import HIDDEN_SIGN, PLACEHOLDER

MR, NHS, AN = "1001^^^NORTH^MR", "9434765919^^^NHS^NH", "77^^^NORTH^AN"
OID = "1001^^^NORTH&1.2.3&ISO^MR"
AMBIGUOUS, MISSING = "patient_identifier_ambiguous", "patient_identifier_missing"


@pytest.mark.parametrize(
    ("rule", "pid_3", "named"),
    [
        ({}, [MR], ("1001", "NORTH")),
        ({}, [NHS], ("9434765919", "NHS")),
        ({}, [NHS, MR], ("1001", "NORTH")),
        ({}, [AN, NHS], ("9434765919", "NHS")),
        ({}, [NHS, "8001^^^HC^HC"], AMBIGUOUS),
        ({}, [MR, MR], ("1001", "NORTH")),
        ({}, [MR, MR.replace("1001", "1002")], AMBIGUOUS),
        ({}, [MR, MR.replace("NORTH", "SOUTH")], AMBIGUOUS),
        ({}, ["5^^^NORTH^MRN", "6^^^NORTH^PI"], ("5", "NORTH")),
        ({}, ["5^^^NORTH^mr", "6^^^NORTH^PI"], ("5", "NORTH")),
        ({}, [], MISSING),
        ({}, ["", "^^^NHS^NH", '""^^^NORTH^MR'], MISSING),
        ({}, ["000123 ^^^NORTH"], ("000123", "NORTH")),
        ({"authority": "NHS"}, [MR, NHS], ("9434765919", "NHS")),
        ({"authority": "NHS"}, [MR], MISSING),
        ({"authority": "NORTH"}, [AN, MR], ("1001", "NORTH")),
        ({"authority": "1.2.3"}, [NHS, OID], ("1001", "NORTH")),
        ({"type": "NH"}, [MR, NHS], ("9434765919", "NHS")),
        ({"type": "nh"}, [MR, NHS], ("9434765919", "NHS")),
        ({"type": "SS"}, [MR, NHS], MISSING),
        ({"type": "MR"}, [MR, MR.replace("NORTH", "SOUTH")], AMBIGUOUS),
        ({"authority": "NORTH", "type": "AN"}, [MR, AN], ("77", "NORTH")),
        ({"type": "AN"}, [AN], ("77", "NORTH")),
        ({}, [AN], MISSING),
        ({}, ["8^^^X^SS", "9^^^X^VN"], MISSING),
        ({"authority": "NORTH"}, [AN], MISSING),
        ({}, [MR, OID], ("1001", "NORTH")),
        ({}, [OID, OID.replace("1.2.3", "9.9.9")], AMBIGUOUS),
        ({}, ["5^^^&1.2.3&ISO^MR"], ("5", "1.2.3")),
        ({}, ["5^^^^MR^SOUTH&4.5&ISO"], ("5", "SOUTH")),
        ({}, ["NULL^^^NORTH^MR"], PLACEHOLDER),
        ({}, ["0^^^NORTH^MR", "-^^^NHS^NH"], PLACEHOLDER),
        ({}, ["UNKNOWN^^^NORTH^MR", NHS], ("9434765919", "NHS")),
        ({"type": "MR"}, ["UNKNOWN^^^NORTH^MR", NHS], PLACEHOLDER),
        ({"accept": ["11111"]}, ["11111^^^NORTH^MR"], ("11111", "NORTH")),
        ({}, ["11111^^^NORTH^MR"], PLACEHOLDER),
        ({}, ["10\x0001^^^NORTH^MR"], HIDDEN_SIGN),
        ({}, ["\u200e1001^^^NORTH^MR"], HIDDEN_SIGN),
        ({}, ["10\\N\\01^^^NORTH^MR"], HIDDEN_SIGN),
        ({}, ["10\\X00\\01^^^NORTH^MR"], HIDDEN_SIGN),
        ({}, ["10\\.br\\01^^^NORTH^MR"], HIDDEN_SIGN),
        ({}, ["10\\X2D\\01^^^NORTH^MR"], ("10-01", "NORTH")),
        ({}, ["10\\S\\01^^^NORTH^MR"], ("10^01", "NORTH")),
        ({}, [MR, "94\x00^^^NHS^NH"], ("1001", "NORTH")),
    ],
)
def test_chosen(rule, pid_3, named):
    of_facility = IdentifierRule(**rule)
    found = chosen(identifiers("~".join(pid_3), of_facility), of_facility)
    is_refused = isinstance(found, Unidentified)
    assert (found.reason if is_refused else (found.id, found.authority)) == named


@pytest.mark.parametrize("field", ["PID-2", "PID-3", "PID-4"])
def test_the_field_of_the_rule_is_read(tmp_path, field):
    text = "\r".join([MSH, "PID|1|22^^^A|33^^^A|44^^^A", OBR, OBX]) + "\r"
    (row,) = read(tmp_path, text, identifier={"field": field})["observation"]
    assert row["patient_id"] == field[-1] * 2
    assert row["patient_identifier_list"] == "33^^^A"


def test_types_that_may_be_anything_are_told_as_a_shape():
    unidentified = chosen(identifiers("1^^^N^LARK~2^^^N^AN~3", IdentifierRule()), IdentifierRule())
    assert unidentified.types == "AAAA~-"


def pids(tmp_path, *pid_3: str, msh: str = MSH, **keys) -> dict:
    """The rows of a file with a message of one result for each PID-3."""
    messages = ["\r".join([msh, f"PID|1||{ids}||LARK^ANNA||19890105|F", OBR, OBX]) for ids in pid_3]
    return read(tmp_path, "\r".join(messages) + "\r", **keys)


ISSUER = [
    "patient_id",
    "assigning_authority",
    "assigning_authority_universal_id",
    "assigning_facility",
    "identifier_type_code",
]


@pytest.mark.parametrize(
    ("identifier", "pid_3", "issuer"),
    [
        ({}, "7^^^N^MR", ("7", "N", None, None, "MR")),
        ({}, "7^^^N&1.2&ISO^PI", ("7", "N", "1.2", None, "PI")),
        ({}, "7^^^&1.2&ISO", ("7", "1.2", "1.2", None, None)),
        ({}, "7^^^^^S&3.4&ISO", ("7", "S", "3.4", None, None)),
        ({}, "7", ("7", "north", None, "NORTH", None)),
        ({"issuer": "US"}, "7^^^N&1.2&ISO^MR", ("7", "US", None, None, "MR")),
        ({"issuer": "US", "type": "NH"}, "7^^^N^MR~8^^^NHS^NH", ("8", "US", None, None, "NH")),
    ],
)
def test_who_issued_a_number_is_kept_as_it_was_sent(tmp_path, identifier, pid_3, issuer):
    (row,) = pids(tmp_path, pid_3, identifier=identifier)["observation"]
    assert tuple(row[name] for name in ISSUER) == issuer


def test_placeholders_and_hidden_signs_refuse_their_results_alone(tmp_path):
    hidden = ["12\x0034^^^N^MR", "56^^^N\x0bO^MR", "78^^^N&1\u200b.2^MR", "90^^^N^M\x1cR"]
    rows = pids(tmp_path, "NULL^^^N^MR", *hidden, "1234^^^N^MR", "34^^^N^AN")
    assert [row["patient_id"] for row in rows["observation"]] == ["1234"]
    assert [(r["reason_code"], r["field"], r["n_results"]) for r in rows["reject"]] == [
        (PLACEHOLDER, "PID-3", 1),
        *[(HIDDEN_SIGN, "PID-3", 1)] * len(hidden),
        (MISSING, "PID-3", 1),
    ]


def test_one_number_of_two_authorities_is_no_patient_stated_twice_but_two(tmp_path):
    twice = "\r".join(
        ["PID|1||7^^^N^MR||LARK^ANNA", OBR, OBX, "PID|1||7^^^S^MR||LARK^ANNA", OBR, OBX]
    )
    rows = read(tmp_path, f"{MSH}\r{twice}\r")
    assert [r["reason_code"] for r in rows["reject"]] == ["patient_stated_twice"]


ADT = MSH.replace("ORU^R01", "ADT^{}")


@pytest.mark.parametrize(
    ("event", "pid_3", "mrg", "becomes"),
    [
        ("A40", "1^^^N&1.2^MR", "2^^^N&1.2^MR", ("2", "N", "1", "N", "1.2")),
        ("A40", "1^^^N&1.2^MR", "2^^^N^MR", ("2", "N", "1", "N", "1.2")),
        ("A40", "1^^^N^MR", "2^^^N&1.2^PI", ("2", "N", "1", "N", "1.2")),
        ("A40", "1^^^N&1.2^MR", "2^^^&1.2^MR", ("2", "1.2", "1", "N", "1.2")),
        ("A40", "1^^^N&1.2^MR", "2^^^N&9.9^MR", "merge_across_authorities"),
        ("A40", "1^^^N^MR", "2^^^N^AN", "merge_across_authorities"),
        ("A40", "1^^^N^MR", "2^^^N^NH", "merge_across_authorities"),
        ("A40", "1^^^N^MR", "NULL^^^N^MR", PLACEHOLDER),
        ("A40", "NULL^^^N^MR", "2^^^N^MR", PLACEHOLDER),
        ("A40", "1^^^N^MR", "2\u200b^^^N^MR", HIDDEN_SIGN),
        ("A46", "1^^^N^MR", "2^^^N^MR", ("2", "N", "1", "N", None)),
        ("A46", "1^^^N^MR", "1^^^N^MR", "merge_same_identifier"),
        ("A46", "1^^^N^MR", "", "merge_identifier_missing"),
        ("A49", "1^^^N^MR", "1^^^N^MR", None),
        ("A49", "1^^^N^MR", "2^^^N^MR", "move_not_automatic"),
        ("A50", "1^^^N^MR", "", None),
    ],
)
def test_a_change_of_numbers_is_read_or_listed(tmp_path, event, pid_3, mrg, becomes):
    rows = read(tmp_path, f"{ADT.format(event)}\rPID|1||{pid_3}\rMRG|{mrg}\r")
    names = [
        "retired_id",
        "retired_assigning_authority",
        "surviving_id",
        "surviving_assigning_authority",
    ]
    found = [
        tuple(row[name] for name in [*names, "assigning_authority_universal_id"])
        for row in rows["merge"]
    ]
    found += [row["reason_code"] for row in rows["reject"]]
    assert found == ([becomes] if becomes else [])
