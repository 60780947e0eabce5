"""The invented region with a hostile string in every text column, as reports."""

from datetime import date
from pathlib import Path

from expectations.check import CheckResult
from expectations.data_docs import write_data_docs
from reports.clinic_files import write_clinic_reports, write_letters
from reports.quality_page import write_quality_page
from tests.reports.region import region, write_generation
from tests.shown import SHOWN

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></script><script>alert(2)</script>",
    "=cmd|' /C calc'!A0",
    "+1",
    "@x",
    "\u202egnp.exe\u2066",
    "bell\x07 nul\x00 escape\x1b[31m",
    "{{ 7 * 7 }} {% raw %}",
    "x" * 10_000,
]
TEXT = {
    "flag.patient_flag": ("patient_id", "assigning_authority", "facility", "status_reason"),
    "core.measurement": (
        "value_source_value",
        "unit_source_value",
        "laboratory",
        "comment",
        "source_name",
    ),
    "flag.evidence": ("reason",),
    "core.exposure": ("name", "code"),
    "core.unusable": (
        *("test_name", "value_source_value", "reason"),
        *("statement_a", "field_a", "statement_b", "field_b"),
    ),
    "mart.worklist": ("action",),
    "mart.review": ("reviewer", "note"),
    "mart.source_message": ("message_control_id",),
    "mart.waiting_share": ("group_name",),
    "mart.requester": ("requester", "attending_doctor", "requested_from"),
    "mart.request": ("test", "tube"),
    "quality.unmapped_code": ("facility", "code", "test_name", "units"),
    "quality.unmapped_exposure": ("facility", "code_system", "code", "name"),
    "quality.exposure_feed": ("facility",),
    "quality.freshness": ("facility",),
    "quality.check_result": ("why", "column_name"),
}


def attacked_reports(folder: Path) -> Path:
    """Every text column of every table holds one hostile string or another; where the pages lie."""
    tables, number = {}, 0
    for name, rows in region().items():
        if name in TEXT:
            rows = [dict(row) for row in rows]
            for row in rows:
                for column in TEXT[name]:
                    row[column] = HOSTILE[number % len(HOSTILE)]
                    number += 1
        tables[name] = [row | {"clinic": HOSTILE[1]} for row in rows]
    generation = write_generation(folder / "generation", tables)
    write_clinic_reports(generation, folder / "out")
    write_letters(generation, folder / "out")
    write_quality_page(generation, folder / "out", SHOWN)
    return folder / "out"


def attacked_checks(folder: Path) -> Path:
    """The page of a night's checks, of facilities and columns that are called by hostile strings."""
    results = [
        CheckResult("core.panel", text, "expect_column_to_exist", text, "critical", False, 0, None,
                    text, date(2026, 11, 20))
        for text in HOSTILE
    ]  # fmt: skip
    return write_data_docs(results, folder / "checks", SHOWN)
