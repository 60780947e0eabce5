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
from samples.feed import feeds
from samples.laboratory_print import laboratory_print
from samples.order import Result
from samples.region import PERIOD_DAYS, Person, Region, Test, choose_dirt
from samples.truth import Truth, truth_file

LAST_NIGHT = date(2025, 8, 4)
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

    `dirty` is the share of reports with which something goes wrong (dirt.csv). `progress` is called
    after each block with how many patients are written. Raises SimulationError when `out` is not
    empty or a number makes no sense.
    """
    _check(out, patients, nights, dirty)
    dates = nights_until(LAST_NIGHT, nights)
    with truth_file(out / "truth.csv") as add_truth:
        region = Region(out, dates, add_truth)
        for block, first in enumerate(range(0, patients, BLOCK_PATIENTS)):
            n = min(BLOCK_PATIENTS, patients - first)
            rng = np.random.default_rng([seed, block])
            for drawn, numbers in _courses_of_block(n, rng, patients if first == 0 else 0):
                for person in _people(drawn, first + numbers, dates, dirty, rng):
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
        of_course = np.flatnonzero(kind == index)
        if len(of_course):
            yield draw(course, len(of_course), rng), number[of_course]


def _people(
    drawn: Draw,
    numbers: np.ndarray,
    nights: list[date],
    dirty: float,
    rng: np.random.Generator,
) -> Iterator[Person]:
    """The people of one course in one block; `numbers` counts the people of the region from 0."""
    shape = drawn.days_before_end.shape
    feed_of = rng.choice(len(feeds()), shape[:1], p=[feed.share for feed in feeds()])
    is_merged = rng.random(shape[:1]) < (prevalence()["merge"] if shape[1] > 1 else 0)
    minute, dirt = rng.integers(0, 540, shape), rng.random(shape)
    night = _night(drawn.days_before_end, nights)
    results = _results(drawn, feed_of, night >= len(nights) // 2)
    for i in range(shape[0]):
        feed, name = feeds()[feed_of[i]], f"{numbers[i] + 1:07d}"
        days = [nights[-1] - timedelta(days=int(before)) for before in drawn.days_before_end[i]]
        tests = tuple(
            Test(
                taken_at=datetime.combine(day, time(7)) + timedelta(minutes=int(minute[i, j])),
                night=int(night[i, j]),
                results=results[i][j],
                dirt=choose_dirt(feed, float(dirt[i, j]), dirty),
            )
            for j, day in enumerate(days)
        )
        yield Person(
            id=f"{feed.prefix}{name}",
            old_id=f"{feed.prefix}X{name}" if is_merged[i] else "",
            feed=feed,
            course=drawn.course,
            sex=str(drawn.sex[i]),
            birth_date=days[0] - timedelta(days=int(drawn.age_days[i])),
            tests=tests,
        )


def _night(days_before_end: np.ndarray, nights: list[date]) -> np.ndarray:
    """Index of the first night on or after each day; what is older comes with the first."""
    ends = np.array([(night - nights[-1]).days for night in nights])
    return np.searchsorted(ends, -days_before_end, side="left")


def _results(
    drawn: Draw, feed_of: np.ndarray, is_later: np.ndarray
) -> list[list[tuple[Result, ...]]]:
    """The results of every test of every person as their facility prints them at that time."""
    n, n_tests = is_later.shape
    age = drawn.age_days[:, None] + drawn.days_before_end[:, :1] - drawn.days_before_end
    panels: list[list] = [[None] * n_tests for _ in range(n)]
    for index, feed in enumerate(feeds()):
        for units, is_then in ((feed.units, ~is_later), (feed.units_later, is_later)):
            person, test = np.nonzero((feed_of == index)[:, None] & is_then)
            values = {isotype: drawn.value[isotype][person, test] for isotype in ISOTYPES}
            printed = laboratory_print(feed.table, units).results(values, age[person, test])
            for i, j, panel in zip(person.tolist(), test.tolist(), printed, strict=True):
                panels[i][j] = panel
    return panels
