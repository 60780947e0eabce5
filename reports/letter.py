"""The letter that asks for a repeat: one text per patient, from a template the clinic may edit.

A template is Jinja in a sandbox and makes plain text. Everything it is given is safe text already,
so nothing from a feed can be an instruction to it (docs/letter.md).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.flag_line import Flag, Row
from reports.generation import ReportError
from reports.page import TEMPLATE
from reports.patient import MAIN_ANALYTES, Patient
from reports.safe_text import age, day, quantity, safe_text
from reports.wording import wording

OWN = TEMPLATE / "letter.txt"
ANY_CLINIC = "default.txt"
MOST_RESULTS, LONGEST = 12, 20_000
MEND = "docs/letter.md lists what a letter may use"


class LetterError(ReportError):
    """A template that makes no letter; one line with the place and the mend."""


@dataclass(frozen=True)
class Letter:
    """A clinic's template. `name` is its file's, for messages."""

    name: str
    template: Template

    def write(self, patient: Patient, clinic: str, signature: str | None = None) -> str | None:
        """The letter about a patient, None where no repeat is asked for. Raises LetterError.

        `signature` says who signed which version of the rules; by default nobody did.
        """
        if not patient.requests:
            return None
        try:
            text = self.template.render(letter_fields(patient, clinic, signature))
        except Exception as error:  # noqa: BLE001 a template may fail in any way
            raise _fault(self.name, error) from None
        if len(text) > LONGEST:
            raise LetterError(
                f"{self.name}: the letter is longer than {LONGEST:,} characters", "shorten it"
            )
        return text.strip() + "\n"


def load_letter(folder: Path | None, stem: str) -> Letter:
    """`<stem>.txt` of the folder, else its default.txt, else the one that comes with igwatch.

    Raises LetterError when it cannot be read or is no template.
    """
    own = [folder / f"{stem}.txt", folder / ANY_CLINIC] if folder else []
    path = next((path for path in own if path.is_file()), OWN)
    name = path.name if path == OWN else f"{path.parent.name}/{path.name}"
    templates = ImmutableSandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    try:
        return Letter(name, templates.from_string(path.read_text(encoding="utf-8")))
    except (TemplateSyntaxError, UnicodeDecodeError, OSError) as error:
        raise _fault(name, error) from None


def letter_fields(patient: Patient, clinic: str, signature: str | None = None) -> dict[str, Any]:
    """What a template may use (docs/letter.md); every leaf is text, safe to print."""
    lead = patient.lead
    rules = {request["rule_id"] for request in patient.requests}
    flags = [flag for flag in patient.flags if flag.rule_id in rules]
    tests = {(r["test"], r["tube"]): r["missing"] for r in patient.requests}
    return {
        "clinic": safe_text(clinic),
        "today": day(patient.as_of),
        "patient": {
            "number": safe_text(lead.patient_id),
            "authority": safe_text(lead.assigning_authority),
            "facility": safe_text(lead.facility),
            "sex": wording("sex", lead.sex),
            "born": day(lead.birth_date),
            "age": age(lead.birth_date, patient.as_of),
        },
        "patterns": [_pattern(flag) for flag in flags],
        "results": list(_results(patient))[-MOST_RESULTS:],
        "tests": [_test(*key) for key, missing in tests.items() if missing is None],
        "also": [_test(*key) for key, missing in tests.items() if missing is not None],
        "missing": list(dict.fromkeys(wording("missing", k) for f in flags for k in f.missing)),
        "rules_signed": safe_text(signature or wording("shown", "unsigned"), 600),
    }


def _pattern(flag: Flag) -> dict[str, Any]:
    return {
        "rule": wording("rule", flag.rule_id),
        "state": wording("status", flag.status),
        "why": safe_text(flag.status_reason, 600),
        "due_on": day(flag.repeat_due_on),
        "overdue_on": day(flag.repeat_overdue_on),
        "is_overdue": flag.status == "repeat_overdue",
    }


def _test(test: str, tube: str) -> dict[str, str]:
    return {"test": safe_text(test), "tube": safe_text(tube)}


def _results(patient: Patient) -> Iterator[dict[str, str]]:
    """One row for each time of collection; an isotype that was not measured is ''."""
    for collection in patient.by_collection_time():
        levels = {a: _level(collection.of(a)) for a in MAIN_ANALYTES}
        if any(levels.values()):
            yield {
                "collected_on": day(collection.collected_at) or "no date",
                "laboratory": safe_text(", ".join(collection.laboratories), 120),
                **levels,
            }


def _level(rows: list[Row]) -> str:
    """Every value of an isotype at one time, each with its class in words."""
    return ", ".join(_value_and_class(row) for row in rows if row["value"] is not None)


def _value_and_class(row: Row) -> str:
    value = quantity(row["value"], row["value_comparator"])
    return f"{value} {wording('class', row['class'])}".strip()


def _fault(name: str, error: Exception) -> LetterError:
    """One line; it repeats only an error of the template's own, because another may quote data."""
    line = getattr(error, "lineno", None) or _line(error)
    if isinstance(error, TemplateSyntaxError | UndefinedError):
        what = safe_text(error.message)
    elif isinstance(error, UnicodeDecodeError):
        what = "not UTF-8"
    elif isinstance(error, TemplateError):
        what = "not allowed in a letter"
    else:
        what = type(error).__name__
    return LetterError(f"{name}{f', line {line}' if line else ''}: {what}", MEND)


def _line(error: Exception) -> int | None:
    """The line of the template that was being written; jinja2 names its frames so."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if f.filename == "<template>"), None)
