"""Many small files land at once as each would land alone: archived, known, accounted for."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.transforms.parse.hl7.hl7_file import ORU
from tests.transforms.parse.hl7.test_joined import ODD
from transforms.parse import land_many as landing
from transforms.parse.facility.facility import Facility
from transforms.parse.land import land, reland
from transforms.parse.land_many import land_many
from transforms.parse.raw.archive import archive_path
from transforms.parse.raw.compaction import compact_months, is_landed
from transforms.parse.raw.landed_before import LandedBefore
from transforms.parse.raw.schema import SCHEMAS

NORTH = Facility(name="north", zone="Europe/Berlin")
BATCH = b"BHS|^~\\&\r" + ORU.encode() + b"BTS|1\r"
CSV = b"patient_id,collected_at,code,value\nA1,2024-01-31,IGM,0.3\n"


@pytest.fixture
def home(tmp_path) -> Path:
    (tmp_path / "inbox" / "north").mkdir(parents=True)
    return tmp_path


def deliver(home: Path, contents: list[bytes | str]) -> list[Path]:
    paths = []
    for number, content in enumerate(contents):
        path = home / "inbox" / "north" / f"{number:05}.hl7"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return paths


def messages(n: int) -> list[str]:
    return [ORU.replace("|1001^", f"|{1001 + number}^") for number in range(n)]


def raw(home: Path) -> dict[str, list[dict]]:
    """Every row of raw in one order, without the time of landing."""
    found = {}
    for table, schema in SCHEMAS.items():
        files = sorted((home / "raw" / table).glob("*/*.parquet"))
        rows = pa.concat_tables([schema.empty_table(), *map(pq.read_table, files)])
        names = [name for name in schema.names if name != "landed_at"]
        rows = rows.select(names).sort_by([("source_sha256", "ascending")])
        found[table] = rows.to_pylist()
    return found


def test_raw_is_what_it_is_when_each_lands_alone(home, tmp_path):
    contents = [*ODD, BATCH, CSV, b"", *messages(30)]
    paths = deliver(home, contents)
    many = land_many(paths, home, NORTH)
    other = tmp_path / "other"
    alone = [land(path, other, NORTH) for path in paths]
    assert [(one.sha256, one.is_new, one.counts) for one in many] == [
        (one.sha256, one.is_new, one.counts) for one in alone
    ]
    assert raw(home)["observation"] == raw(other)["observation"]
    assert {**raw(home), "source_file": []} == {**raw(other), "source_file": []}


def test_every_file_is_archived_byte_for_byte(home):
    paths = deliver(home, [*messages(20), CSV])
    for path, landed in zip(paths, land_many(paths, home, NORTH), strict=True):
        assert archive_path(home, landed.sha256).read_bytes() == path.read_bytes()
        assert archive_path(home, landed.sha256).stat().st_mode & 0o777 == 0o600


def test_their_rows_share_one_raw_file_a_table_for_the_owner_alone(home):
    land_many(deliver(home, messages(200)), home, NORTH)
    files = sorted((home / "raw").rglob("*.parquet"))
    assert [file.parent.parent.name for file in files] == ["observation", "source_file"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert not list(home.rglob("*.part"))


def test_they_are_known_when_they_come_again(home):
    paths = deliver(home, messages(20))
    landed = land_many(paths, home, NORTH)
    before = LandedBefore(home)
    assert [before.sha256(path, "north") for path in paths] == [one.sha256 for one in landed]
    assert not any(one.is_new for one in land_many(paths, home, NORTH))
    assert not land(paths[0], home, NORTH).is_new


def test_the_same_bytes_are_landed_once(home):
    paths = deliver(home, messages(3) * 2)
    assert [one.is_new for one in land_many(paths, home, NORTH)] == [True] * 3 + [False] * 3
    assert len(raw(home)["source_file"]) == 3


def test_a_file_that_was_taken_away_is_left(home):
    paths = deliver(home, messages(20))
    paths[3].unlink()
    landed = land_many(paths, home, NORTH)
    assert [one.left for one in landed].count("gone") == 1
    assert len(raw(home)["observation"]) == 19


def test_when_the_disk_fails_nothing_counts_as_landed(home, monkeypatch):
    paths = deliver(home, messages(20))

    def fails(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("transforms.parse.raw.archive.os.replace", fails)
        with pytest.raises(OSError, match="No space"):
            land_many(paths, home, NORTH)
    assert not list((home / "raw").rglob("*.parquet"))
    assert not list(home.rglob("*.part"))
    assert all(one.is_new for one in land_many(paths, home, NORTH))


def test_one_of_them_can_be_read_again(home):
    landed = land_many(deliver(home, messages(20)), home, NORTH)
    before = raw(home)
    assert reland(landed[4].sha256, home, NORTH).counts == {"observation": 1, "source_file": 1}
    assert raw(home) == before


def test_a_pack_joins_its_month(home):
    landed = land_many(deliver(home, messages(20)), home, NORTH)
    before = raw(home)
    assert compact_months(home, "2999-01") == 1
    files = sorted((home / "raw").rglob("*.parquet"))
    assert [len(file.stem) for file in files] == [7, 7]
    assert raw(home) == before
    assert all(is_landed(home, "north", one.sha256) for one in landed)


def test_no_more_are_held_in_memory_than_may_be(home, monkeypatch):
    monkeypatch.setattr(landing, "_TOGETHER_BYTES", 5 * len(ORU))
    land_many(deliver(home, messages(20)), home, NORTH)
    assert len(list((home / "raw" / "source_file").rglob("*.parquet"))) == 4
    assert len(raw(home)["observation"]) == 20
