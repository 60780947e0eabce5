"""A file read in parts is the same rows in the same order as the file read whole."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.transforms.parse.hl7.hl7_file import ORU, read, source
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.envelope import Envelope
from transforms.parse.hl7.file_counts import FileCounts
from transforms.parse.hl7.parallel import part_spans, read_parts
from transforms.parse.hl7.row_buffer import RowBuffer

PAIR = ORU.replace("OBX|1", "NTE|1||of the order\rOBX|1").replace("0.95", "60~120")
ADT = "MSH|^~\\&|||||20240101||ADT^A40|M9\rPID|1||1001\rMRG|1002\rDG1|1||D80.4\r"
BATCH = f"FHS|^~\\&\rBHS|^~\\&\r{ORU}{PAIR}{ADT}MSH|\rOBX|1\r{PAIR}{ORU}BTS|7\rFTS|1\r"


@pytest.mark.parametrize("size", [1, 50, 300, 10_000])
def test_parts_begin_at_messages(tmp_path, size):
    path = tmp_path / "feed.hl7"
    content = (BATCH * 5).replace("\r", "\r\n").encode()
    path.write_bytes(content)
    parts = [content[start:end] for start, end in part_spans(path, size)]
    assert b"".join(parts) == content
    assert all(part.startswith(b"MSH|") for part in parts[1:])


@pytest.mark.parametrize("size", [300, 3000])
def test_the_rows_are_the_same(tmp_path, size):
    path = tmp_path / "feed.hl7"
    whole = read(path, BATCH * 20)
    buffer, counts = RowBuffer(source(path)), FileCounts()
    envelope = Envelope(buffer)
    facility = Facility(name="north", zone="Europe/Berlin")
    rows = {table: [] for table in whole}
    with ThreadPoolExecutor(2) as pool:
        spans = part_spans(path, size)
        whole_file = (buffer, counts, envelope)
        for table, batch in read_parts(spans, whole_file, facility, None, pool, 2, tmp_path):
            rows[table] += batch.to_pylist()
    assert [file.name for file in tmp_path.iterdir()] == ["feed.hl7"]
    envelope.end()
    rows["reject"] += [row for _, batch in buffer.flush() for row in batch.to_pylist()]
    for table in ("observation", "patient", "merge", "exposure"):
        assert rows[table] == whole[table]
    assert _in_place(rows["reject"]) == _in_place(whole["reject"])
    source_file = whole["source_file"][0]
    assert counts.last_message_at == source_file["last_message_at"]
    assert replace(counts, codecs=set(), last_message_at=None) == FileCounts(
        n_messages=source_file["n_messages"],
        n_lines=(BATCH * 20).count("\r"),
        n_results=source_file["n_results"] - 40,
        n_repeated=40,
        n_others=source_file["n_other_rows"],
    )


@pytest.mark.heavy
def test_positions_go_on_over_the_batches_of_a_part(tmp_path):
    """More patients than a batch holds, in each of two parts."""
    path = tmp_path / "feed.hl7"
    path.write_text(ADT.replace("ADT^A40", "ADT^A08").split("MRG")[0] * 40_000)
    buffer, counts = RowBuffer(source(path)), FileCounts()
    facility = Facility(name="north", zone="Europe/Berlin")
    spans = part_spans(path, path.stat().st_size // 2)
    whole_file = (buffer, counts, Envelope(buffer))
    positions = []
    with ThreadPoolExecutor(2) as pool:
        for table, batch in read_parts(spans, whole_file, facility, None, pool, 2, tmp_path):
            positions += batch["position"].to_pylist() if table == "patient" else []
    assert positions == list(range(1, 40_001))


def _in_place(rejects: list[dict]) -> list[dict]:
    """Rejects by where they stand; what the end of the file adds comes last in parts."""
    assert sorted(row["position"] for row in rejects) == list(range(1, len(rejects) + 1))
    rows = [row | {"position": None} for row in rejects]
    return sorted(rows, key=lambda row: (row["byte_offset"], row["field"]))
