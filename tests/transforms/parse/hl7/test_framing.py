"""Where messages begin and end, however the bytes arrive."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, ORU, PID, is_balanced, read
from transforms.parse.hl7.file_bytes import PlainWindow, StreamWindow
from transforms.parse.hl7.framing import ENVELOPE, MESSAGE, STRAY_TEXT, TOO_LONG, frames

THREE = ORU + ORU.replace("M1", "M2") + ORU.replace("M1", "M3")
KIND = {STRAY_TEXT: "outside", MESSAGE: "message", ENVELOPE: "envelope", TOO_LONG: "too long"}


def units(content: bytes, limit: int = 1 << 20, block_bytes: int = 1 << 20) -> list[tuple]:
    found = []
    for block in frames(StreamWindow([content]), 0, limit, block_bytes):
        kinds = (KIND[kind] for kind in block.kind.tolist())
        text = (block.data[a:b] for a, b in zip(block.start, block.end, strict=True))
        found += zip(kinds, text, block.line.tolist(), block.n_results.tolist(), strict=True)
    return found


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends(tmp_path, end):
    rows = read(tmp_path, THREE.replace("\r", end))
    assert [row["message_control_id"] for row in rows["observation"]] == ["M1", "M2", "M3"]
    assert [row["line_number"] for row in rows["observation"]] == [4, 8, 12]


def test_mixed_line_ends(tmp_path):
    ends = iter(["r", "n", "rn", "n", "r", "rn", "rr", "nn", "nr", "rnrn", "r", "n"])
    mixed = "".join(
        line + next(ends).replace("r", "\r").replace("n", "\n") for line in THREE.split("\r")[:-1]
    )
    rows = read(tmp_path, mixed)
    assert [row["message_control_id"] for row in rows["observation"]] == ["M1", "M2", "M3"]
    assert [row["line_number"] for row in rows["observation"]] == [4, 9, 16]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 1000])
def test_blocks_of_any_size_give_the_same_units(size):
    text = f"junk\r\nFHS|^~\\&\r\n{THREE}BTS|3\r\n{OBX}\r\n\r\n{ORU}".replace("\r", "\r\n").encode()
    whole = units(text)
    assert units(text, block_bytes=size) == whole
    assert b"".join(unit[1] for unit in whole) == text
    assert [unit[0] for unit in whole] == [
        "outside", "envelope", "message", "message", "message", "envelope", "message",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 5, 64, 300])
def test_text_in_an_open_field_ends_no_message_in_blocks_of_any_size(size):
    golden = Path(__file__).with_name("golden") / "text_that_looks_like_a_message.hl7"
    whole = units(golden.read_bytes())
    assert units(golden.read_bytes(), block_bytes=size) == whole
    assert [kind for kind, *_ in whole] == [
        "envelope", "envelope", "message", "envelope", "envelope", "message", "message",
    ]  # fmt: skip


def test_a_short_result_at_the_end_of_a_batch_does_not_swallow_its_trailer():
    short = "OBX|1|NM|2472-9||0.95"
    text = f"BHS|^~\\&\r{MSH}\r{PID}\r{OBR}\r{short}\rBTS|1\r\n\r\n"
    assert [kind for kind, *_ in units(text.encode())] == ["envelope", "message", "envelope"]


def test_a_header_in_other_signs_begins_a_message_behind_a_short_result(tmp_path):
    other = ORU.replace("1001", "2002").replace("|", "#")
    rows = read(tmp_path, f"{MSH}\r{PID}\r{OBR}\rOBX|1|NM|2472-9||0.95\r{other}")
    assert [row["patient_id"] for row in rows["observation"]] == ["1001", "2002"]


def test_a_header_of_base64_glued_into_a_line_is_none(tmp_path):
    document = "QUJDMSH/+=/QUJDMSH+/+/AA"
    text = ORU + f"OBX|2|ED|PDF^R^L||LAB^AP^PDF^Base64^{document}||||||F\r"
    assert read(tmp_path, text)["source_file"][0]["n_messages"] == 1


def test_a_message_longer_than_the_limit_is_told_and_the_next_is_read():
    long = f"{MSH}\r" + f"{OBX}\r" * 40
    kinds = [
        (kind, n) for kind, _, _, n in units((long + ORU).encode(), limit=500, block_bytes=100)
    ]
    assert kinds[0][0] == "too long"
    assert kinds[-1] == ("message", 1)
    assert sum(n for _, n in kinds) == 41


def test_text_without_end_is_given_out_in_pieces():
    text_only = b"x" * (9 << 20)
    given = units(text_only, limit=2 << 20)
    assert {kind for kind, *_ in given} == {"outside"}
    assert max(len(text) for _, text, *_ in given) <= 4 << 20
    assert sum(len(text) for _, text, *_ in given) == len(text_only)


@pytest.mark.parametrize(
    ("line", "n"),
    [
        ("OBX|1", 1),
        ("  OBX|1", 1),
        ("\tobx|1", 1),
        ("\x0bOBX|1", 1),
        ("\ufeffOBX|1", 1),
        ("OBX", 1),
        ("OBX1|", 0),
        ("OBXY|", 0),
        ("XOBX|1", 0),
        ("OBX: see above", 0),
        ("ZBX|OBX|1", 0),
    ],
)
def test_what_counts_as_a_result(tmp_path, line, n):
    rows = read(tmp_path, f"{MSH}\r{PID}\r{OBR}\r{line}\r")
    assert rows["source_file"][0]["n_results"] == n
    assert is_balanced(rows)


def test_a_line_of_many_megabytes(tmp_path):
    document = "QUJD" * (5 << 18)
    report = f"OBX|2|ED|PDF^Report^L||LAB^AP^PDF^Base64^{document}||||||F\r"
    text = f"OBX|3|TX|TXT^Report^L||{document}||||||F\r"
    rows = read(tmp_path, ORU + report + text + ORU)
    values = [row["observation_value"] for row in rows["observation"]]
    assert values == ["0.95", "LAB^AP^PDF^Base64", "0.95"]
    (reject,) = rows["reject"]
    assert (reject["reason_code"], reject["field"]) == ("field_too_long", "OBX-5")


def test_gzip(tmp_path):
    rows = read(tmp_path, gzip.compress(THREE.encode()))
    assert len(rows["observation"]) == 3


@pytest.mark.parametrize("damage", ["cut", "flipped", "tail"])
def test_damaged_gzip_is_refused_whole(tmp_path, damage):
    zipped = bytearray(gzip.compress(THREE.encode() * 100))
    if damage == "cut":
        zipped = zipped[:-20]
    elif damage == "flipped":
        zipped[len(zipped) // 2] ^= 0x55
    else:
        zipped += b"tail"
    rows = read(tmp_path, bytes(zipped))
    assert [row["reason_code"] for row in rows["reject"]] == ["gzip_damaged"]
    assert rows["observation"] == []
    assert rows["source_file"][0]["format"] == "unreadable"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"patient_id,value\n1,2\n", b"\x00" * 64])
def test_no_message_at_all(tmp_path, content):
    rows = read(tmp_path, content)
    assert [row["reason_code"] for row in rows["reject"]] == ["no_message"]
    assert rows["source_file"][0]["n_messages"] == 0


def test_glued_messages_are_never_one_patient(tmp_path):
    other = ORU.replace("1001", "2002").replace("M1", "M2")
    for glue in ("", " ", "\x1c", "\x1c\x0b", "\x00\x00", "\ufeff", "|", "text"):
        rows = read(tmp_path, ORU.rstrip("\r") + glue + other)
        assert [row["patient_id"] for row in rows["observation"]] == ["1001", "2002"], repr(glue)


def test_a_message_glued_into_the_last_line_of_a_file_without_an_end_stops_nothing(tmp_path):
    rows = read(tmp_path, ORU + "MSH|\rOBX|MSH|&|")
    assert [row["message_control_id"] for row in rows["observation"]] == ["M1"]
    assert [(row["line_number"], row["n_results"]) for row in rows["reject"]] == [(5, 1), (6, 0)]
    assert is_balanced(rows)


def test_a_message_glued_into_one_with_lower_case_ids_is_seen(tmp_path):
    lower = "\r".join(line[:3].lower() + line[3:] for line in ORU.rstrip("\r").split("\r"))
    rows = read(tmp_path, lower + "|" + ORU.replace("1001", "2002").replace("M1", "M2"))
    assert [row["patient_id"] for row in rows["observation"]] == ["1001", "2002"]


def test_batches_are_counted_each(tmp_path):
    batch = f"BHS|^~\\&\r{ORU}{ORU}BTS|2\r"
    rows = read(tmp_path, f"FHS|^~\\&\r{batch}{batch}FTS|2\r")
    assert rows["reject"] == []
    rows = read(tmp_path, f"FHS|^~\\&\r{batch}{batch.replace('BTS|2', 'BTS|02')}FTS|\r")
    assert rows["reject"] == []
    rows = read(tmp_path, f"{batch.replace('BTS|2', 'BTS|5')}{batch}FTS|1\r")
    assert [row["field"] for row in rows["reject"]] == ["BTS-1", "FTS-1"]
    assert len(rows["observation"]) == 4


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_a_window_gives_the_same_bytes_from_a_file_and_from_pieces(tmp_path, size):
    content = bytes(range(256)) * 3
    path = tmp_path / "content"
    path.write_bytes(content)
    stream = StreamWindow(content[i : i + size] for i in range(0, len(content), size))
    plain = PlainWindow(path)
    for place, n in ((0, 10), (5, 10), (5, 100), (100, 500), (590, 500), (768, 5)):
        assert plain.read(place, n) == stream.read(place, n) == content[place : place + n]
    assert PlainWindow(path, end=20).read(15, 10) == content[15:20]


def test_blocks_hold_parallel_arrays():
    for block in frames(StreamWindow([THREE.encode()])):
        assert np.array_equal(block.start[1:], block.end[:-1])
        assert len(block.kind) == len(block.line) == len(block.n_results) == len(block.start)
