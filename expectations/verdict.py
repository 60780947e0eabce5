"""What suites came to on rows that were judged before, so that the same rows are judged once.

A verdict is kept under the digest of all that it rests on: the suite, the clock where the suite
names it, the version of Great Expectations, the code that asks it, and every cell of the columns
that the suite needs. One cell more, less or other, and the rows are judged again. Most tables of a
night in which little came are those of the night before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from expectations import engine, frame
from expectations.engine import Outcome, evaluate
from expectations.frame import Rows
from expectations.suite import Suite
from igwatch.base.atomic_file import write_whole

_JUDGED: dict[str, list[Outcome]] = {}  # by this process


class Verdicts:
    """The verdicts of one night, and those of the night before that it may take over."""

    def __init__(self, before: Mapping[str, list[Outcome]] | None = None) -> None:
        self._before = _JUDGED | dict(before or {})
        self._tonight: dict[str, list[Outcome]] = {}

    def outcomes(self, suite: Suite, rows: Rows, as_of: date) -> list[Outcome]:
        """What each expectation of `suite` comes to on `rows`, in their order. Raises CheckError.

        Rows without a digest (a data frame's, or too many to read twice) are judged each time.
        """
        of_rows = rows.digest(suite.columns)
        if of_rows is None:
            return evaluate(suite, rows, as_of)
        clock = as_of if rows.n and _names_clock(suite) else ""
        judged = f"{_judge()} {suite!r} {suite.expectations!r} {clock} {of_rows}"
        key = sha256(judged.encode()).hexdigest()
        if key not in self._before:
            self._before[key] = _JUDGED[key] = evaluate(suite, rows, as_of)
        self._tonight[key] = self._before[key]
        return self._tonight[key]

    def write(self, path: Path) -> None:
        """Keep tonight's verdicts for the next night: digests and counts, for the owner alone."""
        kept = {
            key: [astuple(each) for each in outcomes] for key, outcomes in self._tonight.items()
        }
        write_whole(path, json.dumps(kept))


def read_verdicts(path: Path) -> Verdicts:
    """The verdicts that the last night kept at `path`; none where it is not there or not whole."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8")).items()
        return Verdicts({key: [Outcome(*each) for each in outcomes] for key, outcomes in kept})
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return Verdicts()


@cache
def _judge() -> str:
    """Who judges, and how it is asked."""
    asked_by = [
        Path(str(module.__file__)).read_text(encoding="utf-8") for module in (engine, frame)
    ]
    return "\n".join((version("great-expectations"), *asked_by))


def _names_clock(suite: Suite) -> bool:
    return any("$PARAMETER" in repr(each.arguments) for each in suite.expectations)
