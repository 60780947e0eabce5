"""The character set of a message: the bytes decide, MSH-18 helps, the facility's word is final."""

import pytest

from tests.transforms.parse.hl7.hl7_file import OBX, ORU, read
from transforms.parse.hl7.charset import UnknownCharset, declared_codecs, decode


@pytest.mark.parametrize(
    ("msh_18", "codecs"),
    [
        ("8859/1", ["latin-1"]),
        ("iso-8859-15", ["iso8859-15"]),
        ("8859/2~UNICODE UTF-8", ["iso8859-2"]),
        ("~ISO IR87", ["iso2022_jp"]),
        ("GB 18030-2000", ["gb18030"]),
        ("ASCII", []),
        ("ISO IR6~ISO IR159", ["iso2022_jp_2"]),
        ("Shift_JIS", ["cp932"]),
        ("windows-1251", ["cp1251"]),
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
    for letters in (b"LH", b"LHF", b"||F"):
        text, codec = decode(header.encode() + b"PID|1||\x1b$B" + letters + b"\rOBX|1\r\nOBX|2\n")
        assert codec == "iso2022_jp"
        assert text.splitlines()[2:] == ["OBX|1", "OBX|2"]


def test_an_escape_sequence_that_nothing_ends_ends_with_its_line():
    """Broken letters too; seen where a fuzzer lost a result."""
    sent = b"MSH||||||||\x1b$B|||202X|4|NM|2472-92||F-2|IGS|||20240314091500\nOBX"
    assert decode(sent)[0].split("\n")[1] == "OBX"


HEADER = "MSH|^~\\&|LAB|NORTH|||2024||ORU^R01|1|P|2.5.1"


def text(name: str, declared: str = "") -> str:
    return f"{HEADER}||||||{declared}\rPID|1||7||{name}||19800101\r"


@pytest.mark.parametrize(
    "declared", ["", "ASCII", "ISO IR6~ISO IR159", "~ISO IR87", "UNICODE UTF-8"]
)
@pytest.mark.parametrize("codec", ["iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext"])
def test_escape_sequences_decide_whatever_is_declared(declared, codec):
    sent = text("山田" if codec == "iso2022_jp" else "丂田", declared)
    assert decode(sent.encode(codec))[0] == sent


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("表示^ソ", "cp932"),
        ("許功^蓋", "cp950"),
        ("Иванов^Пётр", "cp1251"),
        ("Παπά^Νίκος", "cp1253"),
    ],
)
def test_what_could_cut_a_field_is_no_guess(name, codec):
    with pytest.raises(UnknownCharset):
        decode(text(name).encode(codec))
    assert decode(text(name).encode(codec), codec)[0] == text(name)


def test_a_declaration_of_a_western_set_that_the_bytes_belie_is_no_guess_either():
    with pytest.raises(UnknownCharset):
        decode(text("表示^ソ", "8859/1").encode("cp932"))


@pytest.mark.parametrize(
    "name",
    [
        "José^André",
        "Zoë|x",
        "5 µg^x",
        "Müller^Jürgen",
        "Ö^Å",
        "naïve – “q”^",
        "20 °C|",
        "André~Noël",
    ],
)
def test_a_western_text_is_read_as_such(name):
    assert decode(text(name).encode("cp1252")) == (text(name), "cp1252")


@pytest.mark.parametrize("declared", ["UNICODE UTF-8", "UTF-8", ""])
def test_a_broken_letter_of_utf_8_alone_is_replaced(declared):
    raw = text("山田^太^5 µg/mL", declared).encode().replace("太".encode(), "太".encode()[:2])
    assert decode(raw) == (text("山田^\ufffd^5 µg/mL", declared), "utf-8")


@pytest.mark.parametrize(
    ("encoding", "letter"),
    [("shift_jis", "㎎"), ("euc_kr", "똠"), ("gb2312", "镕"), ("big5", "裏")],
)
def test_the_wider_set_is_meant_by_the_name_of_the_narrower(encoding, letter):
    wide = {"shift_jis": "cp932", "euc_kr": "cp949", "gb2312": "gb18030", "big5": "cp950"}[encoding]
    assert letter in decode(text(letter).encode(wide), encoding)[0]


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
