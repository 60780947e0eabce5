"""The rules' sentences, each with the patients drawn below it: the tables in case/*.md.

case/README.md tells the format. A clinician signs these sentences by their cases; the tests hold
the fold to them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("case")
ANALYTES = ("igg", "iga", "igm", "ige")
# the column of a case that holds the state of each rule
STATE_COLUMNS = {"selective_igm_deficiency": "sigmd", "hyper_igm": "higm"}
EXPOSURE = re.compile(r"(\w+) (\w+) (-?\d+|\?)?(\.\.)?(-?\d+)?(?:\+(\d+))?(?: \{([\w,]*)\})?")
AGE = re.compile(r"([0-9.]+)(d|y)")
DAYS_PER_UNIT = {"d": 1, "y": 365.25}
LOWERED = ("igg", "iga", "igm")
CAUSES = ("definite", "possible", "suspected", "monoclonal")
ISOTYPE = re.compile(r"(\()?([A-Z]+|-)(?::([<>]=?)?([0-9.]+))?(?:\)([+-]\d+)?)?")
Row = dict[str, str | None]


@dataclass(frozen=True)
class Case:
    """One line of a table below one sentence of the rules."""

    section: str
    sentence: str
    row: Row

    @property
    def name(self) -> str:
        return f"{self.section} {self.row['case']}"


@dataclass(frozen=True)
class DrawnResult:
    """A value in g/L (IgE: k[IU]/L) and its class, on day `day`.

    `is_borrowed`: found on another day within the window. `is_written`: the case writes the value
    down; else it is the plain one of its class.
    """

    analyte: str
    day: int
    class_name: str
    comparator: str | None
    value: float
    is_borrowed: bool
    is_written: bool


@dataclass(frozen=True)
class DrawnPanel:
    """One day's results, with the laboratory, the facility and the IgG subclasses beside them."""

    day: int
    results: tuple[DrawnResult, ...]
    laboratory: str | None
    facility: str | None
    subclasses: tuple[str, ...]


@dataclass(frozen=True)
class DrawnExposure:
    """Days from day 0: `first_day` None is not known, `last_day` None is open. `lowers` are
    isotypes."""

    effect: str
    group: str
    first_day: int | None
    last_day: int | None
    lookback_days: int
    lowers: frozenset[str]
    raises_igm: bool

    @property
    def active_until(self) -> int | None:
        """The last day on which it bears on a result; None is open."""
        return None if self.last_day is None else self.last_day + self.lookback_days


def chapters(folder: Path = FOLDER) -> list[tuple[str, str]]:
    """(number, title) of each file of cases, in their order."""
    return [
        (path.name[:2], path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# "))
        for path in sorted(folder.glob("[0-9]*.md"))
    ]


def read_cases(folder: Path = FOLDER) -> Iterator[Case]:
    """Every case of every table of the folder, under the sentence of its heading."""
    for path in sorted(folder.glob("[0-9]*.md")):
        sections = path.read_text(encoding="utf-8").split("\n## ")[1:]
        for number, section in enumerate(sections, start=1):
            sentence, _, body = section.partition("\n")
            for row in _table(line for line in body.splitlines() if "|" in line):
                yield Case(f"{path.name[:2]}.{number}", sentence, row)


def drawn(row: Row) -> list[DrawnPanel]:
    """The panels of a case in the order of the line."""
    texts = (row.get("panels") or "").split(";")
    return [_panel(text) for text in texts if text.strip()]


def drawn_exposures(row: Row) -> list[DrawnExposure]:
    """The exposures of a case in the order of the line."""
    texts = (row.get("exposures") or "").split(";")
    return [_exposure(text.strip()) for text in texts if text.strip()]


def age_in_days(age: str) -> int | None:
    """`35y`, `400d`; None for `?`. Raises ValueError for anything else."""
    if age == "?":
        return None
    matched = AGE.fullmatch(age)
    if matched is None:
        raise ValueError(f"no age is drawn as {age}")
    return int(float(matched[1]) * DAYS_PER_UNIT[matched[2]])


@cache
def drawn_classes() -> dict[str, dict[str, str]]:
    """Sign -> its row of case/drawn_class.csv: the class, and a plain value of each isotype."""
    with (FOLDER / "drawn_class.csv").open(encoding="utf-8", newline="") as file:
        return {row["sign"]: row for row in csv.DictReader(file)}


@cache
def drawn_limits() -> dict[str, dict[str, float]]:
    """Analyte -> lower_limit_min, lower_limit_max, upper_limit where the cases state them."""
    with (FOLDER / "drawn_limit.csv").open(encoding="utf-8", newline="") as file:
        return {
            row.pop("analyte"): {name: float(cell) for name, cell in row.items() if cell}
            for row in csv.DictReader(file)
        }


def _panel(text: str) -> DrawnPanel:
    day, isotypes, *marks = text.split()
    results = (
        _result(analyte, int(day), isotype)
        for analyte, isotype in zip(ANALYTES, isotypes.split("/"), strict=False)
    )
    by_sign = {mark[0]: mark[1:] for mark in marks}
    return DrawnPanel(
        int(day),
        tuple(result for result in results if result),
        by_sign.get("@"),
        by_sign.get("!"),
        tuple(by_sign["#"].split(",")) if "#" in by_sign else (),
    )


def _exposure(text: str) -> DrawnExposure:
    matched = EXPOSURE.fullmatch(text)
    if matched is None:
        raise ValueError(f"no exposure is drawn as {text}")
    effect, group, first, dots, last, lookback, directions = matched.groups()
    if directions is None:
        directions = ",".join(LOWERED) if effect in CAUSES else ""
    words = frozenset(directions.split(",")) - {""}
    last = last if dots else first
    return DrawnExposure(
        effect,
        group,
        None if first in (None, "?") else int(first),
        None if last in (None, "?") else int(last),
        int(lookback or 0),
        words & set(LOWERED),
        "raises" in words,
    )


def _result(analyte: str, day: int, text: str) -> DrawnResult | None:
    matched = ISOTYPE.fullmatch(text)
    if matched is None:
        raise ValueError(f"no isotype is drawn as {text}")
    borrowed, sign, comparator, value, apart = matched.groups()
    if sign == "-":
        return None
    of_class = drawn_classes()[sign]
    return DrawnResult(
        analyte,
        day + int(apart or (1 if borrowed else 0)),
        of_class["class"],
        comparator or ("<" if sign == "C" else None),
        float(value or of_class[analyte]),
        bool(borrowed),
        value is not None,
    )


def _table(lines: Iterator[str]) -> Iterator[Row]:
    """Rows of `a | b` lines below their header; an empty cell is None, missing ones at the end."""
    header = [name.strip() for name in next(lines, "").split("|")]
    for line in lines:
        cells = [cell.strip() or None for cell in line.split("|")]
        yield dict(zip(header, cells + [None] * (len(header) - len(cells)), strict=True))
