"""What the benchmarks share: processor time, and a table as Markdown."""

from __future__ import annotations

import resource
from collections.abc import Sequence

# this process, and those it has started and waited for
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def cpu_seconds() -> float:
    """Processor seconds, user and system, so far; unlike the clock, other work adds none."""
    used = (resource.getrusage(who) for who in WHO)
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]], n_texts: int) -> str:
    """A Markdown table; all but the first `n_texts` columns are numbers, set to the right."""
    lines = [f"| {' | '.join(cell.strip() for cell in row)} |" for row in (headings, *rows)]
    lines.insert(1, "|" + "---|" * n_texts + "--:|" * (len(headings) - n_texts))
    return "\n".join(lines)
