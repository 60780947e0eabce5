"""A reader's answers as the forms save them: one line per form and rule."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from igwatch.base.error import IgwatchError
from igwatch.base.printable import printable
from igwatch.validation.agreement import NO, UNCLEAR, YES

COLUMNS = ("draw", "form", "rule_id", "answer", "reader", "answered_at", "note")
ANSWERS = (YES, NO, UNCLEAR)
MOST_BYTES = 8 << 20
MEND = "correct that cell, or save the forms again"


class AnswerError(IgwatchError):
    """Answers that cannot be read; one line with file, line, field and mend."""


@dataclass(frozen=True)
class FormAnswer:
    """What one reader says of one form about one rule."""

    draw: str
    form: str
    rule_id: str
    answer: str
    reader: str


def blank_answers(draw: str, forms: Iterable[str], rules: Iterable[str], reader: str) -> str:
    """A file to be filled in with a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    asked = list(rules)
    for form in forms:
        for rule in asked:
            writer.writerow([draw, form, rule, "", reader, "", ""])
    return text.getvalue()


def read_answers(paths: Iterable[Path]) -> list[FormAnswer]:
    """The answers of these files, those left empty passed over. Raises AnswerError, OSError.

    All are of one draw, and no reader answers a form twice.
    """
    answers: list[FormAnswer] = []
    for path in paths:
        answers += _read(path)
    draws = {answer.draw for answer in answers}
    if not answers:
        raise AnswerError("the forms answer nothing", f"answers are {', '.join(ANSWERS)}")
    if len(draws) > 1:
        raise AnswerError("the forms are of several draws", "score one draw at a time")
    seen: set[tuple[str, str, str]] = set()
    for answer in answers:
        key = (answer.form, answer.rule_id, answer.reader)
        if key in seen:
            raise AnswerError(
                f"{answer.reader} answers {answer.form} twice", "leave one of the files out"
            )
        seen.add(key)
    return answers


def _read(path: Path) -> list[FormAnswer]:
    if path.stat().st_size > MOST_BYTES:
        raise AnswerError(f"{path.name} is larger than any draw", MEND)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = tuple(lines.fieldnames or ())
        if header != COLUMNS:
            raise AnswerError(f"{path.name}, line 1: header must be {','.join(COLUMNS)};", MEND)
        found = [_answer(f"{path.name}, line {lines.line_num}", row) for row in lines]
    except (UnicodeDecodeError, csv.Error):
        raise AnswerError(f"{path.name} is no CSV in UTF-8", MEND) from None
    return [answer for answer in found if answer]


def _answer(place: str, row: Mapping[str | None, str | None]) -> FormAnswer | None:
    if None in row or None in row.values():
        raise AnswerError(f"{place}: it has not {len(COLUMNS)} cells;", MEND)
    said = {str(name): printable((text or "").strip()) for name, text in row.items()}
    answer = said["answer"].lower()
    if not answer:
        return None
    if answer not in ANSWERS:
        raise AnswerError(f"{place}, answer: {answer[:40]!r} is not {', '.join(ANSWERS)};", MEND)
    if not said["reader"]:
        raise AnswerError(f"{place}, reader: nobody;", "each line names who reads, by any name")
    return FormAnswer(said["draw"], said["form"], said["rule_id"], answer, said["reader"])
