"""What a draw leaves: forms for the readers, and apart from them the key of who each form is.

Forms lie in <home>/reports/validation/<draw>/ and name nobody; the key, with our states and the
weights, in <home>/validation/. Both are the owner's alone and go when anybody is forgotten.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.atomic_file import write_whole
from igwatch.base.error import PipelineError
from igwatch.base.knowledge import rule_ids
from igwatch.inquiry.saved_query import answers
from igwatch.site.home import Home
from igwatch.validation.answer_file import blank_answers
from igwatch.validation.draw import DrawnStratum, Sample
from igwatch.validation.frame import QUERY, Person
from reports.safe_text import cell
from reports.validation_page import validation_page

READERS = ("reader-1", "reader-2")
RESULT = (
    *("form", "day", "age_days", "analyte", "comparator", "value", "unit"),
    *("lower_limit_min", "lower_limit_max", "upper_limit_min", "upper_limit_max"),
    *("class_name", "laboratory"),
)
KNOWN = ("form", "kind", "name", "start_day", "end_day")
SAFE_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True)
class Key:
    """A draw as its score needs it: `stratum_of` is by form."""

    draw: str
    as_of: date
    rule_version: str
    strata: tuple[DrawnStratum, ...]
    stratum_of: Mapping[str, str]


def form_numbers(people: Sequence[Person]) -> dict[str, Person]:
    """Form number -> who it is; the people are in random order already."""
    width = max(3, len(str(len(people))))
    return {f"F{number:0{width}}": person for number, person in enumerate(people, start=1)}


def write_draw(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    sample: Sample,
    stated: Mapping[str, Any],
) -> list[Path]:
    """Write forms and key; the forms. Raises PipelineError where the draw was made before.

    stated: `draw` (its name), `as_of`, `rule_version`, `seed`, `run_id`.
    """
    name = stated["draw"]
    folder, key = home.reports / "validation" / name, home.validation / f"{name}.json"
    if key.exists():
        raise PipelineError(
            f"{name} was drawn before, and may have been read", f"take its forms, or remove {key}"
        )
    forms = form_numbers(sample.people)
    shown = list(_shown(con, forms))
    write_whole(key, _key_text(sample, stated, forms))
    written = []
    for reader in READERS:
        page = validation_page(name, reader, shown, rule_ids())
        written.append(write_whole(folder / f"{reader}.html", page))
        blank = blank_answers(name, forms, rule_ids(), reader)
        written.append(write_whole(folder / f"{reader}.csv", blank))
    results = ({"form": form["form"], **row} for form in shown for row in form["results"])
    known = ({"form": form["form"], **row} for form in shown for row in form["known"])
    written.append(write_whole(folder / "result.csv", _table(RESULT, results)))
    written.append(write_whole(folder / "known.csv", _table(KNOWN, known)))
    return written


def read_key(home: Home, draw: str) -> Key:
    """The key of a draw. Raises PipelineError where there is none."""
    is_name = bool(draw) and set(draw) <= SAFE_NAME
    path = home.validation / f"{draw}.json"
    if not is_name or not path.is_file():
        raise PipelineError(
            "the forms are of a draw whose key is not in this home",
            "give the home it was made in; a key goes when anybody is forgotten",
        )
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Key(
        kept["draw"],
        date.fromisoformat(kept["as_of"]),
        kept["rule_version"],
        tuple(DrawnStratum(**stratum) for stratum in kept["strata"]),
        {row["form"]: row["stratum"] for row in kept["forms"]},
    )


def _key_text(sample: Sample, stated: Mapping[str, Any], forms: Mapping[str, Person]) -> str:
    content = {
        **stated,
        "strata": [asdict(stratum) for stratum in sample.strata],
        "forms": [
            {
                "form": form,
                "stratum": person.stratum,
                "patient_id": person.patient_id,
                "assigning_authority": person.assigning_authority,
                "facility": person.facility,
                "patient_key": person.patient_key,
            }
            for form, person in forms.items()
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=str)


def _shown(con: duckdb.DuckDBPyConnection, forms: Mapping[str, Person]) -> Iterable[dict[str, Any]]:
    """What a reader sees of each form: age, sex, results, what is known besides; no state."""
    given = {"patients": [person.patient_key for person in forms.values()]}
    results = _by_patient(answers(con, "course", given, QUERY))
    known = _by_patient(answers(con, "exposure", given, QUERY))
    for form, person in forms.items():
        mine = results.get(person.patient_key, [])
        yield {
            "form": form,
            "sex": person.sex,
            "age_days": mine[0]["age_days"] if mine else person.age_days,
            "results": mine,
            "known": known.get(person.patient_key, []),
        }


def _by_patient(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.pop("patient_key"), []).append(row)
    return found


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()
