"""What a refusal says: a known reason, a place, a shape; never a name, a number or a value."""

import csv
import re
from pathlib import Path

import pytest

import transforms.knowledge
from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, PID, read
from transforms.parse.raw.reject import shape

REASONS = list(
    csv.DictReader(
        Path(transforms.knowledge.__file__).with_name("reject_reason.csv").read_text().splitlines()
    )
)
GOLDEN = sorted((Path(__file__).with_name("golden")).glob("*.hl7"))
PRIVATE = re.compile(r"LARK|ANNA|WREN|BELA|100[1-9]|1989|0\.95|9434765919")


@pytest.mark.parametrize("message", GOLDEN, ids=lambda path: path.stem)
def test_refusals_are_explained_and_hold_nothing_private(message):
    known = {row["reason_code"]: row for row in REASONS}
    for reject in read(message)["reject"]:
        reason = known[reject["reason_code"]]
        assert reason["sentence"]
        assert reason["mend"]
        assert not PRIVATE.search(str(reject["found"]))
        assert re.fullmatch("[0-9a-f]{12}|None", str(reject["message_control_id_hash"]))


def test_every_reason_of_the_parser_is_shown_by_a_golden_file_or_a_test():
    parser = Path(transforms.knowledge.__file__).parents[1] / "parse/hl7"
    code = "".join(path.read_text() for path in parser.glob("*.py"))
    used = {row["reason_code"] for row in REASONS if f'"{row["reason_code"]}"' in code}
    shown = {reject["reason_code"] for path in GOLDEN for reject in read(path)["reject"]}
    elsewhere = {"gzip_damaged", "no_message", "message_too_long"}  # test_framing.py
    elsewhere |= {"message_too_many_segments", "field_too_long"}  # test_bounded.py
    elsewhere |= {"withdrawal_without_number"}  # test_withdrawal.py
    assert used - shown <= elsewhere


def test_a_refusal_says_where(tmp_path):
    first = f"{MSH}\n{PID}\n{OBR}\n{OBX}\n"
    second = first.replace("1001^^^NORTH^MR", "").replace("M1", "M2")
    (reject,) = read(tmp_path, first + second)["reject"]
    content = (first + second).encode()
    place = slice(reject["byte_offset"], reject["byte_offset"] + reject["byte_length"])
    assert content[place] == second.encode()
    assert (reject["message_number"], reject["line_number"], reject["field"]) == (2, 6, "PID-3")
    assert reject["n_results"] == 1


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("12.5 g/L", "99.9 a/A"),
        ("Müller", "Aaaaaa"),
        ("a\nb\x00", "a?a?"),
        ("", None),
        (None, None),
        ("x" * 50, "a" * 40 + "…"),
    ],
)
def test_shape(text, outline):
    assert shape(text) == outline
