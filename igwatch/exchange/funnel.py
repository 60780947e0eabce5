"""A site's funnel as it may leave the site, feed by feed: counts rounded, none small, none that a
subtraction would give away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from itertools import groupby

from igwatch.base.error import PipelineError
from igwatch.base.shown_count import ShownCount
from igwatch.inquiry.rebuild import tables_at
from igwatch.inquiry.saved_query import answers
from igwatch.site.facility_knowledge import small_count
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from reports.safe_text import cell
from transforms.knowledge import check_threshold
from warehouse.generation import live_generation

FEW, CLOSE = "few", "close"
"""In place of a count: it may be small; or its difference from the last that is shown may be."""


@dataclass(frozen=True)
class FunnelLine:
    """One question of one feed. `n_patients`: a count to the nearest `rounded_to`, or FEW, or
    CLOSE; both stand for at most `few_at_most` patients."""

    site: str
    as_of: date
    rule_version: str
    rule_id: str
    facility: str
    reference_set: str
    step: int
    name: str
    n_patients: str
    rounded_to: int
    few_at_most: int


COLUMNS = tuple(each.name for each in fields(FunnelLine))


def export_funnel(home: Home, settings: Settings, site: str) -> list[FunnelLine]:
    """The live night's funnel by feed, hidden as `as_shown` hides. Raises PipelineError."""
    live = live_generation(home.root)
    if live is None:
        raise PipelineError("nothing is published yet", "run: igwatch run")
    with tables_at(home, settings, None) as con:
        exact = answers(con, "feed_funnel")
    facilities = settings_in_force(home, {row["facility"] for row in exact}).facilities
    shown = ShownCount(small_count(facilities), check_threshold("count_step"))
    lines = []
    for _, group in groupby(exact, lambda row: (row["facility"], row["rule_id"])):
        rows = list(group)
        told = as_shown([row["n_patients"] for row in rows], shown)
        lines += [
            FunnelLine(
                site=site,
                as_of=live.as_of,
                rule_version=live.clock["rule_version"],
                rule_id=row["rule_id"],
                facility=row["facility"],
                reference_set=row["reference_set"] or "",
                step=row["step"],
                name=row["name"],
                n_patients=n,
                rounded_to=int(shown.step),
                few_at_most=few_at_most(shown),
            )
            for row, n in zip(rows, told, strict=True)
        ]
    return lines


def as_shown(counts: Sequence[int], shown: ShownCount) -> list[str]:
    """Each of these counts, of which every one is a part of the one before, as it may be told.

    Neither a count that is told nor the difference of two that are can be small: a step that loses
    few or none is CLOSE to the last that was told.
    """
    told: list[str] = []
    last: int | None = None
    for n in counts:
        if shown(n) is None:
            told.append(FEW)
        elif last is not None and shown(last - n) is None:
            told.append(CLOSE)
        else:
            told.append(str(shown(n)))
            last = n
    return told


def few_at_most(shown: ShownCount) -> int:
    """The greatest count that is hidden."""
    n = 0
    while shown(n + 1) is None:
        n += 1
    return n


def funnel_csv(lines: Sequence[FunnelLine]) -> str:
    """The lines as CSV, safe in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in asdict(line).values()] for line in lines)
    return out.getvalue()
