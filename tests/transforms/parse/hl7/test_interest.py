"""Messages that hold no code of interest are counted and passed over; no other ever is."""

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, ORU, PID, is_balanced, read
from transforms.parse.interest import interest_of

OTHER = (
    ORU.replace("2472-9^IgM", "6690-2^Leukocytes")
    .replace("M1", "M9")
    .replace("IGS^Immunoglobulins", "CBC^Count")
)
IGM = interest_of(["2472-9", "IG&M"], ["immunoglob"])


def is_read(tmp_path, message: str) -> bool:
    rows = read(tmp_path, OTHER + message + OTHER, IGM)
    assert is_balanced(rows)
    told = rows["source_file"][0]
    assert told["n_messages"] == 3
    assert told["n_results_skipped"] in (2, 3)
    return told["n_results_skipped"] == 2


@pytest.mark.parametrize(
    "code",
    [
        "2472-9^IgM^LN",
        "2472-9",
        " 2472-9 ^IgM",
        "X1^local^L^2472-9^IgM^LN",
        "IG&M^IgM^L",
        "IG\\T\\M^IgM^L",
        "ig\\T\\m^IgM^L",
        "X1^Total IMMUNOGLOBULIN M^L",
    ],
)
def test_read(tmp_path, code):
    assert is_read(tmp_path, f"{MSH}\r{PID}\r{OBR.replace('IGS^Immunoglobulins', 'X')}\r"
                             f"OBX|1|NM|{code}||0.95|g/L|||||F\r")  # fmt: skip


@pytest.mark.parametrize("code", ["12472-9^IgM^LN", "2472-91^x", "2472^x", "IGM^IgM^L", "IG^M^L"])
def test_passed_over(tmp_path, code):
    text = f"{MSH}\r{PID}\rOBR|1\rOBX|1|NM|{code}||0.95|g/L|||||F\r"
    assert not is_read(tmp_path, text)


@pytest.mark.parametrize(
    "message",
    [
        OTHER.replace("MSH|^~\\&|", "MSH|^~\\&#|").replace("6690-2", "2472-9"),
        OTHER.replace("MSH|^~\\&|", "MSH|^~|"),  # not the usual delimiters: read to be sure
        OTHER.replace("|", "!"),
        OTHER.replace("MSH", "msh"),
    ],
)
def test_unusual_delimiters_are_read(tmp_path, message):
    assert is_read(tmp_path, message)


@pytest.mark.parametrize(
    "segment", ["DG1|1||D80.4", "MRG|1002", "RXA|0|1|20240101||L01FA01", "PR1|1"]
)
@pytest.mark.parametrize("start", ["\r", "\n", "\r\n  "])
def test_segments_that_are_never_passed_over(tmp_path, segment, start):
    text = OTHER.rstrip("\r") + start + segment + "\r"
    rows = read(tmp_path, text, IGM)
    assert rows["source_file"][0]["n_results_skipped"] == 0


def test_adt_is_never_passed_over(tmp_path):
    text = OTHER.replace("ORU^R01", "ADT^A08").split("OBR")[0]
    assert len(read(tmp_path, text * 2, IGM)["patient"]) == 2


def test_messages_of_other_kinds_are_passed_over(tmp_path):
    text = "".join(OTHER.replace("ORU^R01", kind) for kind in ("ORM^O01", "MDM^T02", "SIU^S12"))
    rows = read(tmp_path, text, IGM)
    assert rows["source_file"][0]["n_results_skipped"] == 3
    assert rows["reject"] == []


def test_what_is_read_is_the_same_row(tmp_path):
    """Numbers of messages, lines and results do not depend on what was passed over."""
    content = OTHER + ORU + f"{OTHER}{OBX.replace('2472-9', '6690-2')}\r" + ORU.replace("M1", "M2")
    everything = read(tmp_path, content)["observation"]
    of_interest = read(tmp_path, content, IGM)["observation"]
    assert of_interest == [row for row in everything if row["observation_identifier"] == "2472-9"]


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [("IgM", True), ("IgM total", True), ("anti-IgM", False), ("Serum IgM", False), ("IGM", True)],
)
def test_name_patterns_are_anchored_to_their_component(tmp_path, name, is_wanted):
    interest = interest_of([], ["^ig[gam]( total)?$"])
    text = ORU.replace("2472-9^IgM", f"X1^{name}").replace("Immunoglobulins", "x")
    told = read(tmp_path, text, interest)["source_file"][0]
    assert (told["n_results_skipped"] == 0) is is_wanted


def test_no_codes_is_no_interest_in_results(tmp_path):
    assert read(tmp_path, ORU, interest_of([]))["observation"] == []
