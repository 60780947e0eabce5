"""Landing from night to night: known files are not read, and a new mapping brings back old results."""

import os
import shutil
import time
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igwatch.inquiry.verify import verify_home
from igwatch.night import pipeline
from igwatch.night.landing import delivered_before, plan_landing
from igwatch.night.stale_files import outdated
from igwatch.site.settings_in_force import settings_in_force
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.nights import quick_night
from transforms.parse.raw import archive, raw_file
from transforms.parse.raw.schema import SCHEMAS

PATIENT = "PID|1||1001^^^NORTH^MR||LARK^ANNA||19890105|F\r"


def message(number: int, code: str, value: str = "0.95") -> str:
    """A result collected on that day of March 2024; the code and its name are the sender's."""
    day = f"202403{number:02}"
    return (
        f"MSH|^~\\&|LAB|NORTH|IGW|CLINIC|{day}101500||ORU^R01|M{number}|P|2.5.1\r{PATIENT}"
        f"OBR|1||F-{number}|PROFILE^Profile^L|||{day}0800\r"
        f"OBX|1|NM|{code}||{value}|g/L|0.4-2.3|N|||F\r"
    )


FEED = (
    message(1, "2472-9^IgM^LN")
    + message(2, "XM1^Special protein^L", "0.31")
    + message(3, "WBC^Leukocytes^L", "7")
    + message(4, "XM2^Immunoglobulin M^L", "0.5")
)
MAPPED = "code_map: {XM1: igm}\n"


@pytest.fixture
def home(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "feed.hl7", FEED)
    return home


def raw(home, table: str) -> list[dict]:
    files = home.raw.glob(f"{table}/north/*.parquet")
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def codes(home) -> list[str]:
    return sorted(row["observation_identifier"] for row in raw(home, "observation"))


def write_facility(home, text: str) -> None:
    (home.facility / "north.yaml").write_text(text)


@pytest.mark.heavy
def test_messages_without_anything_of_interest_are_passed_over_and_counted(home):
    quick_night(home, "2024-04-01")
    assert codes(home) == ["2472-9", "XM2"]
    (told,) = raw(home, "source_file")
    assert (told["n_messages"], told["n_results"], told["n_results_skipped"]) == (4, 4, 2)
    unmapped = "SELECT code FROM core.unusable WHERE reason_code = 'unmapped_code'"
    assert ask(home, unmapped) == [("XM2",)]
    verified = verify_home(home, SETTINGS, lambda step: None)
    assert not any(verified["checks"].values())
    sums = {r["outcome"]: r["n"] for r in verified["conservation"] if r["unit"] == "result"}
    assert (sums["read"], sums["measured"], sums["not_immunoglobulin"]) == (4, 1, 2)


@pytest.mark.heavy
def test_a_code_mapped_later_brings_its_results_back_at_their_true_dates(home):
    quick_night(home, "2024-04-01")
    landed_at = raw(home, "source_file")[0]["landed_at"]
    write_facility(home, MAPPED)
    (home.inbox / "north" / "feed.hl7").unlink()  # the archive is enough
    quick_night(home, "2024-04-02")
    assert codes(home) == ["2472-9", "XM1", "XM2"]
    assert ask(
        home,
        "SELECT collected_at::VARCHAR FROM core.measurement WHERE value_source_value = '0.31'",
    ) == [("2024-03-02 08:00:00",)]
    assert raw(home, "source_file")[0]["landed_at"] == landed_at
    assert not any(verify_home(home, SETTINGS, lambda step: None)["checks"].values())


@pytest.mark.parametrize(
    ("text", "is_read_again"),
    [
        ("zone: Europe/Paris\n", True),
        ("identifier: {type: MR}\n", True),
        ("collected_at: OBX-14\n", True),
        (MAPPED, True),
        ("clinic: North Clinic\n", False),
        ("decimal_mark: ','\n", False),
        ("reference_set: MAYO\n", False),
    ],
)
def test_settings_that_alter_reading_make_the_next_run_read_again(home, text, is_read_again):
    assert pipeline.land(home, SETTINGS).n_new == 1
    assert pipeline.land(home, SETTINGS).n_reread == 0
    write_facility(home, text)
    assert pipeline.land(home, SETTINGS).n_reread == is_read_again
    assert pipeline.land(home, SETTINGS).n_reread == 0


def test_another_facility_is_left_alone(home):
    deliver(home, "south", "feed.hl7", FEED.replace("NORTH", "SOUTH"))
    pipeline.land(home, SETTINGS)
    write_facility(home, MAPPED)
    assert [file.facility for file in old_files(home)] == ["north"]


def test_a_reading_cut_short_is_finished_by_the_next_run(home, monkeypatch):
    pipeline.land(home, SETTINGS)
    write_facility(home, MAPPED)

    def fail(part, path):
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(raw_file, "put_in_place", fail)
        with pytest.raises(OSError, match="no space"):
            pipeline.land(home, SETTINGS)
    write_facility(home, "clinic: North Clinic\n")  # even when the mapping is taken back
    assert pipeline.land(home, SETTINGS).n_reread == 1
    assert codes(home) == ["2472-9", "XM2"]
    assert old_files(home) == []


def test_a_file_landed_by_an_older_igwatch_is_read_again(home):
    """Its rows lack columns of today; until then they are read as they are."""
    deliver(home, "north", "orders.hl7", FEED[:50] + "|||||ADT^A01\r" + PATIENT + "DG1|1||B20\r")
    pipeline.land(home, SETTINGS)
    for table, lost in [("exposure", ["placer_order_number", "statements"]), ("source_file", [])]:
        for path in home.raw.glob(f"{table}/north/*.parquet"):
            rows = pq.read_table(path)
            if lost:
                rows = rows.drop_columns(lost)
            else:
                at = rows.schema.get_field_index("layout_sha256")
                rows = rows.set_column(at, "layout_sha256", pa.array(["older"]))
            pq.write_table(rows, path)
    shutil.rmtree(home.raw / ".note")  # of its size, which older igwatch did not note
    work = pipeline.build(home, SETTINGS, date(2024, 4, 1))
    assert work.exists()
    assert pipeline.land(home, SETTINGS).n_reread == 2
    (exposure,) = home.raw.glob("exposure/north/*.parquet")
    assert pq.read_schema(exposure).names == SCHEMAS["exposure"].names


def test_a_file_the_archive_lost_stays_as_it_was_read(home, caplog):
    pipeline.land(home, SETTINGS)
    for path in home.archive.glob("??/*"):
        path.unlink()
    write_facility(home, MAPPED)
    assert pipeline.land(home, SETTINGS).n_reread == 0
    assert "1 files cannot be read again" in caplog.text
    assert codes(home) == ["2472-9", "XM2"]


def test_known_files_are_not_read(home, monkeypatch):
    pipeline.land(home, SETTINGS)
    monkeypatch.setattr(archive, "_copy_bytes", lambda *_: pytest.fail("was read"))
    plan = plan_landing(home, SETTINGS)
    assert (plan.n_batches, plan.n_known) == (0, 1)
    assert pipeline.land(home, SETTINGS).n_known == 1


def old_files(home):
    return outdated(home, settings_in_force(home, delivered_before(home)))


@pytest.mark.parametrize("is_older", [True, False])
def test_a_replaced_file_is_new(home, is_older):
    path = home.inbox / "north" / "feed.hl7"
    pipeline.land(home, SETTINGS)
    path.write_text(FEED.replace("0.95", "0.59"))  # of the same size
    moment = time.time() + (-60 if is_older else 60)
    os.utime(path, (moment, moment))
    landing = pipeline.land(home, SETTINGS)
    assert (landing.n_new, landing.n_known) == (1, 0)


def test_a_note_of_rows_that_are_gone_is_not_believed(home):
    pipeline.land(home, SETTINGS)
    for path in home.raw.glob("*/north/*.parquet"):
        path.unlink()
    assert pipeline.land(home, SETTINGS).n_new == 1


def test_a_damaged_note_is_not_believed(home):
    pipeline.land(home, SETTINGS)
    for note in home.raw.glob(".landed/north/*"):
        note.write_text("half a dig")
    assert pipeline.land(home, SETTINGS).n_known == 1
    assert plan_landing(home, SETTINGS).n_known == 1


def test_notes_name_nothing_and_are_for_the_owner_alone(home):
    deliver(home, "north", "LARK_ANNA.hl7", FEED + message(5, "2472-9^IgM^LN"))
    pipeline.land(home, SETTINGS)
    notes = list(home.raw.glob(".landed/north/*"))
    assert len(notes) == 2
    assert all(note.stat().st_mode & 0o777 == 0o600 and "LARK" not in note.name for note in notes)
    assert (home.raw / ".landed").stat().st_mode & 0o777 == 0o700
