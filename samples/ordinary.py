"""What ordinary people take and have: nothing that a rule asks for, again and again.

A hospital's feed of exposures is mostly this. Without it a feed is silent, and igwatch believes
none of what such a feed promises.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from samples.data_file import rows

LOTS = 10_000
YEAR_DAYS = 365.25


class Ordinary(NamedTuple):
    """A row of ordinary_exposure.csv: `share` of the people of `from_years` or more have it."""

    key: str
    share: float
    from_years: float
    renewed_days: int
    lasts_days: int | None


@lru_cache
def ordinary() -> tuple[Ordinary, ...]:
    """The rows of ordinary_exposure.csv."""
    return tuple(
        Ordinary(
            row["exposure"],
            float(row["share"]),
            float(row["from_years"]),
            int(row["renewed_days"]),
            int(row["lasts_days"]) if row["lasts_days"] else None,
        )
        for row in rows("ordinary_exposure")
    )


def ordinary_of(
    patient_id: str, birth_date: date | None, first: date, last: date
) -> Iterator[tuple[str, date, date | None]]:
    """Key, first and last day of what one person is given between two days.

    The same for one identifier, whatever else is drawn: at most one row of ordinary_exposure.csv,
    begun on some day and renewed until `last`.
    """
    lot = zlib.crc32(f"ordinary {patient_id}".encode()) % LOTS / LOTS
    for one in ordinary():
        if lot < one.share:
            break
        lot -= one.share
    else:
        return
    day = first + timedelta(days=zlib.crc32(patient_id.encode()) % one.renewed_days)
    while day <= last:
        if birth_date and (day - birth_date).days >= one.from_years * YEAR_DAYS:
            lasts = one.lasts_days
            yield one.key, day, None if lasts is None else day + timedelta(days=lasts - 1)
        day += timedelta(days=one.renewed_days)
