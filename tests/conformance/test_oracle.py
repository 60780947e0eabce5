"""20,000 random histories: the fold and the naive reading of the rules must agree."""

import random
from collections import Counter
from datetime import datetime, time, timedelta

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
)
from transforms.course import follow
from transforms.knowledge.drawn_case import read_cases

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
    *(0, 60, 91, 100, 150, 153, 170, 182, 183, 220, 260, 274, 300, 360, 366, 500),
    *(640, 700, 731, 1400, 1461, 1700, 2000, 3000, 6500, 9000, 14500, 20000),
)
WAITS = (0, 5, 27, 28, 29, 89, 90, 91, 179, 180, 182, 183, 184, 362, 363, 364, 365, 366, 700)
IGG = (*CLASS, "low", "very_low", "normal", "normal")
IGA = (*CLASS, "low", "very_low", "normal", "normal", None)
IGM = (*CLASS, "low", "low", "low", "normal", "normal", "high", "high", None)
LOWS, OTHERS = ("low", "very_low"), ("normal", "normal", "borderline_low", "high")
TENDENCIES = (
    {},
    {"igg": ("normal",), "iga": ("normal",), "igm": (*LOWS, "low", "borderline_low")},
    {"igg": ("normal",), "iga": ("normal",), "igm": ("low", "low", "normal")},
    {"igg": OTHERS, "iga": OTHERS, "igm": ("low", "low", "low", "borderline_low")},
    {"igg": ("borderline_low",), "iga": ("borderline_low", "low"), "igm": LOWS},
    {"igg": LOWS, "iga": LOWS, "igm": ("normal", "high", "high")},
    {"igg": ("very_low",), "iga": ("very_low",), "igm": ("normal",)},
    {"igg": ("borderline_low", "low"), "iga": ("very_low",), "igm": ("high",)},
    {"igg": (*LOWS, "normal"), "iga": ("normal", "borderline_low"), "igm": ("high", "normal")},
    {"igg": ("very_low", "normal"), "iga": ("low", "normal"), "igm": (*LOWS, "normal")},
)
WELL = dict.fromkeys(("igg", "iga", "igm"), ("normal",))
PLAIN = {
    ("igg", "very_low"): (0.9, 1.0, 1.1, 1.5, 1.8),
    ("igg", "low"): (4.0, 4.9, 5.0, 5.5, 5.6),
    ("igg", "high"): (20.0, 25.0, 25.1),
    ("iga", "low"): (0.3, 0.5, 0.55, 0.6),
    ("iga", "high"): (5.0, 10.0, 10.1),
    ("igm", "low"): (0.25, 0.3, 0.35),
    ("igm", "normal"): (0.5, 0.55, 0.56, 0.6, 0.62, 0.625, 0.7, 1.0, 1.0),
    ("igm", "high"): (4.0, 10.0, 10.1),
}
EFFECTS = (
    *("definite", "possible", "possible", "possible", "monoclonal", "suspected"),
    *("immunoglobulin_replacement", "immunoglobulin_replacement", "acute_illness"),
    *("spep_negative", "spep_negative", "screen_negative", "note", "unreviewed_drug"),
    *("known_immunodeficiency", "unrecognised_drug"),
)
GROUPS = {
    "possible": ("systemic_steroid", "systemic_steroid", "pregnancy"),
    "known_immunodeficiency": ("digeorge", "hyper_igm", "selective_igm_deficiency"),
}
DIRECTIONS = ((1, 1, 1, 0), (1, 1, 1, 0), (1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
HOLDS = ("definite", "possible", "suspected", "note")


def panels_of(rng, key):
    age, day = rng.choice(AGES), 0
    tendency = rng.choice((*TENDENCIES, WELL, WELL))
    for place in range(rng.choice((5, 7) if tendency is WELL else (1, 1, 2, 2, 3, 3, 4, 5, 7))):
        day += rng.choice(GAPS)
        if tendency is WELL and place:
            tendency = TENDENCIES[1]
        elif rng.random() < 0.15:
            tendency = rng.choice(TENDENCIES)
        panel = dict.fromkeys(PANEL.names) | {
            "patient_key": key,
            "sex": rng.choice("FM"),
            "laboratory": rng.choice(("lab1", "lab1", "lab1", "lab2", None)),
            "facility": rng.choice(("north", "north", "north", "north", "south")),
            "collected_at": datetime.combine(DAY_0 + timedelta(days=day), time(8)),
            "age_days": age + day,
            "ige_upper_limit_max": IGE_UPPER_LIMIT,
            "igg_subclasses": [],
            "low_igg_subclasses": [],
        }
        for analyte, classes in (("igg", IGG), ("iga", IGA), ("igm", IGM)):
            usual = tendency.get(analyte) if rng.random() < 0.9 else None
            draw(rng, panel, analyte, rng.choice(usual or classes), f"{key}:{place}:{analyte}")
        yield from indexed(rng, panel)


def indexed(rng, panel):
    """The panel as a row of each index result; now and then IgA or IgM is of another day."""
    apart = {
        other: timedelta(days=rng.choice((-9, 9)) if rng.random() < 0.1 else 0)
        for other in ("iga", "igm")
    }
    for analyte in ("igg", "igm"):
        if not panel.get(f"{analyte}_class"):
            continue
        if apart["igm"] and analyte == "igm":
            continue
        low_min, low_max = IGM_LOWER_LIMITS if analyte == "igm" else (6.0, 7.0)
        yield panel | {
            "index_analyte": analyte,
            "measurement_id": panel[f"{analyte}_measurement_id"],
            "lower_limit_min": low_min,
            "lower_limit_max": low_max,
            **{
                f"{isotype}_collected_at": panel["collected_at"] + apart.get(isotype, timedelta())
                for isotype in ("igg", "iga", "igm")
                if panel.get(f"{isotype}_class")
            },
        }


def draw(rng, panel, analyte, class_, measurement_id):
    if class_ is None:
        return
    value = rng.choice(PLAIN.get((analyte, class_), (VALUES[analyte][CLASS[class_]],)))
    comparator = None
    if class_ == "high" and rng.random() < 0.1:
        comparator = ">"
    if class_ in LOWS and rng.random() < 0.1:
        comparator = "<"
    panel |= {
        f"{analyte}_class": class_,
        f"{analyte}_value": value,
        f"{analyte}_comparator": comparator,
        f"{analyte}_measurement_id": measurement_id,
    }


def exposures_of(rng, key):
    """Causes of every direction, many of them beginning before the first or after a later panel."""
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        effect = rng.choice(EFFECTS)
        start = DAY_0 + timedelta(days=rng.randrange(-400, 700)) if rng.random() < 0.9 else None
        end = None
        if rng.random() < 0.6:
            end = (start or DAY_0) + timedelta(days=rng.choice((0, 14, 60, 200)))
        group = rng.choice(GROUPS.get(effect, ("group",)))
        directions = rng.choice(DIRECTIONS) if effect in HOLDS else (1, 1, 1, 0)
        if group == "pregnancy":
            directions = (1, 0, 0, 0)
        names = ("lowers_igg", "lowers_iga", "lowers_igm", "raises_igm")
        yield {
            "patient_key": key,
            "effect": effect,
            "exposure_group": group,
            "name": "name",
            **dict(zip(names, map(bool, directions), strict=True)),
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


def as_read_from_the_rules(panels, exposures, as_of, screened=("north",)):
    """rule -> what the flag of that rule must say; nothing where there is no evidence."""
    alarm = oracle.alarm(panels, exposures, as_of)
    readings = {
        "selective_igm_deficiency": oracle.sigmd(panels, exposures, screened, as_of),
        "hyper_igm": oracle.higm(panels, exposures, screened, as_of),
    }
    return {
        rule: reading._asdict() | alarm._asdict()
        for rule, reading in readings.items()
        if reading.state != "no_evidence"
    }


def as_flagged(flag):
    return {
        "state": flag["status"],
        "n_counted": flag["n_counted"],
        "capped_by": tuple(flag["capped_by"]),
        "due": flag["repeat_due_on"],
        "overdue": flag["repeat_overdue_on"],
        "urgent": flag["urgent"],
        "alarming": flag["alarming"],
        "severity": flag["severity"],
    }


SEEDS = [pytest.param(seed, marks=[pytest.mark.heavy] if seed else []) for seed in range(10)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fold_agrees_with_a_naive_reading(seed):
    rng = random.Random(seed)
    histories = {f"{n:05d}": history(rng, f"{n:05d}") for n in range(N_PATIENTS // 10)}
    last = DAY_0 + timedelta(days=rng.choice((120, 200, 300, 400)) + rng.choice(WAITS))
    found = {key: {} for key in histories}
    for flag in followed(histories, last):
        found[flag["patient_key"]][flag["rule_id"]] = as_flagged(flag)
    read = {key: as_read_from_the_rules(*histories[key], last) for key in histories}
    differ = [key for key in histories if found[key] != read[key]]
    assert not differ, f"{len(differ)} differ\n" + explained(
        differ[0], histories, found, read, last
    )


def test_the_random_histories_reach_every_sentence():
    """Where a sentence decides, some history must come to it, or the comparison is empty."""
    rng = random.Random(0)
    seen = Counter()
    for _ in range(N_PATIENTS // 10):
        for found in as_read_from_the_rules(*history(rng, "a"), DAY_0 + timedelta(500)).values():
            seen.update((found["state"], found["severity"], *found["capped_by"]))
            seen["urgent"] += found["urgent"]
    assert {key for key in REACHED if not seen[key]} == set()


REACHED = (
    *("candidate", "repeat_due", "repeat_overdue", "persistent", "definite_pattern", "resolved"),
    *("indeterminate", "excluded_secondary", "not_selective", "not_higm_pattern"),
    *("not_assessable", "urgent", "immediate", "high", "raised", "paraprotein_workup"),
    *("no_exposure_feed", "possible_cause", "suspected_cause", "unreviewed_drug", "known_iei"),
    *("other_isotype_high", "other_isotypes_borderline", "acquired"),
)


@pytest.mark.parametrize("case", read_cases(), ids=lambda c: c.name)
def test_the_naive_reading_reaches_the_drawn_states(case):
    unknown = dict.fromkeys(PANEL.names) | dict.fromkeys(EXPOSURES.names)
    panels = [unknown | panel for panel in drawn_panels(case.row)]
    exposures = [unknown | exposure for exposure in drawn_exposures(case.row)]
    screened = () if case.row.get("feed") == "none" else ("north",)
    as_of = on(case.row["as_of"])
    read = as_read_from_the_rules(panels, exposures, as_of, screened)
    states = [
        read.get(rule, {"state": "no_evidence"})["state"]
        for rule in ("selective_igm_deficiency", "hyper_igm")
    ]
    assert states == [case.row["sigmd"], case.row["higm"]], case.sentence
    drawn = {name: case.row[name] for name in SAID if case.row.get(name)}
    flag = next(iter(read.values()), None)
    assert {name: SAID[name](flag) for name in drawn} == drawn, case.sentence


def day(value):
    return "." if value is None else str((value - DAY_0).days)


SAID = {
    "n": lambda flag: str(flag["n_counted"]),
    "capped": lambda flag: " ".join(flag["capped_by"]) or ".",
    "urgent": lambda flag: "yes" if flag["urgent"] else "no",
    "alarming": lambda flag: "yes" if flag["alarming"] else "no",
    "severity": lambda flag: flag["severity"] or ".",
    "due": lambda flag: day(flag["due"]),
    "overdue": lambda flag: day(flag["overdue"]),
}


def explained(key, histories, found, read, last):
    says = f"clock {(last - DAY_0).days}: the fold says\n{found[key]}\nthe rules\n{read[key]}"
    return f"{says}\n{drawn(*histories[key])}"


def drawn(panels, exposures):
    """The history in words, to be kept as a case."""
    lines = [
        f"{(p['collected_at'].date() - DAY_0).days} {p['index_analyte']} {p['age_days']}d "
        f"{isotype(p, 'igg')}/{isotype(p, 'iga')}/{isotype(p, 'igm')} "
        f"@{p['laboratory']} !{p['facility']}"
        for p in panels
    ]
    return "\n".join([*lines, *(str(e) for e in exposures)])


def isotype(panel, analyte):
    if panel[f"{analyte}_class"] is None:
        return "-"
    apart = (panel[f"{analyte}_collected_at"] - panel["collected_at"]).days
    value = f"{panel[f'{analyte}_comparator'] or ''}{panel[f'{analyte}_value']}"
    text = f"{CLASS[panel[f'{analyte}_class']]}:{value}"
    return f"({text}){apart:+d}" if apart else text
