"""The feeds of the pack: what is special about each, and its limits, as igwatch reads them.

Another system needs no more of it than `limits.csv`: a set of limits by name, and which facilities
promise to send every drug and diagnosis.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from igwatch.base.knowledge import knowledge_rows
from igwatch.conformance.drawn_patient import DRAWN, WITHOUT
from igwatch.conformance.pack_case import SILENT, PackCase
from igwatch.conformance.pack_limit import (
    DEFAULT_TABLES,
    PUBLISHED,
    TABLES,
    drawn_tables,
    published_rows,
)

NOBODY = "nobody: drawn for the conformance pack"
SITE_COLUMNS = (
    *("table_id", "analyte", "sex", "age_low_days", "age_high_days", "lower_limit", "upper_limit"),
    *("unit", "certainty", "source", "approved_by", "approved_on"),
)
LIMIT_COLUMNS = ("limits", *SITE_COLUMNS[:8], "source")


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Rows below a header; a column that a row has not is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def facilities(cases: Iterable[PackCase]) -> list[str]:
    """Every facility that sends a result of a case, or its exposures."""
    sent = {result.facility for case in cases for result in case.results}
    return sorted(sent | {case.facility for case in cases if case.exposures and case.results})


def limits_name(facility: str) -> str:
    """The set of limits that holds for a facility's results."""
    return facility.removesuffix(SILENT).partition(WITHOUT)[0]


def facility_files(names: Iterable[str], day: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each facility's files: `<name>.yaml` and, with own limits, its tables."""
    for name in names:
        own = limits_name(name) != PUBLISHED
        tables = (
            "+".join(f"{name}_{table}" for table in TABLES) if own else "+".join(DEFAULT_TABLES)
        )
        lines = [f"reference_set: {tables}"]
        if name.endswith(SILENT):
            lines.append("exposure_feed: none")
        else:
            lines += ["exposure_feed: complete", f"exposure_from: [{DRAWN}]"]
        yield f"{name}.yaml", "\n".join(lines) + "\n"
        if own:
            yield f"{name}.limits.csv", csv_text(SITE_COLUMNS, _site_rows(name, day))


def _site_rows(name: str, day: str) -> Iterator[dict[str, object]]:
    missing = name.removesuffix(SILENT).partition(WITHOUT)[2].split("_")
    for row in _drawn_rows(limits_name(name)):
        if row["analyte"] not in missing:
            yield row | {
                "table_id": f"{name}_{row['table_id']}",
                "certainty": "A",
                "approved_by": NOBODY,
                "approved_on": day,
            }


def limit_rows() -> Iterator[dict[str, object]]:
    """Every limit by which a case is judged, by the name of its set."""
    for name in drawn_tables():
        for row in _drawn_rows(name):
            yield row | {"limits": name}
    for published in published_rows():
        kept: dict[str, object] = {column: published[column] for column in SITE_COLUMNS[:8]}
        yield kept | {"limits": PUBLISHED, "source": published["source_id"]}


def _drawn_rows(limits: str) -> Iterator[dict[str, object]]:
    units = {row["analyte"]: row["unit"] for row in knowledge_rows("analyte")}
    for analyte, row in drawn_tables()[limits].items():
        for table in TABLES:
            yield {
                "table_id": table,
                "analyte": analyte,
                "sex": "U",
                "age_low_days": 0,
                "age_high_days": "",
                "lower_limit": row[f"lower_limit_{table}"],
                "upper_limit": row[f"upper_limit_{table}"],
                "unit": units[analyte],
                "source": "DRAWN",
            }
