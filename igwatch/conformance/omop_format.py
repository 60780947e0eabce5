"""Cases as rows of OMOP CDM 5.4, a CSV a table, with the model's columns in its order.

What lies after the clock is left out, for a cohort has no clock. The ids are those that igwatch's
own omop.duckdb gives (docs/omop.md); groups of causes are source concepts above 2,000,000,000. A
person's id is the number of the case in the order of the pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from igwatch.base.knowledge import knowledge_rows, rule_parameter
from igwatch.conformance.isotype import loinc, unit_of
from igwatch.conformance.pack_case import CLOCK, HOUR, PackCase, PackExposure
from igwatch.conformance.pack_cases import rules_version
from igwatch.conformance.pack_facility import csv_text
from warehouse.omop.column import cdm_tables
from warehouse.omop.concept import concept_terms, concepts, exposure_groups

Row = dict[str, Any]
EXPOSURE_TABLES = {
    "medication": ("drug_exposure", "drug", "drug_exposure_start_date", "drug_exposure_end_date"),
    "diagnosis": (
        "condition_occurrence",
        "condition",
        "condition_start_date",
        "condition_end_date",
    ),
}
DIRECTIONS = ("lowers_igg", "lowers_iga", "lowers_igm", "raises_igm")


class Concepts:
    """The concept of a word of ours; 0 or None where there is none."""

    def __init__(self) -> None:
        self._terms = {(t.means, t.term): t.concept_id for t in concept_terms()}
        self._groups = {
            (g.exposure_group, g.effect, *(getattr(g, name) for name in DIRECTIONS)): g.concept_id
            for g in exposure_groups()
        }
        self._rows = {row["exposure_id"]: row for row in knowledge_rows("exposure")}

    def of(self, means: str, term: str | None) -> int | None:
        return self._terms.get((means, term or ""))

    def lasts_until(self, exposure: PackExposure) -> date | None:
        """The end by the rules of what nobody ended; None is open."""
        row = self._rows.get(exposure.coded.exposure_id, {})
        days = float(row.get("open_days") or 0)
        if exposure.coded.kind == "medication":
            days = days or rule_parameter("open_medication_days")
        if not days or exposure.first_day is None:
            return None
        return exposure.first_day + timedelta(days=days)

    def group(self, exposure_id: str) -> int:
        """The source concept of the reviewed group that an exposure belongs to."""
        row = self._rows.get(exposure_id)
        if row is None:
            return 0
        key = (row["exposure_group"], row["effect"], *(row[name] == "true" for name in DIRECTIONS))
        return self._groups.get(key, 0)


def omop_files(cases: Iterable[PackCase]) -> Iterator[tuple[str, str]]:
    """(path, text) of each file."""
    said = [case for case in cases if case.is_said_in("omop")]
    known = Concepts()
    made: dict[str, list[Row]] = {name: [] for name in cdm_tables()}
    for case in said:
        _add(made, case, known)
    made["cdm_source"] = [_source()]
    columns = [column.name for column in cdm_tables()["concept"]]
    made["concept"] = [dict(zip(columns, row, strict=True)) for row in concepts(concept_terms())]
    made["concept_ancestor"] = [
        {
            "ancestor_concept_id": row["concept_id"],
            "descendant_concept_id": row["concept_id"],
            "min_levels_of_separation": 0,
            "max_levels_of_separation": 0,
        }
        for row in made["concept"]
        if row["concept_id"]
    ]
    for name, of_model in cdm_tables().items():
        if name not in ("cohort", "cohort_definition"):
            texts = ({key: _cell(value) for key, value in row.items()} for row in made[name])
            yield f"{name}.csv", csv_text([column.name for column in of_model], texts)


def _cell(value: Any) -> Any:
    return "" if value is None else value


def _add(made: dict[str, list[Row]], case: PackCase, known: Concepts) -> None:
    born = case.birth_date
    if born is None:
        raise ValueError("OMOP cannot say a person without a birth date")
    made["person"].append(
        {
            "person_id": case.number,
            "gender_concept_id": known.of("sex", case.sex) or 0,
            "year_of_birth": born.year,
            "month_of_birth": born.month,
            "day_of_birth": born.day,
            "race_concept_id": 0,
            "ethnicity_concept_id": 0,
            "gender_source_value": case.sex,
        }
    )
    days = _add_results(made, case, known)
    days += [
        _add_exposure(made, case, exposure, known)
        for exposure in case.exposures
        if exposure.first_day is not None and exposure.first_day <= CLOCK
    ]
    if days:
        made["observation_period"].append(_observed(case, days, known))


def _observed(case: PackCase, days: list[date], known: Concepts) -> Row:
    return {
        "observation_period_id": case.number,
        "person_id": case.number,
        "observation_period_start_date": min(days),
        "observation_period_end_date": max(days),
        "period_type_concept_id": known.of("record", "hospital"),
    }


def _add_results(made: dict[str, list[Row]], case: PackCase, known: Concepts) -> list[date]:
    visits: dict[date, int] = {}
    for result in case.results:
        if result.day > CLOCK:
            continue
        number = len(made["measurement"]) + 1
        visit = visits.setdefault(result.day, number)
        unit = unit_of(result.analyte)
        limits = result.limits
        made["measurement"].append(
            {
                "measurement_id": number,
                "person_id": case.number,
                "measurement_concept_id": known.of("analyte", result.analyte) or 0,
                "measurement_date": result.day,
                "measurement_datetime": f"{result.day} {HOUR}:00",
                "measurement_type_concept_id": known.of("record", "laboratory"),
                "operator_concept_id": known.of("comparator", result.comparator),
                "value_as_number": result.value,
                "value_as_concept_id": known.of("class", result.class_name),
                "unit_concept_id": known.of("unit", unit),
                "range_low": limits and limits.lower_min,
                "range_high": limits and limits.upper_max,
                "visit_occurrence_id": visit,
                "measurement_source_value": loinc(result.analyte)[0],
                "unit_source_value": unit,
                "value_source_value": result.value_text,
            }
        )
    made["visit_occurrence"] += [
        {
            "visit_occurrence_id": number,
            "person_id": case.number,
            "visit_concept_id": 0,
            "visit_start_date": day,
            "visit_end_date": day,
            "visit_type_concept_id": known.of("record", "laboratory"),
        }
        for day, number in visits.items()
    ]
    return list(visits)


def _add_exposure(
    made: dict[str, list[Row]], case: PackCase, exposure: PackExposure, known: Concepts
) -> date:
    code = exposure.coded
    table, word, first, last = EXPOSURE_TABLES[code.kind]
    if exposure.first_day is None:
        raise ValueError("OMOP cannot say an exposure without a first day")
    last_day = exposure.last_day or known.lasts_until(exposure)
    made[table].append(
        {
            f"{table}_id": len(made[table]) + 1,
            "person_id": case.number,
            f"{word}_concept_id": known.of("exposure", code.exposure_id) or 0,
            first: exposure.first_day,
            last: last_day,
            **({"verbatim_end_date": exposure.last_day} if word == "drug" else {}),
            f"{word}_type_concept_id": known.of("record", "hospital"),
            f"{word}_source_value": code.code,
            f"{word}_source_concept_id": known.group(code.exposure_id),
        }
    )
    return exposure.first_day


def _source() -> Row:
    model = next(row for row in knowledge_rows("omop_concept") if row["means"] == "model")
    return {
        "cdm_source_name": "The conformance pack of igwatch: invented patients",
        "cdm_source_abbreviation": "igwatch pack",
        "cdm_holder": "whoever wrote it",
        "source_description": "Cases of the rules, each a person",
        "source_documentation_reference": "README.md of the pack",
        "cdm_etl_reference": f"rules {rules_version()}",
        "source_release_date": CLOCK,
        "cdm_release_date": CLOCK,
        "cdm_version": model["term"],
        "cdm_version_concept_id": model["concept_id"],
        "vocabulary_version": f"ids of rules {rules_version()}",
    }
