"""The Circe expressions: made of the knowledge tables, and judged by two engines that are not ours."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest

from igwatch.base.knowledge import knowledge_rows
from igwatch.site.home import Home
from samples import simulate as simulated
from samples.course import courses
from samples.demo_nights import deliver as deliver_demo
from samples.demo_nights import write_samples
from samples.simulate import simulate
from tests.home import deliver, first_of_months, new_home, ordinary_exposures
from tests.igwatch.nights import quick_night
from tests.warehouse.omop import drawn_feed
from tests.warehouse.omop.engine import ENGINES, cohort, statements
from warehouse.omop.concept import concept_terms, exposure_groups
from warehouse.omop.phenotype import FOLDER, PHENOTYPES, as_text

PATIENTS = 300
OURS = {"isolated_low_igm_repeated": 1, "hyper_igm_pattern_repeated": 2}
RULE = {
    "isolated_low_igm_repeated": "selective_igm_deficiency",
    "hyper_igm_pattern_repeated": "hyper_igm",
}
PAGE = Path(__file__).resolve().parents[3] / "docs" / "omop.md"
DIFFERENCE = Path(__file__).with_name("difference.csv")
BEARING = {"definite", "possible", "monoclonal", "immunoglobulin_replacement"}
each_phenotype = pytest.mark.parametrize("phenotype", PHENOTYPES)


def differences() -> list[dict[str, str]]:
    with DIFFERENCE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@each_phenotype
def test_an_expression_is_what_the_knowledge_says(phenotype):
    """After a change of a row: python -m warehouse.omop.phenotype"""
    kept = (FOLDER / f"{phenotype}.json").read_text(encoding="utf-8")
    assert kept == as_text(PHENOTYPES[phenotype]())


def test_every_cause_of_the_rules_and_every_replacement_has_a_group():
    """After a new one in exposure.csv: a row of omop_exposure_group.csv with the next free id."""
    flags = ("lowers_igg", "lowers_iga", "lowers_igm", "raises_igm")
    wanted = {
        (row["exposure_group"], row["effect"], *(row[flag] == "true" for flag in flags))
        for row in knowledge_rows("exposure")
        if row["effect"] in BEARING and row["kind"] != "finding"
    }
    groups = exposure_groups()
    assert {tuple(vars(group).values())[1:] for group in groups} == wanted
    ids = [group.concept_id for group in groups]
    assert len(ids) == len(set(ids))
    assert min(ids) > 2_000_000_000  # OHDSI leaves what is above to sites


def test_a_concept_has_one_name_and_its_exposure_is_there():
    names: dict[int, set[str]] = {}
    exposures = {row["exposure_id"] for row in knowledge_rows("exposure")}
    for term in concept_terms():
        names.setdefault(term.concept_id, set()).add(term.domain_id)
        assert term.means != "exposure" or term.term in exposures
    assert all(len(domains) == 1 for domains in names.values())


def test_the_page_names_what_the_language_cannot_say():
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    missing = {row["reason"] for row in differences() if row["reason"] not in page}
    assert missing == set()


def test_a_person_without_a_sign_has_no_reason():
    assert reason_of("isolated_low_igm_repeated", "engine", {"step igm_low_counted"}) is None


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """A night with the demonstration, a small region in which every course is as common as any
    other, and the conformance cases."""
    folder = tmp_path_factory.mktemp("omop")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(simulated, "shares", lambda: np.full(len(courses()), 1 / len(courses())))
        simulate(folder / "made", PATIENTS, 1, 7)
    home = new_home(folder)
    shutil.copytree(folder / "made" / "facility", home.facility, dirs_exist_ok=True)
    for files in sorted((folder / "made").glob("night-*/*")):
        shutil.copytree(files, home.inbox / files.name)
    samples = write_samples(home.root)
    for one in samples.nights:
        deliver_demo(home.root, one)
    (home.facility / "cases.yaml").write_text("exposure_feed: complete\n")
    results, exposures = drawn_feed.feed()
    ordinary = ordinary_exposures("case1", drawn_feed.AUTHORITY, *first_of_months(2023, 2025))
    deliver(home, "cases", "results.csv", results)
    deliver(home, "cases", "exposures.csv", exposures + ordinary)
    quick_night(home, samples.nights[-1].as_of.isoformat())
    return home


@pytest.fixture(scope="module")
def found(home) -> dict[tuple[str, str], set]:
    """The cohort by engine and phenotype."""
    return {
        (engine, phenotype): cohort(home.omop_catalogue, statements(engine, phenotype))
        for engine in ENGINES
        for phenotype in PHENOTYPES
    }


@pytest.mark.heavy
@each_phenotype
def test_both_engines_find_the_same_people_and_days(found, phenotype):
    assert found["duckcdm", phenotype] == found["circepy", phenotype]


@pytest.mark.heavy
@each_phenotype
def test_every_difference_from_our_cohort_has_a_reason(home, found, phenotype, capsys):
    ours = {
        person
        for (person,) in asked(
            home, "SELECT subject_id FROM cohort WHERE cohort_definition_id = $1", OURS[phenotype]
        )
    }
    theirs = {person for person, _ in found["circepy", phenotype]}
    lines = [
        (where, person, reason_of(phenotype, where, signs(home, person, RULE[phenotype])))
        for where, people in (("igwatch", ours - theirs), ("engine", theirs - ours))
        for person in sorted(people)
    ]
    with capsys.disabled():
        print(f"\n{phenotype}: {len(ours & theirs)} in both, {len(lines)} in one")
        for where, person, reason in lines:
            print(f"  only {where:<8}{person:>6}  {reason}")
    assert len(ours & theirs) > len(lines) > 0
    assert [line for line in lines if line[2] is None] == []


@pytest.mark.heavy
def test_every_feed_has_people_in_a_cohort(home, found):
    """The demonstration, the region and the cases each have their say."""
    people = {person for entries in found.values() for person, _ in entries}
    feeds = {
        feed
        for feed, person in asked(
            home,
            "SELECT DISTINCT m.facility, n.person_id FROM source.measurement AS m "
            "INNER JOIN source.person AS n ON m.patient_key = n.patient_key",
        )
        if person in people
    }
    assert {"cases", "riverside", "lakeside", "aldermoor"} <= feeds


@pytest.mark.heavy
def test_without_its_drugs_and_diseases_an_expression_finds_who_has_a_cause(home, found):
    """So the comparison above would see it if a cause were not looked for."""
    phenotype = "isolated_low_igm_repeated"
    expression = json.dumps(without_causes(PHENOTYPES[phenotype]()))
    from duckcdm.sqlrender import render, split_sql, translate

    made = split_sql(translate(render(ENGINES["circepy"](expression)), "duckdb"))
    more = {person for person, _ in cohort(home.omop_catalogue, made)} - {
        person for person, _ in found["circepy", phenotype]
    }
    assert more
    states = {status_of(home, person, RULE[phenotype]) for person in more}
    assert "excluded_secondary" in states


def without_causes(part):
    """The expression with every criterion of a drug, a diagnosis or a procedure taken out."""
    causes = ("DrugExposure", "ConditionOccurrence", "ProcedureOccurrence")
    if isinstance(part, dict):
        return {name: without_causes(value) for name, value in part.items()}
    if isinstance(part, list):
        return [
            without_causes(each)
            for each in part
            if not (isinstance(each, dict) and set(each.get("Criteria", {})) & set(causes))
        ]
    return part


def asked(home: Home, query: str, *given: object) -> list[tuple]:
    with duckdb.connect(str(home.omop_catalogue), read_only=True) as con:
        return con.execute(query, list(given)).fetchall()


def of_flag(home: Home, table: str, columns: str, person: int, rule_id: str) -> list[tuple]:
    [(key,)] = asked(
        home, "SELECT patient_key FROM source.person_number WHERE person_id = $1", person
    )
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        query = f"SELECT {columns} FROM flag.{table} WHERE patient_key = $1 AND rule_id = $2"
        return con.execute(query, [key, rule_id]).fetchall()


def status_of(home: Home, person: int, rule_id: str) -> str | None:
    rows = of_flag(home, "patient_flag", "status", person, rule_id)
    return rows[0][0] if rows else None


def signs(home: Home, person: int, rule_id: str) -> set[str]:
    """What is known of a person that a reason may rest on: steps of the course, a cause that was
    set aside, effects of exposures."""
    steps = of_flag(home, "evidence", "DISTINCT reason_code", person, rule_id)
    causes = of_flag(home, "patient_flag", "causes", person, rule_id)
    effects = asked(
        home,
        "SELECT DISTINCT e.effect FROM source.exposure AS e INNER JOIN source.person AS n "
        "ON e.patient_key = n.patient_key WHERE n.person_id = $1",
        person,
    )
    found = {f"step {code}" for (code,) in steps} | {f"exposure {name}" for (name,) in effects}
    return found | ({"cause"} if causes and causes[0][0] else set())


def reason_of(phenotype: str, where: str, found: set[str]) -> str | None:
    """Why a person is in one cohort alone; None: nobody knows."""
    for row in differences():
        if (row["phenotype"], row["only_in"]) == (phenotype, where) and row["sign"] in found:
            return row["reason"]
    return None
