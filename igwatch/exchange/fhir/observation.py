"""Observation: each result twice, as it was sent and as igwatch compares it (derivedFrom).

What igwatch cannot use is told too: as the text that was sent, and normalised as absent with the
reason. A result keeps its id while it is sent anew, corrected or found to be usable: it is known by
its patient, feed, code and time of collection, and of several of these by their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import Any, NamedTuple

from igwatch.base.knowledge import knowledge_rows
from igwatch.exchange.fhir.element import (
    Element,
    code,
    coded,
    concept,
    date_time,
    element,
    instant,
    named,
    number_as_sent,
    number_of,
    own_coding,
    quantity,
    reference,
    resource,
    said,
    system,
    token,
)
from igwatch.exchange.fhir.published import PublishedPatient, Row
from igwatch.exchange.fhir.resource_id import ResourceIds

_KIND = "Observation"
UNNAMED = "not named"
ZoneOf = Callable[[str], tzinfo]
"""The zone in which a facility's times are local."""


class ToldResult(NamedTuple):
    """A result as two resources; `measurement_id` is its name in the published tables."""

    measurement_id: str
    as_sent: Element
    normalised: Element


def told_results(
    patient: PublishedPatient, patient_id: str, ids: ResourceIds, zone_of: ZoneOf
) -> Iterator[ToldResult]:
    """Every result of a patient; `patient_id` is the id of their Patient."""
    n_like: Counter[tuple[Any, ...]] = Counter()
    rows = [*patient.measurement, *patient.unusable]
    for row in rows:
        known_by = (row["facility"], row["code"] or row["test_name"], row["collected_at"])
        n_like[known_by] += 1
        name = (patient.key, *known_by, n_like[known_by])
        zone = zone_of(row["facility"])
        shared = element(
            category=[concept(coded("Observation.category"))],
            subject=reference("Patient", patient_id),
            effectiveDateTime=date_time(row["collected_at"], zone),
        )
        sent_id = ids.of(_KIND, "as sent", *name)
        own = _sent_unusable(row) if "reason_code" in row else _sent(row, zone)
        as_sent = resource(_KIND, sent_id, meta=_meta("as_sent"), **own, **shared)
        ours = _unknown(row) if "reason_code" in row else _normalised(row)
        normalised = resource(
            _KIND,
            ids.of(_KIND, "normalised", *name),
            meta=_meta("normalised"),
            **ours,
            **shared,
            derivedFrom=[reference(_KIND, sent_id)],
        )
        yield ToldResult(row["measurement_id"], as_sent, normalised)


def gone_observation(was: Element) -> Element:
    """An Observation of an earlier export that is a result of this patient no more: its value goes,
    so that nobody counts it."""
    kept = ("resourceType", "id", "meta", "code", "subject", "effectiveDateTime", "derivedFrom")
    return {
        **{name: was[name] for name in kept if name in was},
        "status": code("Observation.status", "gone"),
    }


def _meta(statement: str) -> Element:
    return {"tag": [coded("Observation.meta.tag", statement)]}


def _sent(row: Row, zone: tzinfo) -> dict[str, Any]:
    """What the laboratory said, in its unit."""
    number = number_as_sent(row["value_source_value"], row["value_as_number"])
    verdict = row["laboratory_interpretation"]
    return {
        "basedOn": [_order(row)] if row["order_number"] else None,
        "status": code("Observation.status", row["status"]),
        "code": _code_as_sent(row),
        "issued": instant(row["resulted_at"], zone),
        "performer": [named("Organization", row["laboratory"])] if row["laboratory"] else None,
        "valueQuantity": quantity(
            number, row["unit_ucum"], row["unit_source_value"], row["value_comparator"]
        ),
        "interpretation": [concept(coded("Observation.interpretation", verdict))]
        if verdict
        else None,
        "note": [{"text": text}] if (text := said(row["comment"])) else None,
        "specimen": named(
            "Specimen",
            row["specimen_type"],
            element(value=said(row["specimen_id"])) or None,
        ),
        "referenceRange": _range_as_sent(row),
    }


def _sent_unusable(row: Row) -> dict[str, Any]:
    """The text that was sent: as a number it would be taken for one."""
    status = _status_unusable(row)
    text = None if status == code("Observation.status", "gone") else _text_as_sent(row)
    return {
        "status": status,
        "code": _code_as_sent(row),
        "valueString": text,
        "dataAbsentReason": None if text else _absent(row),
        "referenceRange": _range_as_sent(row),
    }


def _text_as_sent(row: Row) -> str | None:
    """The value, and behind one that has figures its unit."""
    value = said(row["value_source_value"])
    has_figures = any(sign.isdigit() for sign in value or "")
    return said(" ".join(filter(None, (value, row["unit_source_value"])))) if has_figures else value


def _status_unusable(row: Row) -> str | None:
    reason = row["reason_code"]
    return code("Observation.status", reason) or code("Observation.status", "unusable")


def _normalised(row: Row) -> dict[str, Any]:
    """The result in the unit in which results compare, with the limits and the class used."""
    unit = _unit(row["analyte"])
    found = row["class"]
    ours = coded("Observation.interpretation", f"class {found}")
    return {
        "status": code("Observation.status", row["status"]),
        "code": concept(
            coded("Observation.code", f"{row['analyte']} {row['series']}"),
            text=_name(row["analyte"]),
        ),
        "valueQuantity": quantity(
            number_of(row["value_normalised"]), unit, comparator=row["value_comparator"]
        ),
        "interpretation": [concept(ours, own_coding("class", found))] if found else None,
        "referenceRange": _limits(row, unit),
    }


def _unknown(row: Row) -> dict[str, Any]:
    """Why a result has no value that compares."""
    known = row["analyte"] and coded("Observation.code", f"{row['analyte']} total")
    return {
        "status": _status_unusable(row),
        "code": concept(known, text=_name(row["analyte"])) if known else _code_as_sent(row),
        "dataAbsentReason": _absent(row),
        "note": [{"text": text}] if (text := said(row["reason"])) else None,
    }


def _absent(row: Row) -> Element | None:
    reason = row["reason_code"]
    own = own_coding("result_reason", reason)
    return concept(coded("Observation.dataAbsentReason", reason), own)


def _code_as_sent(row: Row) -> Element:
    """The code that was sent, LOINC's as LOINC's and any other as one of its feed's. The name that
    was sent is the text: as display it would be taken for LOINC's."""
    stated = token(row["code"])
    is_loinc = (row["code_system"] or "").upper() in _LOINC
    of = system("loinc") if is_loinc else system("local_code", row["facility"])
    coding = element(system=of, code=stated) if stated else None
    return concept(coding, text=token(row["test_name"])) or {"text": UNNAMED}


def _order(row: Row) -> Element | None:
    """The number of the laboratory's order, else of who asked for it."""
    return named("ServiceRequest", None, element(value=said(row["order_number"])))


def _range_as_sent(row: Row) -> list[Element] | None:
    text = said(row["reference_range_source_value"])
    return [{"text": text}] if text else None


def _limits(row: Row, unit: str) -> list[Element] | None:
    """Inside of the first range a result is normal by every limit in use, inside of the second by
    some; where they agree there is one."""
    narrow = (row["lower_limit_max"], row["upper_limit_min"])
    wide = (row["lower_limit_min"], row["upper_limit_max"])
    texts = {narrow: "every", wide: "some"} if narrow != wide else {wide: "every"}
    ranges = [
        element(
            low=quantity(number_of(low), unit) if low is not None else None,
            high=quantity(number_of(high), unit) if high is not None else None,
            type=concept(coded("Observation.referenceRange.type")),
            text=said(f"normal by {which} limit in use: {row['reference_set']}"),
        )
        for (low, high), which in texts.items()
        if low is not None or high is not None
    ]
    return ranges or None


def _analyte(analyte: str) -> dict[str, str]:
    return next(row for row in knowledge_rows("analyte") if row["analyte"] == analyte)


def _unit(analyte: str) -> str:
    return _analyte(analyte)["unit"]


def _name(analyte: str | None) -> str | None:
    return _analyte(analyte)["name"] if analyte else None


_LOINC = {row["as_sent"] for row in knowledge_rows("coding_system")}
