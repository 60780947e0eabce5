"""What is true of a simulated region: one row per patient, and the sums.

Tests and `make population` hold what igwatch found against it.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from samples.delivery import private_folder

# the rules whose states course.csv foretells, in the order of its columns
SIMULATED = ("selective_igm_deficiency", "hyper_igm")
COLUMNS = (
    "patient_id",
    "assigning_authority",
    "facility",
    "true_condition",
    *(f"expected_{rule_id}" for rule_id in SIMULATED),
    "n_orders",
    "retired_id",
    "dirt",
)


@dataclass
class Truth:
    """A simulated region. The expected states of truth.csv hold on the last night.

    An expected state is empty where it cannot be known beforehand. `dirt` lists kind@order of
    what went wrong with the patient's reports, joined by a bar. n_reports counts result messages
    (CSV: samples), n_results their results, both without files that were sent again.
    """

    path: Path
    nights: list[date]
    facilities: list[str]
    n_patients: int = 0
    n_reports: int = 0
    n_results: int = 0
    n_by_condition: Counter[str] = field(default_factory=Counter)
    n_by_dirt: Counter[str] = field(default_factory=Counter)
    late_files: list[str] = field(default_factory=list)
    resent_files: list[str] = field(default_factory=list)


@contextmanager
def truth_file(path: Path) -> Iterator[Callable[[Iterable[object]], object]]:
    """Opens truth.csv and yields a function that writes one row of COLUMNS."""
    private_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        yield writer.writerow
