"""The character set of a message: the bytes decide, MSH-18 helps, the facility's word is final."""

import pytest

from tests.transforms.parse.hl7.hl7_file import OBX, ORU, read
from transforms.parse.hl7.charset import declared_codecs, decode


@pytest.mark.parametrize(
    ("msh_18", "codecs"),
    [
        ("8859/1", ["latin-1"]),
        ("iso-8859-15", ["iso8859-15"]),
        ("8859/2~UNICODE UTF-8", ["iso8859-2"]),
        ("~ISO IR87", ["iso2022_jp"]),
        ("GB 18030-2000", ["gb18030"]),
        ("ASCII", []),
        ("ISO IR 999", []),
        ("PRELIM", []),
        ("", []),
    ],
)
def test_declared(msh_18, codecs):
    assert declared_codecs(msh_18) == codecs


@pytest.mark.parametrize(
    ("declared", "encoded_as", "read_as"),
    [
        ("", "utf-8", "utf-8"),
        ("8859/1", "utf-8", "utf-8"),
        ("8859/2", "iso8859-2", "iso8859-2"),
        ("", "cp1252", "cp1252"),
        ("UNICODE UTF-8", "latin-1", "cp1252"),
        ("GB 18030-2000", "gb18030", "gb18030"),
    ],
)
def test_decode(declared, encoded_as, read_as):
    text = ORU.replace("|2.5.1", f"|2.5.1||||||{declared}").replace("LARK", "Žižka ä"[-1])
    assert decode(text.encode(encoded_as)) == (text, read_as)


def test_a_shift_that_is_never_undone_ends_with_its_line():
    header = "MSH|^~\\&|" + "|" * 15 + "ISO IR87\r"
    text, codec = decode(header.encode() + b"PID|1||\x1b$BLH\rOBX|1\r\nOBX|2\n")
    assert codec == "iso2022_jp"
    assert text.splitlines()[2:] == ["OBX|1", "OBX|2"]


def test_bytes_that_are_nothing_are_kept():
    text, codec = decode(b"MSH|^~\\&|\x81\x8d\xff")
    assert codec == "latin-1"
    assert len(text) == 12


def test_the_facility_is_believed(tmp_path):
    text = ORU.replace("2472-9^IgM", "2472-9^Žižka")
    rows = read(tmp_path, text.encode("cp1250"), encoding="cp1250")
    assert rows["observation"][0]["observation_text"] == "Žižka"
    assert rows["source_file"][0]["encoding"] == "cp1250"


def test_every_message_has_its_own(tmp_path):
    name = OBX.replace("IgM", "für")
    content = ORU.encode() + b"".join(ORU.replace(OBX, name).encode(c) for c in ("utf-8", "cp1252"))
    rows = read(tmp_path, content)
    assert [row["observation_text"] for row in rows["observation"]] == ["IgM", "für", "für"]
    assert rows["source_file"][0]["encoding"] == "cp1252+utf-8"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_the_facility_may_say_that_it_is_wide(tmp_path, codec):
    rows = read(tmp_path, ("junk\r" + ORU).encode(codec), encoding=codec)
    assert len(rows["observation"]) == 1
