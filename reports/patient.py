"""A clinic's patients as its report shows them: flags, dated results, exposures, changes.

Each person stands once on a page, where the most urgent of their flags belongs.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from markupsafe import Markup

from reports.flag_line import Flag, Row
from reports.generation import Generation
from reports.thinned import thinned_each
from reports.wording import wordings

MAIN_ANALYTES = ("igg", "iga", "igm")
PLOTTED_ANALYTES = (*MAIN_ANALYTES, "ige")
NO_DATE = date.max
HELD = "unit_contradicted_by_history"
LONGEST_IDENTITY = 400
ASKED = ("requester", "attending_doctor", "requested_from")
# What a page shows of a patient, however much there is (docs/decisions/0095)
MOST_LINES, MOST_POINTS = 2_000, 300
MOST_KEPT, MOST_OF_ANALYTE = 10_000, 1_000


@dataclass(frozen=True)
class Collection:
    """All results collected at one time: a line of the table of results.

    `limits` are the limits used, by analyte, where they differ from those of the lines before.
    """

    collected_at: datetime | None
    rows: list[Row]
    limits: dict[str, Row]

    def of(self, analyte: str) -> list[Row]:
        return [row for row in self.rows if row["analyte"] == analyte]

    @property
    def others(self) -> list[Row]:
        return [row for row in self.rows if row["analyte"] not in PLOTTED_ANALYTES]

    @property
    def comments(self) -> dict[str, list[str]]:
        """Comment -> the analytes it was sent with, mostly one for the whole sample."""
        analytes: dict[str, list[str]] = {}
        for row in self.rows:
            if row["comment"]:
                analytes.setdefault(row["comment"], []).append(row["analyte"])
        return analytes

    @property
    def messages(self) -> list[str]:
        """The laboratory's own names of the messages, each once."""
        named = (row["message_control_id"] for row in self.rows)
        return list(dict.fromkeys(name for name in named if name))

    @property
    def asked(self) -> list[Row]:
        """A result of each who asked for these, where their feed shows it."""
        told = (row for row in self.rows if is_asked_known(row))
        return list({tuple(row[name] for name in ASKED): row for row in told}.values())

    @property
    def linked(self) -> list[Row]:
        """A result of each number that these were sent under, of a patient whom links join."""
        told = (row for row in self.rows if row.get("linked_id"))
        of = {(row["linked_authority"], row["linked_id"], row["facility"]): row for row in told}
        return list(of.values())

    @property
    def laboratories(self) -> list[str]:
        return list(dict.fromkeys(row["laboratory"] or row["facility"] for row in self.rows))


@dataclass
class Patient:
    """One person after merges, once on the page, in the order of `number`.

    `is_listed`: whether the page has room for all results. `plot` and `html` are how the page shows
    the patient. `requests` is what to ask for where a repeat is due, `letter` the text that asks.
    `n_read` is how many rows of each list there are; of very many only some are kept.
    """

    number: int
    patient_key: str
    as_of: date
    flags: list[Flag]
    results: list[Row] = field(default_factory=list)
    exposures: list[Row] = field(default_factory=list)
    transitions: list[Row] = field(default_factory=list)
    unusable: list[Row] = field(default_factory=list)
    superseded: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    letter: str | None = None
    n_read: Counter[str] = field(default_factory=Counter)
    is_listed: bool = True
    plot: Markup | None = None
    html: Markup | None = None

    @cached_property
    def lead(self) -> Flag:
        """The flag that decides in which section the patient is, and where in it."""
        return self.flags[0]

    @property
    def section(self) -> str:
        return self.lead.section

    def add(self, name: str, row: Row) -> None:
        """Add a row to a list of this name, which is thinned before it outgrows the memory."""
        rows = getattr(self, name)
        rows.append(row)
        self.n_read[name] += 1
        if len(rows) >= 2 * MOST_KEPT:
            rows[:] = self._kept(rows) if name == "results" else _ends(rows, MOST_KEPT)

    def _kept(self, results: list[Row]) -> list[Row]:
        return thinned_each(
            results, lambda row: (row["analyte"], row["series"]), MOST_OF_ANALYTE, self.has_changed
        )

    @property
    def is_large(self) -> bool:
        """Whether there is more to list than a page can show."""
        lists = LISTS.values()
        return sum(max(len(getattr(self, n)), self.n_read[n]) for n in lists) > MOST_LINES

    @cached_property
    def changing(self) -> frozenset[str]:
        """measurement_id of each result at which a rule came into another state."""
        return frozenset(s["measurement_id"] for f in self.flags for s in changes(f.steps))

    def has_changed(self, row: Row) -> bool:
        """Whether a rule came into another state at this result."""
        return row["measurement_id"] in self.changing

    @property
    def is_thinned(self) -> bool:
        """Whether the plot draws some of the results only."""
        return max(map(len, self.series.values()), default=0) > MOST_POINTS

    @property
    def identity(self) -> str | None:
        """The identifier and who issued it as JSON in plain ASCII, in which no sign is lost.

        None where it is too long to be an identifier.
        """
        both = json.dumps([self.lead.patient_id or "", self.lead.assigning_authority or ""])
        return both if len(both) <= LONGEST_IDENTITY else None

    @property
    def is_new(self) -> bool:
        return any(flag.is_new for flag in self.flags)

    @cached_property
    def series(self) -> dict[str, list[Row]]:
        """Comparable results with a number, by analyte, oldest first."""
        by_analyte: dict[str, list[Row]] = defaultdict(list)
        for row in self.results:
            is_drawable = row["value"] is not None and row["collected_at"] is not None
            if row["series"] != "electrophoresis" and is_drawable:
                by_analyte[row["analyte"]].append(row)
        return by_analyte

    def latest(self, analyte: str) -> Row | None:
        series = self.series.get(analyte)
        return series[-1] if series else None

    @property
    def sampled_on(self) -> date | None:
        """The day of the newest result shown on the patient's line."""
        days = [row["collected_at"].date() for a in MAIN_ANALYTES if (row := self.latest(a))]
        return max(days, default=None)

    def sampled_elsewhen(self, analyte: str) -> date | None:
        """The day of an isotype's latest result where it is of another sample than the newest."""
        row = self.latest(analyte)
        day = row["collected_at"].date() if row else None
        return day if day != self.sampled_on else None

    @property
    def asked(self) -> Row | None:
        """A result of the line's newest day of which it is known who asked for it."""
        told = (
            row
            for row in reversed(self.results)
            if row["collected_at"]
            and row["collected_at"].date() == self.sampled_on
            and is_asked_known(row)
        )
        return next(told, None)

    @property
    def has_later_result_held(self) -> bool:
        """Whether a result later than all evidence is not used because history contradicts it."""
        return later_result_is_held((f.last_evidence_at for f in self.flags), self.unusable)

    @property
    def unrecognised(self) -> list[str]:
        """Drugs of the patient that nothing in the lists recognises, each once."""
        effects = ("unreviewed_drug", "unrecognised_drug")
        named = [row["name"] for row in self.exposures if row["effect"] in effects]
        return list(dict.fromkeys(named))

    @cached_property
    def analytes(self) -> list[str]:
        """Isotypes of the table of results: IgG, IgA, IgM always, IgE where there is one."""
        has_ige = any(row["analyte"] == "ige" for row in self.results)
        return [*MAIN_ANALYTES, "ige"] if has_ige else [*MAIN_ANALYTES]

    def by_collection_time(self) -> Iterator[Collection]:
        """The results by time of collection, oldest first."""
        before: dict[str, tuple] = {}
        for collected_at, group in groupby(self.results, lambda row: row["collected_at"]):
            rows = list(group)
            now = {row["analyte"]: row for row in rows if row["analyte"] in PLOTTED_ANALYTES}
            changed = {a: row for a, row in now.items() if before.get(a) != limits(row)}
            before |= {analyte: limits(row) for analyte, row in changed.items()}
            yield Collection(collected_at, rows, changed)

    @cached_property
    def sources(self) -> list[str]:
        """The delivered files of all that is shown, each once; a result cites its place here."""
        rows = [*self.results, *self.unusable, *self.superseded]
        return list(dict.fromkeys(row["source_name"] or "" for row in rows))

    @cached_property
    def _place_of_source(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.sources, 1)}

    def citation(self, row: Row) -> int:
        return self._place_of_source[row["source_name"] or ""]

    @cached_property
    def steps(self) -> dict[str, list[tuple[Flag, Row]]]:
        """measurement_id -> the steps of each rule in which that result is cited."""
        by_result: dict[str, list[tuple[Flag, Row]]] = defaultdict(list)
        for flag in self.flags:
            for step in flag.steps:
                by_result[step["measurement_id"]].append((flag, step))
        return by_result

    def index_steps(self, row: Row) -> list[tuple[Flag, Row]]:
        """The steps that this result itself made, with the flag of each."""
        return [pair for pair in self.steps[row["measurement_id"]] if pair[1]["role"] == "index"]

    @staticmethod
    def differs_from_laboratory(row: Row) -> bool:
        """Whether the laboratory interprets a result otherwise; a borderline is neither."""
        ours, theirs = INTERPRETATION.get(row["class"]), row["laboratory_interpretation"]
        return None not in (ours, theirs) and ours != theirs

    def is_counted(self, row: Row) -> bool:
        return any(step["is_counted"] for _, step in self.index_steps(row))


def is_asked_known(row: Row) -> bool:
    """Whether anybody, or any place, is known that asked for this result."""
    return any(row[name] for name in ASKED)


def later_result_is_held(
    evidence_at: Iterable[datetime | None], unusable: Iterable[Mapping[str, Any]]
) -> bool:
    """Whether history contradicts a result later than all evidence, where there is any."""
    last = max((at for at in evidence_at if at), default=None)
    return last is not None and any(
        row["reason_code"] == HELD and row["collected_at"] and row["collected_at"] > last
        for row in unusable
    )


# Our class as a laboratory would say it
INTERPRETATION = {"very_low": "L", "low": "L", "normal": "N", "high": "H"}
LIMITS = ("lower_limit_min", "lower_limit_max", "upper_limit_min", "upper_limit_max")


def limits(row: Row) -> tuple[float | None, ...]:
    """Both lower and both upper limits used for a result, in the order of LIMITS."""
    return tuple(row[name] for name in LIMITS)


def section_keys() -> list[str]:
    """The keys of a report's sections in order of urgency."""
    return list(wordings()["section"])


# Name of a query -> the list of a patient that its rows are added to
LISTS = {
    "result": "results",
    "exposure": "exposures",
    "transition": "transitions",
    "unusable": "unusable",
    "superseded": "superseded",
    "request": "requests",
}


def load_patients(generation: Generation, clinic: str | None) -> list[Patient]:
    """The clinic's patients in the order of the report."""
    patients: dict[str, Patient] = {}
    for row in generation.rows("flag", clinic):
        key = row["patient_key"]
        flag = Flag(**row)
        if key in patients:
            patients[key].flags.append(flag)
        else:
            patients[key] = Patient(0, key, generation.as_of, [flag])
    _add_steps(patients, generation.each("step", clinic))
    for query, name in LISTS.items():
        for row in generation.each(query, clinic):
            if row["patient_key"] in patients:
                patients[row["patient_key"]].add(name, row)
    return _ordered(patients.values())


def _add_steps(patients: dict[str, Patient], steps: Iterable[Row]) -> None:
    flags = {(f.patient_key, f.rule_id): f for p in patients.values() for f in p.flags}
    for step in steps:
        flag = flags.get((step["patient_key"], step["rule_id"]))
        if flag:
            flag.steps.append(step)
            if len(flag.steps) >= 2 * MOST_KEPT:
                flag.steps[:] = _kept_steps(flag.steps)


def _kept_steps(steps: list[Row]) -> list[Row]:
    """The newest changes of state, and the newest steps of all."""
    kept = {id(step) for step in (*changes(steps)[-MOST_KEPT // 2 :], *steps[-MOST_KEPT // 2 :])}
    return [step for step in steps if id(step) in kept]


def changes(steps: Iterable[Row]) -> list[Row]:
    """The steps at which the state became another one, oldest first."""
    found: list[Row] = []
    for step in steps:
        is_first = not found and step["status_after"] != "no_evidence"
        is_other = bool(found) and found[-1]["status_after"] != step["status_after"]
        if step["role"] == "index" and (is_first or is_other):
            found.append(step)
    return found


def _ends(rows: list[Row], most: int) -> list[Row]:
    """The oldest and the newest rows."""
    return [*rows[: most // 2], *rows[-most // 2 :]]


def _ordered(patients: Iterable[Patient]) -> list[Patient]:
    rank = {section: number for number, section in enumerate(section_keys())}
    for patient in patients:
        patient.flags.sort(key=lambda flag: (rank[flag.section], flag.rule_id))
    ordered = sorted(patients, key=lambda p: (rank[p.section], *_order_in_section(p)))
    for number, patient in enumerate(ordered, start=1):
        patient.number = number
    return ordered


def _order_in_section(patient: Patient) -> tuple:
    """Sort key: new among the urgent, then the earliest overdue date, then the last change."""
    lead = patient.lead
    is_known = lead.urgent and not lead.is_new
    overdue_on = lead.repeat_overdue_on or NO_DATE if lead.repeat_due_on else NO_DATE
    changed = lead.changed_on or date.min
    return is_known, overdue_on, date.max - changed, lead.patient_id or "", lead.patient_key
