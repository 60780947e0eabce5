"""What raw is made of is noted beside it: a file that is lost, cut or changed by one bit is seen."""

import json
import re
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.parse.raw.compaction import compact_months, extract
from transforms.parse.raw.raw_file import raw_path, write_raw
from transforms.parse.raw.raw_note import damages, note_path
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source
from transforms.parse.raw.transaction import sole_writer

SHA = {name: name * 64 for name in "ab"}
LANDED = datetime(2024, 1, 31)


def land(home, sha256: str, n: int = 50) -> None:
    """A source file of `n` results of one patient each, without reading any."""
    source = Source(home / "x", "north", sha256, "x.csv", 9, LANDED, LANDED)
    write_raw(
        home,
        source,
        [
            (
                "observation",
                rows("observation", sha256, [{"patient_id": f"P{i}"} for i in range(n)]),
            ),
            ("source_file", rows("source_file", sha256, [{"landed_at": LANDED, "n_results": n}])),
        ],
        "layout",
    )


def rows(table: str, sha256: str, drawn: list[dict]) -> pa.RecordBatch:
    whole = [{"facility": "north", "source_sha256": sha256} | row for row in drawn]
    return pa.RecordBatch.from_pylist(whole, SCHEMAS[table])


@pytest.fixture
def home(tmp_path):
    for sha256 in SHA.values():
        land(tmp_path, sha256)
    return tmp_path


def seen(home, deep: bool = False) -> list[str]:
    return [str(damage) for damage in damages(home, deep)]


def test_what_was_landed_packed_and_taken_out_again_is_whole(home):
    assert seen(home, deep=True) == []
    compact_months(home, "2024-02")
    assert seen(home, deep=True) == []
    assert [p.stem for p in (home / "raw" / ".note" / "north").iterdir()] == ["2024-01"]
    with sole_writer(home):
        extract(home, "north", [SHA["a"]])
    assert seen(home, deep=True) == []
    assert {p.stem for p in (home / "raw" / ".note" / "north").iterdir()} == {SHA["a"], "2024-01"}
    with sole_writer(home):
        extract(home, "north", [SHA["b"]])
    assert {p.stem for p in (home / "raw" / ".note" / "north").iterdir()} == set(SHA.values())
    land(home, SHA["a"], 7)
    assert seen(home, deep=True) == []


def test_a_file_that_is_missing_cut_or_was_never_written(home):
    file = raw_path(home, "observation", "north", SHA["a"])
    file.unlink()
    assert seen(home) == ["north aaaaaaaaaaaa observation: is missing"]
    file.write_bytes(b"PAR1")
    (said,) = seen(home)
    assert said.startswith("north aaaaaaaaaaaa observation: has 4 bytes, ")
    file.unlink()
    land(home, SHA["a"])
    other = raw_path(home, "merge", "north", SHA["b"])
    other.parent.mkdir(parents=True)
    pq.write_table(SCHEMAS["merge"].empty_table(), other)
    assert seen(home) == ["north bbbbbbbbbbbb merge: was never written"]


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("table", ["observation", "source_file"])
def test_each_flipped_bit_of_raw_is_seen(home, table, is_packed):
    if is_packed:
        compact_months(home, "2024-02")
    name = "2024-01" if is_packed else SHA["a"]
    file = home / "raw" / table / "north" / f"{name}.parquet"
    whole = file.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        file.write_bytes(flipped)
        assert seen(home) == [], "a night looks at names and sizes alone"
        assert seen(home, deep=True) == [f"north {name[:12]} {table}: its bytes have changed"]


def test_a_bit_flipped_in_the_name_of_a_column_is_seen(home):
    file = raw_path(home, "observation", "north", SHA["a"])
    whole = file.read_bytes()
    places = [found.start() for found in re.finditer(b"observation_value", whole)]
    assert len(places) > 1
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << 7  # no letter in UTF-8
        file.write_bytes(flipped)
        assert seen(home, deep=True) == ["north aaaaaaaaaaaa observation: its bytes have changed"]


def test_raw_of_an_older_igwatch_has_no_notes_and_goes_on(home):
    for sha256 in SHA.values():
        note_path(home, "north", sha256).unlink()
    assert seen(home, deep=True) == []
    raw_path(home, "observation", "north", SHA["a"]).write_bytes(b"PAR1")
    assert seen(home) == []
    assert seen(home, deep=True) == ["north aaaaaaaaaaaa observation: cannot be read"]


def test_a_note_that_cannot_be_read_is_seen(home):
    note_path(home, "north", SHA["a"]).write_text("{")
    assert seen(home) == ["north aaaaaaaaaaaa source_file: its note cannot be read"]


def test_a_note_says_how_many_rows_each_file_has(home):
    noted = json.loads(note_path(home, "north", SHA["a"]).read_text())
    assert {table: of["rows"] for table, of in noted.items()} == {
        "observation": 50,
        "source_file": 1,
    }
