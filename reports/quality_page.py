"""The data team's page: feeds, sums, checks, what is to be mapped. It holds no identifier.

It is read by people who may not see patients, so it shows nothing but counts, rounded, none small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from markupsafe import Markup

from igwatch.base.atomic_file import write_whole
from igwatch.base.shown_count import ShownCount
from reports.check_plot import check_svg
from reports.feed_plot import DAYS, feed_svg
from reports.flag_line import Row
from reports.generation import Dated, Generation, open_generation
from reports.page import SHARED, load_templates, render
from reports.waiting_plot import waiting_svg
from reports.wording import wording, wordings

HIDDEN = "hidden"
# Queries whose rows the page shows as they are
PLAIN_TABLES = (
    *("release", "unusable_reason", "flag_rate", "identity", "rule_review"),
    *("exposure_feed", "screening", "unmapped_exposure", "unmeasured_share", "canary"),
)


@dataclass(frozen=True)
class Feed:
    """One facility's feed, its state, and the plot of what it sent."""

    row: Row
    plot: Markup

    @property
    def state(self) -> str:
        if self.row["is_withheld"]:
            return "withheld"
        if self.row["released_by"]:
            return "released"
        return "silent" if self.row["is_silent"] else "current"


@dataclass(frozen=True)
class Sum:
    """Where all of one unit (results, messages, files) of one facility ended.

    `n` is the count by outcome, None where it is hidden.
    """

    facility: str
    unit: str
    n: dict[str, int | None]

    @property
    def read(self) -> int | None:
        return self.n.get("read")

    @property
    def finding(self) -> str:
        """Whether the outcomes add up to what was read, as far as the numbers are shown."""
        ended = [n for outcome, n in self.n.items() if outcome != "read"]
        shown = [n for n in ended if n is not None]
        if len(shown) < len(ended) or self.read is None:
            return "small counts hidden"
        missing = self.read - sum(shown)
        return f"off by {missing:,}" if missing else "adds up"


@dataclass(frozen=True)
class Wait:
    """What of one group was waited for: the shares done by so many days, and their plot."""

    row: Row
    shares: list[Row]
    plot: Markup


@dataclass
class QualityPage(Dated):
    """What the quality page shows."""

    feeds: list[Feed]
    sums: list[Sum]
    checks: list[Row]
    unmapped: list[Row]
    shifts: list[Row]
    funnel: list[Row]
    history: list[Row]
    waits: list[Wait]
    more: dict[str, list[Row]]

    @property
    def history_plot(self) -> Markup:
        return check_svg(self.history)

    @property
    def overdue(self) -> int:
        """Numbers of the rules whose review is overdue."""
        return sum(row["n_overdue"] for row in self.more["rule_review"])

    @property
    def n_unscreened(self) -> int:
        """Laboratories that promise their exposures and whose feeds do not keep it."""
        return sum(
            row["exposure_feed"] == "complete" and bool(row["screening_faults"])
            for row in self.more["screening"]
        )

    @property
    def n_unmapped(self) -> int:
        """Codes and units that are shown; of those that too few patients share it is not told."""
        return sum(row["reason_code"] != "rare_text" for row in self.unmapped)

    @property
    def n_canaries_lost(self) -> int:
        """Invented patients whom some feed would have lost."""
        return sum(row["state"] == "lost" for row in self.more["canary"])

    @property
    def outcomes(self) -> list[str]:
        return list(wordings()["outcome"])

    @cached_property
    def failed(self) -> list[Row]:
        return [check for check in self.checks if not check["success"]]

    @cached_property
    def passed(self) -> list[Row]:
        return [check for check in self.checks if check["success"]]

    def n_feeds(self, state: str) -> int:
        return sum(feed.state == state for feed in self.feeds)


def write_quality_page(
    generation: Path,
    out: Path,
    shown: ShownCount,
    signatures: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Path:
    """Write `<as_of>-quality.html` and `latest-quality.html` (0640) to `out`; return the dated.

    It shows the quality tables and mart.funnel only, that one's counts as `shown` shows them, or as
    a facility of this generation asks for.
    `signatures` says, by rule set, who signed the rules. `config` are DuckDB's settings.
    Raises ReportError.
    """
    quality = load_quality_page(open_generation(generation, config), shown)
    said = list((signatures or {}).values()) or [wording("shown", "unsigned")]
    templates = load_templates(count=count, share=share)
    page = render("quality", templates, quality=quality, signatures=said).encode()
    write_whole(out / "latest-quality.html", page, SHARED)
    return write_whole(out / f"{quality.as_of}-quality.html", page, SHARED)


def load_quality_page(generation: Generation, shown: ShownCount) -> QualityPage:
    """Everything that the quality page shows, plots included."""
    (stated,) = generation.rows("small_count")
    shown = replace(shown, small_count=max(shown.small_count, stated["small_count"] or 0))
    daily: dict[str, list[Row]] = {}
    for row in generation.rows("feed_daily", generation.as_of, DAYS):
        daily.setdefault(row["facility"], []).append(row)
    return QualityPage(
        generation,
        [
            Feed(row, feed_svg(daily.get(row["facility"], []), generation.as_of))
            for row in generation.rows("facility")
        ],
        list(_sums(generation.rows("conservation"))),
        generation.rows("check_result"),
        generation.rows("unmapped_code"),
        generation.rows("unit_shift"),
        _as_shown(generation.rows("funnel"), shown),
        generation.rows("check_history"),
        list(_waits(generation.rows("waiting_share"))),
        {name: generation.rows(name) for name in PLAIN_TABLES},
    )


def _sums(rows: Iterable[Row]) -> Iterator[Sum]:
    for (unit, facility), group in groupby(rows, lambda row: (row["unit"], row["facility"])):
        yield Sum(facility, unit, {row["outcome"]: row["n"] for row in group})


def _waits(rows: Iterable[Row]) -> Iterator[Wait]:
    key = itemgetter("wait", "rule_id")
    for _, group in groupby(rows, key):
        shares = list(group)
        yield Wait(shares[-1], shares, waiting_svg(shares))


def _as_shown(funnel: list[Row], shown: ShownCount) -> list[Row]:
    """The funnel's counts as they are shown, and the shares of these."""
    counts = [shown(row["n_patients"]) for row in funnel]
    before = [None, *counts]
    return [
        row
        | {
            "n_patients": n,
            "share_of_previous": _share(n, previous),
            "share_of_tested": _share(n, counts[0]),
        }
        for row, n, previous in zip(funnel, counts, before, strict=False)
    ]


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or whole is None else part / whole


def count(n: int | None) -> str:
    """A count as the page prints it; None is hidden."""
    return HIDDEN if n is None else f"{n:,}"


def share(part: float | None) -> str:
    """A share in percent, to two figures where it is small."""
    if part is None:
        return ""
    return f"{100 * part:.3g} %" if part < 1 else f"{100 * part:.0f} %"
