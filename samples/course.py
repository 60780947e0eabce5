"""What happens to tested people: conditions, how common they are, their results over time.

`course.csv` says what is drawn, `prevalence.csv` how often (with sources), `level.csv` what
"low" means relative to the published limits. No clinical number stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from samples.data_file import rows
from samples.limits import limits

ISOTYPES = ("igg", "iga", "igm")
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Course:
    """One condition: the levels of each test in turn, the gaps between them, what must follow."""

    condition: str
    sex: str
    age_years: tuple[float, float]
    levels: dict[str, tuple[str, ...]]
    gap_days: tuple[int, int]
    end_gap_days: tuple[int, int]
    exposure: str
    exposed_before_days: int
    exposed_after_days: int | None
    expected: dict[str, str]
    demo_patients: int

    @property
    def n_tests(self) -> int:
        return len(self.levels["igm"])


@dataclass(frozen=True)
class Draw:
    """People of one course, a row each; tests are columns, first test first.

    days_before_end counts back from the last night; values are g/L by isotype.
    """

    course: Course
    sex: np.ndarray
    age_days: np.ndarray
    days_before_end: np.ndarray
    value: dict[str, np.ndarray]


@lru_cache
def courses() -> tuple[Course, ...]:
    """All courses, in the order of course.csv."""
    return tuple(_course(row) for row in rows("course"))


def _course(row: dict[str, str]) -> Course:
    return Course(
        condition=row["condition"],
        sex=row["sex"],
        age_years=(float(row["age_from_years"]), float(row["age_to_years"])),
        levels={isotype: tuple(row[isotype].split(">")) for isotype in ISOTYPES},
        gap_days=(int(row["gap_from_days"] or 0), int(row["gap_to_days"] or 0)),
        end_gap_days=(int(row["end_gap_from_days"]), int(row["end_gap_to_days"])),
        exposure=row["exposure"],
        exposed_before_days=int(row["exposed_before_days"] or 0),
        exposed_after_days=int(row["exposed_after_days"]) if row["exposed_after_days"] else None,
        expected={name: row[name] for name in row if name.startswith(("selective", "hyper"))},
        demo_patients=int(row["demo_patients"]),
    )


@lru_cache
def prevalence() -> dict[str, float]:
    """Share by key of prevalence.csv."""
    return {row["key"]: float(row["value"]) for row in rows("prevalence")}


def shares() -> np.ndarray:
    """Share of tested people in each course; the one marked `rest` takes what is left."""
    share = np.array([_product(row["share"]) for row in rows("course")])
    share[np.isnan(share)] = 1 - np.nansum(share)
    return share


def _product(expression: str) -> float:
    """Value of `a*!b*0.3`: a key of prevalence.csv, its complement after `!`, or a number."""
    if expression == "rest":
        return float("nan")
    return float(np.prod([_factor(token) for token in expression.split("*")]))


def _factor(token: str) -> float:
    if token[0].isdigit():
        return float(token)
    value = prevalence()[token.lstrip("!")]
    return 1 - value if token.startswith("!") else value


def draw(course: Course, n: int, rng: np.random.Generator) -> Draw:
    """`n` people of `course` with their tests."""
    low, high = course.age_years
    sex = rng.choice(["F", "M"], n) if course.sex == "any" else np.full(n, course.sex)
    age_days = (rng.uniform(low, high, n) * DAYS_PER_YEAR).astype(int)
    before = _days_before_end(course, n, rng)
    age_at_test = age_days[:, None] + before[:, :1] - before
    value = {
        isotype: _values(isotype, course.levels[isotype], age_at_test, rng) for isotype in ISOTYPES
    }
    return Draw(course, sex, age_days, before, value)


def _days_before_end(course: Course, n: int, rng: np.random.Generator) -> np.ndarray:
    """Days from each test to the last night: the last gap first, added up backwards."""
    low, high = course.end_gap_days
    last = rng.integers(low, high + 1, (n, 1))
    gaps = rng.integers(course.gap_days[0], course.gap_days[1] + 1, (n, course.n_tests - 1))
    back = np.concatenate([last, gaps], axis=1).cumsum(axis=1)
    return back[:, ::-1]


def _values(
    isotype: str, levels: tuple[str, ...], age_days: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Log-normal inside each level's bounds: a person's own place in it, and a little noise."""
    person = rng.standard_normal((len(age_days), 1))
    z = np.clip(0.95 * person + 0.3 * rng.standard_normal(age_days.shape), -1.96, 1.96)
    columns = []
    for test, level in enumerate(levels):
        low, high = _bounds(isotype, level, age_days[:, test])
        middle, spread = np.log(low * high) / 2, np.log(high / low) / 3.92
        columns.append(np.exp(middle + z[:, test] * spread))
    return np.stack(columns, axis=1)


def _bounds(isotype: str, level: str, age_days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest value of a level of level.csv at each age, in g/L."""
    row = next(row for row in rows("level") if row["level"] == level)
    limit = limits(isotype).at(age_days)
    low = limit[row["low_of"]] * float(row["low_factor"])
    high = limit[row["high_of"]] * float(row["high_factor"])
    # In the first weeks of life the two tables do not overlap: take the span they cover.
    highest = limit["upper_limit_max"]
    return low, np.where(high > low, high, np.maximum(highest, low * 1.02))
