"""20,000 random histories: the fold and the naive reading of the rules must agree."""

import random
from datetime import datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.conformance import oracle
from tests.conformance.case import (
    DAY_0,
    EXPOSURES,
    IGE_UPPER_LIMIT,
    IGM_LOWER_LIMITS,
    PANEL,
    VALUES,
    drawn_exposures,
    drawn_panels,
    knowledge,
    on,
    read_cases,
)
from transforms.course import follow

N_PATIENTS = 20_000
CLASS = {
    "very_low": "VL",
    "low": "L",
    "borderline_low": "BL",
    "normal": "N",
    "borderline_high": "BH",
    "high": "H",
    "censored_unresolved": "C",
    "not_classed": "X",
}
GAPS = (0, 1, 7, 20, 27, 28, 29, 40, 60, 62, 89, 90, 91, 120, 179, 180, 181, 183, 366)
AGES = (
    0,
    100,
    150,
    170,
    182,
    183,
    300,
    360,
    366,
    500,
    640,
    700,
    731,
    1400,
    3000,
    9000,
    14500,
    20000,
)
WAITS = (0, 5, 27, 28, 29, 89, 90, 91, 182, 183, 184, 364, 365, 366, 700)
IGG = ("low", "very_low", "normal", "normal", "borderline_low", "censored_unresolved", "high")
IGA = ("low", "very_low", "normal", "normal", "high", "censored_unresolved", None)
IGM = (*CLASS, "low", "low", "low", "normal", "normal", "high", "high", None)
EFFECTS = (
    "definite",
    "possible",
    "possible",
    "monoclonal",
    "immunoglobulin_replacement",
    "immunoglobulin_replacement",
    "acute_illness",
    "spep_negative",
    "screen_negative",
    "association",
    "known_immunodeficiency",
)
TENDENCIES = (
    {},
    {"igg": ("normal",), "iga": ("normal",), "igm": ("low", "very_low", "low", "borderline_low")},
    {"igg": ("normal",), "iga": ("normal",), "igm": ("low", "low", "normal")},
    {"igg": ("low", "very_low"), "iga": ("low", "very_low"), "igm": ("normal", "high", "high")},
    {"igg": ("very_low",), "iga": ("very_low",), "igm": ("normal",)},
)


def panels_of(rng, key):
    age, day = rng.choice(AGES), 0
    tendency = rng.choice(TENDENCIES)
    for place in range(rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 7))):
        day += rng.choice(GAPS)
        panel = dict.fromkeys(PANEL.names) | {
            "patient_key": key,
            "sex": rng.choice("FM"),
            "laboratory": rng.choice(("lab1", "lab1", "lab1", "lab2", None)),
            "facility": rng.choice(("north", "north", "north", "south")),
            "collected_at": datetime.combine(DAY_0 + timedelta(days=day), time(8)),
            "age_days": age + day,
            "ige_upper_limit_max": IGE_UPPER_LIMIT,
            "igg_subclasses": [],
            "low_igg_subclasses": [],
        }
        for analyte, classes in (("igg", IGG), ("iga", IGA), ("igm", IGM)):
            usual = tendency.get(analyte) if rng.random() < 0.9 else None
            draw(rng, panel, analyte, rng.choice(usual or classes), f"{key}:{place}:{analyte}")
        for analyte in ("igg", "igm"):
            if panel.get(f"{analyte}_class") and rng.random() < 0.95:
                low_min, low_max = IGM_LOWER_LIMITS if analyte == "igm" else (6.0, 7.0)
                yield panel | {
                    "index_analyte": analyte,
                    "measurement_id": panel[f"{analyte}_measurement_id"],
                    "lower_limit_min": low_min,
                    "lower_limit_max": low_max,
                }


def draw(rng, panel, analyte, class_, measurement_id):
    if class_ is None:
        return
    value = VALUES[analyte][CLASS[class_]]
    if analyte == "igm" and class_ == "normal":
        value = rng.choice((0.5, 0.55, 0.56, 0.6, 0.62, 0.625, 0.7, 1.0, 1.0))
    if analyte == "igm" and class_ == "high":
        value = rng.choice((4.0, 10.0, 10.1))
    panel |= {
        f"{analyte}_class": class_,
        f"{analyte}_value": value,
        f"{analyte}_comparator": ">" if class_ == "high" and rng.random() < 0.1 else None,
        f"{analyte}_measurement_id": measurement_id,
    }


def exposures_of(rng, key):
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        start = DAY_0 + timedelta(days=rng.randrange(-400, 500)) if rng.random() < 0.9 else None
        end = None
        if rng.random() < 0.7:
            end = (start or DAY_0) + timedelta(days=rng.choice((0, 14, 60, 200)))
        yield {
            "patient_key": key,
            "effect": rng.choice(EFFECTS),
            "exposure_group": "group",
            "applies_to": rng.choice(
                ("hyper_igm|selective_igm_deficiency", "hyper_igm", "selective_igm_deficiency")
            ),
            "start_date": start,
            "end_date": end,
            "active_until": end and end + timedelta(days=rng.choice((0, 30, 183))),
        }


def history(rng, key):
    return list(panels_of(rng, key)), list(exposures_of(rng, key))


def followed(histories, as_of):
    facilities = [
        {"facility": "north", "exposure_feed": "complete", "reference_set": "PRU_EXETER+MAYO"},
        {"facility": "south", "exposure_feed": "none", "reference_set": "PRU_EXETER+MAYO"},
    ]
    people = pa.table({"patient_key": list(histories)})
    return follow(
        pa.Table.from_pylist([p for panels, _ in histories.values() for p in panels], PANEL),
        pa.Table.from_pylist([e for _, rows in histories.values() for e in rows], EXPOSURES),
        pa.Table.from_pylist(
            [
                {"patient_key": k, "patient_id": k, "assigning_authority": "A", "sex": "U"}
                for k in people["patient_key"].to_pylist()
            ],
            pa.schema(
                [
                    *((n, pa.string()) for n in ("patient_key", "patient_id")),
                    *((n, pa.string()) for n in ("assigning_authority", "sex")),
                    ("birth_date", pa.date32()),
                ]
            ),
        ),
        pa.Table.from_pylist(facilities),
        knowledge(),
        as_of,
    ).patient_flag.to_pylist()


def as_read_from_the_rules(panels, exposures, as_of):
    states = {
        "selective_igm_deficiency": oracle.sigmd(panels, exposures, {"north"}, as_of),
        "hyper_igm": oracle.higm(panels, exposures, as_of),
    }
    urgent = oracle.urgent(panels, exposures, as_of)
    return {rule: (*state, urgent) for rule, state in states.items() if state[0] != "no_evidence"}


SEEDS = [pytest.param(seed, marks=[pytest.mark.heavy] if seed else []) for seed in range(10)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fold_agrees_with_a_naive_reading(seed):
    rng = random.Random(seed)
    histories = {f"{n:05d}": history(rng, f"{n:05d}") for n in range(N_PATIENTS // 10)}
    last = DAY_0 + timedelta(days=rng.choice((120, 200, 300, 400)) + rng.choice(WAITS))
    found = {key: {} for key in histories}
    for f in followed(histories, last):
        found[f["patient_key"]][f["rule_id"]] = (f["status"], f["n_counted"], f["urgent"])
    read = {key: as_read_from_the_rules(*histories[key], last) for key in histories}
    differ = [key for key in histories if found[key] != read[key]]
    assert not differ, explained(differ[0], histories, found, read, last)


@pytest.mark.parametrize("case", read_cases(Path(__file__).parent), ids=lambda c: c.name)
def test_the_naive_reading_reaches_the_drawn_states(case):
    unknown = dict.fromkeys(PANEL.names) | dict.fromkeys(EXPOSURES.names)
    panels = [unknown | panel for panel in drawn_panels(case.row)]
    exposures = [unknown | exposure for exposure in drawn_exposures(case.row)]
    screened = set() if case.row.get("feed") == "none" else {"north"}
    as_of = on(case.row["as_of"])
    assert oracle.sigmd(panels, exposures, screened, as_of)[0] == case.row["sigmd"]
    assert oracle.higm(panels, exposures, as_of)[0] == case.row["higm"]


def explained(key, histories, found, read, last):
    clock = f"clock {(last - DAY_0).days}: the fold says {found[key]}, the rules {read[key]}"
    return f"{clock}\n{drawn(*histories[key])}"


def drawn(panels, exposures):
    """The history in words, to be kept as a case."""
    lines = [
        f"{(p['collected_at'].date() - DAY_0).days} {p['index_analyte']} {p['age_days']}d "
        f"{p.get('igg_class')}/{p.get('iga_class')}/{p.get('igm_class')}:{p.get('igm_value')} "
        f"@{p['laboratory']} !{p['facility']}"
        for p in panels
    ]
    return "\n".join([*lines, *(str(e) for e in exposures)])
