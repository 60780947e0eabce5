"""Delimited reports of the simulated region from templates: one row per result, or per sample.

It has the functions of hl7_template, so that a region is written without asking for the format.
"""

from __future__ import annotations

from collections.abc import Callable

from samples import lakeside
from samples.data_file import keyed
from samples.feed import Feed, Report
from samples.order import Result

CANONICAL = (
    "patient_id",
    "assigning_authority",
    "birth_date",
    "sex",
    "order_number",
    "specimen_id",
    "specimen_type",
    "collected_at",
    "resulted_at",
    "code",
    "code_system",
    "test_name",
    "value",
    "units",
    "reference_range",
    "abnormal_flag",
    "status",
    "laboratory",
    "comment",
)
WIDE = (
    "MRN",
    "Authority",
    "DOB",
    "Sex",
    "Accession",
    "Collected",
    "Reported",
    "IgG",
    "IgA",
    "IgM",
    "Status",
    "Remark",
)
MERGE_HEADERS = ("assigning_authority", "retired_id", "surviving_id", "merged_at")
NOT_QUOTED = frozenset(',;"\t\n')


def report_writer(feed: Feed) -> Callable[[Report], str]:
    """A function that writes the rows of one report of this feed."""
    codes = {test: feed.code(test) for test in keyed("code", "test")}

    def write(report: Report) -> str:
        if feed.format == "wide":
            return _text(feed, _wide(feed, report))
        sample = _sample(feed, report)
        rows = (_row(feed, codes, report, sample, result) for result in report.results)
        return "".join(_text(feed, row) for row in rows)

    return write


def header(feed: Feed) -> str:
    """The first line of a results file."""
    if feed.format == "wide":
        return _text(feed, list(WIDE))
    return _text(feed, list(lakeside.HEADERS if feed.codes == "german" else CANONICAL))


def _sample(feed: Feed, report: Report) -> list[str]:
    """The cells that all results of a report share: patient, order, specimen and times."""
    is_german = feed.codes == "german"
    born = report.birth_date.strftime("%d.%m.%Y") if is_german else report.birth_date.isoformat()
    sex = lakeside.SEXES[report.sex] if is_german else report.sex
    specimen = lakeside.SPECIMENS[report.specimen] if is_german else report.specimen
    number = report.order_number
    order = [number, f"P{number}", specimen, report.collected_text(feed.time_format)]
    reported = report.sent_at.strftime(feed.time_format)
    return [report.patient_id, feed.authority, born, sex, *order, reported]


def _row(feed: Feed, codes: dict, report: Report, sample: list[str], result: Result) -> list[str]:
    if report.is_cut:
        return sample[:5]
    code, name, system = codes[result.test]
    coded = [code, name] if feed.codes == "german" else [code, system, name]
    numbers = [result.value, result.units, result.reference_range]
    if feed.decimal_mark == ",":
        numbers[0], numbers[2] = numbers[0].replace(".", ","), numbers[2].replace(".", ",")
    laboratory = f"{feed.name} laboratory"
    printed = [*numbers, result.abnormal_flag, result.status]
    return [*sample, *coded, *printed, laboratory, report.comment]


def _wide(feed: Feed, report: Report) -> list[str]:
    sample = _sample(feed, report)
    return [
        *(sample[:5] + sample[7:]),
        *(result.value for result in report.results),
        report.results[0].status,
        report.comment,
    ]


def _text(feed: Feed, cells: list[str]) -> str:
    quoted = [_cell(cell) if NOT_QUOTED.intersection(cell) else cell for cell in cells]
    return feed.delimiter.join(quoted) + feed.line_end


def _cell(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def exposure_record(
    feed: Feed, person: tuple[str, str, str], exposure: tuple[str, str, str], at: str
) -> tuple[str, str]:
    """File kind and row of the canonical exposures file; as hl7_template.exposure_record."""
    key, start, end = exposure
    days = [f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else "" for day in (start, end)]
    cells = [person[0], feed.authority, *lakeside.coded_exposure(key), *days]
    return "exposures", ",".join(map(_quoted_if_needed, cells)) + "\n"


def _quoted_if_needed(cell: str) -> str:
    return _cell(cell) if "," in cell or '"' in cell else cell


def merge_record(feed: Feed, retired: str, surviving: str, at: str) -> tuple[str, str]:
    """File kind and row of the canonical merges file; `at` is an HL7 time stamp."""
    merged_at = f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[8:10]}:{at[10:12]}:{at[12:14]}"
    return "merges", f"{feed.authority},{retired},{surviving},{merged_at}\n"
