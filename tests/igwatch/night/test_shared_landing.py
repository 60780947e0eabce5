"""A batch landed by several processes is the batch landed by one."""

import pyarrow.parquet as pq
import pytest

from igwatch.night.shared_landing import PlannedFile, land_files
from igwatch.site.facility_knowledge import message_filter_of
from tests.home import deliver, new_home
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.schema import SCHEMAS

FEEDS = {
    name: (facility, message_filter_of(facility))
    for name, facility in ((name, Facility(name=name)) for name in ("north", "south"))
}


def message(number: int) -> str:
    return (
        f"MSH|^~\\&|LAB|NORTH|IGW|CLINIC|20240301101500||ORU^R01|M{number}|P|2.5.1\r"
        "PID|1||1001^^^NORTH^MR||LARK^ANNA||19890105|F\r"
        f"OBR|1||F-{number}|PROFILE^Profile^L|||202403010800\r"
        "OBX|1|NM|2472-9^IgM^LN||0.95|g/L|0.4-2.3|N|||F\r"
    )


def feed(first: int, n: int) -> str:
    return "".join(map(message, range(first, first + n)))


# as many messages each; the last two hold the same bytes
FILES = {
    ("north", "large.hl7"): feed(1, 90),
    ("north", "a.hl7"): feed(100, 20),
    ("north", "b.hl7"): feed(200, 10),
    ("south", "a.hl7"): feed(300, 30),
    ("south", "b.hl7"): feed(400, 5),
    ("south", "b_again.hl7"): feed(400, 5),
}


def landed_home(folder, processes: int):
    """The home, and the files that were new, in the order of the plan."""
    folder.mkdir()
    home = new_home(folder)
    planned = []
    for (facility, name), content in FILES.items():
        deliver(home, facility, name, content)
        planned.append(PlannedFile(facility, f"inbox/{facility}/{name}", None))
    done = land_files(home.root, FEEDS, planned, processes, shared_from=1)
    assert {file for file, _ in done} == set(planned)
    return home, {file.path: landed.is_new for file, landed in done}


def raw_rows(home) -> dict[str, list[dict]]:
    """The rows of every raw table, but for when they landed."""
    return {
        table: [
            {name: cell for name, cell in row.items() if name not in ("landed_at", "delivered_at")}
            for file in sorted(home.raw.glob(f"{table}/*/*.parquet"))
            for row in pq.read_table(file).to_pylist()
        ]
        for table in SCHEMAS
    }


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_land_what_one_does(tmp_path, processes):
    alone, new_alone = landed_home(tmp_path / "alone", 1)
    together, new_together = landed_home(tmp_path / "together", processes)
    assert raw_rows(together) == raw_rows(alone)
    assert new_together == new_alone
    assert not new_alone["inbox/south/b_again.hl7"]
    assert not list(together.work.iterdir())


def test_a_file_that_went_away_is_left(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.hl7", feed(1, 2))
    planned = [PlannedFile("north", f"inbox/north/{name}.hl7", None) for name in ("a", "gone")]
    done = dict(land_files(home.root, FEEDS, planned, 2, shared_from=1))
    assert [done[file].left for file in planned] == [None, "gone"]


def test_an_error_of_a_helper_is_raised(tmp_path):
    home = new_home(tmp_path)
    lost = PlannedFile("north", None, "0" * 64)  # never landed: it cannot be read again
    deliver(home, "north", "a.hl7", feed(1, 2))
    planned = [PlannedFile("north", "inbox/north/a.hl7", None), lost]
    with pytest.raises(FileNotFoundError):
        land_files(home.root, FEEDS, planned, 2, shared_from=1)
