"""Draws the hospital: who is measured when, what is found, and what the exposure feed knows.

Everything that is assumed stands in assumption.csv, illness.csv and true_patient.csv beside this
file; the limits of health are those that igwatch ships. The same seed gives the same files.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from samples.data_file import KNOWLEDGE, rows
from samples.limits import limits

HERE = Path(__file__).parent
ISOTYPES = ("igg", "iga", "igm")
FIRST_DAY = date(2023, 1, 1)
YEAR_WEEKS, WEEK_DAYS, YEAR_DAYS = 52, 7, 365.25
CENTRAL_95 = 2 * 1.959964  # standard deviations between the limits of the central 95 %
TABLE = ("MAYO",)
RESULTS = (
    *("patient_id", "assigning_authority", "birth_date", "sex", "order_number", "specimen_id"),
    *("specimen_type", "collected_at", "code", "code_system", "value", "units", "status"),
)
EXPOSURES = (
    *("patient_id", "assigning_authority", "kind", "code", "code_system", "name"),
    *("start_date", "end_date"),
)
AUTHORITY = "GENERAL"
ORDINARY = ("medication", "A02BC01", "ATC", "omeprazole")
STEROIDS = "steroids"


@dataclass(frozen=True)
class Person:
    """One person: `kind` is healthy, an illness, or a kind of true patient."""

    id: str
    kind: str
    rule_id: str
    birth_date: date
    sex: str
    exposures: tuple[tuple[int, tuple[str, ...]], ...]  # day, fields from kind to end_date


@dataclass(frozen=True)
class Panel:
    """IgG, IgA and IgM of one sample, in g/L, `day` days after the first."""

    person: Person
    day: int
    level: tuple[float, ...]


def assumed(name: str) -> float:
    """A number of assumption.csv."""
    return _assumptions()[name]


@cache
def _assumptions() -> dict[str, float]:
    return {row["name"]: float(row["value"]) for row in table("assumption")}


@cache
def table(name: str) -> list[dict[str, str]]:
    """The rows of a file of assumptions."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def panels(panels_a_year: int, years: int, seed: int) -> list[Panel]:
    """Every panel of the hospital and of the true patients, by day."""
    drawn = [*_visitors(panels_a_year * years, years, seed), *_true_patients(years, seed)]
    return sorted(drawn, key=lambda panel: (panel.day, panel.person.id))


def write_weeks(drawn: list[Panel], out: Path) -> list[date]:
    """Write results and exposures of each week below `out`; return the nights, one a week."""
    code = {row["analyte"]: row["code"] for row in _codes()}
    weeks = drawn[-1].day // WEEK_DAYS + 1
    by_week: list[list[Panel]] = [[] for _ in range(weeks)]
    for panel in drawn:
        by_week[panel.day // WEEK_DAYS].append(panel)
    known: dict[int, list[tuple[str, ...]]] = {}
    told: set[str] = set()
    for week, of_week in enumerate(by_week):
        for panel in of_week:
            if panel.person.id not in told:
                told.add(panel.person.id)
                for day, fields in panel.person.exposures:
                    at = max(week, day // WEEK_DAYS)
                    known.setdefault(at, []).append((panel.person.id, AUTHORITY, *fields))
    nights = [FIRST_DAY + timedelta(days=WEEK_DAYS * (week + 1)) for week in range(weeks)]
    for week, night in enumerate(nights):
        _write(out / "results" / f"results_{night:%Y%m%d}.csv", RESULTS,
               (row for panel in by_week[week] for row in _result_rows(panel, code)))  # fmt: skip
        _write(out / "exposures" / f"exposures_{night:%Y%m%d}.csv", EXPOSURES, known.get(week, []))
    truth = {panel.person.id: panel.person for panel in drawn}
    _write(out / "truth.csv", ("patient_id", "kind", "rule_id"),
           ((p.id, p.kind, p.rule_id) for p in truth.values()))  # fmt: skip
    return nights


def _codes() -> list[dict[str, str]]:
    """One LOINC code per isotype: the first that knowledge has in mass units."""
    found: dict[str, dict[str, str]] = {}
    for row in rows("code", KNOWLEDGE):
        if row["analyte"] in ISOTYPES and row["code_system"] == "LN":
            found.setdefault(row["analyte"], row)
    return list(found.values())


def _write(path: Path, header: tuple[str, ...], lines) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def _result_rows(panel: Panel, code: dict[str, str]) -> Iterator[tuple[str, ...]]:
    person = panel.person
    order = f"{person.id}-{panel.day}"
    collected = f"{FIRST_DAY + timedelta(days=panel.day)}T08:00"
    for isotype, level in zip(ISOTYPES, panel.level, strict=True):
        floor = assumed(f"floor_{isotype}")
        text = f"<{floor:g}" if level < floor else f"{level:.2f}"
        yield (
            *(person.id, AUTHORITY, person.birth_date.isoformat(), person.sex, order, order),
            *("serum", collected, code[isotype], "LN", text, "g/L", "F"),
        )


def _visitors(n: int, years: int, seed: int) -> Iterator[Panel]:
    """The hospital's panels, each of another person, and the repeats of a lone low IgM."""
    rng = np.random.default_rng([seed, 1])
    end = years * YEAR_WEEKS * WEEK_DAYS
    day = rng.integers(0, end, n)
    age = _ages(n, rng)
    is_woman = rng.random(n) < assumed("women")
    ill = table("illness")
    shares = [float(row["share"]) for row in ill]
    kind = rng.choice(len(ill) + 1, n, p=[*shares, 1 - sum(shares)])
    own = {name: _own(name, age, kind, ill, rng) for name in ISOTYPES}
    feed = rng.random(n)
    ordinary = rng.random(n) < assumed("ordinary_drug")
    began = rng.integers(int(assumed("known_before_days")), int(assumed("known_before_to_days")), n)
    people: dict[int, Person] = {}
    who, at = np.arange(n), day
    while len(who):
        age_then = age[who] + at - day[who]
        level = {name: _measured(name, age_then, own[name][who], rng) for name in ISOTYPES}
        for i, person in enumerate(who.tolist()):
            if person not in people:
                row = ill[kind[person]] if kind[person] < len(ill) else None
                exposures: list[tuple[int, tuple[str, ...]]] = []
                start = int(day[person] - began[person])
                if row and feed[person] < float(row["in_feed"]):
                    exposures += _exposures(start, end, _coded(row))
                if ordinary[person]:
                    exposures += _exposures(start, end, ORDINARY)
                people[person] = Person(
                    f"P{person + 1:07d}",
                    row["illness"] if row else "healthy",
                    "",
                    FIRST_DAY + timedelta(days=int(day[person] - age[person])),
                    "F" if is_woman[person] else "M",
                    tuple(exposures),
                )
            yield Panel(people[person], int(at[i]), tuple(float(level[x][i]) for x in ISOTYPES))
        again = _is_lone_low(level, age_then) & (rng.random(len(who)) < assumed("repeated_low_igm"))
        low, high = (int(assumed(f"repeated_{word}_days")) for word in ("from", "to"))
        later = at[again] + rng.integers(low, high, int(again.sum()))
        who, at = who[again][later < end], later[later < end]


def _ages(n: int, rng: np.random.Generator) -> np.ndarray:
    """Ages in days at the first panel."""
    child, adult = assumed("child_until_years"), assumed("adult_until_years")
    is_child = rng.random(n) < assumed("children")
    years = np.where(is_child, rng.uniform(0, child, n), rng.uniform(child, adult, n))
    return np.floor(years * YEAR_DAYS).astype(int)


def _limits_at(isotype: str, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mayo's central 95 %; where it prints no upper limit, the highest of the other tables."""
    one, every = limits(isotype, TABLE).at(age), limits(isotype).at(age)
    upper = np.where(np.isnan(one["upper_limit_max"]), every["upper_limit_max"],
                     one["upper_limit_max"])  # fmt: skip
    return one["lower_limit_min"], upper


def _between(rng: np.random.Generator, name: str) -> float:
    """Even between two numbers of assumption.csv."""
    return rng.uniform(assumed(f"{name}_from"), assumed(f"{name}_to"))


def _noise(isotype: str) -> float:
    """Standard deviation of ln of one person's values: within the person, and of the analyser."""
    within, analytical = (
        assumed(f"{word}_cv_{isotype}") for word in ("within_person", "analytical")
    )
    return float(np.hypot(within, analytical))


def _own(
    isotype: str, age: np.ndarray, kind: np.ndarray, ill: list[dict], rng: np.random.Generator
) -> np.ndarray:
    """What sets a person apart: standard deviations among the healthy, and ln of the illness."""
    factor = np.log([*(float(row[isotype]) for row in ill), 1.0])[kind]
    spread = np.array([*(float(row["spread"]) for row in ill), 0.0])[kind]
    return np.stack([rng.normal(size=len(age)), factor + spread * rng.normal(size=len(age))], 1)


def _measured(
    isotype: str, age: np.ndarray, own: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Levels in g/L at these ages: log-normal, over all healthy as wide as the limits say."""
    low, high = _limits_at(isotype, age)
    middle, width = (np.log(low) + np.log(high)) / 2, (np.log(high) - np.log(low)) / CENTRAL_95
    noise = _noise(isotype)
    between = np.sqrt(np.maximum(width**2 - noise**2, 0))
    return np.exp(middle + between * own[:, 0] + own[:, 1] + noise * rng.normal(size=len(age)))


def _is_lone_low(level: dict[str, np.ndarray], age: np.ndarray) -> np.ndarray:
    """Who has a low IgM, IgG and IgA not low, as the doctor reads it."""
    cut = {name: _limits_at(name, age)[0] for name in ISOTYPES}
    is_adult = age >= assumed("child_until_years") * YEAR_DAYS
    cut["igm"] = np.where(is_adult, assumed("seen_low_igm_adult"), cut["igm"])
    low = {name: level[name] < cut[name] for name in ISOTYPES}
    return low["igm"] & ~low["igg"] & ~low["iga"]


def _coded(row: dict[str, str]) -> tuple[str, ...]:
    return row["kind"], row["code"], row["code_system"], row["name"]


def _exposures(start: int, end: int, coded: tuple[str, ...]) -> list[tuple[int, tuple[str, ...]]]:
    """What the feed tells of one: a drug is prescribed again until `end`, none of it has an end."""
    again = int(assumed("renewed_days")) if coded[0] == "medication" else end - start
    return [(day, (*coded, _day(day), "")) for day in range(start, end, again)]


def _day(day: int) -> str:
    return (FIRST_DAY + timedelta(days=day)).isoformat()


def _true_patients(years: int, seed: int) -> Iterator[Panel]:
    """Patients with the disease: as many of each kind as true_patient.csv says, whatever PANELS."""
    rng = np.random.default_rng([seed, 2])
    end = years * YEAR_WEEKS * WEEK_DAYS
    steroids = next(row for row in table("illness") if row["illness"] == STEROIDS)
    for row in table("true_patient"):
        for number in range(int(row["patients"])):
            age = rng.uniform(float(row["from_years"]), float(row["to_years"])) * YEAR_DAYS
            first = int(rng.integers(0, max(1, 2 * end // 3)))
            n = int(rng.integers(int(row["panels_low"]), int(row["panels_high"]) + 1))
            gaps = rng.integers(int(row["gap_low_days"]), int(row["gap_high_days"]), n - 1)
            days = [first, *(first + np.cumsum(gaps)).tolist()]
            base = {
                x: rng.uniform(float(row[f"{x}_low"]), float(row[f"{x}_high"])) for x in ISOTYPES
            }
            after = int(row["later_from_panel"]) if row["later"] else n
            treated = row["later"] == "treated"
            exposures: tuple[tuple[int, tuple[str, ...]], ...] = ()
            if row["later"] == STEROIDS and after < n:
                exposures = tuple(_exposures(days[after] - 20, end, _coded(steroids)))
            person = Person(
                f"T-{row['kind']}-{number + 1:02d}",
                row["kind"],
                row["rule_id"],
                FIRST_DAY + timedelta(days=first - int(age)),
                "M" if number % 3 else "F",
                exposures,
            )
            for at, day in enumerate(days):
                level = dict(base)
                if treated and at >= after:
                    level["igg"] = _between(rng, "treated_igg")
                    level["igm"] *= _between(rng, "treated_igm_share")
                noisy = (level[x] * np.exp(_noise(x) * rng.normal()) for x in ISOTYPES)
                values = tuple(float(value) for value in noisy)
                if day < end:
                    yield Panel(person, int(day), values)
