"""Writing a simulated region: reports, what befalls them, exposures, merges and the truth."""

from __future__ import annotations

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
from samples.dirt import Dirt, Sent, chosen, dirtied
from samples.feed import Feed, Line, Report, feeds
from samples.message import day_text, stamp
from samples.truth import Truth


@dataclass(frozen=True)
class Test:
    """One sample and its results; `night` is the index of the delivery, `dirt` the kind or None."""

    taken_at: datetime
    night: int
    lines: tuple[Line, ...]
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
        befallen = []
        for test in person.tests:
            is_last = test is person.tests[-1]
            report = self._report(person, person.id if is_last else person.first_id, test)
            if test.dirt:
                befallen.append(f"{test.dirt.kind}@{report.order_number}")
                self.truth.n_by_dirt[test.dirt.kind] += 1
            self._send(person.feed, test.night, self._sent(test, report))
        self._tell_exposure(person)
        self._tell_merge(person)
        self._tell_truth(person, "|".join(befallen))

    def _report(self, person: Person, patient_id: str, test: Test) -> Report:
        self.n_orders += 1
        number = f"{person.feed.prefix[0]}{self.n_orders:09d}"
        sent_at = test.taken_at + timedelta(hours=3)
        who = (patient_id, person.birth_date, person.sex)
        return Report(number, number, *who, test.taken_at, sent_at, test.lines)

    def _sent(self, test: Test, report: Report) -> Sent:
        if test.dirt is None:
            return [(0, report)]
        following = self.nights[min(test.night + 1, len(self.nights) - 1)]
        return dirtied(test.dirt.kind, report, datetime.combine(following, time(22, 30)))

    def _send(self, feed: Feed, night: int, sent: Sent) -> None:
        write = self.writers[feed]
        for nights_later, report in sent:
            when = min(night + nights_later, len(self.nights) - 1)
            self.delivery.add(when, feed, "results", write(report))
            has_no_results = report.is_cut and feed.format == "hl7"
            self.truth.n_reports += 1
            self.truth.n_results += 0 if has_no_results else len(report.lines)

    def _tell_exposure(self, person: Person) -> None:
        """The person's drug or diagnosis arrives with the first test."""
        feed, course, first = person.feed, person.course, person.tests[0]
        if not (course.exposure and feed.tells_exposures):
            return
        after = course.exposed_after_days
        start = first.taken_at - timedelta(days=course.exposed_before_days)
        end = None if after is None else person.tests[-1].taken_at + timedelta(days=after)
        exposure = (course.exposure, day_text(start), day_text(end))
        who = (person.first_id, day_text(person.birth_date), person.sex)
        at = stamp(datetime.combine(self.nights[first.night], time(17)))
        told = _template(feed).exposure(feed, who, exposure, at)
        self.delivery.add(first.night, feed, *told)

    def _tell_merge(self, person: Person) -> None:
        """The old number is given up on the night of the last test."""
        if person.old_id:
            night = person.tests[-1].night
            at = stamp(datetime.combine(self.nights[night], time(18)))
            told = _template(person.feed).merge(person.feed, person.old_id, person.id, at)
            self.delivery.add(night, person.feed, *told)

    def _tell_truth(self, person: Person, befallen: str) -> None:
        feed, course = person.feed, person.course
        fed = "with" if feed.tells_exposures else "without"
        expected = [course.expected[f"{rule}_{fed}_feed"] for rule in ("selective", "hyper")]
        is_lost = any(test.dirt and not test.dirt.keeps_status for test in person.tests)
        # A lost IgM changes nothing where nothing is expected; elsewhere nobody can tell.
        if is_lost and set(expected) != {"no_evidence"}:
            expected = ["", ""]
        self.truth.n_patients += 1
        self.truth.n_by_condition[course.condition] += 1
        who = [person.id, feed.authority, feed.name, course.condition]
        self.add_truth([*who, *expected, len(person.tests), person.old_id, befallen])

    def finish(self, rng: np.random.Generator) -> Truth:
        """Close every file; some arrive late and some twice."""
        rate = prevalence()
        told = self.delivery.finish(rng, rate["late_file"], rate["resent_file"])
        self.truth.late_files, self.truth.resent_files = told["late"], told["resent"]
        return self.truth


def choose_dirt(feed: Feed, draw: float, share: float) -> Dirt | None:
    """What befalls a report of this feed; `draw` is uniform in [0, 1), `share` are befallen."""
    return chosen(feed, draw / share) if draw < share else None


def _template(feed: Feed) -> ModuleType:
    return hl7_template if feed.format == "hl7" else csv_template
