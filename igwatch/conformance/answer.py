"""Anybody's answers to the pack: a CSV with case_id, rule and state, a line an answer.

Other columns are passed over. A line that names no case or no rule, or one that is answered twice,
is refused: an answer that was meant for something else would be counted as missing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from igwatch.base.error import IgwatchError
from igwatch.base.knowledge import rule_ids
from igwatch.base.printable import printable
from igwatch.conformance.pack_cases import pack_cases, rules_version

COLUMNS = ("case_id", "rule", "state")
MOST_BYTES = 8 << 20
SHOWN_SIGNS = 40
Answers = dict[tuple[str, str], str]
"""(case_id, rule) -> the state as it was written; an empty one is no answer and not here."""


class AnswerError(IgwatchError):
    """Answers that cannot be judged; one line with file, line, field and mend."""


def read_answers(path: Path) -> Answers:
    """The answers of a file. Raises AnswerError, OSError."""
    if path.stat().st_size > MOST_BYTES:
        raise AnswerError(f"{path.name} is larger than any answers", f"keep {', '.join(COLUMNS)}")
    try:
        lines = csv.DictReader(
            io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True
        )
        missing = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
        if missing:
            raise AnswerError(
                f"{path.name}, line 1: no column {', '.join(missing)};",
                f"its header has {','.join(COLUMNS)}",
            )
        return _answers(path.name, lines)
    except (UnicodeDecodeError, csv.Error):
        raise AnswerError(f"{path.name} is no CSV in UTF-8", "save it as such") from None


def _answers(name: str, lines: csv.DictReader[str]) -> Answers:
    case_ids = {case.case_id for case in pack_cases()}
    found: Answers = {}
    seen: set[tuple[str, str]] = set()
    for row in lines:
        place = f"{name}, line {lines.line_num}"
        key = (_case_id(place, row, case_ids), _rule(place, row))
        if key in seen:
            raise AnswerError(f"{place}: {' '.join(key)} is answered twice;", "keep one line of it")
        seen.add(key)
        if state := _cell(row, "state"):
            found[key] = state
    return found


def _case_id(place: str, row: Mapping[str, str | None], known: set[str]) -> str:
    case_id = _cell(row, "case_id")
    if case_id not in known:
        raise AnswerError(
            f"{place}, case_id: {_shown(case_id)} is no case of the pack of rules "
            f"{rules_version()};",
            "take the case_id from cases.csv of that version, and leave out patients of your own",
        )
    return case_id


def _rule(place: str, row: Mapping[str, str | None]) -> str:
    rule = _cell(row, "rule")
    if rule not in rule_ids():
        near = get_close_matches(rule, rule_ids(), 1)
        mend = f"did you mean {near[0]}?" if near else f"write one of {', '.join(rule_ids())}"
        raise AnswerError(f"{place}, rule: {_shown(rule)} is no rule;", mend)
    return rule


def _cell(row: Mapping[str, str | None], name: str) -> str:
    return printable((row[name] or "").strip())


def _shown(text: str) -> str:
    return repr(text[:SHOWN_SIGNS])
