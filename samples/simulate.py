"""A hospital region's feeds over some fifteen months, with the truth beside them.

People are drawn block by block, so memory does not grow with their number, and each block has
its own generator, so the same seed gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from igwatch.base.error import IgwatchError
from samples.course import ISOTYPES, Draw, courses, draw, prevalence, shares
from samples.feed import Line, feeds
from samples.laboratory_print import printer
from samples.region import Person, Region, Test, choose_dirt
from samples.truth import Truth, truth_file

LAST_NIGHT = date(2025, 8, 4)
PERIOD_DAYS = 460
BLOCK_PATIENTS = 5_000
DELIVERIES = 2**32 - 1  # the generator of late and repeated files, beside those of the blocks


class SimulationError(IgwatchError):
    """A region that cannot be written as it was asked for."""


def simulate(
    out: Path,
    patients: int,
    nights: int,
    seed: int,
    dirty: float = 0.0,
    progress: Callable[[str], None] | None = None,
) -> Truth:
    """Write a region's feeds below `out` and truth.csv beside them.

    `dirty` is the share of reports to which something is done (dirt.csv). `progress` is told
    after each block how many patients are written. Raises SimulationError when `out` is not empty
    or a number makes no sense.
    """
    _check(out, patients, nights, dirty)
    dates = nights_until(LAST_NIGHT, nights)
    with truth_file(out / "truth.csv") as add_truth:
        region = Region(out, dates, add_truth)
        for block, first in enumerate(range(0, patients, BLOCK_PATIENTS)):
            n = min(BLOCK_PATIENTS, patients - first)
            rng = np.random.default_rng([seed, block])
            for drawn in _courses_of_block(n, rng, patients if first == 0 else 0):
                for person in _people(drawn, first, dates, dirty, rng):
                    region.add(person)
            if progress:
                progress(f"{first + n:,} of {patients:,} patients")
        return region.finish(np.random.default_rng([seed, DELIVERIES]))


def _check(out: Path, patients: int, nights: int, dirty: float) -> None:
    if out.exists() and any(out.iterdir()):
        raise SimulationError(f"{out.name} is not empty", "choose a new folder")
    if patients < 1 or nights < 1 or not 0 <= dirty <= 1:
        what = "patients and nights must be 1 or more, dirty between 0 and 1"
        raise SimulationError(what, "choose such numbers")


def nights_until(last: date, n: int) -> list[date]:
    """`n` nights, evenly over the period, ending with `last`."""
    step = max(1.0, PERIOD_DAYS / n)
    return [last - timedelta(days=round(step * back)) for back in range(n - 1, -1, -1)]


def _courses_of_block(
    n: int, rng: np.random.Generator, patients: int
) -> Iterator[tuple[Draw, np.ndarray]]:
    """The people of one block by course, with their numbers inside the block.

    The first block of a region of some size has one of each course, however rare it is.
    """
    kind = rng.choice(len(courses()), n, p=shares())
    if patients >= 4 * len(courses()):
        kind[: len(courses())] = np.arange(len(courses()))
    number = rng.permutation(n)
    for index, course in enumerate(courses()):
        who = np.flatnonzero(kind == index)
        if len(who):
            yield draw(course, len(who), rng), number[who]


def _people(
    drawn_numbers: tuple[Draw, np.ndarray],
    first: int,
    nights: list[date],
    dirty: float,
    rng: np.random.Generator,
) -> Iterator[Person]:
    """The people of one course in one block; `first` is how many there are in blocks before."""
    drawn, number = drawn_numbers
    shape = drawn.days_before_end.shape
    feed = rng.choice(len(feeds()), shape[:1], p=[f.share for f in feeds()])
    is_merged = rng.random(shape[:1]) < (prevalence()["merge"] if shape[1] > 1 else 0)
    minute, dirt = rng.integers(0, 540, shape), rng.random(shape)
    night = _night(drawn.days_before_end, nights)
    lines = _lines(drawn, feed, night >= len(nights) // 2)
    for i in range(shape[0]):
        f = feeds()[feed[i]]
        days = [nights[-1] - timedelta(days=int(before)) for before in drawn.days_before_end[i]]
        taken = [datetime.combine(d, time(7, 0)) for d in days]
        tests = tuple(
            Test(
                taken_at=taken[j] + timedelta(minutes=int(minute[i, j])),
                night=int(night[i, j]),
                lines=lines[i][j],
                dirt=choose_dirt(f, float(dirt[i, j]), dirty),
            )
            for j in range(shape[1])
        )
        name = f"{first + number[i] + 1:07d}"
        yield Person(
            id=f"{f.prefix}{name}",
            old_id=f"{f.prefix}X{name}" if is_merged[i] else "",
            feed=f,
            course=drawn.course,
            sex=str(drawn.sex[i]),
            birth_date=days[0] - timedelta(days=int(drawn.age_days[i])),
            tests=tests,
        )


def _night(days_before_end: np.ndarray, nights: list[date]) -> np.ndarray:
    """Index of the first night on or after each day; what is older comes with the first."""
    ends = np.array([(night - nights[-1]).days for night in nights])
    return np.searchsorted(ends, -days_before_end, side="left")


def _lines(drawn: Draw, feed: np.ndarray, is_later: np.ndarray) -> list[list[tuple[Line, ...]]]:
    """The results of every test of every person as their facility prints them at that time."""
    n, n_tests = is_later.shape
    age = drawn.age_days[:, None] + drawn.days_before_end[:, :1] - drawn.days_before_end
    told: list[list] = [[None] * n_tests for _ in range(n)]
    for index, f in enumerate(feeds()):
        for units, when in ((f.units, ~is_later), (f.units_later, is_later)):
            who, test = np.nonzero((feed == index)[:, None] & when)
            values = {isotype: drawn.value[isotype][who, test] for isotype in ISOTYPES}
            printed = printer(f.table, units).lines(values, age[who, test])
            for i, j, panel in zip(who.tolist(), test.tolist(), printed, strict=True):
                told[i][j] = panel
    return told
