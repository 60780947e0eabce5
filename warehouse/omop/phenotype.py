"""The two repeated patterns as Circe expressions (OHDSI), made of the rows of transforms/knowledge.

`python -m warehouse.omop.phenotype` writes warehouse/omop/phenotype/*.json anew; every number in
them is a row's. What the language cannot say of the rules stands in docs/omop.md.

A result is low below the lower end of its range, whatever the age: the range stands beside it. The
index is a low result from which on no later one is normal; so a pattern that has gone is no longer
in the cohort, as in igwatch.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from igwatch.base.knowledge import knowledge_rows
from warehouse.omop.circe import (
    Json,
    after,
    around,
    asking,
    at_least_one,
    expression,
    group,
    high,
    in_force,
    low,
    measurement,
    none,
    not_low,
    with_group,
)
from warehouse.omop.concept import ConceptTerm, ExposureGroup, concept_terms, exposure_groups

FOLDER = Path(__file__).with_name("phenotype")
ANALYTES = ("igg", "iga", "igm")
DAYS_PER_YEAR = 365.25
NO_ROW = -1
REPLACEMENT = "immunoglobulin_replacement"
# what the language calls the rows of each kind, and the column of their source concept
DOMAINS = {
    "medication": ("DrugExposure", "DrugSourceConcept"),
    "diagnosis": ("ConditionOccurrence", "ConditionSourceConcept"),
    "procedure": ("ProcedureOccurrence", "ProcedureSourceConcept"),
}


class Vocabulary:
    """The concept sets of an expression, by name, and the parameters of its rule."""

    def __init__(self, rule_id: str) -> None:
        self.rule_id = rule_id
        self.parameters = {
            row["parameter"]: float(row["value"])
            for row in knowledge_rows("rule_parameter")
            if row["rule_id"] in ("*", rule_id)
        }
        self.terms = {(term.means, term.term): term for term in concept_terms()}
        self.sets: list[Json] = []

    def days(self, parameter: str) -> int:
        return int(self.parameters[parameter])

    def years(self, parameter: str) -> int:
        """Whole years: the language takes one calendar year from another."""
        return int(self.parameters[parameter] / DAYS_PER_YEAR)

    def concept(self, means: str, term: str) -> Json:
        found = self.terms[means, term]
        return _concept(found.concept_id, found)

    def concept_set(self, name: str, concepts: list[Json], has_descendants: bool) -> int:
        """The number of a new concept set."""
        items = [
            {
                "concept": concept,
                "isExcluded": False,
                "includeDescendants": has_descendants,
                "includeMapped": False,
            }
            for concept in concepts
        ]
        number = len(self.sets)
        self.sets.append({"id": number, "name": name, "expression": {"items": items}})
        return number


def isolated_low_igm_repeated() -> Json:
    """A low IgM beside an IgG and an IgA that are not, twice, so many days apart."""
    v = Vocabulary("selective_igm_deficiency")
    of = {analyte: _measured(v, analyte) for analyte in ANALYTES}
    causes = _causes(v, "igm")
    window = around(v.days("panel_window_days"))
    low_igm = low(of["igm"])
    alone = [at_least_one(not_low(of[other]), window) for other in ("igg", "iga")]
    alone += [none(low(of[other]), window) for other in ("igg", "iga")]
    clear = [none(_above(v, of[other], f"alert_{other}_above_g_per_l"), window) for other in
             ("igg", "iga")]  # fmt: skip
    whole = [*alone, *clear, *causes]
    repeated = at_least_one(
        with_group(low_igm, group("ALL", whole)), after(v.days("persistent_span_days"))
    )
    not_alone = none(
        with_group(
            low_igm,
            group("ANY", [at_least_one(low(of[other]), window) for other in ("igg", "iga")]),
        ),
        after(1),
    )
    return expression(
        v.sets,
        asking(low_igm, Age={"Value": v.years("count_from_age_days"), "Op": "gte"}),
        {
            "beside an IgG and an IgA that are not low": alone,
            "no IgG or IgA that asks for electrophoresis first": clear,
            "no drug, disease or procedure that lowers IgM": causes,
            "low again, so many days later, and all of that again": [repeated],
            "no normal IgM after it": [none(_normal(v, of["igm"]), after(1))],
            "no low IgM with a low IgG or IgA after it": [not_alone],
        },
    )


def hyper_igm_pattern_repeated() -> Json:
    """A low IgG beside an IgM that is not, which is high or stands beside a low IgA, twice."""
    v = Vocabulary("hyper_igm")
    of = {analyte: _measured(v, analyte) for analyte in ANALYTES}
    causes = _causes(v, "igg")
    replaced = _none_in_force(v, [g for g in exposure_groups() if g.effect == REPLACEMENT])
    window = around(v.days("panel_window_days"))
    low_igg = low(of["igg"])
    pattern = [
        at_least_one(not_low(of["igm"]), window),
        none(low(of["igm"]), window),
    ]
    high_or_alone = [
        at_least_one(high(of["igm"]), window),
        at_least_one(low(of["iga"]), window),
    ]
    gate_age = {"Value": v.years("spep_gate_age_days"), "Op": "gte"}
    behind_gate = [
        none(asking(high(of["igm"]), Age=gate_age), window),
        none(_above(v, of["igm"], "spep_gate_igm_g_per_l", from_adult=False), window),
    ]
    once = [*pattern, *behind_gate, *causes, *replaced]
    recovered = with_group(_normal(v, of["igg"]), group("ALL", replaced))
    again = with_group(low_igg, group("ALL", once, [group("ANY", high_or_alone)]))
    return expression(
        v.sets,
        low_igg,
        {
            "beside an IgM that is not low": pattern,
            "which is high, or stands beside a low IgA": group("ANY", high_or_alone),
            "no IgM that asks for electrophoresis first": behind_gate,
            "no drug, disease or procedure that lowers IgG": causes,
            "not on immunoglobulin replacement": replaced,
            "again, so many days later, and all of that again": [
                at_least_one(again, after(v.days("min_interval_days")))
            ],
            "no normal IgG after it but on replacement": [none(recovered, after(1))],
            "no low IgG with a low IgM after it": [
                none(
                    with_group(low_igg, group("ALL", [at_least_one(low(of["igm"]), window)])),
                    after(1),
                )
            ],
        },
    )


PHENOTYPES = {
    "isolated_low_igm_repeated": isolated_low_igm_repeated,
    "hyper_igm_pattern_repeated": hyper_igm_pattern_repeated,
}


def as_text(expression: Json) -> str:
    """The expression as it is kept: one line a field, so that a change of a number is seen."""
    return json.dumps(expression, indent=1) + "\n"


def _measured(v: Vocabulary, analyte: str) -> int:
    concept = v.concept("analyte", analyte)
    return v.concept_set(concept["CONCEPT_NAME"], [concept], has_descendants=True)


def _causes(v: Vocabulary, index_analyte: str) -> list[Json]:
    """No drug, diagnosis or procedure in force that lowers the isotype."""
    return _none_in_force(
        v, [g for g in exposure_groups() if g.effect == "monoclonal" or _lowers(g, index_analyte)]
    )


def _none_in_force(v: Vocabulary, causes: list[ExposureGroup]) -> list[Json]:
    """None of these in force, by the days that each looks back: by our group, and drugs by their
    standard concepts too."""
    found: list[Json] = []
    for kind, (domain, source_concept) in DOMAINS.items():
        by_days: dict[int | None, list[ExposureGroup]] = defaultdict(list)
        for cause in causes:
            if (days := _lookback_days(kind, cause)) != NO_ROW:
                by_days[days].append(cause)
        for days, members in sorted(by_days.items(), key=lambda item: (item[0] is None, item[0])):
            until = "for life" if days is None else f"until {days} days after"
            concepts = [_group_concept(cause) for cause in members]
            ours = v.concept_set(f"{kind} of igwatch's groups, {until}", concepts, False)
            found.append(none({domain: {source_concept: ours}}, in_force(days)))
            if kind == "medication":
                drugs = v.concept_set(f"drugs, {until}", _ingredients(v, members), True)
                found.append(none({domain: {"CodesetId": drugs}}, in_force(days)))
    return found


def _lowers(cause: ExposureGroup, analyte: str) -> bool:
    return bool(getattr(cause, f"lowers_{analyte}"))


def _key(row: Any) -> tuple[str, ...]:
    flags = ("lowers_igg", "lowers_iga", "lowers_igm", "raises_igm")
    return (row["exposure_group"], row["effect"], *(str(row[flag]).lower() for flag in flags))


def _lookback_days(kind: str, cause: ExposureGroup) -> int | None:
    """How long what a row of this kind and group did looks back; None: it does not end. NO_ROW
    where there is none. A diagnosis that ends by itself looks back 0 days."""
    for row in knowledge_rows("exposure"):
        if row["kind"] == kind and _key(row) == _key(vars(cause)):
            days = row["lookback_days"] or ("0" if row["open_days"] else "")
            return int(days) if days else None
    return NO_ROW


def _ingredients(v: Vocabulary, members: list[ExposureGroup]) -> list[Json]:
    """The standard concepts of the drugs of these groups, each once."""
    keys = {_key(vars(cause)) for cause in members}
    found = {}
    for row in knowledge_rows("exposure"):
        term = v.terms.get(("exposure", row["exposure_id"]))
        if term and _key(row) in keys:
            found[term.concept_id] = _concept(term.concept_id, term)
    return [found[concept_id] for concept_id in sorted(found)]


def _concept(concept_id: int, term: ConceptTerm) -> Json:
    return {
        "CONCEPT_ID": concept_id,
        "CONCEPT_NAME": term.name,
        "STANDARD_CONCEPT": "S",
        "CONCEPT_CODE": term.concept_code,
        "DOMAIN_ID": term.domain_id,
        "VOCABULARY_ID": term.vocabulary_id,
    }


def _group_concept(cause: ExposureGroup) -> Json:
    return {
        "CONCEPT_ID": cause.concept_id,
        "CONCEPT_NAME": cause.name,
        "CONCEPT_CODE": "",
        "DOMAIN_ID": "Metadata",
        "VOCABULARY_ID": "igwatch",
    }


def _normal(v: Vocabulary, codeset: int) -> Json:
    """Not low by any table: the class says so, the one range that a row has cannot."""
    classes = [v.concept("class", "normal"), v.concept("class", "high")]
    return measurement(codeset, ValueAsConcept=classes)


def _above(v: Vocabulary, codeset: int, parameter: str, from_adult: bool = True) -> Json:
    given: Json = {"ValueAsNumber": {"Value": v.parameters[parameter], "Op": "gt"}}
    if from_adult:
        given["Age"] = {"Value": v.years("adult_from_days"), "Op": "gte"}
    return measurement(codeset, **given)


if __name__ == "__main__":
    for name, make in PHENOTYPES.items():
        (FOLDER / f"{name}.json").write_text(as_text(make()), encoding="utf-8")
