"""Delimiters, lines and escapes: the encoding, whatever a sender does to it."""

import pytest

from transforms.parse.hl7.er7 import (
    USUAL,
    Delimiters,
    delimiters_of,
    in_usual_signs,
    segments,
    without_controls,
)
from transforms.parse.hl7.escape import unescape, unescape_value


@pytest.mark.parametrize(
    ("header", "delimiters"),
    [
        ("MSH|^~\\&|LAB", USUAL),
        ("MSH|^~\\&#|LAB", USUAL),  # the fifth is the truncation character of 2.7
        ("MSH|^~\\&", USUAL),
        ("MSH|^~|LAB", USUAL),
        ("MSH|^|LAB", USUAL),
        ("MSH||LAB", USUAL),
        ("MSH|^~&|LAB", USUAL),  # a backslash lost on the way
        ("MSH|^~\\\\&|LAB", USUAL),  # a backslash doubled for JSON
        ("MSH|^~\\&amp;|LAB", USUAL),  # escaped for XML
        ("MSH#!@%*#LAB", Delimiters("#", "!", "@", "%", "*")),
        ("MSH|~^\\&|LAB", Delimiters("|", "~", "^", "\\", "&")),
        ("MSH|^˜\\&|LAB", Delimiters("|", "^", "˜", "\\", "&")),
        ("MSH|^~^&|LAB", Delimiters("|", "^", "~", "", "&")),
        ("MSH|^~\\^|LAB", Delimiters("|", "^", "~", "\\", "")),
        ("MSH|LAB|NORTH", None),
        ("MSH|^^\\&|LAB", None),
        ("MSH^~\\&|^LAB", Delimiters("^", "~", "\\", "&", "|")),
        ("MSH", None),
        ("MSH ^~\\& LAB", None),
        ("MSHX^~\\&X", None),
    ],
)
def test_delimiters(header, delimiters):
    assert delimiters_of(header) == delimiters


@pytest.mark.parametrize(
    ("own", "usual"),
    [
        ("MSH#!@%*#A!B@C*D#%F%#%S%#", "MSH|^~\\&|A^B~C&D|#|!|"),
        ("MSH#!@%*#a|b^c~d&e\\f", "MSH|^~\\&|a\\F\\b\\S\\c\\R\\d\\T\\e\\E\\f"),
        ("MSH#!@%*#50 % of %X41% and %E%", "MSH|^~\\&|50 \\ of \\X41\\ and %"),
    ],
)
def test_other_delimiters_are_rewritten_and_data_stays_data(own, usual):
    assert in_usual_signs(own, delimiters_of(own)) == usual


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("a\\F\\b", "a|b"),
        ("10\\S\\9/L", "10^9/L"),
        ("\\T\\\\R\\\\E\\", "&~\\"),
        ("\\H\\bold\\N\\", "bold"),
        ("one\\.br\\two\\.sp2\\three\\.in+4\\", "one\ntwo\n\nthree"),
        ("a\\.sk3\\b", "a   b"),
        ("\\.sp999\\", "\n" * 80),
        ("\\XC3A9\\ \\XE9\\ \\X00E9\\", "é é é"),
        ("\\X0D0A\\", "\r\n"),
        ("\\X8805;\\", "\\X8805;\\"),
        ("\\X123\\", "\\X123\\"),
        ("\\Cxxyy\\ \\Zq\\", "\\Cxxyy\\ \\Zq\\"),
        ("C:\\temp\\x", "C:\\temp\\x"),
        ("C:\\F\\x", "C:|x"),  # HL7 cannot tell this path from a bar
        ("\\E\\F\\", "\\F\\"),
        ("ends in \\", "ends in \\"),
        ("\\\\", "\\\\"),
        ("plain", "plain"),
    ],
)
def test_unescape(sent, text):
    assert unescape(sent) == text


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("1\\N\\2", "1\\N\\2"),
        ("1\\H\\2\\N\\3", "1\\H\\2\\N\\3"),
        ("0\\.fi\\.5", "0\\.fi\\.5"),
        ("\\H\\0.5\\N\\", "0.5"),
        ("<\\H\\0.5", "<0.5"),
        ("1\\X00\\2", "1\u24002"),
        ("1\\X1C\\2", "1\u241c2"),
        ("1\\X0D\\2", "1\r2"),
        ("a\\N\\b", "ab"),
        ("10\\S\\9", "10^9"),
    ],
)
def test_nothing_vanishes_within_a_number(sent, text):
    assert unescape_value(sent) == text


def test_signs_of_transport_within_a_field():
    line = "OBX|1\x00|N\x00M|24\x0072-9||1\x1c2\x00|g\x0b/L|\x000.4-2\x1a.3|\x1c"
    assert without_controls(line) == "OBX|1|NM|2472-9||1\u241c2|g\u240b/L|0.4-2\u241a.3|"
    assert without_controls("PID|1||10\x0001\x00^N\x1c") == "PID|1||10\x0001^N"
    assert without_controls("NTE|1||a\x0bb") == "NTE|1||ab"


def test_segments_keep_their_line_numbers():
    text = "MSH|^~\\&|\r\n OBX|1||||first\nsecond | part\r\r\nzpd|x\rOBX\r0.5|no segment\n"
    ids, lines = segments(text)
    assert ids == ["MSH", "OBX", "", "", "ZPD", "OBX", "", ""]
    assert lines[1] == "OBX|1||||first\nsecond | part"
    assert lines[5] == "OBX\n0.5|no segment"
