"""Cases as HL7 v2.5.1: ORU^R01 for a sample, RDE^O11 for a drug, PPR^PC1 for a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from igwatch.conformance.csv_format import printed_range
from igwatch.conformance.isotype import loinc
from igwatch.conformance.pack_case import AUTHORITY, PackCase, PackExposure, PackResult
from igwatch.conformance.pack_facility import facilities

COLLECTED, SENT = "0800", "1200"
SYSTEMS = {"ATC": "ATC", "ICD10": "I10"}
SPECIMENS = {"serum": "SER^Serum^HL70487", "CSF": "CSF^Cerebral spinal fluid^HL70487"}
LINE_END = "\r"


def hl7_files(cases: Iterable[PackCase]) -> Iterator[tuple[str, str]]:
    """(path, text) of each file."""
    said = [case for case in cases if case.is_said_in("hl7")]
    for facility in facilities(said):
        results = [m for case in said for m in _results(case, facility)]
        if results:
            yield f"{facility}/results.hl7", "".join(results)
        exposures = [m for case in said for m in _exposures(case, facility)]
        if exposures:
            yield f"{facility}/exposures.hl7", "".join(exposures)


def _results(case: PackCase, facility: str) -> Iterator[str]:
    """A message for each sending of an order."""
    mine = [result for result in case.results if result.facility == facility]
    sendings = groupby(mine, key=lambda result: (result.order_number, result.sent_at))
    for place, (_, results) in enumerate(sendings, 1):
        yield _sample(case, facility, place, list(results))


def _sample(case: PackCase, facility: str, place: int, results: list[PackResult]) -> str:
    first = results[0]
    order, panel = first.order_number, "IG^Immunoglobulins^L"
    collected, sent = f"{first.day:%Y%m%d}{COLLECTED}", f"{first.sent_at:%Y%m%d%H%M}"
    lines = [
        _header(facility, "ORU^R01^ORU_R01", sent, f"{case.case_id}-{place}"),
        _patient(case),
        f"OBR|1|{order}|{order}|{panel}|||{collected}|||||||||||||||{sent}|||{first.status}",
        *(_result(place, result) for place, result in enumerate(results, 1)),
        f"SPM|1|{order}||{SPECIMENS[first.specimen]}|||||||||||||{collected}",
    ]
    return _message(lines)


def _result(place: int, result: PackResult) -> str:
    kind, value = "NM", f"{result.value:g}"
    if result.comparator:
        kind, value = "SN", f"{result.comparator}^{value}"
    code, name = loinc(result.analyte)
    return (
        f"OBX|{place}|{kind}|{code}^{name}^LN||{value}|{result.unit}"
        f"|{printed_range(result)}||||{result.status}||||||||||||{result.laboratory}"
    )


def _exposures(case: PackCase, facility: str) -> Iterator[str]:
    if case.facility == facility:
        for place, exposure in enumerate(case.exposures, 1):
            yield _exposure(case, facility, f"{case.case_id}-e{place}", exposure)


def _exposure(case: PackCase, facility: str, number: str, exposure: PackExposure) -> str:
    code = exposure.coded
    what = f"{code.code}^{code.name}^{SYSTEMS[code.code_system]}"
    first, last = (
        f"{day:%Y%m%d}" if day else "" for day in (exposure.first_day, exposure.last_day)
    )
    told = exposure.first_day
    if told is None:
        raise ValueError("HL7 cannot say an exposure without a first day")
    if code.kind == "medication":
        kind, lines = (
            "RDE^O11^RDE_O11",
            [
                f"ORC|NW|{number}",
                f"RXE||{what}|1||dose",
                f"TQ1|1||||||{first}|{last}",
                "RXR|OTH",
            ],
        )
    else:
        certainty = "P^Provisional" if code.is_suspected else "C^Confirmed"
        problem = f"PRB|AD|{first}|{what}|{number}|||{first}||{last}||||{certainty}|A^Active"
        kind, lines = "PPR^PC1^PPR_PC1", [problem]
    return _message(
        [_header(facility, kind, f"{told:%Y%m%d}{SENT}", number), _patient(case), *lines]
    )


def _header(facility: str, kind: str, sent: str, number: str) -> str:
    return f"MSH|^~\\&|PACK|{facility}|||{sent}||{kind}|{number}|P|2.5.1"


def _patient(case: PackCase) -> str:
    born = f"{case.birth_date:%Y%m%d}" if case.birth_date else ""
    return f"PID|1||{case.case_id}^^^{AUTHORITY}^MR||CASE^{case.case_id}||{born}|{case.sex}"


def _message(lines: list[str]) -> str:
    return "".join(line + LINE_END for line in lines)
