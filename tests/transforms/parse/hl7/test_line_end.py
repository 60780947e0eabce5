"""Segments inside a field: found however the line ends were lost, and not in a text about them."""

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, PID, is_balanced, read, sheet_of
from transforms.parse.hl7.line_end import lost_line_end, suspect_lines


@pytest.mark.parametrize(
    "line",
    [
        "NTE|1||see OBX|",
        "NTE|1||OBX|RE^Remark^HL70364",
        "OBX|1|TX|P^Pelvis^L||no PID|||N|||F",
        "OBX|1|TX|T^Text^L||as in OBX||||||F",
        "OBX|1|TX|T^Text^L||as in OBR||||||F",
        "OBX|1|TX|T^Text^L||PID|g/L|0.4-2.3|N|||F",
        "ZBX|OBX|1",
        "OBX|1|NM|2472-9^IgM^LN||0.95|g/L",
    ],
)
def test_a_text_about_segments_is_none(line):
    assert lost_line_end([line]) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("PID|1||7||A OBX|1|NM|2472-9", "a blank before OBX"),
        ("PID|1||7||A\\rOBX|1||2472-9", "\\r before OBX"),
        ("OBX|1|NM|X||5|g/L||||FOBX||NM|2472-9||1", "nothing before OBX"),
        ("OBX|1|NM|X||5|g/L||||F\u0085PID|2||1002^^^N", "U+0085 before PID"),
        ("OBX|1|NM|X||5|g/L||||F<br/>ORC|RE|1", "<br/> before ORC"),
        ("OBX|1|NM|X||5|g/L||||F~obr|2|P|F", "~ before OBR"),
        ("PID|1||7||A_x000D_MRG|1002^^^N", "_x000D_ before MRG"),
    ],
)
def test_a_segment_in_a_field_is_found_and_what_stands_before_it_told(line, said):
    assert lost_line_end(["MSH|^~\\&|", line]) == (1, said)


def test_suspects_are_lines_with_the_id_of_another_segment():
    lines = ["OBX|1", "PID|1||7", "OBX|1|TX|PID|", "", "OBR|1|OBX", "XOBX|1", "NTE|1||a OBR|2"]
    for some, expected in (
        (lines, [2, 5, 6]),
        ([], []),
        (["OBX"], []),
        (["", "É"], []),
        (["OBR|É", "É|OBX|1"], [1]),
        (["OBX|É"] * 50_000 + ["OBX|OBR|"] + ["PID|1"] * 5000, [50_000]),
        (["OBX" + "|" * 200 + "PID|1"], [0]),
    ):
        assert suspect_lines(sheet_of(some)).tolist() == expected


@pytest.mark.parametrize(
    "glued", [f"{OBX} PID|2||2002^^^NORTH^MR||WREN", f"{OBX}{OBX}", f"{PID}{OBR}"]
)
def test_no_result_of_such_a_message_is_read(tmp_path, glued):
    """Whichever segment was swallowed: a patient, an order or a result."""
    text = f"{MSH}\r{PID}\r{OBR}\r{OBX}\r{glued}\r{OBX}\r"
    rows = read(tmp_path, text + text.replace(glued, OBX))
    assert {row["message_number"] for row in rows["observation"]} == {2}
    assert [row["reason_code"] for row in rows["reject"]] == ["line_ends_lost"]
    assert is_balanced(rows)
