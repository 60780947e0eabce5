"""What nobody has mapped, in as many patients as have it, each with the line that would map it.

It is read from the private tables, for a person who has the home: names stand as they were sent.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from igwatch.inquiry.rebuild import tables_at
from igwatch.inquiry.saved_query import answers
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from reports.wording import wording
from transforms.knowledge import load_knowledge

Row = dict[str, Any]
TO_FILL = "..."
"""Stands in a line where a person must write: no line is accepted with it."""
CERTAINTY_FIELDS = ("certainty", "DG1-6", "PRB-13")
SITE_MAP = ("code_system", "code", "name", "exposure_group", "approved_by", "approved_on")
"""The header of the lines for NAME.exposures.csv."""


def unmapped_exposures(home: Home, settings: Settings, facility: str | None = None) -> list[Row]:
    """Drugs, diagnoses, procedures and words of standing, those of most patients first."""
    with tables_at(home, settings, None) as con:
        found = answers(con, "unmapped_exposure", {"facility": facility})
    return [row | {"why": wording("nothing", row["reason_code"])} | _mend(row) for row in found]


def unmapped_results(home: Home, settings: Settings, facility: str | None = None) -> list[Row]:
    """Codes and units of results, those of most patients first."""
    with tables_at(home, settings, None) as con:
        con.register("name_pattern", load_knowledge()["name_pattern"])
        found = answers(con, "unmapped_result", {"facility": facility})
    return [_result(row) for row in found]


def line_of_word(field: str, word: str) -> str:
    """The entry of a facility's file that says what a word of an exposure's standing means."""
    topic = "certainty" if field in CERTAINTY_FIELDS else "status"
    return _entry(f"exposure_{topic}_map", word, TO_FILL)


def line_of_system(kind: str) -> str:
    """The entry of a facility's file that says in which system codes of a kind are."""
    return f"exposure_system: {{{kind}: {TO_FILL}}}"


def _mend(row: Mapping[str, Any]) -> Row:
    """The line that maps an exposure, and the file below the home in which it must stand."""
    settings = f"facility/{row['facility']}.yaml"
    if row["reason_code"] == "status_not_known":
        return {"file": settings, "line": line_of_word(row["code_system"], row["code"])}
    if row["reason_code"] == "system_not_stated":
        return {"file": settings, "line": line_of_system(row["kind"])}
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row.get(name, TO_FILL) for name in SITE_MAP)
    return {"file": f"facility/{row['facility']}.exposures.csv", "line": line.getvalue()}


def _result(row: Row) -> Row:
    analyte = row.pop("analyte") or TO_FILL
    line = {
        "unmapped_code": _entry("code_map", row["code"], analyte),
        "unmapped_unit": _entry("unit_map", row["units"], TO_FILL),
        "unit_missing": _entry("unit_default", row["code"], "{unit: ..., approved_by: ...}"),
        "code_and_name_disagree": "ask the laboratory which of the two is right",
    }[row["reason_code"]]
    why = wording("unmapped", row["reason_code"])
    return row | {"why": why, "file": f"facility/{row['facility']}.yaml", "line": line}


def _entry(key: str, word: str | None, meaning: str) -> str:
    """`key: {"word": meaning}`; a text in double quotes is the same in YAML and JSON."""
    return f"{key}: {{{json.dumps(word or '')}: {meaning}}}"
