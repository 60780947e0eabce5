"""What was published is never lost in silence: ledger, archive and raw are compared before a night.

One home of two nights is made and copied for each case.
"""

import json
import shutil
from datetime import date

import pyarrow.parquet as pq
import pytest

from igwatch.base.error import PipelineError
from igwatch.inquiry.verify import verify_home
from igwatch.night import pipeline
from igwatch.night.loss import losses
from tests.home import SETTINGS, ask, contents, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night
from tests.transforms.parse.hl7.hl7_file import ORU
from transforms.parse.raw.compaction import compact_months
from warehouse.ledger import LedgerError

pytestmark = pytest.mark.heavy

LAST = "2024-05-01"
VALUES = "SELECT patient_id, collected_at, value_g_per_l FROM core.measurement ORDER BY ALL"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("loss"))
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    deliver(home, "south", "a.csv", results(panel("2024-01-11", "0.25")))
    quick_night(home, "2024-01-20")
    deliver(home, "north", "b.csv", results(panel("2024-04-20", "0.19")))
    quick_night(home, LAST)
    return home


@pytest.fixture
def home(made, tmp_path):
    """The inboxes are empty, as where another system moves what was delivered away."""
    copy = type(made)(tmp_path / "home")
    shutil.copytree(made.root, copy.root, symlinks=True)
    for facility in ("north", "south"):
        for path in (copy.inbox / facility).iterdir():
            path.unlink()
    pipeline.write_catalogues(copy.root, pipeline.DICTIONARY)
    pipeline.write_omop(copy.root)
    return copy


def facts(home) -> list[dict]:
    """How each file came, as raw says."""
    found = [row for path in home.raw.glob("source_file/*/*.parquet") for row in rows(path)]
    kept = ("facility", "source_sha256", "source_name", "size_bytes", "delivered_at", "landed_at")
    return sorted(({k: row[k] for k in kept} for row in found), key=str)


def rows(path) -> list[dict]:
    return pq.read_table(path).to_pylist()


def archived(home, facility: str):
    """The archived bytes of a facility's files."""
    found = [row for row in facts(home) if row["facility"] == facility]
    return [home.archive / row["source_sha256"][:2] / row["source_sha256"] for row in found]


def flip(path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def cut(path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def raw_of_a_facility(home):
    for table in home.raw.iterdir():
        shutil.rmtree(table / "north", ignore_errors=True)


def whole_raw(home):
    shutil.rmtree(home.raw)


def one_table(home):
    for path in home.raw.glob("observation/north/*.parquet"):
        path.unlink()


def cut_table(home):
    for path in home.raw.glob("*/north/*.parquet"):
        cut(path)


def month_without_its_sources(home):
    compact_months(home.root, "2999-01")
    for path in home.raw.glob("source_file/north/????-??.parquet"):
        path.unlink()


def month_without_a_table(home):
    compact_months(home.root, "2999-01")
    for path in home.raw.glob("observation/north/????-??.parquet"):
        path.unlink()


LOSSES = [
    raw_of_a_facility,
    whole_raw,
    one_table,
    cut_table,
    month_without_its_sources,
    month_without_a_table,
]


@pytest.mark.parametrize("lose", LOSSES)
def test_what_raw_lost_is_read_again_from_the_archive_as_it_came(home, caplog, lose):
    before, came = contents(home), facts(home)
    lose(home)
    assert quick_night(home, LAST) == home.live.resolve().name
    assert "read again from the archive" in caplog.text
    assert "files of north" in caplog.text
    assert contents(home) == before
    assert facts(home) == came
    caplog.clear()
    pipeline.land(home, SETTINGS)
    assert caplog.text == "", "once is enough"


def test_a_pack_without_its_sources_is_read_again_and_nothing_is_doubled(tmp_path):
    """Many small files share one raw file a table: without the record of whose its rows are."""
    home = new_home(tmp_path)
    for number in range(20):
        message = ORU.replace("|1001^", f"|{1001 + number}^")
        deliver(home, "north", f"{number:02}.hl7", message)
    quick_night(home, LAST)
    before = contents(home)
    [record] = home.raw.glob("source_file/north/????-??-*.parquet")
    record.unlink()
    quick_night(home, LAST)
    assert contents(home) == before


@pytest.mark.parametrize("table", ["source_file", "observation"])
def test_raw_that_nobody_can_read_is_one_line_and_read_again_by_the_next_night(home, table):
    """Of the size that was written, so that only who reads it notices."""
    came = facts(home)
    for path in home.raw.glob(f"{table}/south/*.parquet"):
        path.write_bytes(b"\0" * path.stat().st_size)
    done = command(home, "build", "--as-of", LAST)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith("igwatch: raw is damaged: south ")
    assert f" {table}: its bytes have changed; " in said
    assert said.endswith("; run this again: it is read from the archive")
    pipeline.land(home, SETTINGS)
    assert facts(home) == came


def test_an_older_ledger_does_not_say_how_files_came_but_what_was_in_them(home):
    shutil.rmtree(home.ledger / "delivered")
    before = ask(home, VALUES)
    raw_of_a_facility(home)
    quick_night(home, "2024-05-02")
    assert ask(home, VALUES) == before


def test_what_the_archive_lost_as_well_ends_the_night_until_somebody_says_it_was_withdrawn(home):
    live = home.live.resolve()
    for path in archived(home, "north"):
        path.unlink()
    raw_of_a_facility(home)
    ended = command(home, "run", "--as-of", LAST)
    assert (ended.returncode, home.live.resolve()) == (1, live)
    said = ended.stderr.splitlines()[-1]
    assert said.startswith("igwatch: 2 files of north are lost: ")
    assert said.endswith("igwatch withdraw north --why '...'")
    with pytest.raises(PipelineError, match="2 files of north are lost"):
        pipeline.land(home, SETTINGS)
    assert command(home, "build").returncode == 1
    checks = verify_home(home, SETTINGS, lambda step: None)["checks"]
    assert len(checks["ledger, archive and raw know the same files"]) == 2

    told = json.loads(command(home, "withdraw", "--json").stdout)
    assert told["files"] == [{"facility": "north", "files": 2}]
    assert command(home, "withdraw", "south", "--why", "x").returncode == 1
    done = command(home, "withdraw", "north", "--why", "asked for in writing", "--by", "j.doe")
    assert "withdrawn: 2 files of north, recorded for j.doe" in done.stdout
    quick_night(home, LAST)
    assert ask(home, "SELECT DISTINCT facility FROM core.measurement") == [("south",)]
    assert losses(home) == type(losses(home))()


def test_bytes_that_the_archive_alone_lost_are_told(home):
    for path in archived(home, "south"):
        cut(path)
    found = losses(home)
    assert (found.gone, [facility for facility, _ in found.unarchived]) == ((), ["south"])
    pipeline.land(home, SETTINGS)
    checks = verify_home(home, SETTINGS, lambda step: None)["checks"]
    (fault,) = checks["ledger, archive and raw know the same files"]
    assert "is in raw and not as it came in the archive" in fault


def test_a_night_over_an_archive_that_lost_bytes_is_not_green(home):
    for path in archived(home, "south"):
        path.unlink()
    done = command(home, "run", "--as-of", "2024-05-02")
    assert done.returncode == 1
    assert "the archive lacks 1 file of south that raw holds" in done.stderr.splitlines()[-1]


def test_a_ledger_that_is_gone_ends_the_night(home):
    shutil.rmtree(home.ledger)
    with pytest.raises(LedgerError, match="all records are missing, though a generation is live"):
        pipeline.land(home, SETTINGS)
    command(home, "withdraw", "--ledger", "--why", "no backup was made")
    quick_night(home, "2024-05-02")
    assert ask(home, "SELECT count(*) FROM core.measurement") == [(9,)]


def test_verify_sees_a_flipped_bit_in_each_kind_of_file(home):
    def faults(deep: bool = False) -> dict:
        checks = verify_home(home, SETTINGS, lambda step: None, deep)["checks"]
        return {name: found for name, found in checks.items() if found}

    assert faults(deep=True) == {}
    for path, check in (
        (next(home.raw.glob("observation/north/*.parquet")), "raw is what was written"),
        (next(home.raw.glob("source_file/south/*.parquet")), "raw is what was written"),
        (archived(home, "south")[0], "every source file lies in the archive under its own digest"),
        (home.live.resolve() / "core" / "panel.parquet", "what is published is whole"),
        (home.live.resolve() / "manifest.json", "what is published is whole"),
        (next(home.ledger.glob("publication/*-*.parquet")), "what is published is whole"),
    ):
        whole = path.read_bytes()
        flip(path)
        assert list(faults()) == [check], path
        path.write_bytes(whole)
    unknown = home.archive / "00" / ("0" * 64)
    unknown.parent.mkdir(exist_ok=True)
    unknown.write_bytes(b"nobody's")
    (home.live.resolve() / "warehouse.duckdb").unlink()
    assert set(faults(deep=True)) == {
        "every source file lies in the archive under its own digest",
        "what is published is whole",
    }


def test_a_plan_of_a_later_night_after_a_restore_is_the_same(home):
    """The times at which files were landed decide what was known when: they are kept."""
    before = pipeline.build(home, SETTINGS, date(2024, 6, 1))
    raw_of_a_facility(home)
    pipeline.land(home, SETTINGS)
    assert pipeline.build(home, SETTINGS, date(2024, 6, 1)) == before
