"""The letter that asks for a repeat: one text per patient, from a template the clinic may edit.

A template is Jinja in a sandbox and makes plain text. Everything it is given is text that is
already made visible, so nothing from a feed can be an instruction to it (docs/letter.md).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.flag_line import Flag
from reports.generation import ReportError
from reports.page import TEMPLATE
from reports.patient import MAIN_ANALYTES, Patient
from reports.safe_text import age, day, quantity, visible
from reports.wording import word

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

    def write(self, patient: Patient, clinic: str) -> str | None:
        """The letter about a patient, None where no repeat is asked for. Raises LetterError."""
        if not patient.requests:
            return None
        try:
            text = self.template.render(letter_fields(patient, clinic))
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


def letter_fields(patient: Patient, clinic: str) -> dict[str, Any]:
    """What a template may use (docs/letter.md); every leaf is text, safe to print."""
    lead = patient.lead
    due = [flag for flag in patient.flags if flag.rule_id in _rules(patient)]
    tests = {(r["test"], r["tube"]): r["missing"] for r in patient.requests}
    return {
        "clinic": visible(clinic),
        "today": day(patient.as_of),
        "patient": {
            "number": visible(lead.patient_id),
            "authority": visible(lead.assigning_authority),
            "facility": visible(lead.facility),
            "sex": word("sex", lead.sex),
            "born": day(lead.birth_date),
            "age": age(lead.birth_date, patient.as_of),
        },
        "patterns": [_pattern(flag) for flag in due],
        "results": list(_results(patient))[-MOST_RESULTS:],
        "tests": [_asked(*key) for key, missing in tests.items() if missing is None],
        "also": [_asked(*key) for key, missing in tests.items() if missing is not None],
        "missing": list(dict.fromkeys(word("missing", k) for f in due for k in f.missing)),
    }


def _rules(patient: Patient) -> set[str]:
    return {row["rule_id"] for row in patient.requests}


def _pattern(flag: Flag) -> dict[str, Any]:
    return {
        "rule": word("rule", flag.rule_id),
        "state": word("status", flag.status),
        "why": visible(flag.status_reason, 600),
        "due_on": day(flag.repeat_due_on),
        "overdue_on": day(flag.repeat_overdue_on),
        "is_overdue": flag.status == "repeat_overdue",
    }


def _asked(test: str, tube: str) -> dict[str, str]:
    return {"test": visible(test), "tube": visible(tube)}


def _results(patient: Patient) -> Iterator[dict[str, str]]:
    """One for each time of collection; an isotype that was not measured is ''."""
    for sampling in patient.samplings():
        levels = {a: _level(sampling.of(a)) for a in MAIN_ANALYTES}
        if any(levels.values()):
            yield {
                "collected_on": day(sampling.collected_at) or "no date",
                "laboratory": visible(", ".join(sampling.laboratories), 120),
                **levels,
            }


def _level(rows: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{quantity(row['value'], row['value_comparator'])} {word('class', row['class'])}".strip()
        for row in rows
        if row["value"] is not None
    )


def _fault(name: str, error: Exception) -> LetterError:
    """One line. Only the text of an error of the template's own is told: another may quote data."""
    line = getattr(error, "lineno", None) or _line(error)
    is_own = isinstance(error, TemplateSyntaxError | UndefinedError)
    what = visible(error.message) if is_own else type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        what = "not UTF-8"
    elif isinstance(error, TemplateError) and not is_own:
        what = "not allowed in a letter"
    return LetterError(f"{name}{f', line {line}' if line else ''}: {what}", MEND)


def _line(error: Exception) -> int | None:
    """The line of the template that was being written; jinja2 names its frames so."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if f.filename == "<template>"), None)
