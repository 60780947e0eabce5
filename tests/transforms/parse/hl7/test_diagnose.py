"""A refused message says what the standard misses, in the standard's words and with no value."""

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, PID, read
from transforms.parse.hl7.diagnose import LONGEST_TEXT, diagnosis

HEADER = MSH.replace("ORU^R01", "ORU^R01^ORU_R01")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([HEADER, "PID|1", OBR, OBX], "ORU_R01 v2.5.1: PID-3 PATIENT_IDENTIFIER_LIST is required"),
        ([HEADER, PID, OBX], "ORU_R01 v2.5.1: OBR is required in ORU_R01_ORDER_OBSERVATION"),
        ([HEADER.replace("2.5.1", "99"), "PID|1", OBR, OBX],
         "ORU_R01 v2.5.1: PID-3 PATIENT_IDENTIFIER_LIST is required"),
        ([HEADER, PID, OBR, OBX], None),
        (["MSH|LAB|NORTH", PID], "not HL7 v2 by the standard (InvalidEncodingChars)"),
        (["no message"], "not HL7 v2 by the standard (ParserError)"),
    ],
)  # fmt: skip
def test_diagnosis(lines, sentence):
    assert diagnosis("\n".join(lines)) == sentence


def test_a_long_message_is_not_examined():
    assert diagnosis(HEADER + "x" * LONGEST_TEXT) is None


def test_refused_messages_carry_it_and_no_value(tmp_path):
    secret = "PID|1||||SECRET^NAME||19890105|F"
    rows = read(tmp_path, "\r".join([HEADER, secret, OBR, OBX]) + "\r")
    (reject,) = rows["reject"]
    assert reject["found"] == "ORU_R01 v2.5.1: PID-3 PATIENT_IDENTIFIER_LIST is required"
    assert (reject["field"], reject["reason_code"]) == ("PID-3", "patient_identifier_missing")


def test_only_the_first_refusals_of_a_file_are_diagnosed(tmp_path):
    text = "\r".join([HEADER, "PID|1", OBR, OBX]) + "\r"
    found = [reject["found"] for reject in read(tmp_path, text * 23)["reject"]]
    assert len(found) == 23
    assert found[19] is not None
    assert found[20:] == [None] * 3
