"""Cuts what lies in the inbox into batches of like size, and lands one batch.

Files that landed before are known by name, size and time. Those that were read in another way than
they would be now, because facility/<name>.yaml or what is searched for has changed, are read again
from the archive.

A plan is a file in <home>/work: the names of delivered files may say who they are about, so they
travel between tasks by this private file and never through an XCom or a log.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from igwatch.base.atomic_file import write_whole
from igwatch.night.shared_landing import PlannedFile, land_files
from igwatch.night.stale_files import Outdated, outdated
from igwatch.site.facility_knowledge import message_filter_of, read_facility
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.parse.inbox import MisplacedFile, arrivals, misplaced_files
from transforms.parse.raw.compaction import extract
from transforms.parse.raw.landed_before import landed_before
from transforms.parse.raw.transaction import sole_writer

log = logging.getLogger("igwatch")
PLAN = "landing-{}.json"


@dataclass
class Landing:
    """Counts of one landing: files new, known, left for the next and read again, rows by table."""

    n_new: int = 0
    n_known: int = 0
    n_unsettled: int = 0
    n_reread: int = 0
    overlooked: list[MisplacedFile] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, other: Landing) -> None:
        self.n_new += other.n_new
        self.n_known += other.n_known
        self.n_unsettled += other.n_unsettled
        self.n_reread += other.n_reread
        self.rows += other.rows
        self.seconds += other.seconds


@dataclass(frozen=True)
class LandingPlan:
    """Tonight's work: where it is written, how many batches, how many delivered files are known."""

    path: Path
    n_batches: int
    n_known: int


def plan_landing(home: Home, settings: Settings) -> LandingPlan:
    """Write tonight's batches: what is new in the inbox, and what must be read again. The plan of a
    landing that was cut short goes: its night is over.

    Raises FacilityError for a bad facility file.
    """
    found = sorted(arrivals(home.inbox, settings.settle_seconds), key=lambda a: str(a.path))
    new = [a for a in found if not landed_before(a.path, home.root, a.facility)]
    old = outdated(home)
    _take_out_of_packs(home, old)
    work: list[tuple[int, tuple[str, str | None, str | None]]]
    work = [(file.size_bytes, (file.facility, None, file.sha256)) for file in old]
    work += [(a.size, (a.facility, str(a.path.relative_to(home.root)), None)) for a in new]
    batches: list[list[tuple[str, str | None, str | None]]] = []
    room = 0
    for size, file in work:
        if not batches or room + size > settings.batch_bytes:
            batches.append([])
            room = 0
        batches[-1].append(file)
        room += size
    for left_behind in home.work.glob(PLAN.format("*")):
        left_behind.unlink()
    plan = home.work / PLAN.format(uuid4().hex)
    write_whole(plan, json.dumps(batches))
    return LandingPlan(plan, len(batches), len(found) - len(new))


def _take_out_of_packs(home: Home, old: list[Outdated]) -> None:
    """Take what is to be read again out of its months' files, each of these once."""
    for name in sorted({file.facility for file in old}):
        with sole_writer(home.root):
            extract(home.root, name, [file.sha256 for file in old if file.facility == name])


def vanished_inboxes(home: Home) -> list[str]:
    """Facilities that delivered before and whose inbox is not there: an unmounted share looks so.

    A feed that has ended keeps its folder, empty.
    """
    known = {folder.name for folder in home.raw.glob("source_file/*") if folder.is_dir()}
    return sorted(name for name in known if not (home.inbox / name).is_dir())


def unlanded(home: Home) -> list[Path]:
    """Delivered files that are not in raw: being written, come since, refused by place or name."""
    found = arrivals(home.inbox, settle_seconds=0)
    waiting = [a.path for a in found if not landed_before(a.path, home.root, a.facility)]
    return [*waiting, *(refused.path for refused in misplaced_files(home.inbox))]


def land_batch(home: Home, settings: Settings, plan: Path, number: int) -> Landing:
    """Land every file of one batch of the plan. Raises FacilityError for a bad facility file."""
    return land_batches(home, settings, plan, [number])


def land_batches(home: Home, settings: Settings, plan: Path, numbers: Sequence[int]) -> Landing:
    """Land every file of these batches at once, so that they share the processes of one pool."""
    began = time.monotonic()
    done = Landing()
    batches = json.loads(plan.read_text(encoding="utf-8"))
    files = [PlannedFile(*file) for number in numbers for file in batches[number]]
    facilities = {name: read_facility(home, name) for name in {f.facility for f in files}}
    feeds = {name: (feed, message_filter_of(feed)) for name, feed in facilities.items()}
    for file, landed in land_files(home.root, feeds, files, settings.workers):
        if file.sha256:
            done.n_reread += 1
        else:
            done.n_new += landed.is_new
            done.n_unsettled += landed.left is not None
            done.n_known += not landed.is_new and landed.left is None
        done.rows.update(landed.counts if landed.is_new else {})
    done.seconds = time.monotonic() - began
    counts = (len(numbers), done.n_new, done.n_known, done.n_reread)
    log.info("landed %d batches: %d new files, %d known, %d read again", *counts)
    return done
