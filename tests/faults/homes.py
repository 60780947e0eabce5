"""Homes of a simulated region before and after a night, and what may differ between two of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from igwatch.base.paths import DICTIONARY
from igwatch.site.home import Home, home_at
from samples.simulate import LAST_NIGHT, nights_until, simulate
from tests.faults.child import Ended, igwatch
from warehouse.catalogue import write_catalogues
from warehouse.generation import live_generation
from warehouse.ledger import publications
from warehouse.omop.catalogue import write_omop
from warehouse.verify import verify_published

N_NIGHTS = 3
N_PATIENTS = 60
# what a clock, and not what was delivered, decides
OF_A_CLOCK = {"landed_at"}
VOLATILE = (
    *("status/", "reports/checks/", "raw/.landed/", ".night.taking"),
    *("ledger/access.", "raw/.last_access.json"),  # a report by hand is one more who looked
)


@dataclass(frozen=True)
class Region:
    """Deliveries of nights, a home to which all but the last were published, and one with all."""

    folder: Path
    nights: list[str]

    @property
    def before(self) -> Path:
        return self.folder / "before"

    @property
    def after(self) -> Path:
        return self.folder / "after"

    @property
    def last(self) -> str:
        return self.nights[-1]

    def home(self, path: Path) -> Home:
        """A home of its own that stands before the last night, whose files lie in the inbox."""
        home = home_at(Path(shutil.copytree(self.before, path, symlinks=True)))
        write_catalogues(home.root, DICTIONARY)  # a catalogue holds the path of its home
        write_omop(home.root)
        return home


def make_region(folder: Path) -> Region:
    """With late, resent, corrected and damaged deliveries and merges (samples/dirt.csv)."""
    nights = [str(night) for night in nights_until(LAST_NIGHT, N_NIGHTS)]
    region = Region(folder, nights)
    simulate(folder / "made", N_PATIENTS, N_NIGHTS, 11, 0.05)
    home = home_at(region.before).prepare()
    shutil.copytree(folder / "made" / "facility", home.facility, dirs_exist_ok=True)
    for night in nights[:-1]:
        deliver(folder / "made" / f"night-{night}", home)
        ended = igwatch(home.root, "run", "--as-of", night)
        assert ended.code == 0, ended.said
    deliver(folder / "made" / f"night-{region.last}", home)
    return region


def deliver(folder: Path, home: Home) -> None:
    for path in (path for path in folder.rglob("*") if path.is_file()):
        facility, *rest = path.relative_to(folder).parts
        target = home.inbox / facility / folder.name / Path(*rest)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def run_again(home: Home, night: str, environment: Mapping[str, str] | None = None) -> Ended:
    """The next run, which nothing disturbs, and the weekly work after it."""
    ended = igwatch(home.root, "run", "--as-of", night, environment=environment)
    assert ended.code == 0, ended.said
    compacted = igwatch(home.root, "compact", environment=environment)
    assert compacted.code == 0, compacted.said
    return ended


def readable(home: Home, nights: int) -> str:
    """The run that readers see: whole, of one generation, in both catalogues. Returns its name."""
    seen = set()
    for catalogue, table in (("igwatch", "flag.patient_flag"), ("quality", "quality.freshness")):
        with duckdb.connect(str(home.root / f"{catalogue}.duckdb"), read_only=True) as con:
            seen |= {
                run_id for (run_id,) in con.sql(f"SELECT DISTINCT run_id FROM {table}").fetchall()
            }
    assert seen == {live_generation(home.root).run_id}
    # one that is published and not yet recorded is the ledger's to be told of
    assert [f for f in verify_published(home.root) if f.subject != "ledger"] == []
    assert len(publications(home.root)) >= nights
    return seen.pop()


def state(home: Home) -> dict[str, object]:
    """All that must be the same in two homes to which the same was delivered."""
    live = live_generation(home.root)
    return {
        "run": live.run_id,
        "tables": live.tables,
        "ledger": [(p.seq, p.run_id, p.as_of, p.sources) for p in publications(home.root)],
        "raw": raw_rows(home),
        "archive": files_below(home.root, "archive"),
        "inbox": files_below(home.root, "inbox"),
    }


def raw_rows(home: Home) -> dict[str, tuple[int, int]]:
    """Of each raw table how many rows it has and one number for what stands in them."""
    found = {}
    for folder in sorted(path for path in home.raw.iterdir() if path.is_dir()):
        files = [str(path) for path in folder.rglob("*.parquet")]
        if not files:
            continue
        rows = duckdb.read_parquet(files, union_by_name=True)
        kept = ", ".join(name for name in rows.columns if name not in OF_A_CLOCK)
        found[folder.name] = duckdb.sql(
            f"SELECT count(*), bit_xor(hash(t)) FROM (SELECT {kept} FROM rows) AS t"
        ).fetchall()[0]
    return found


def files_below(root: Path, *folders: str) -> list[str]:
    """The names of all files, without those whose very names tell the time."""
    tops = [root / folder for folder in folders] or [root]
    names = [
        str(path.relative_to(root))
        for top in tops
        for path in sorted(top.rglob("*"))
        if not path.is_dir() or path.is_symlink()
    ]
    return [name for name in names if not name.startswith(VOLATILE)]
