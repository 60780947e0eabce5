"""Whatever the bytes: nothing raises, nothing vanishes, no result goes to another patient."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.parse.hl7.hl7_file import MSH, QUICK, is_balanced, read
from tests.transforms.parse.hl7.hl7_oracle import UNKNOWN, pid_of_lines

GOLDEN = sorted((Path(__file__).with_name("golden")).glob("*.hl7"))
WORDS = [
    *(
        b"MSH|^~\\&|",
        b"MSH",
        b"PID|",
        b"OBR|",
        b"OBX|",
        b"SPM|",
        b"NTE|",
        b"ORC|",
        b"ZZZ|",
        b"DG1|",
    ),
    *(b"MRG|", b"RXE|", b"BHS|", b"BTS|2", b"FHS|", b"obx|", b" OBX|", b"OBX", b"ADT^A40", b"ORU"),
    *(b"\r", b"\n", b"\r\n", b"|", b"^", b"~", b"\\", b"&", b"#", b'""', b"\\F\\", b"\\X41\\"),
    *(b"\x00", b"\x0b", b"\x1c\r", b"\x1b$B", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b"\x80"),
    *(b"1001^^^N^MR", b"20240315", b"0.95", b"NM", b"ED", b" "),
]


def read_bytes(content: bytes):
    with tempfile.TemporaryDirectory() as folder:
        return read(Path(folder), content)


@QUICK
@given(st.lists(st.sampled_from(WORDS) | st.binary(max_size=6), max_size=60).map(b"".join))
def test_no_bytes_raise_or_unbalance(content):
    assert is_balanced(read_bytes(content))


@st.composite
def segments(draw):
    """Lines of messages in any order; each result says whose it is: the last PID's, or nobody's."""
    lines, owner, number = [], None, 0
    for kind in draw(st.lists(st.sampled_from("MPPORXXXXSNZGDbw"), min_size=1, max_size=40)):
        if kind == "M":
            lines.append(MSH)
            owner = None
        elif kind == "P":
            number += 1
            owner = f"P{number}"
            lines.append(f"PID|{number}||{owner}^^^NORTH^MR||NAME{number}")
        elif kind == "X":
            lines.append(f"OBX|1|ST|C^T^L||{owner}||||||F")
        else:
            others = {
                "O": "ORC|RE|1",
                "R": "OBR|1||F",
                "S": "SPM|1|S",
                "N": "NTE|1||OBX|1",
                "Z": "Z",
            }
            noise = {"G": "DG1|1||I10", "D": "PV1|1", "b": "", "w": "  words | and OBX|"}
            lines.append({**others, **noise}[kind])
    return lines


@QUICK
@given(segments(), st.sampled_from(["\r", "\n", "\r\n", "\r\x0b", "\x1c\r", "\n  "]))
def test_a_result_belongs_to_the_pid_above_it_in_its_message(lines, end):
    text = MSH + "\r" + end.join(lines) + end
    rows = read_bytes(text.encode())
    assert is_balanced(rows)
    for row in rows["observation"]:
        assert row["observation_value"].split("\n")[0] == row["patient_id"]
    source_file = rows["source_file"][0]
    assert source_file["n_messages"] == 1 + lines.count(MSH)
    assert source_file["n_results"] == sum(line.startswith("OBX|") for line in lines)
    assert len(rows["observation"]) == sum(
        line.startswith("OBX|") and "None" not in line for line in lines
    )


@QUICK
@given(st.sampled_from(GOLDEN), st.data())
def test_a_damaged_golden_file_is_still_balanced(golden, data):
    content = bytearray(golden.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 8))
        content[at : at + cut] = data.draw(st.sampled_from(WORDS) | st.binary(max_size=4))
    rows = read_bytes(bytes(content))
    assert is_balanced(rows)
    owners = pid_of_lines(bytes(content))
    if rows["source_file"][0]["encoding"] == "utf-8" and b"\\" not in content.replace(b"~\\&", b""):
        for row in rows["observation"]:
            pid = owners.get(row["line_number"], UNKNOWN)
            listed = row["patient_identifier_list"].encode()
            assert pid == UNKNOWN or listed.split(b"\n")[0] in pid
