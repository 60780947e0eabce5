"""Cuts what lies in the inbox into batches of like size, and lands one batch.

Files that landed before are known by name, size and time. Those that were read in another way than
they would be now, because facility/<name>.yaml or what is searched for has changed, are read again
from the archive. New files of a facility whose settings cannot be used wait in its inbox.

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
from igwatch.night.fault import Fault, faults_of
from igwatch.night.mounted_inbox import remember_mounts
from igwatch.night.shared_landing import PlannedFile, land_files
from igwatch.night.stale_files import Outdated, outdated
from igwatch.site.facility_knowledge import message_filter_of
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import keep_settings, settings_in_force
from transforms.parse.inbox import MisplacedFile, arrivals, misplaced_files
from transforms.parse.raw.compaction import extract
from transforms.parse.raw.landed_before import LandedBefore
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
    faults: tuple[Fault, ...] = ()
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
    """Tonight's work: where it is written, how many batches, how many delivered files are known;
    what keeps something of a facility out of it."""

    path: Path
    n_batches: int
    n_known: int
    faults: tuple[Fault, ...] = ()


def plan_landing(home: Home, settings: Settings) -> LandingPlan:
    """Write tonight's batches: what is new in the inbox, and what must be read again. The plan of a
    landing that was cut short goes: its night is over.

    The settings that are good are kept, for the night on which they are not.
    """
    found = sorted(arrivals(home.inbox, settings.settle_seconds), key=lambda a: str(a.path))
    in_force = settings_in_force(home, {*delivered_before(home), *(a.facility for a in found)})
    keep_settings(home, in_force)
    remember_mounts(home)
    before = LandedBefore(home.root)
    new = [a for a in found if not before.sha256(a.path, a.facility)]
    n_known = len(found) - len(new)
    new = [a for a in new if a.facility not in in_force.faults]
    old = outdated(home, in_force)
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
    return LandingPlan(plan, len(batches), n_known, faults_of(home, in_force))


def faults_tonight(home: Home) -> tuple[Fault, ...]:
    """What keeps something of a facility out of a build that is made now."""
    feeds = {*delivered_before(home), *(a.facility for a in arrivals(home.inbox, 0))}
    return faults_of(home, settings_in_force(home, feeds))


def delivered_before(home: Home) -> set[str]:
    """The facilities of which anything has landed."""
    return {folder.name for folder in home.raw.glob("source_file/*") if folder.is_dir()}


def _take_out_of_packs(home: Home, old: list[Outdated]) -> None:
    """Take what is to be read again out of its months' files, each of these once."""
    for name in sorted({file.facility for file in old}):
        with sole_writer(home.root):
            extract(home.root, name, [file.sha256 for file in old if file.facility == name])


def vanished_inboxes(home: Home) -> list[str]:
    """Facilities that delivered before and whose inbox is not there: an unmounted share looks so.

    A feed that has ended keeps its folder, empty.
    """
    return sorted(name for name in delivered_before(home) if not (home.inbox / name).is_dir())


def unlanded(home: Home) -> list[Path]:
    """Delivered files that are not in raw: being written, come since, refused by place or name."""
    found = arrivals(home.inbox, settle_seconds=0)
    before = LandedBefore(home.root)
    waiting = [a.path for a in found if not before.sha256(a.path, a.facility)]
    return [*waiting, *(refused.path for refused in misplaced_files(home.inbox))]


def land_batch(home: Home, settings: Settings, plan: Path, number: int) -> Landing:
    """Land every file of one batch of the plan."""
    return land_batches(home, settings, plan, [number])


def land_batches(home: Home, settings: Settings, plan: Path, numbers: Sequence[int]) -> Landing:
    """Land every file of these batches at once, so that they share the processes of one pool."""
    began = time.monotonic()
    done = Landing()
    batches = json.loads(plan.read_text(encoding="utf-8"))
    files = [PlannedFile(*file) for number in numbers for file in batches[number]]
    in_force = settings_in_force(home, {file.facility for file in files})
    feeds = {feed.name: (feed, message_filter_of(feed)) for feed in in_force.facilities}
    files = [file for file in files if file.facility in feeds]  # else its settings broke just now
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
