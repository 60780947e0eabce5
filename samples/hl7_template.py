"""HL7 reports of the simulated region from text templates: quick, a million and more.

The shapes are those that hl7apy writes in northgate.py and riverside.py; a test lets it parse
these.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from samples.data_file import keyed
from samples.feed import Feed, Report
from samples.message import components, day_text, escaped, invented_name, stamp
from samples.order import Result

SPECIMENS = {"serum": "SER^Serum", "csf": "CSF^Spinal fluid"}
SPECIMEN_CODES = {"serum": "SER", "csf": "CSF"}


def report_writer(feed: Feed) -> Callable[[Report], str]:
    """A function that writes one ORU^R01 of this feed, with its line ends and MLLP frame."""
    codes = {test: _code_field(feed, test) for test in keyed("code", "test")}
    start, stop = ("\x0b", "\x1c\r") if feed.envelope == "mllp" else ("", "")

    def write(report: Report) -> str:
        body = feed.line_end.join(_segments(feed, codes, report))
        return f"{start}{body}{feed.line_end}{stop}"

    return write


def _segments(feed: Feed, codes: dict[str, str], report: Report) -> list[str]:
    lines = [
        _header(feed, "ORU^R01", stamp(report.sent_at), report.control_id),
        patient_segment(feed, report.patient_id, day_text(report.birth_date), report.sex),
    ]
    if report.is_cut:
        return [*lines, f"OBR|1|P-{report.order_number}|{report.order_number}"]
    collected = report.collected_text(feed.time_format)
    panel, result_time = codes["panel"], stamp(report.sent_at)
    has_specimen_segment = feed.version == "2.5.1"
    source = "" if has_specimen_segment else SPECIMENS[report.specimen]
    number = report.order_number
    lines.append(
        f"OBR|1|P-{number}|{number}|{panel}|||{collected}||||||||{source}"
        f"|||||||{result_time}|||{report.results[-1].status}"
    )
    for position, result in enumerate(report.results, 1):
        lines.append(_result(position, codes[result.test], result, has_specimen_segment))
    if report.comment:
        lines.append(f"NTE|1||{escaped(report.comment)}")
    if has_specimen_segment:
        specimen = SPECIMEN_CODES[report.specimen]
        lines.append(f"SPM|1|S{number}||{specimen}|||||||||||||{collected}")
    return lines


def _result(position: int, code: str, result: Result, has_numeric_structure: bool) -> str:
    value, kind = result.value, "NM"
    if value[0] == "<":
        value, kind = (f"<^{value[1:]}", "SN") if has_numeric_structure else (value, "ST")
    elif value[0].isalpha():
        kind = "ST"
    return (
        f"OBX|{position}|{kind}|{code}||{value}|{result.units}|{result.reference_range}"
        f"|{result.abnormal_flag}|||{result.status}"
    )


def _code_field(feed: Feed, test: str) -> str:
    code = components(*feed.code(test))
    row = keyed("code", "test")[test]
    if feed.codes == "both" and row["loinc"]:
        return f"{code}^{components(row['loinc'], row['loinc_name'], 'LN')}"
    return code


def _header(feed: Feed, kind: str, at: str, control_id: str) -> str:
    sender = f"{feed.authority}LAB|{feed.authority}|IGWATCH|REGION"
    return f"MSH|^~\\&|{sender}|{at}||{kind}|{control_id}|P|{feed.version}"


def patient_segment(feed: Feed, patient_id: str, born: str, sex: str) -> str:
    """PID with the hospital number behind a national one; without any where nobody is named."""
    identifiers = f"X9{patient_id[2:]}^^^NATIONAL^NI~{_identifier(feed, patient_id)}"
    return f"PID|1||{identifiers if patient_id else ''}||{invented_name(patient_id)}||{born}|{sex}"


def _identifier(feed: Feed, patient_id: str) -> str:
    return f"{patient_id}^^^{feed.authority}^MR"


def exposure_record(
    feed: Feed, person: tuple[str, str, str], exposure: tuple[str, str, str], at: str
) -> tuple[str, str]:
    """File kind and message: ADT^A08 with DG1 for a diagnosis, RDE^O11 for a medicine.

    `person`: identifier, birth date, sex. `exposure`: key of exposure.csv, first and last day.
    `at`: when it is sent, an HL7 time stamp.
    """
    key, start, end = exposure
    row = keyed("exposure", "exposure")[key]
    coded = components(*feed.exposure(key))
    patient = patient_segment(feed, *person)
    control_id = f"E{crc32(f'{person[0]} {key} {start}'.encode()):010d}"
    if row["kind"] == "diagnosis":
        lines = [_header(feed, "ADT^A08", at, control_id), f"EVN||{at}", patient, "PV1|1|O"]
        return "adt", _joined(feed, [*lines, f"DG1|1||{coded}||{start}|F"])
    timing = f"1^^^{start}^{end}".rstrip("^")
    lines = [_header(feed, "RDE^O11", at, control_id), patient, f"ORC|NW|{control_id}"]
    return "rde", _joined(feed, [*lines, f"RXE|{timing}|{coded}|1||dose", "RXR|OTH"])


def merge_record(feed: Feed, retired: str, surviving: str, at: str) -> tuple[str, str]:
    """File kind and message: ADT^A40."""
    lines = [
        _header(feed, "ADT^A40", at, f"M{crc32(surviving.encode()):010d}"),
        f"EVN||{at}",
        patient_segment(feed, surviving, "", ""),
        f"MRG|{_identifier(feed, retired)}",
    ]
    return "adt", _joined(feed, lines)


def _joined(feed: Feed, lines: list[str]) -> str:
    return "".join(f"{line}{feed.line_end}" for line in lines)


def opening(feed: Feed, day: str) -> str:
    """What stands before the first message of a file."""
    sent = f"^~\\&|{feed.authority}LAB|{feed.authority}|IGWATCH|REGION|{day}"
    return _joined(feed, [f"FHS|{sent}", f"BHS|{sent}"]) if feed.envelope == "batch" else ""


def closing(feed: Feed, n_messages: int) -> str:
    """What stands after the last message of a file."""
    return _joined(feed, [f"BTS|{n_messages}", "FTS|1"]) if feed.envelope == "batch" else ""
