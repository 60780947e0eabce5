"""A drawn case as a patient: classes as values, groups as codes, day 0 so long before the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from igwatch.base.knowledge import rule_parameter, rule_rows
from igwatch.conformance.isotype import unit_of
from igwatch.conformance.pack_case import (
    CLOCK,
    FORMATS,
    SILENT,
    PackCase,
    PackExposure,
    PackResult,
    case_id_of,
    unsaid_by_format,
)
from igwatch.conformance.pack_exposure import coded
from igwatch.conformance.pack_limit import drawn_tables, limits_at, limits_of
from transforms.knowledge.drawn_case import (
    Case,
    DrawnExposure,
    DrawnPanel,
    DrawnResult,
    Row,
    age_in_days,
    drawn,
    drawn_exposures,
)

ADULT = "35y"
SENT = time(12)
NOT_CLASSED = "not_classed"
DRAWN = "drawn"
WITHOUT = "_without_"


def drawn_patient(number: int, case: Case) -> PackCase:
    """The patient of a drawn case; `number` is its place in the pack."""
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
    results = tuple(_results(_Patient(case_id, day_0, age, sex, limits or DRAWN), panels, feed))
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
        unsaid=dict.fromkeys(FORMATS, why) if why else unsaid_by_format(born, results, dated),
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


@dataclass(frozen=True)
class _Patient:
    """Whom results are of; `age` in days on day 0, `limits` the set by which they are judged."""

    case_id: str
    day_0: date
    age: int | None
    sex: str
    limits: str

    def result(self, drawn_result: DrawnResult, order: str, sent_by: _Sender) -> PackResult:
        day = self.day_0 + timedelta(days=drawn_result.day)
        at_age = None if self.age is None else self.age + drawn_result.day
        limits = limits_at(self.limits, drawn_result.analyte, self.sex, at_age)
        return PackResult(
            sent_by.facility,
            sent_by.laboratory,
            f"{self.case_id}-{order}",
            day,
            drawn_result.analyte,
            drawn_result.class_name,
            drawn_result.comparator,
            drawn_result.value,
            unit_of(drawn_result.analyte),
            None if _has_no_class(drawn_result) else limits,
            datetime.combine(day, SENT),
        )


class _Sender(NamedTuple):
    facility: str
    laboratory: str


def _results(patient: _Patient, panels: list[DrawnPanel], feed: str) -> Iterator[PackResult]:
    """Each panel's own results, then those that it found on another day, where none is drawn."""
    own = {(r.analyte, r.day) for p in panels for r in p.results if not r.is_borrowed}
    for place, panel in enumerate(panels, 1):
        facility = _facility(panel, patient.limits, feed, patient.age)
        sender = _Sender(facility, panel.laboratory or "lab1")
        for result in panel.results:
            key = (result.analyte, result.day)
            if not result.is_borrowed:
                yield patient.result(result, str(place), sender)
            elif key not in own:
                own.add(key)
                yield patient.result(result, f"{place}b{result.day - panel.day}", sender)
        for subclass in map(_subclass, panel.subclasses):
            yield patient.result(replace(subclass, day=panel.day), str(place), sender)


def _subclass(text: str) -> DrawnResult:
    """A subclass that is drawn as `2L` or `2`, on day 0."""
    analyte, is_low = f"igg{text[0]}", text[1:] == "L"
    value = float(drawn_tables()[DRAWN][analyte]["low_value" if is_low else "normal_value"])
    return DrawnResult(analyte, 0, "low" if is_low else "normal", None, value, False, False)


def _facility(panel: DrawnPanel, limits: str, feed: str, age: int | None) -> str:
    """Whose feed a panel comes in: one that has no limits for what is drawn without a class."""
    unclassed = [r.analyte for r in panel.results if _has_no_class(r) and age is not None]
    name = limits + (WITHOUT + "_".join(unclassed) if unclassed else "")
    return name + (SILENT if panel.facility == "south" else feed)


def _has_no_class(result: DrawnResult) -> bool:
    return result.class_name == NOT_CLASSED
