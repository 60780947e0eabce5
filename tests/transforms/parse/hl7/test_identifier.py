"""Which identifier names the patient: by the facility's rule, by type, and never by guessing."""

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, read
from transforms.parse.facility.facility import IdentifierRule
from transforms.parse.hl7.identifier import Unidentified, chosen, identifiers

MR, NHS, AN = "1001^^^NORTH^MR", "9434765919^^^NHS^NH", "77^^^NORTH^AN"
OID = "1001^^^NORTH&1.2.3&ISO^MR"
AMBIGUOUS, MISSING = "patient_identifier_ambiguous", "patient_identifier_missing"


@pytest.mark.parametrize(
    ("rule", "pid_3", "named"),
    [
        ({}, [MR], ("1001", "NORTH")),
        ({}, [NHS], ("9434765919", "NHS")),
        ({}, [NHS, MR], ("1001", "NORTH")),
        ({}, [AN, NHS], AMBIGUOUS),
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
    ],
)
def test_chosen(rule, pid_3, named):
    found = chosen(identifiers("~".join(pid_3)), IdentifierRule(**rule))
    is_refused = isinstance(found, Unidentified)
    assert (found.reason if is_refused else (found.id, found.authority)) == named


@pytest.mark.parametrize("field", ["PID-2", "PID-3", "PID-4"])
def test_the_field_of_the_rule_is_read(tmp_path, field):
    text = "\r".join([MSH, "PID|1|22^^^A|33^^^A|44^^^A", OBR, OBX]) + "\r"
    (row,) = read(tmp_path, text, identifier={"field": field})["observation"]
    assert row["patient_id"] == field[-1] * 2
    assert row["patient_identifier_list"] == "33^^^A"


def test_types_that_may_be_anything_are_told_as_a_shape():
    unidentified = chosen(identifiers("1^^^N^LARK~2^^^N^AN~3"), IdentifierRule())
    assert unidentified.types == "AAAA~AN~-"
