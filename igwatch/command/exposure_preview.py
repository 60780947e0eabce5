"""How the exposures of a file would be read, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from igwatch.command.terminal import show_rows
from reports.wording import wording

NOBODY = "the feed screens nobody"


def exposure_lines(seen: dict[str, Any]) -> Iterator[str]:
    """`621 rows of exposures: 600 read, none in a system that is read: the feed screens nobody`."""
    read = seen["exposure_reading"]
    if not read:
        return
    is_file = seen["content"] == "exposures"
    n_sent = seen["n_other_rows"] if is_file else read["n_rows"]
    line = f"{n_sent} rows of exposures: {read['n_rows']} read, "
    line += f"{_of(read['n_read'], read['n_left'])} in a system that is read or known by name"
    yield line + (f": {NOBODY}" if read["is_unread"] else "")
    if n := read["n_set_aside"]:
        yield f"{n} exposures take no effect by what is said of them"
    if n := read["n_in_future"]:
        yield f"{n} exposures begin after today: not read yet"
    if read["is_silent"]:
        yield f"last mention of an exposure {read['last_mentioned_on']}: so old, {NOBODY}"


def _of(n: int, n_all: int) -> str:
    """How many of all, `all` or `none`."""
    if n == n_all:
        return "all"
    return f"{n} of {n_all}" if n else "none"


def show_exposures(seen: dict[str, Any]) -> None:
    """Four tables; of those that would be empty none."""
    ends = [
        {**row, "event": wording("event_kind", row["event_kind"]), "end": _end(row["end_known_by"])}
        for row in seen["exposure_ends"]
    ]
    for title, rows, columns in (
        (
            "Drugs, diagnoses, procedures, findings",
            seen["exposures"],
            ("kind", "exposure_group", "n", "meaning"),
        ),
        (
            "Systems of their codes",
            seen["exposure_systems"],
            ("kind", "code_system", "n", "n_read", "suggestion"),
        ),
        ("How the end of each is known", ends, ("kind", "event", "end", "n")),
        (
            "Exposures that do nothing",
            seen["exposures_idle"],
            ("kind", "why", "field", "word", "n", "suggestion"),
        ),
    ):
        if rows:
            # a column that says nothing only takes room
            show_rows(title, rows, [c for c in columns if any(row[c] is not None for row in rows)])


def _end(known_by: str | None) -> str:
    return wording("end_known_by", known_by) if known_by else wording("end_of", "open")
