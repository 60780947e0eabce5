"""The funnels of several sites added up, as far as what they hide allows, and how feeds differ."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from igwatch.base.error import PipelineError
from igwatch.exchange.funnel import CLOSE, COLUMNS, FEW, FunnelLine

MEND = "ask the site for the file as `igwatch funnel export` wrote it"
# with fewer feeds a spread says nothing, and it would be one feed's own share
LEAST_FEEDS = 2


@dataclass(frozen=True)
class Bounds:
    """How many patients there are at least and at most."""

    at_least: int
    at_most: int

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.at_least + other.at_least, self.at_most + other.at_most)


NOBODY = Bounds(0, 0)


def read_funnel(path: Path) -> list[FunnelLine]:
    """The lines of one site's file. Raises PipelineError with file, line and field."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise PipelineError(f"{path.name} line 1: not the header of a funnel;", MEND)
            return [_line(path, lines.line_num, row) for row in lines]
    except (UnicodeDecodeError, csv.Error):
        raise PipelineError(f"{path.name}: not a CSV file in UTF-8;", MEND) from None


def _line(path: Path, number: int, row: dict[str, Any]) -> FunnelLine:
    def read(field: str, as_type: Callable[[str], Any]) -> Any:
        text = (row[field] or "").removeprefix("'")
        try:
            return as_type(text)
        except ValueError:
            shown = text.encode("unicode_escape").decode()[:40]
            raise PipelineError(f"{path.name} line {number}: {field} is {shown!r};", MEND) from None

    return FunnelLine(
        site=read("site", _named),
        as_of=read("as_of", date.fromisoformat),
        rule_version=read("rule_version", _named),
        rule_id=read("rule_id", _named),
        facility=read("facility", _named),
        reference_set=read("reference_set", str),
        step=read("step", int),
        name=read("name", _named),
        n_patients=read("n_patients", _count),
        rounded_to=read("rounded_to", int),
        few_at_most=read("few_at_most", int),
    )


def _named(text: str) -> str:
    if not text.strip():
        raise ValueError(text)
    return text


def _count(text: str) -> str:
    return text if text in (FEW, CLOSE) else str(int(text))


def join_funnels(lines: Sequence[FunnelLine]) -> dict[str, list[dict[str, Any]]]:
    """`together`: each question with bounds over all feeds; `by_limits`: how the feeds' shares of
    tested spread, for each set of tables of limits; `by_feed`: each feed's share.

    Raises PipelineError where rules differ or a feed stands twice.
    """
    _refuse_mixed(lines)
    feeds: dict[tuple[str, str, str], list[FunnelLine]] = {}
    for line in sorted(lines, key=lambda line: (line.rule_id, line.site, line.facility, line.step)):
        feeds.setdefault((line.rule_id, line.site, line.facility), []).append(line)
    by_feed = [row for steps in feeds.values() for row in _feed(steps)]
    return {
        "together": list(_together(by_feed)),
        "by_limits": list(_by_limits(by_feed)),
        "by_feed": [
            {key: value for key, value in row.items() if key not in ("bounds", "of")}
            | {"at_least": row["bounds"].at_least, "at_most": row["bounds"].at_most}
            for row in by_feed
        ],
    }


def _refuse_mixed(lines: Sequence[FunnelLine]) -> None:
    versions = sorted({line.rule_version for line in lines})
    if len(versions) > 1:
        raise PipelineError(
            f"the files are of rules {' and '.join(versions)}, whose counts do not add up;",
            "have all sites publish by the same rules",
        )
    seen: set[tuple[str, str, str, int]] = set()
    for line in lines:
        key = (line.site, line.facility, line.rule_id, line.step)
        if key in seen:
            raise PipelineError(
                f"feed {line.facility} of {line.site} stands twice;",
                "give each site's file once, each site with a name of its own (--site)",
            )
        seen.add(key)


def _feed(steps: Sequence[FunnelLine]) -> list[dict[str, Any]]:
    """One feed's questions, each with its bounds and, where both are told, its share of tested."""
    found: list[dict[str, Any]] = []
    last: Bounds | None = None
    tested = _told(steps[0])
    for line in steps:
        bounds = _bounds(line, last)
        if line.n_patients not in (FEW, CLOSE):
            last = bounds
        n = _told(line)
        found.append(
            {
                "rule_id": line.rule_id,
                "site": line.site,
                "facility": line.facility,
                "reference_set": line.reference_set,
                "step": line.step,
                "name": line.name,
                "n_patients": line.n_patients,
                "share_of_tested": n / tested if n is not None and tested else None,
                "bounds": bounds,
                "of": _bounds(steps[0], None),
            }
        )
    return found


def _told(line: FunnelLine) -> int | None:
    return None if line.n_patients in (FEW, CLOSE) else int(line.n_patients)


def _bounds(line: FunnelLine, last: Bounds | None) -> Bounds:
    """What a count stands for; `last`: of the count told before it."""
    half = line.rounded_to // 2
    if line.n_patients == FEW:
        return Bounds(0, line.few_at_most)
    if line.n_patients == CLOSE and last is not None:
        return Bounds(max(0, last.at_least - line.few_at_most), last.at_most)
    n = int(line.n_patients)
    return Bounds(max(0, n - half), n + half)


def _together(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["rule_id"], row["step"], row["name"]), []).append(row)
    for (rule_id, step, name), feeds in sorted(groups.items()):
        bounds = sum((row["bounds"] for row in feeds), NOBODY)
        tested = sum((row["of"] for row in feeds), NOBODY)
        yield {
            "rule_id": rule_id,
            "step": step,
            "name": name,
            "feeds": len(feeds),
            "feeds_told": sum(row["n_patients"] not in (FEW, CLOSE) for row in feeds),
            "at_least": bounds.at_least,
            "at_most": bounds.at_most,
            "share_at_least": bounds.at_least / tested.at_most if tested.at_most else None,
            "share_at_most": (
                min(1.0, bounds.at_most / tested.at_least) if tested.at_least else None
            ),
        }


def _by_limits(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    groups: dict[tuple[str, int, str, str], list[float]] = {}
    for row in rows:
        if row["share_of_tested"] is not None and row["bounds"] != row["of"]:
            key = (row["rule_id"], row["step"], row["name"], row["reference_set"])
            groups.setdefault(key, []).append(row["share_of_tested"])
    for (rule_id, step, name, reference_set), shares in sorted(groups.items()):
        is_spread = len(shares) >= LEAST_FEEDS
        yield {
            "rule_id": rule_id,
            "step": step,
            "name": name,
            "reference_set": reference_set,
            "feeds": len(shares),
            "lowest": min(shares) if is_spread else None,
            "median": median(shares) if is_spread else None,
            "highest": max(shares) if is_spread else None,
        }
