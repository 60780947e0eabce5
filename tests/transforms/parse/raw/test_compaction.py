"""Raw files of a month compacted into one: the same rows, whoever dies in between."""

import json
import os
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path

import duckdb
import pytest

from transforms.parse.facility.facility import Facility
from transforms.parse.land import land, reland
from transforms.parse.raw.compaction import (
    compact_months,
    compacted_months,
    extract,
    is_landed,
    manifest,
    raw_files,
)
from transforms.parse.raw.damage import RawDamagedError
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.transaction import RawBusyError, commit_lock, read_lock, sole_writer

NORTH, SOUTH = Facility(name="north"), Facility(name="south")
LATER = "2999-01"
HEADER = "patient_id,collected_at,code,value\n"


def delivered(n: int) -> str:
    """Three good rows and one that is refused."""
    good = "".join(f"A{n}{i},2024-01-31,2472-9,0.{n}{i}\n" for i in range(1, 4))
    return HEADER + good + f"A{n},never,2472-9,0.4\n"


def landed(home: Path, facility: Facility, *numbers: int) -> list[str]:
    inbox = home / "inbox" / facility.name
    inbox.mkdir(parents=True, exist_ok=True)
    shas = []
    for n in numbers:
        path = inbox / f"{n}.csv"
        path.write_text(delivered(n))
        shas.append(land(path, home, facility).sha256)
    return shas


@pytest.fixture
def home(tmp_path) -> Path:
    landed(tmp_path, NORTH, 1, 2, 3)
    landed(tmp_path, SOUTH, 4)
    return tmp_path


def rows(home: Path) -> dict[str, list[tuple]]:
    """Every row of raw by table, as a build reads it; more than once where it is there twice."""
    tables = {}
    with read_lock(home):
        for table in SCHEMAS:
            if files := raw_files(home, table):
                names = ", ".join(SCHEMAS[table].names)
                tables[table] = duckdb.execute(
                    f"SELECT {names} FROM read_parquet($1, union_by_name => true) ORDER BY ALL",
                    [files],
                ).fetchall()
    return tables


def names(home: Path, table: str = "observation") -> list[str]:
    found = (home / "raw" / table).glob("*/*.parquet")
    return sorted(f"{path.parent.name}/{path.stem[:7]}" for path in found)


def test_packed_rows_are_the_landed_rows_in_one_file_a_month(home):
    before = rows(home)
    assert compact_months(home, LATER) == 4
    (month,) = {name.split("/")[1] for name in names(home)}
    assert names(home) == names(home, "source_file") == [f"north/{month}", f"south/{month}"]
    assert rows(home) == before
    assert compact_months(home, LATER) == 0


def test_the_month_that_is_not_over_is_left_alone(home):
    loose = names(home)
    assert compact_months(home, "2020-01") == 0
    assert names(home) == loose


def test_what_lands_later_joins_its_months_pack(home):
    compact_months(home, LATER)
    landed(home, NORTH, 5)
    before = rows(home)
    assert len(names(home)) == 3
    assert compact_months(home, LATER) == 1
    assert len(names(home)) == 2
    assert rows(home) == before


def test_a_packed_file_is_known_when_it_comes_again(home):
    before = rows(home)
    compact_months(home, LATER)
    (sha,) = landed(home, NORTH, 2)
    assert is_landed(home, "north", sha)
    assert not is_landed(home, "south", sha)
    assert manifest(home, "north", sha)["source_sha256"] == sha
    assert rows(home) == before


def test_a_packed_file_can_be_read_again(home):
    """It is taken out of its month and read with the settings of now; the others stay compacted."""
    before = rows(home)
    (sha,) = landed(home, NORTH, 2)
    compact_months(home, LATER)
    was = manifest(home, "north", sha)["layout_sha256"]
    reland(sha, home, Facility(name="north", zone="Asia/Tokyo"))
    assert manifest(home, "north", sha)["layout_sha256"] != was
    assert (sha in compacted_months(home, "north"), len(compacted_months(home, "north"))) == (
        False,
        2,
    )
    after = rows(home)
    assert {table: len(found) for table, found in after.items()} == {
        table: len(found) for table, found in before.items()
    }
    assert [r for r in after["observation"] if r[1] != sha] == [
        r for r in before["observation"] if r[1] != sha
    ]
    assert compact_months(home, LATER) == 1


def test_everything_is_for_the_owner_alone_and_what_was_packed_is_told(home):
    os.umask(0o077)
    compact_months(home, LATER)
    files = [path for path in (home / "raw").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    records = [json.loads(p.read_text()) for p in (home / "ledger" / "compaction").glob("*.json")]
    north = next(record for record in records if record["facility"] == "north")
    assert len(north["source_files"]) == 3
    assert north["tables"]["observation"]["rows"] == 9
    assert north["tables"]["reject"]["rows"] == 3


def test_a_damaged_file_stops_the_packing_and_nothing_is_lost(home):
    compact_months(home, "2020-01")
    (sha,) = landed(home, NORTH, 1)
    path = home / "raw" / "observation" / "north" / f"{sha}.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(RawDamagedError, match=f"{sha}.parquet cannot be read"):
        compact_months(home, LATER)
    path.write_bytes(whole)
    assert not list((home / "raw").rglob("*.part"))
    assert compact_months(home, LATER) == 4


CALLS = ("replace", "unlink", "fsync")
DYING = 9


def in_a_child(work: Callable[[], None]) -> int:
    """The exit code of a child that does the work; this process itself must have no thread."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the child must not go on as the test's parent
        traceback.print_exc()
    finally:
        os._exit(1)


def dying_at(nth: int, work: Callable[[], None]) -> None:
    """The work, in a process that is gone just before its n-th call that changes the disk."""
    left = nth

    def dying(call):
        def counted(*arguments, **named):
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(DYING)
            return call(*arguments, **named)

        return counted

    for name in CALLS:
        setattr(os, name, dying(getattr(os, name)))
    work()


def storm(folder: Path, is_compacting: bool) -> None:
    """Kill the work before each of its steps in turn; each time another process reads on."""
    for nth in count(1):
        home = folder / str(nth)
        expected = folder / f"{nth}.json"

        def calm(home=home, expected=expected):
            landed(home, NORTH, 1, 2)
            expected.write_text(json.dumps(rows(home), default=str))
            if not is_compacting:
                compact_months(home, LATER)

        def work(home=home):
            extract(home, "north", [min(compacted_months(home, "north"))])

        def killed(home=home, nth=nth, work=work):
            dying_at(nth, (lambda: compact_months(home, LATER)) if is_compacting else work)

        def read_on(home=home, expected=expected):
            assert json.dumps(rows(home), default=str) == expected.read_text()
            compact_months(home, LATER)
            assert json.dumps(rows(home), default=str) == expected.read_text()
            assert len(names(home)) == 1

        assert in_a_child(calm) == 0
        code = in_a_child(killed)
        assert in_a_child(read_on) == 0, f"after a death before step {nth}"
        if code == 0:
            print(nth)
            return
        assert code == DYING


@pytest.mark.heavy
@pytest.mark.parametrize(("is_compacting", "at_least"), [(True, 20), (False, 15)])
def test_killed_at_any_step_no_row_is_lost_or_doubled(tmp_path, is_compacting, at_least):
    command = (
        "import sys; from pathlib import Path; from tests.transforms.parse.raw.test_compaction import storm;"
        f"storm(Path(sys.argv[1]), {is_compacting})"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > at_least


def test_a_change_waits_for_whoever_reads_and_says_so(home):
    busy = pytest.raises(RawBusyError, match="reads or changes raw")
    with read_lock(home), read_lock(home), busy, commit_lock(home, patience=0):
        pass
    with commit_lock(home, patience=0), busy, read_lock(home, patience=0):
        pass
    with sole_writer(home, patience=0), read_lock(home, patience=0):
        pass
