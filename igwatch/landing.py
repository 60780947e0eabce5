"""What lies in the inbox, cut into batches of like size, and the landing of one batch.

A plan is a file in <home>/work: the names of delivered files may say who they are about, so they
travel between tasks by this private file and never through an XCom or a log.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from igwatch.home import Home
from igwatch.settings import Settings
from transforms.parse.arrival import Overlooked, arrivals
from transforms.parse.facility import load_facility
from transforms.parse.land import land

log = logging.getLogger("igwatch")


@dataclass
class Landing:
    """Counts of one landing: files new, known and left for the next, rows by raw table."""

    n_new: int = 0
    n_known: int = 0
    n_left: int = 0
    overlooked: list[Overlooked] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, other: Landing) -> None:
        self.n_new += other.n_new
        self.n_known += other.n_known
        self.n_left += other.n_left
        self.rows += other.rows
        self.seconds += other.seconds


def plan_landing(home: Home, settings: Settings) -> tuple[Path, int]:
    """Write tonight's batches of delivered files; return the plan's path and how many there are."""
    found = sorted(arrivals(home.inbox, settings.settle_seconds), key=lambda a: str(a.path))
    batches: list[list[tuple[str, str]]] = []
    room = 0
    for arrival in found:
        if not batches or room + arrival.size > settings.batch_bytes:
            batches.append([])
            room = 0
        batches[-1].append((arrival.facility, str(arrival.path.relative_to(home.root))))
        room += arrival.size
    plan = home.work / f"landing-{uuid4().hex}.json"
    plan.write_text(json.dumps(batches), encoding="utf-8")
    return plan, len(batches)


def vanished_inboxes(home: Home) -> list[str]:
    """Facilities that delivered before and whose inbox is not there: an unmounted share looks so.

    A feed that has ended keeps its folder, empty.
    """
    known = {folder.name for folder in home.raw.glob("source_file/*") if folder.is_dir()}
    return sorted(name for name in known if not (home.inbox / name).is_dir())


def land_batch(home: Home, plan: Path, number: int) -> Landing:
    """Land every file of one batch of the plan. Raises FacilityError for a bad facility file."""
    began = time.monotonic()
    done = Landing()
    for name, path in json.loads(plan.read_text(encoding="utf-8"))[number]:
        landed = land(home.root / path, home.root, load_facility(home.facility, name))
        done.n_new += landed.is_new
        done.n_left += landed.left is not None
        done.n_known += not landed.is_new and landed.left is None
        done.rows.update(landed.counts if landed.is_new else {})
    done.seconds = time.monotonic() - began
    log.info("landed batch %d: %d new files, %d known", number, done.n_new, done.n_known)
    return done
