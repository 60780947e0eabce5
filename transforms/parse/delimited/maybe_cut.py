"""The last row of a file that ends without a line end: its last cell may be the half of one.

`0.45` cut to `0` is a value like any other. So the row is held until a whole file comes, where a
shortened last cell would decide another thing: whose the result is, what, how much or when. Free
text decides nothing. A cell in quotes is whole when its quote is closed; a facility whose files
always end so says `last_line_end: none`.
"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from transforms.parse.delimited.layout import Layout
from transforms.parse.delimited.record import Records
from transforms.parse.delimited.row import Rows, truth
from transforms.parse.facility.canonical_file import (
    EXPOSURES,
    MERGES,
    NATIONAL_NUMBER,
    PATIENTS,
    RESULTS,
    REVIEWS,
)

_WHO = ("patient_id", "birth_date", NATIONAL_NUMBER)
_DECISIVE = {
    RESULTS.name: (
        *(*_WHO, "specimen_type", "collected_at", "collected_time", "resulted_at", "code"),
        *("value", "value_comparator", "units", "status"),
    ),
    MERGES.name: ("retired_id", "surviving_id"),
    PATIENTS.name: _WHO,
    EXPOSURES.name: ("patient_id", "code"),
    REVIEWS.name: ("patient_id", "verdict"),
}
"""An end of an exposure is not among them: a row that is held would hide the drug."""


def decisive_last_column(layout: Layout) -> str | None:
    """The canonical name of the last column, where a part of its cell could mean another thing."""
    last, heading = layout.n_columns - 1, layout.heading
    of_isotypes = [place for _, places in heading.wide for place in places.items()]
    for name, place in (*heading.place.items(), *of_isotypes):
        if place == last and name in _DECISIVE[heading.file_kind.name]:
            return name
    return None


def is_maybe_cut(records: Records, rows: Rows, who: str) -> np.ndarray:
    """Which row (the last, if any) ends where the file does. One that names nobody, a total or a
    remark, is none."""
    last = len(records) - 1
    if last < 0 or not records.is_cut_short(last) or records.text(last).rstrip().endswith('"'):
        return np.zeros(len(rows), bool)
    return (rows.record == last) & truth(pc.is_valid(rows.identifier(who)))
