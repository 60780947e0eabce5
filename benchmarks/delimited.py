"""How many rows a second of a file become raw observations, beside bare readers.

    python -m benchmarks.delimited [ROWS] [--form canonical german quoted wide compressed fhir]

The same file, in the same run, is read by igwatch (every row checked, its times read, its bad rows
kept apart), landed by igwatch (archive and Parquet too), and split into columns of text by pyarrow,
DuckDB, pandas and Python's csv; FHIR, whose row is an Observation, is beside Python's json, a line
at a time. Ratios are to the first bare reader. Each reading has a process of its own, whose peak
resident memory is shown. Processor seconds stand beside wall seconds: other work slows the latter.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from benchmarks.delimited_fhir import FHIR, python_json, write_fhir
from transforms.parse.delimited import read_delimited
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir import read_fhir
from transforms.parse.land import land
from transforms.parse.raw.source import Source

SAMPLE_COLUMNS = (
    *("patient_id", "assigning_authority", "birth_date", "sex", "order_number"),
    *("specimen_id", "specimen_type", "collected_at", "resulted_at"),
)
RESULT_COLUMNS = (
    *("code", "code_system", "test_name", "value", "units", "reference_range"),
    *("abnormal_flag", "status", "laboratory", "comment"),
)
ISOTYPES = (("igg", "7.0-16.0"), ("iga", "0.7-4.0"), ("igm", "0.4-2.3"), ("ige", "<100"))
FORMS = ("canonical", "german", "quoted", "wide", "compressed", FHIR)
GERMAN = {"date_format": "%d.%m.%Y %H:%M", "decimal_mark": ",", "delimiter": ";"}
WIDE = {"columns": {"results": [{"value": i, "code": i, "units": "g/L"} for i, _ in ISOTYPES]}}
SETTINGS: dict[str, dict[str, Any]] = {"german": GERMAN, "wide": WIDE}


def main() -> None:
    """Print a table of one line per form and reader."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("rows", nargs="?", type=int, default=1_000_000)
    given.add_argument("--form", nargs="*", choices=FORMS, default=[*FORMS])
    asked = given.parse_args()
    print(f"{'form':<11}{'reader':<13}{'rows/s':>11}{'rows/cpu s':>12}{'of bare':>12}{'MB':>7}")
    with TemporaryDirectory(prefix="igwatch-bench-") as folder:
        for form in asked.form:
            path = write(Path(folder), form, asked.rows)
            readers = READERS_OF_FHIR if form == FHIR else READERS
            measured = {name: measure(reader, path, form) for name, reader in readers.items()}
            bare = measured["python json" if form == FHIR else "pyarrow"][0]
            for name, (rate, per_cpu, megabytes) in measured.items():
                print(
                    f"{form:<11}{name:<13}{rate:>11,.0f}{per_cpu:>12,.0f}{rate / bare:>11.2f}x"
                    f"{megabytes:>7,.0f}"
                )
            path.unlink()


def measure(reader: Callable, path: Path, form: str) -> tuple[float, float, float]:
    """Rows per second, rows per processor second, peak megabytes: the best of three."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as process:
        runs = [process.submit(_run, reader, path, form).result() for _ in range(3)]
    return (
        max(n / wall for n, wall, _, _ in runs),
        max(n / cpu for n, _, cpu, _ in runs),
        min(peak for *_, peak in runs) / 1024,
    )


def _run(reader: Callable, path: Path, form: str) -> tuple[int, float, float, int]:
    wall, cpu = time.perf_counter(), time.process_time()
    n_rows = reader(path, form)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    return n_rows, *spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def igwatch(path: Path, form: str) -> int:
    now = datetime(2024, 5, 1)
    source = Source(path, "north", "0" * 64, path.name, path.stat().st_size, now, now)
    facility = Facility(name="north", **SETTINGS.get(form, {}))
    batches = (read_fhir if form == FHIR else read_delimited)(source, facility)
    return sum(batch.num_rows for table, batch in batches if table == "observation")


def igwatch_land(path: Path, form: str) -> int:
    facility = Facility(name="north", **SETTINGS.get(form, {}))
    with TemporaryDirectory(prefix="igwatch-bench-", dir=path.parent) as home:
        return land(path, Path(home), facility).counts["observation"]


def pyarrow_(path: Path, form: str) -> int:
    columns = pa.csv.open_csv(path, parse_options=_form(form)).schema.names
    text = pa.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()))
    reader = pa.csv.open_csv(path, parse_options=_form(form), convert_options=text)
    return sum(batch.num_rows for batch in reader) * _results_per_row(form)


def duckdb_(path: Path, form: str) -> int:
    with duckdb.connect() as con:
        read = con.read_csv(str(path), all_varchar=True, header=True).to_arrow_reader(100_000)
        return sum(batch.num_rows for batch in read) * _results_per_row(form)


def pandas(path: Path, form: str) -> int:
    read = pd.read_csv(path, dtype=str, sep=_form(form).delimiter, chunksize=100_000)
    return sum(len(chunk) for chunk in read) * _results_per_row(form)


def python_csv(path: Path, form: str) -> int:
    opened = gzip.open if form == "compressed" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        n_rows = sum(1 for _ in csv.reader(file, delimiter=_form(form).delimiter)) - 1
        return n_rows * _results_per_row(form)


READERS = {
    "igwatch": igwatch,
    "igwatch land": igwatch_land,
    "pyarrow": pyarrow_,
    "duckdb": duckdb_,
    "pandas": pandas,
    "python csv": python_csv,
}


READERS_OF_FHIR = {
    "igwatch": igwatch,
    "igwatch land": igwatch_land,
    "python json": python_json,
}


def _form(form: str) -> pa.csv.ParseOptions:
    delimiter = ";" if form == "german" else ","
    return pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=form == "quoted")


def _results_per_row(form: str) -> int:
    return len(ISOTYPES) if form == "wide" else 1


def write(folder: Path, form: str, n_results: int) -> Path:
    """A file with this many results."""
    if form == FHIR:
        return write_fhir(folder, n_results)
    path = folder / (f"results-{form}.csv" + (".gz" if form == "compressed" else ""))
    with gzip.open(path, "wt", 1) if form == "compressed" else path.open("w") as file:
        file.writelines(_wide(n_results) if form == "wide" else _long(n_results, form))
    return path


def _long(n_results: int, form: str) -> Iterator[str]:
    chance, n_patients = random.Random(1), max(n_results // 4, 1)
    sign = ";" if form == "german" else ","
    yield sign.join((*SAMPLE_COLUMNS, *RESULT_COLUMNS)) + "\n"
    for i in range(n_results):
        analyte, limits = ISOTYPES[i % 4]
        cells = _sample(chance, i // 4, n_patients, form)
        value = f"{chance.random() * 10:.2f}"
        comment = '"seen by ""A"",\nrepeat"' if form == "quoted" and i % 10 == 0 else ""
        cells += [analyte, "L", analyte, value.replace(".", ",") if form == "german" else value]
        cells += ["g/L", limits, "N", "F", "CENTRAL", comment]
        yield sign.join(cells) + "\n"


def _wide(n_results: int) -> Iterator[str]:
    chance, n_patients = random.Random(1), max(n_results // 4, 1)
    yield ",".join([*SAMPLE_COLUMNS, "status", *(name for name, _ in ISOTYPES)]) + "\n"
    for i in range(n_results // 4):
        values = [f"{chance.random() * 10:.2f}" for _ in ISOTYPES]
        yield ",".join([*_sample(chance, i, n_patients, "wide"), "F", *values]) + "\n"


def _sample(chance: random.Random, i: int, n_patients: int, form: str) -> list[str]:
    """The cells of SAMPLE_COLUMNS."""
    p = 1 + chance.randrange(n_patients)  # nobody has number 0
    year, month, day, clock = 1930 + p % 90, 1 + p % 12, 1 + p % 28, f"{i % 24:02d}:{i % 60:02d}"
    if form == "german":
        birth, taken = f"{day:02d}.{month:02d}.{year}", f"{day:02d}.{month:02d}.2024 {clock}"
    else:
        birth, taken = f"{year}-{month:02d}-{day:02d}", f"2024-{month:02d}-{day:02d} {clock}"
    sample = [f"L{i:09d}", f"S{i:09d}", "SER", taken, taken]
    return [f"{p:08d}", "NORTH", birth, "FM"[p % 2], *sample]


if __name__ == "__main__":
    main()
