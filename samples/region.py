"""The writer of a simulated region: reports and their dirt, exposures, merges and the truth.

What is sent and what is true are written side by side, person by person, so that the two agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType

import numpy as np

from samples import csv_template, hl7_template
from samples.course import Course, prevalence
from samples.data_file import FOLDER
from samples.delivery import Delivery, describe_facilities
from samples.dirt import Dirt, Sent, kind_at, sent_instead
from samples.feed import Feed, Report, feeds
from samples.message import day_text, stamp
from samples.order import Result
from samples.ordinary import ordinary_of
from samples.truth import Truth

PERIOD_DAYS = 460


@dataclass(frozen=True)
class Test:
    """One sample and its results; `night` is the index of its delivery, `dirt` what goes wrong."""

    taken_at: datetime
    night: int
    results: tuple[Result, ...]
    dirt: Dirt | None


@dataclass(frozen=True)
class Person:
    """Someone tested, first test first; `old_id` was in use until the last test."""

    id: str
    old_id: str
    feed: Feed
    course: Course
    sex: str
    birth_date: date
    tests: tuple[Test, ...]

    @property
    def first_id(self) -> str:
        return self.old_id or self.id


class Region:
    """The region being written below `out`."""

    def __init__(
        self, out: Path, nights: list[date], add_truth: Callable[[list[object]], object]
    ) -> None:
        self.nights = nights
        self.delivery = Delivery(out, nights)
        self.writers = {feed: _template(feed).report_writer(feed) for feed in feeds()}
        self.truth = Truth(out / "truth.csv", nights, [feed.name for feed in feeds()])
        self.add_truth = add_truth
        self.n_orders = 0
        describe_facilities(FOLDER / "facility" / "region", out / "facility")

    def add(self, person: Person) -> None:
        """Everything that is ever sent about one person."""
        dirty = []
        for test in person.tests:
            is_last = test is person.tests[-1]
            report = self._report(person, person.id if is_last else person.first_id, test)
            if test.dirt:
                dirty.append(f"{test.dirt.kind}@{report.order_number}")
                self.truth.n_by_dirt[test.dirt.kind] += 1
            self._send(person.feed, test.night, self._sent(test, report))
        self._send_exposures(person)
        self._send_merge(person)
        self._add_truth(person, "|".join(dirty))

    def _report(self, person: Person, patient_id: str, test: Test) -> Report:
        self.n_orders += 1
        number = f"{person.feed.prefix[0]}{self.n_orders:09d}"
        sent_at = test.taken_at + timedelta(hours=3)
        patient = (patient_id, person.birth_date, person.sex)
        return Report(number, number, *patient, test.taken_at, sent_at, test.results)

    def _sent(self, test: Test, report: Report) -> Sent:
        if test.dirt is None:
            return [(0, report)]
        following = self.nights[min(test.night + 1, len(self.nights) - 1)]
        return sent_instead(test.dirt.kind, report, datetime.combine(following, time(22, 30)))

    def _send(self, feed: Feed, night: int, sent: Sent) -> None:
        write = self.writers[feed]
        for nights_later, report in sent:
            sent_in = min(night + nights_later, len(self.nights) - 1)
            self.delivery.add(sent_in, feed, "results", write(report))
            has_no_results = report.is_cut and feed.format == "hl7"
            self.truth.n_reports += 1
            self.truth.n_results += 0 if has_no_results else len(report.results)

    def _send_exposures(self, person: Person) -> None:
        """The cause arrives with the first test; what is ordinary, as it comes."""
        feed, course, first = person.feed, person.course, person.tests[0].taken_at.date()
        if course.exposure and feed.tells_by(first):
            after = course.exposed_after_days
            start = first - timedelta(days=course.exposed_before_days)
            last = person.tests[-1].taken_at.date()
            end = None if after is None else last + timedelta(days=after)
            self._send_exposure(person, person.tests[0].night, (course.exposure, start, end))
        if not course.exposure and feed.sends_exposures:
            since = self.nights[-1] - timedelta(days=PERIOD_DAYS)
            born, until = person.birth_date, feed.events_until or self.nights[-1]
            for exposure in ordinary_of(person.first_id, born, since, until):
                self._send_exposure(person, bisect_left(self.nights, exposure[1]), exposure)

    def _send_exposure(
        self, person: Person, night: int, exposure: tuple[str, date, date | None]
    ) -> None:
        """What is still going on when it is last told of has no end."""
        feed, (key, start, end) = person.feed, exposure
        end = end if end and feed.tells_by(end) else None
        patient = (person.first_id, day_text(person.birth_date), person.sex)
        at = stamp(datetime.combine(self.nights[night], time(17)))
        days = (key, day_text(start), day_text(end))
        self.delivery.add(night, feed, *_template(feed).exposure_record(feed, patient, days, at))

    def _send_merge(self, person: Person) -> None:
        """The old number is given up on the night of the last test."""
        if person.old_id:
            night = person.tests[-1].night
            at = stamp(datetime.combine(self.nights[night], time(18)))
            feed = person.feed
            record = _template(feed).merge_record(feed, person.old_id, person.id, at)
            self.delivery.add(night, feed, *record)

    def _add_truth(self, person: Person, dirty: str) -> None:
        """One row of truth.csv; `dirty` lists the orders of the person that have dirt."""
        feed, course = person.feed, person.course
        is_told = bool(course.exposure) and feed.tells_by(person.tests[0].taken_at.date())
        is_known = feed.keeps_its_promise or (is_told and not feed.has_local_codes)
        exposures = "with" if is_known else "without"
        expected = [course.expected[f"{rule}_{exposures}_feed"] for rule in ("selective", "hyper")]
        is_lost = any(test.dirt and not test.dirt.keeps_status for test in person.tests)
        # A lost IgM changes nothing where nothing is expected; elsewhere nobody can tell.
        if is_lost and set(expected) != {"no_evidence"}:
            expected = ["", ""]
        self.truth.n_patients += 1
        self.truth.n_by_condition[course.condition] += 1
        patient = [person.id, feed.authority, feed.name, course.condition]
        self.add_truth([*patient, *expected, len(person.tests), person.old_id, dirty])

    def finish(self, rng: np.random.Generator) -> Truth:
        """Close every file; some arrive late and some twice."""
        rate = prevalence()
        moved = self.delivery.finish(rng, rate["late_file"], rate["resent_file"])
        self.truth.late_files, self.truth.resent_files = moved["late"], moved["resent"]
        return self.truth


def choose_dirt(feed: Feed, draw: float, share: float) -> Dirt | None:
    """What goes wrong with a report of this feed, for the share `share` of the reports.

    `draw` is uniform in [0, 1).
    """
    return kind_at(feed, draw / share) if draw < share else None


def _template(feed: Feed) -> ModuleType:
    return hl7_template if feed.format == "hl7" else csv_template
