"""Landing: whole or not at all, once, for the owner's eyes only."""

import gzip
import hashlib
import os
import stat
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.parse.facility.facility import Facility
from transforms.parse.land import land, reland, unfinished_relands
from transforms.parse.land_many import land_many
from transforms.parse.raw import archive, raw_file
from transforms.parse.raw.schema import SCHEMAS

CSV = b"patient_id,collected_at,code,value\nA1,2024-01-31,IGM,0.3\nA2,never,IGM,0.4\n"
HL7 = (
    b"MSH|^~\\&|LAB|NORTH|||20240131120000||ORU^R01|1|P|2.5.1\r"
    b"PID|1||A1^^^NHS^MR||X^Y||19870304|F\r"
    b"OBR|1||L1|IGM^IgM^L|||20240131081500\r"
    b"OBX|1|NM|2472-9^IgM^LN||0.3|g/L|0.4-2.3|L|||F\r"
)
NORTH = Facility(name="north")


@pytest.fixture
def home(tmp_path) -> Path:
    (tmp_path / "inbox" / "north").mkdir(parents=True)
    return tmp_path


def put(home: Path, name: str = "results.csv", content: bytes = CSV) -> Path:
    path = home / "inbox" / "north" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def tables(home: Path) -> list[Path]:
    return [path for path in files(home / "raw") if path.suffix == ".parquet"]


def rows(home: Path, table: str, sha256: str) -> list[dict]:
    return pq.read_table(raw_file.raw_path(home, table, "north", sha256)).to_pylist()


def test_a_file_becomes_archived_bytes_and_one_parquet_per_table(home):
    landed = land(put(home, "sub/results.csv"), home, NORTH)
    sha = hashlib.sha256(CSV).hexdigest()
    assert (landed.sha256, landed.is_new, landed.left) == (sha, True, None)
    assert landed.counts == {"observation": 1, "reject": 1, "source_file": 1}
    assert archive.archive_path(home, sha).read_bytes() == CSV
    assert [path.relative_to(home).as_posix() for path in tables(home)] == [
        f"raw/{table}/north/{sha}.parquet" for table in ("observation", "reject", "source_file")
    ]
    (source_file,) = rows(home, "source_file", sha)
    assert (source_file["source_name"], source_file["size_bytes"]) == ("sub/results.csv", len(CSV))


def test_every_table_meets_its_schema_and_says_where_it_came_from(home):
    landed = land(put(home), home, NORTH)
    for table in landed.counts:
        schema = pq.read_schema(raw_file.raw_path(home, table, "north", landed.sha256))
        assert schema.remove_metadata() == SCHEMAS[table]
        assert schema.metadata[b"source_sha256"].decode() == landed.sha256
        assert schema.metadata[b"facility"] == b"north"


def test_everything_is_for_the_owner_alone(home):
    os.chmod(put(home), 0o644)
    before = os.umask(0o022)
    try:
        land(home / "inbox/north/results.csv", home, NORTH)
    finally:
        os.umask(before)
    for kept in ("archive", "raw"):
        assert stat.S_IMODE((home / kept).stat().st_mode) == 0o700
        for path in (home / kept).rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_delivered_file_is_not_touched(home):
    path = put(home)
    before = path.stat()
    land(path, home, NORTH)
    after = path.stat()
    assert (after.st_mtime_ns, after.st_size, after.st_mode) == (
        before.st_mtime_ns,
        before.st_size,
        before.st_mode,
    )
    assert path.read_bytes() == CSV


def test_the_same_bytes_are_landed_once(home):
    first = land(put(home), home, NORTH)
    before = {path: path.stat().st_mtime_ns for path in tables(home)}
    again = land(put(home, "again.csv"), home, NORTH)
    assert (again.sha256, again.is_new, again.counts) == (first.sha256, False, first.counts)
    assert {path: path.stat().st_mtime_ns for path in tables(home)} == before
    assert len(files(home / "archive")) == 1


def test_another_facility_lands_the_same_bytes_for_itself(home):
    land(put(home), home, NORTH)
    assert land(put(home), home, Facility(name="south")).is_new
    assert len(files(home / "archive")) == 1
    assert len(list((home / "raw/source_file").glob("*/*.parquet"))) == 2


def test_hl7_is_landed_by_its_content(home):
    landed = land(put(home, "feed.txt", HL7), home, NORTH)
    (result,) = rows(home, "observation", landed.sha256)
    assert (result["patient_id"], result["observation_value"]) == ("A1", "0.3")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file_empty"),
        (gzip.compress(CSV, mtime=0)[:-4], "gzip_damaged"),
        (b"PK\x03\x04", "file_is_workbook"),
        (bytes(range(256)) * 20, "file_is_binary"),
    ],
)
def test_a_file_nobody_can_read_is_kept_and_told_of(home, content, reason):
    landed = land(put(home, content=content), home, NORTH)
    assert landed.counts == {"reject": 1, "source_file": 1}
    assert archive.archive_path(home, landed.sha256).read_bytes() == content
    (reject,) = rows(home, "reject", landed.sha256)
    assert reject["reason_code"] == reason
    assert rows(home, "source_file", landed.sha256)[0]["format"] == "unreadable"


def test_a_file_that_is_written_to_meanwhile_is_left_for_the_next_landing(home, monkeypatch):
    path = put(home)
    copy = archive._copy_bytes

    def copy_while_more_arrives(delivered, kept):
        found = copy(delivered, kept)
        with path.open("ab") as more:
            more.write(b"A3,2024-01-31,IGM,0.5\n")
        return found

    monkeypatch.setattr(archive, "_copy_bytes", copy_while_more_arrives)
    landed = land(path, home, NORTH)
    assert (landed.is_new, landed.left) == (False, "still being written")
    assert files(home / "archive") + files(home / "raw") == []
    monkeypatch.undo()
    assert land(path, home, NORTH).counts["observation"] == 2


def test_a_file_that_was_taken_away_is_left(home):
    path = put(home)
    path.unlink()
    assert land(path, home, NORTH).left == "gone"


@pytest.mark.parametrize("table", ["observation", "reject", "source_file"])
def test_a_crash_leaves_nothing_that_counts_as_landed(home, monkeypatch, table):
    """The power fails just before a table gets its name; the next landing mends all."""
    put_in_place = raw_file.put_in_place

    def fail(part, path):
        if path.parent.parent.name == table:
            raise OSError("no space left on device")
        put_in_place(part, path)

    monkeypatch.setattr(raw_file, "put_in_place", fail)
    path = put(home)
    with pytest.raises(OSError, match="no space"):
        land(path, home, NORTH)
    assert list((home / "raw").rglob("source_file/*/*.parquet")) == []
    assert list((home / "raw").rglob("*.part")) == []
    monkeypatch.undo()
    landed = land(path, home, NORTH)
    assert landed.is_new
    assert landed.counts == {"observation": 1, "reject": 1, "source_file": 1}


def test_a_reader_that_fails_leaves_nothing(home, monkeypatch):
    def failing(*_):
        yield "reject", pa.RecordBatch.from_pylist([{}], SCHEMAS["reject"])
        raise MemoryError

    monkeypatch.setattr("transforms.parse.land.read_source", failing)
    with pytest.raises(MemoryError):
        land(put(home), home, NORTH)
    assert [path.suffix for path in files(home / "raw")] == [".lock"]


def test_a_mapping_added_later_is_used_when_the_file_is_read_again(home):
    content = CSV.replace(b"2024-01-31", b"31.01.2024")
    first = land(put(home, content=content), home, NORTH)
    assert first.counts == {"reject": 2, "source_file": 1}
    landed_at = rows(home, "source_file", first.sha256)[0]["landed_at"]
    (home / "inbox/north/results.csv").unlink()  # the archive is enough
    mended = Facility(name="north", date_format="%d.%m.%Y")
    again = reland(first.sha256, home, mended)
    assert again.counts == {"observation": 1, "reject": 1, "source_file": 1}
    (source_file,) = rows(home, "source_file", first.sha256)
    assert source_file["landed_at"] == landed_at
    assert source_file["layout_sha256"] == mended.layout_sha256()


def test_a_table_that_has_no_rows_any_more_has_no_file(home):
    content = b"patient_id,collected_at,code,value\nA1,31.01.2024,IGM,0.3\n"
    landed = land(put(home, content=content), home, NORTH)
    reland(landed.sha256, home, Facility(name="north", date_format="%d.%m.%Y"))
    assert not raw_file.raw_path(home, "reject", "north", landed.sha256).exists()
    assert unfinished_relands(home) == []


def test_an_interrupted_second_reading_is_named(home, monkeypatch):
    landed = land(put(home), home, NORTH)

    def fail(part, path):
        raise OSError("no space left on device")

    monkeypatch.setattr(raw_file, "put_in_place", fail)
    with pytest.raises(OSError, match="no space"):
        reland(landed.sha256, home, NORTH)
    assert unfinished_relands(home) == [("north", landed.sha256)]
    monkeypatch.undo()
    reland(landed.sha256, home, NORTH)
    assert unfinished_relands(home) == []


def test_bytes_that_never_landed_cannot_be_read_again(home):
    with pytest.raises(FileNotFoundError):
        reland("0" * 64, home, NORTH)


def test_what_a_killed_process_left_behind_is_swept_after_a_day(home):
    land(put(home), home, NORTH)
    old, young = (home / f"raw/source_file/north/.{name}.part" for name in ("old", "young"))
    for part in (old, young):
        part.touch()
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    land(put(home, content=CSV + b"\n"), home, NORTH)
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize("way", ["file", "folder"])
def test_where_a_link_was_put_into_its_way_nothing_is_read(home, way):
    """Who delivers for north cannot read south's inbox; igwatch can, and must not do it for them."""
    south = home / "inbox" / "south"
    south.mkdir()
    (south / "results.csv").write_bytes(CSV)
    path = home / "inbox" / "north" / "sub" / "results.csv"
    if way == "folder":
        path.parent.symlink_to(south)
    else:
        path.parent.mkdir()
        path.symlink_to(south / "results.csv")
    left = [land(path, home, NORTH), *land_many([path], home, NORTH)]
    assert [(each.is_new, each.left) for each in left] == [(False, "still being written")] * 2
    assert files(home / "archive") == tables(home) == []
