"""Northgate's feed: HL7 v2.3.1, local codes, g/L, LF line ends, no envelope.

The hospital number is the second repetition of PID-3, behind a national one.
"""

from __future__ import annotations

import zlib
from datetime import date, timedelta

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
from samples.order import Order, Patient, Result

VERSION = "2.3.1"
SENDER = ("NGLAB", "NGH")
AUTHORITY = "NGH"
UNITS = "g/L"
TABLE = "PRU_EXETER"
GZIP_HEADER = bytes.fromhex("1f8b0800000000000003")
SPECIMENS = {"serum": components("SER", "Serum"), "csf": components("CSF", "Spinal fluid")}


def files(night: date, orders: list[Order]) -> list[tuple[str, bytes]]:
    """The night's result file, each message followed by LF only."""
    text = "".join(f"{line}\n" for order in orders for line in message(order))
    return [(f"NGH_ORU_{day_text(night)}.hl7", text.encode())]


def unreadable_file(night: date) -> tuple[str, bytes]:
    """A gzip file cut off in transfer: nothing can be read from it."""
    return f"NGH_ORU_late_{day_text(night)}.hl7.gz", GZIP_HEADER + b"\xffcut off in transfer"


def message(order: Order) -> list[str]:
    """One ORU^R01 as its segments."""
    sent_at = stamp(order.resulted_at + timedelta(minutes=5))
    control_id = f"{order.number}-{order.night}"
    lines = [header(VERSION, SENDER, components("ORU", "R01"), sent_at, control_id)]
    lines += [_patient(order.patient), _order(order)]
    for number, result in enumerate(order.results, 1):
        lines.append(_result(number, result))
        if result.comment:
            lines.append(segment(VERSION, "NTE", {1: "1", 3: escaped(result.comment)}))
    return lines


def _patient(patient: Patient) -> str:
    national = f"X9{zlib.crc32(patient.id.encode()) % 10**8:08d}"
    identifiers = (
        components(national, "", "", "NATIONAL", "NI"),
        components(patient.id, "", "", "NGH", "MR"),
    )
    return patient_segment(VERSION, patient, "~".join(identifiers) if patient.id else "")


def _order(order: Order) -> str:
    panel = keyed("code", "test")["panel"]
    code = components(panel["local_code"], panel["local_name"], "NGLAB")
    return order_segment(VERSION, order, "NGLAB", code, SPECIMENS[order.specimen])


def _result(number: int, result: Result) -> str:
    code = keyed("code", "test")[result.test]
    fields = {
        1: str(number),
        2: "NM" if result.value.replace(".", "", 1).isdigit() else "ST",
        3: components(code["local_code"], code["local_name"], "NGLAB"),
        5: escaped(result.value),
        6: escaped(result.units),
        7: escaped(result.reference_range),
        8: result.abnormal_flag,
        11: result.status,
    }
    return segment(VERSION, "OBX", fields)
