"""Each expectation in Great Expectations' own words, for the page of checks.

    python -m expectations.sentence

writes them into sentences.json, since making them anew takes a night some seconds. What is not
there (the suite of a rule that a site added) is put into words when it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from expectations.suite import FOLDER, Expectation, load_suites

SENTENCES = FOLDER / "sentences.json"
CLOCK = date(9999, 12, 31)  # stands in a sentence for the clock of a night
UNSAID = ("row_condition", "condition_parser")


def sentence(expectation: Expectation, as_of: date) -> str:
    """The expectation in words, with the times of the clock filled in."""
    asked = _asked(expectation)
    words = _written().get(_key(asked)) or _rendered(_key(asked), asked)
    return words.replace(CLOCK.isoformat(), as_of.isoformat())


def all_sentences() -> dict[str, str]:
    """Those of every suite, made anew, by the expectation's type and arguments."""
    asked = [_asked(each) for suite in load_suites().values() for each in suite.expectations]
    return {_key(each): _rendered(_key(each), each) for each in sorted(asked, key=_key)}


def _asked(expectation: Expectation) -> Expectation:
    """The expectation without its condition, which the page shows apart, at the clock of all."""
    arguments = {
        key: CLOCK if isinstance(value, Mapping) and "$PARAMETER" in value else value
        for key, value in expectation.arguments.items()
        if key not in UNSAID
    }
    return replace(expectation, arguments=arguments)


def _key(asked: Expectation) -> str:
    return f"{asked.type} {sorted(asked.arguments.items())!r}"


_MADE: dict[str, str] = {}  # by this process


def _rendered(key: str, asked: Expectation) -> str:
    if key not in _MADE:
        from expectations.engine import render  # Great Expectations takes seconds

        _MADE[key] = render(asked)
    return _MADE[key]


@cache
def _written() -> dict[str, str]:
    return json.loads(SENTENCES.read_text(encoding="utf-8"))


if __name__ == "__main__":
    SENTENCES.write_text(json.dumps(all_sentences(), indent=1) + "\n", encoding="utf-8")
