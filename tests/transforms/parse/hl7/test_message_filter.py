"""Messages that hold no code of interest are counted and passed over; no other ever is."""

import random
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.transforms.parse.hl7.hl7_file import (
    MSH,
    OBR,
    OBX,
    ORU,
    PID,
    is_balanced,
    read,
)
from transforms.knowledge import load_knowledge
from transforms.parse.hl7.er7 import Delimiters
from transforms.parse.hl7.message_filter import filter_for_codes

OTHER = (
    ORU.replace("2472-9^IgM", "6690-2^Leukocytes")
    .replace("M1", "M9")
    .replace("IGS^Immunoglobulins", "CBC^Count")
)
IGM = filter_for_codes(["2472-9", "IG&M"], ["immunoglob"])
HINTS = load_knowledge()["name_hint"]["pattern"].to_pylist()
NAMED = [row for row in load_knowledge()["name_pattern"].to_pylist() if not row["is_exclusion"]]
PATTERNS = sorted({row["pattern"] for row in NAMED})
BEFORE = ["", "", "", "total ", "Serum-", "P ", "(", "le ", "é", "Ig ", "sig", "x"]
STEM = ["ig", "Ig", "IG", "IG.", "ig-", "ig ", "Immunoglobulin ", "Immunglobuline: ", "inmun glob "]
STEM += ["IMUNOGLOBULINA-", "Immün-globulin ", "IMMÜNOGLOB A and ", "immunoglobulin class ", "imm "]
LETTER = ["g", "a", "m", "d", "e", "G", "A", "M", "D", "E", "G1", "g 4", "GAM", ""]
BEHIND = ["", "", "", " total", " (serum)", "&x", "^", "|", "~ 2", "\\", " subclass 3", "^o"]


def is_read(tmp_path, message: str) -> bool:
    rows = read(tmp_path, OTHER + message + OTHER, IGM)
    assert is_balanced(rows)
    source_file = rows["source_file"][0]
    assert source_file["n_messages"] == 3
    assert source_file["n_results_skipped"] in (2, 3)
    return source_file["n_results_skipped"] == 2


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
        "2472-9\\.sp\\^IgM",
        "2472-9\u00a0^x",
        "24\\H\\72-9^x",
        "\\X32\\472-9^x",
        "\\.in+2\\2472-9^x",
        "24\x0072-9^x",
        "\x1c2472-9^x",
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
    "segment",
    [
        "DG1|1||D80.4",
        "MRG|1002",
        "RXA|0|1|20240101||L01FA01",
        "PR1|1",
        "ORC|CA|17",
        "ORC|SC|17|||CA",
    ],
)
@pytest.mark.parametrize("start", ["\r", "\n", "\r\n  ", "\r\x00"])
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


def test_no_name_that_looks_like_an_immunoglobulin_is_passed_over():
    """Whatever name_pattern.csv takes for one holds a hint, in one text or in two."""
    rng = random.Random(1)
    parts = (BEFORE, STEM, LETTER, BEHIND)
    names = ["".join(map(rng.choice, parts)) for _ in range(5000)]
    lower = pa.array([name.lower() for name in names])
    looks = sum(pc.match_substring_regex(lower, pattern).to_numpy(False) for pattern in PATTERNS)
    named = [name for name, is_named in zip(names, looks > 0, strict=True) if is_named]
    assert len([name for name in named if "glob" in name.lower()]) > 500
    assert len(named) > 1000
    messages = [_named(name, rng).encode(rng.choice(["utf-8", "latin-1"])) for name in named]
    end = np.cumsum([len(message) for message in messages])
    start = np.concatenate(([0], end[:-1]))
    is_read = filter_for_codes([], HINTS).selects(b"".join(messages), start, end)
    assert [name for name, read_ in zip(named, is_read, strict=True) if not read_] == []


def _named(name: str, rng: random.Random) -> str:
    """A message with the name in its text, or at a blank in its text and alternate text."""
    blanks = [0, *(i for i, sign in enumerate(name) if sign == " ")]
    blank = rng.choice(blanks)
    text, other = (name[:blank], name[blank + 1 :]) if blank else (name, "")
    code = f"X1^{escaped(text)}^L^X2^{escaped(other)}^L"
    return f"{MSH}\r{PID}\rOBR|1\rOBX|1|NM|{code}||0.95|g/L|||||F\r"


def escaped(text: str) -> str:
    letters = {sign: f"\\{letter}\\" for sign, letter in zip(Delimiters(), "FSRET", strict=True)}
    return "".join(letters.get(sign, sign) for sign in text)


@pytest.mark.parametrize("name", ["High density lipoprotein", "Origami", "Beta-2 microglobulin"])
def test_a_hint_is_no_part_of_another_word(tmp_path, name):
    text = ORU.replace("2472-9^IgM", f"X1^{name}").replace("Immunoglobulins", "x")
    source_file = read(tmp_path, text, filter_for_codes([], HINTS))["source_file"][0]
    assert source_file["n_results_skipped"] == 1


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "cp1252"])
def test_a_code_is_found_in_any_character_set(tmp_path, charset):
    text = ORU.replace("2472-9^IgM", "IGM-É^x").replace("Immunoglobulins", "x")
    rows = read(tmp_path, text.encode(charset), filter_for_codes(["igm-é"]))
    source_file = rows["source_file"][0]
    assert source_file["n_results_skipped"] == 0


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("免疫グロブリンM", "utf-8"),
        ("免疫グロブリンM", "cp932"),
        ("免疫グロブリンM", "euc_jp"),
        ("免疫グロブリンM", "iso2022_jp"),
        ("免疫球蛋白M", "gb18030"),
        ("免疫球蛋白M", "cp950"),
        ("면역글로불린 M", "cp949"),
        ("Иммуноглобулин М", "utf-8"),
        ("ИММУНОГЛОБУЛИН М", "cp1251"),
        ("иммуноглобулин М", "koi8-r"),
        ("ΑΝΟΣΟΣΦΑΙΡΙΝΗ Μ", "cp1253"),
        ("Ανοσοσφαιρίνη Μ", "utf-8"),
        ("ＩｇＭ", "utf-8"),
        ("ＩｇＭ", "cp932"),
        ("IgМ", "utf-8"),
        ("SIGM", "ascii"),
        ("IGMQT", "ascii"),
    ],
)
def test_a_name_in_another_script_is_found_in_its_character_sets(tmp_path, name, charset):
    text = ORU.replace("2472-9^IgM", f"X1^{name}").replace("Immunoglobulins", "x")
    content = (OTHER + text + OTHER).encode(charset)
    source_file = read(tmp_path, content, filter_for_codes([], HINTS))["source_file"][0]
    assert source_file["n_results_skipped"] == 2


@pytest.mark.parametrize("charset", ["cp932", "euc_jp", "gb18030", "utf-8"])
def test_a_code_of_two_byte_letters_is_found(tmp_path, charset):
    text = ORU.replace("2472-9^IgM", "免疫グロブリンＭ^テスト").replace("Immunoglobulins", "x")
    rows = read(
        tmp_path, text.encode(charset), filter_for_codes(["免疫グロブリンＭ"]), encoding=charset
    )
    assert [row["observation_identifier"] for row in rows["observation"]] == ["免疫グロブリンＭ"]


def test_accents_are_no_foreign_letters(tmp_path):
    text = OTHER.replace("Leukocytes", "Érythème – “naïf”")
    assert read(tmp_path, text, filter_for_codes([], HINTS))["observation"] == []


def test_results_of_interest_in_a_kind_of_message_that_is_not_read_are_told(tmp_path):
    """Of an MDM with an IgM and a weight only the IgM; of one with a weight alone nothing."""
    weight = OBX.replace("2472-9^IgM", "3141-9^Weight")
    letter = ORU.replace("ORU^R01", "MDM^T02")
    text = f"{letter}{weight}\r" + letter.replace(OBX, weight)
    rows = read(tmp_path, text, filter_for_codes(["2472-9"]))
    (reject,) = rows["reject"]
    assert (reject["reason_code"], reject["n_results"]) == ("message_type_not_read", 1)
    assert is_balanced(rows)


def test_a_feed_of_which_nothing_is_of_interest_is_not_silent(tmp_path):
    """The time of the last message is noted, though it was passed over."""
    text = OTHER + OTHER.replace("20240315081500", "20240316081500")
    source_file = read(tmp_path, text, IGM)["source_file"][0]
    assert source_file["n_results_skipped"] == 2
    assert source_file["last_message_at"] == datetime(2024, 3, 16, 8, 15)


def test_the_digest_tells_one_search_from_another():
    assert IGM.sha256() == filter_for_codes(["IG&M", "2472-9"], ["immunoglob"]).sha256()
    assert IGM.sha256() != filter_for_codes(["2472-9"], ["immunoglob"]).sha256()


def test_no_codes_is_no_interest_in_results(tmp_path):
    assert read(tmp_path, ORU, filter_for_codes([]))["observation"] == []
