"""The cases as patients with results and exposures on real days: what each format then writes.

Every case has the same clock, so that one night judges all: its day 0 lies as many days before.
All patients are invented, or are facts of published patients with the citation that the case holds;
every number, day and name of a patient is made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from igwatch.base.knowledge import knowledge_rows, rule_parameter, rule_rows
from igwatch.conformance.pack_exposure import CodedExposure, coded
from igwatch.conformance.pack_limit import Limits, drawn_tables, limits_at, limits_of
from transforms.course.parameter import set_version
from transforms.knowledge.drawn_case import (
    STATE_COLUMNS,
    Case,
    DrawnExposure,
    DrawnPanel,
    DrawnResult,
    Row,
    age_in_days,
    drawn,
    drawn_exposures,
    read_cases,
)

CLOCK = date(2025, 12, 31)
AUTHORITY = "CASES"
ADULT = "35y"
HOUR = "08:00"
NOT_CLASSED = "not_classed"
DRAWN = "drawn"
SILENT, WITHOUT = "_silent", "_without_"
FORMATS = ("hl7", "csv", "fhir", "omop")


class PackResult(NamedTuple):
    """One result: of the facility's feed, at HOUR of a day. g/L, IgE in kIU/L."""

    facility: str
    laboratory: str
    order_number: str
    day: date
    analyte: str
    class_name: str
    comparator: str | None
    value: float
    limits: Limits | None

    @property
    def value_text(self) -> str:
        return f"{self.comparator or ''}{self.value:g}"


class PackExposure(NamedTuple):
    """What a patient had or was given; `first_day` None is not known, `last_day` None is open."""

    coded: CodedExposure
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class PackCase:
    """A case with its rows. `unsaid`: format -> why that format cannot say the case; `unasked`:
    rule_id -> why no feed can ask that rule."""

    case_id: str
    number: int
    case: Case
    sex: str
    day_0: date
    birth_date: date | None
    facility: str
    results: tuple[PackResult, ...]
    exposures: tuple[PackExposure, ...]
    unsaid: dict[str, str]
    unasked: dict[str, str]

    @property
    def states(self) -> dict[str, str]:
        """rule_id -> the state that the case must reach, of each rule that a feed can ask."""
        return {
            rule: self.case.row[column] or ""
            for rule, column in STATE_COLUMNS.items()
            if rule not in self.unasked
        }

    @property
    def formats(self) -> list[str]:
        """The formats that say it."""
        return [name for name in FORMATS if name not in self.unsaid]

    def is_said_in(self, name: str) -> bool:
        return name not in self.unsaid


def rules_version() -> str:
    """The version of the rules that the cases test."""
    return set_version(row["version"] for row in knowledge_rows("rule_parameter"))


@cache
def pack_cases() -> tuple[PackCase, ...]:
    """Every case of the project, in the order of its files."""
    return tuple(_pack_case(number, case) for number, case in enumerate(read_cases(), 1))


def case_id_of(case: Case) -> str:
    """A name that stays as long as the sentence and the words of the case do."""
    words = f"{case.sentence}\n{case.row['case']}".encode()
    chapter, _, section = case.section.partition(".")
    return f"C{chapter}{int(section):02d}-{sha256(words).hexdigest()[:6]}"


def _pack_case(number: int, case: Case) -> PackCase:
    row = case.row
    case_id, as_of = case_id_of(case), int(row["as_of"] or 0)
    day_0 = CLOCK - timedelta(days=as_of)
    age, sex = age_in_days(row.get("age") or ADULT), row.get("sex") or "F"
    panels = drawn(row)
    limits = limits_of(
        ((r, sex, None if age is None else age + r.day) for p in panels for r in p.results
         if age is not None), bool(row.get("source")),
    )  # fmt: skip
    exposures = [(exposure, coded(exposure, as_of)) for exposure in drawn_exposures(row)]
    why = _unsayable(row, panels, as_of, limits)
    why = why or next((_has_no_code(drawn) for drawn, found in exposures if not found), None)
    feed = SILENT if row.get("feed") == "none" else ""
    results = tuple(_results(case_id, panels, limits or DRAWN, feed, day_0, age, sex))
    dated = tuple(
        PackExposure(found, _on(day_0, found.first_day), _on(day_0, found.last_day))
        for _, found in exposures
        if found
    )
    born = None if age is None else day_0 - timedelta(days=age)
    return PackCase(
        case_id,
        number,
        case,
        sex,
        day_0,
        born,
        f"{limits or DRAWN}{feed}",
        results,
        dated,
        unsaid=dict.fromkeys(FORMATS, why) if why else _unsaid(age, results, dated),
        unasked=_unasked(panels),
    )


def _unsayable(row: Row, panels: list[DrawnPanel], as_of: int, limits: str | None) -> str | None:
    """Why no feed can say a case, None where one can."""
    results = [result for panel in panels for result in panel.results]
    if limits is None:
        return "no table of limits gives its values the drawn classes"
    if any(result.is_borrowed and result.day > as_of for result in results):
        return "it draws a result of another day that lies after its clock"
    if any(_is_supplied(panel, results) for panel in panels):
        return "it draws as not measured what another of its samples, within the window, supplies"
    if any(result.value == 0 and result.comparator is None for result in results):
        return "a plain 0 is no result: no assay measures so little"
    return None


def _is_supplied(panel: DrawnPanel, results: list[DrawnResult]) -> bool:
    """Whether an isotype that the panel has not was measured within the window around it."""
    window = rule_parameter("panel_window_days")
    measured = {result.analyte for result in panel.results}
    return bool(measured & {"igg", "igm"}) and any(
        result.analyte in {"igg", "iga", "igm"} - measured and abs(result.day - panel.day) <= window
        for result in results
    )


def _has_no_code(exposure: DrawnExposure) -> str:
    what = f"{exposure.effect} {exposure.group}"
    return f"no code of the knowledge tables does what is drawn as {what} on these days"


def _unasked(panels: list[DrawnPanel]) -> dict[str, str]:
    """A result that a panel borrows from another day is drawn as no event; a feed sends it, and it
    is one of the rule that follows its isotype."""
    own = {(r.analyte, r.day) for p in panels for r in p.results if not r.is_borrowed}
    borrowed = {
        result.analyte
        for panel in panels
        for result in panel.results
        if result.is_borrowed and (result.analyte, result.day) not in own
    }
    return {
        row["rule_id"]: f"the {row['index_name']} of another day is itself an event in a feed"
        for row in rule_rows()
        if row["index_analyte"] in borrowed
    }


def _on(day_0: date, day: int | None) -> date | None:
    return None if day is None else day_0 + timedelta(days=day)


def _results(
    case_id: str,
    panels: list[DrawnPanel],
    limits: str,
    feed: str,
    day_0: date,
    age: int | None,
    sex: str,
) -> Iterator[PackResult]:
    """Each panel's own results, then those that it found on another day, where none is drawn."""
    own = {(r.analyte, r.day) for p in panels for r in p.results if not r.is_borrowed}
    for place, panel in enumerate(panels, 1):
        facility = _facility(panel, limits, feed, age)
        laboratory = panel.laboratory or "lab1"

        def result(analyte: str, day: int, class_name: str, comparator: str | None,
                   value: float, order: str, sent_by: str = facility,
                   measured_by: str = laboratory) -> PackResult:  # fmt: skip
            at_age = None if age is None else age + day
            of_class = (
                None if class_name == NOT_CLASSED else limits_at(limits, analyte, sex, at_age)
            )
            return PackResult(sent_by, measured_by, f"{case_id}-{order}",
                              day_0 + timedelta(days=day), analyte, class_name, comparator,
                              value, of_class)  # fmt: skip

        for r in panel.results:
            if r.is_borrowed and (r.analyte, r.day) in own:
                continue
            own.add((r.analyte, r.day))
            order = f"{place}b{r.day - panel.day}" if r.is_borrowed else str(place)
            yield result(r.analyte, r.day, r.class_name, r.comparator, r.value, order)
        for drawn_class in panel.subclasses:
            analyte, is_low = f"igg{drawn_class[0]}", drawn_class[1:] == "L"
            row = drawn_tables()[DRAWN][analyte]
            value = float(row["low_value" if is_low else "normal_value"])
            said = "low" if is_low else "normal"
            yield result(analyte, panel.day, said, None, value, str(place))


def _facility(panel: DrawnPanel, limits: str, feed: str, age: int | None) -> str:
    """Whose feed a panel comes in: one that has no limits for what is drawn without a class."""
    unclassed = [r.analyte for r in panel.results if _has_no_class(r) and age is not None]
    name = limits + (WITHOUT + "_".join(unclassed) if unclassed else "")
    return name + (SILENT if panel.facility == "south" else feed)


def _has_no_class(result: DrawnResult) -> bool:
    return result.class_name == NOT_CLASSED


def _unsaid(
    age: int | None,
    results: tuple[PackResult, ...],
    exposures: tuple[PackExposure, ...],
) -> dict[str, str]:
    unsaid: dict[str, str] = {}
    if any(e.coded.kind == "finding" for e in exposures):
        unsaid |= dict.fromkeys(
            ("hl7", "fhir", "omop"),
            "a finding, such as electrophoresis without a monoclonal protein, has no code there "
            "that every reader would take for it",
        )
    if any(e.first_day is None for e in exposures):
        unsaid |= dict.fromkeys(
            ("hl7", "fhir"), "a diagnosis without a first day is there one of the day it was told"
        )
        unsaid["omop"] = "condition_start_date is required"
    if any(e.coded.is_suspected for e in exposures):
        unsaid["omop"] = "how certain a diagnosis is has no concept that was read at a source"
    if age is None:
        unsaid["omop"] = "year_of_birth is required"
    if len({r.laboratory for r in results}) > 1:
        unsaid["omop"] = "which laboratory measured has no column"
    if any(r.facility.endswith(SILENT) for r in results):
        unsaid["omop"] = "whether a feed sends drugs and diagnoses has no column"
    return unsaid
