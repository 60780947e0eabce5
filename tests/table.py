"""ASCII tables for tests: what a clinician would draw on paper, as rows."""

from __future__ import annotations


def table(text: str) -> list[dict[str, str | None]]:
    """Rows of a `a | b` table as dicts of stripped strings; an empty cell is None."""
    lines = [line for line in text.strip().splitlines() if line.strip(" -+|")]
    header = [name.strip() for name in lines[0].split("|")]
    return [dict(zip(header, _cells(line, len(header)), strict=True)) for line in lines[1:]]


def _cells(line: str, n: int) -> list[str | None]:
    cells = [cell.strip() or None for cell in line.split("|")]
    return cells + [None] * (n - len(cells))
