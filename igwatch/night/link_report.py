"""Which links join nobody tonight, a line each: place, field, what was found, the mend.

No line names a patient: of a number it says how it is written.
"""

from __future__ import annotations

from collections import Counter

import duckdb

from igwatch.base.sql import rows
from igwatch.site.home import Home
from igwatch.site.link_file import links_in_force
from transforms.parse.raw.reject import shape

MOST = 20
HELD = "the links of the night before hold"
REFUSED = """
SELECT origin, line_number, field, reason, mend, reason_code,
    if(starts_with(field, 'linked_'), linked_patient_id, patient_id) AS found
FROM core.patient_link WHERE state = 'refused' ORDER BY link_number
"""


def link_lines(con: duckdb.DuckDBPyConnection, home: Home) -> list[str]:
    """The fault of the file itself, then each refused line of it, then how many national numbers
    link nobody and why; of very many lines the first."""
    refused = rows(con, REFUSED).to_pylist()
    of_file = [row for row in refused if row["line_number"] is not None]
    fault = links_in_force(home).fault
    lines = [f"{fault}; {HELD}"] if fault else []
    lines += [_line(row) for row in of_file[:MOST]]
    if len(of_file) > MOST:
        lines.append(f"link.csv: and {len(of_file) - MOST} lines more, in core.patient_link")
    numbers = Counter((row["reason"], row["mend"]) for row in refused if row["line_number"] is None)
    lines += [
        f"{n} links by national number join nobody: {why}; {mend}"
        for (why, mend), n in numbers.most_common()
    ]
    return lines


def _line(row: dict) -> str:
    found = f" ({shape(row['found'])})" if str(row["field"]).endswith("patient_id") else ""
    field = f", {row['field']}{found}" if row["field"] else ""
    return f"link.csv, line {row['line_number']}{field}: {row['reason']}; {row['mend']}"
