"""Riverside's feed: HL7 v2.5.1 with LOINC, mg/dL, batch files, CR line ends.

Results carry SPM segments and SN for comparators; ADT^A40 merges, DG1 in ADT^A08 and RDE^O11
are the exposures. MSH-7 states the zone; other times are local.
"""

from __future__ import annotations

import zlib
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from samples.data_file import keyed
from samples.message import (
    components,
    day_text,
    escaped,
    header,
    order_segment,
    patient_segment,
    segment,
    stamp,
)
from samples.order import Exposure, Order, Patient, Result

VERSION = "2.5.1"
SENDER = ("RMCLIS", "RMC")
AUTHORITY = "RMC"
UNITS = "mg/dL"
TABLE = "MAYO"
ZONE = ZoneInfo("America/New_York")
LABORATORY = "Riverside Core Laboratory"
SPECIMENS = {"serum": "SER", "csf": "CSF"}


def files(
    night: date,
    orders: list[Order],
    exposures: list[Exposure],
    merges: list[tuple[str, str]],
) -> list[tuple[str, bytes]]:
    """The night's batch files: results, demographic and merge events, pharmacy."""
    kind = {row["exposure"]: row["kind"] for row in keyed("exposure", "exposure").values()}
    events = [_diagnosis(night, e) for e in exposures if kind[e.key] == "diagnosis"]
    events += [_merge(night, retired, surviving) for retired, surviving in merges]
    prescriptions = [_prescription(night, e) for e in exposures if kind[e.key] == "medication"]
    messages_by_type = {"ORU": list(map(message, orders)), "ADT": events, "RDE": prescriptions}
    return [
        (f"RMC_{name}_{day_text(night)}.hl7", _batch(night, messages))
        for name, messages in messages_by_type.items()
        if messages
    ]


def _batch(night: date, messages: list[list[str]]) -> bytes:
    sent = f"^~\\&|{'|'.join(SENDER)}|IGWATCH|RMC|{day_text(night)}190000"
    lines = [f"FHS|{sent}", f"BHS|{sent}", *(line for each in messages for line in each)]
    lines += [f"BTS|{len(messages)}", "FTS|1"]
    return "".join(f"{line}\r" for line in lines).encode()


def _sent_at(local_time: datetime) -> str:
    """MSH-7: an HL7 time stamp with the zone of the facility."""
    return local_time.replace(tzinfo=ZONE).strftime("%Y%m%d%H%M%S%z")


def message(order: Order) -> list[str]:
    """One ORU^R01 as its segments."""
    sent_at = _sent_at(order.resulted_at + timedelta(minutes=5))
    control_id = f"{order.number}-{order.night}"
    kind = components("ORU", "R01", "ORU_R01")
    lines = [header(VERSION, SENDER, kind, sent_at, control_id)]
    lines += [_patient(order.patient), _order(order)]
    for number, result in enumerate(order.results, 1):
        lines.append(_result(number, result))
        if result.comment:
            lines.append(segment(VERSION, "NTE", {1: "1", 3: escaped(result.comment)}))
    specimen = {1: "1", 2: f"S{order.number}", 4: SPECIMENS[order.specimen]}
    lines.append(segment(VERSION, "SPM", {**specimen, 17: stamp(order.collected_at)}))
    return lines


def _identifier(patient_id: str) -> str:
    return f"{escaped(patient_id)}^^^RMC&2.999.7.1&ISO^MR"


def _patient(patient: Patient) -> str:
    return patient_segment(VERSION, patient, _identifier(patient.id))


def _order(order: Order) -> str:
    panel = keyed("code", "test")["panel"]
    code = components(panel["loinc"], panel["loinc_name"], "LN")
    return order_segment(VERSION, order, "RMCLIS", code)


def _result(number: int, result: Result) -> str:
    code = keyed("code", "test")[result.test]
    is_censored = result.value.startswith("<")
    fields = {
        1: str(number),
        2: "SN" if is_censored else "NM",
        3: components(code["loinc"], code["loinc_name"], "LN"),
        5: components("<", result.value[1:]) if is_censored else escaped(result.value),
        6: components(result.units, result.units, "UCUM"),
        7: escaped(result.reference_range),
        8: result.abnormal_flag,
        11: result.status,
        23: LABORATORY,
    }
    return segment(VERSION, "OBX", fields)


def _control_id(prefix: str, *subject: str) -> str:
    """MSH-10, always the same for one subject, and without anything of the patient."""
    return f"{prefix}{zlib.crc32(' '.join(subject).encode()):010d}"


def _exposure_id(prefix: str, exposure: Exposure) -> str:
    """A number of its own for everything that is told of a patient again."""
    started = day_text(exposure.start_on)
    return _control_id(prefix, exposure.patient.id, exposure.key, started)


def _event(night: date, trigger: str, structure: str, number: str) -> list[str]:
    at = datetime.combine(night, time(17))
    kind = components("ADT", trigger, structure)
    lines = [header(VERSION, ("RMCADT", "RMC"), kind, _sent_at(at), number)]
    return [*lines, segment(VERSION, "EVN", {2: stamp(at)})]


def _diagnosis(night: date, exposure: Exposure) -> list[str]:
    coded = keyed("exposure", "exposure")[exposure.key]
    number = _exposure_id("DG", exposure)
    fields = {
        1: "1",
        3: components(coded["code"], coded["name"], coded["hl7_code_system"]),
        5: stamp(datetime.combine(exposure.start_on, time(9))),
        6: "F",
    }
    return [
        *_event(night, "A08", "ADT_A01", number),
        _patient(exposure.patient),
        segment(VERSION, "PV1", {1: "1", 2: "O"}),
        segment(VERSION, "DG1", fields),
    ]


def _merge(night: date, retired: str, surviving: str) -> list[str]:
    return [
        *_event(night, "A40", "ADT_A39", _control_id("MG", retired, surviving)),
        segment(
            VERSION, "PID", {1: "1", 3: _identifier(surviving), 5: components("Sample", "Merged")}
        ),
        segment(VERSION, "MRG", {1: _identifier(retired)}),
    ]


def _prescription(night: date, exposure: Exposure) -> list[str]:
    coded = keyed("exposure", "exposure")[exposure.key]
    at = datetime.combine(night, time(17))
    number = _exposure_id("RX", exposure)
    start, end = day_text(exposure.start_on), day_text(exposure.end_on)
    kind = components("RDE", "O11", "RDE_O11")
    drug = components(coded["code"], coded["name"], coded["hl7_code_system"])
    return [
        header(VERSION, ("RMCRX", "RMC"), kind, _sent_at(at), number),
        _patient(exposure.patient),
        segment(VERSION, "ORC", {1: "NW", 2: number}),
        segment(VERSION, "RXE", {1: f"1^^^{start}^{end}".rstrip("^"), 2: drug, 3: "1", 5: "dose"}),
        segment(VERSION, "TQ1", {1: "1", 7: start, 8: end}),
        segment(VERSION, "RXR", {1: "OTH"}),
    ]
