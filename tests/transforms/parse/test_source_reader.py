"""Which reader takes a file: its content decides, its name is a hint."""

import gzip

import pytest

from tests.transforms.parse.delivery import delivered
from transforms.parse.source_reader import read_source

CSV = b"patient_id,collected_at,code,value\nA1,2024-01-31,IGM,0.3\n"
HL7 = (
    b"MSH|^~\\&|LAB|NORTH|||20240131120000||ORU^R01|1|P|2.5.1\r"
    b"PID|1||A1^^^NHS^MR||X^Y||19870304|F\r"
    b"OBR|1||L1|IGM^IgM^L|||20240131081500\r"
    b"OBX|1|NM|2472-9^IgM^LN||0.3|g/L|0.4-2.3|L|||F\r"
)
FILES = [
    (CSV, "results.csv", "csv"),
    (CSV, "results.hl7", "csv"),
    (CSV, "anything.txt", "csv"),
    (CSV.replace(b",", b"\t"), "results.tsv", "csv"),
    (HL7, "feed.hl7", "hl7v2"),
    (HL7, "feed.csv", "hl7v2"),
    (HL7, "feed.txt", "hl7v2"),
    (HL7.replace(b"\r", b"\n"), "feed.txt", "hl7v2"),
    (b"\x0b" + HL7 + b"\x1c\r", "feed.txt", "hl7v2"),
    (b"\xef\xbb\xbf" + HL7, "feed.txt", "hl7v2"),
    (b"\r\n\r\n" + HL7, "feed.txt", "hl7v2"),
    (b"BHS|^~\\&|LAB\r" + HL7 + b"BTS|1\r", "feed.txt", "hl7v2"),
    (b"exported by nobody\r" + HL7, "feed.txt", "hl7v2"),
    (HL7.decode().encode("utf-16"), "feed.hl7", "hl7v2"),
    (gzip.compress(HL7, mtime=0), "feed.hl7.gz", "hl7v2"),
    (gzip.compress(CSV, mtime=0), "results.csv.gz", "csv"),
    (gzip.compress(CSV, mtime=0), "results.csv", "csv"),
    (CSV.replace(b"0.3", b'"MSH|^~\\&|"'), "results.csv", "csv"),
    (b"", "feed.hl7", "unreadable"),
    (b"", "results.csv", "unreadable"),
    (gzip.compress(HL7, mtime=0)[:-3], "feed.hl7.gz", "unreadable"),
    (gzip.compress(CSV, mtime=0)[:20], "results.csv.gz", "unreadable"),
    (b"PK\x03\x04", "feed.hl7", "unreadable"),
    (b"hello", "feed.txt", "unreadable"),
    (b"hello", "feed.hl7", "unreadable"),
]


@pytest.mark.parametrize(("content", "name", "format_"), FILES)
def test_the_content_decides(tmp_path, content, name, format_):
    rows = delivered(tmp_path, content, name=name, read=read_source)
    assert rows["source_file"][0]["format"] == format_
    if format_ == "unreadable":
        assert [reject["level"] for reject in rows["reject"]] == ["file"]
    else:
        assert [row["patient_id"] for row in rows["observation"]] == ["A1"]
