"""Ten years of nightly files: what a build costs before and after compaction.

`make bench-compact`. 40,000 raw files as small laboratories send them: 12 facilities, month after
month, 25 results each. Seconds are of the processors (user and system) of this process.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.night import build
from igwatch.site.home import Home, home_at
from igwatch.site.settings import Settings
from transforms.parse.raw.compaction import compact_months
from transforms.parse.raw.raw_file import raw_path
from transforms.parse.raw.schema import SCHEMAS
from warehouse.publish import publish

N_FACILITIES = 12
RESULTS_PER_FILE = 25
YEARS = 10
FIRST = datetime(2015, 1, 1, 3)
AS_OF = date(2025, 1, 1)


def write_raw(home: Home, n_files: int) -> None:
    """Write raw files as if landed one by one, evenly over ten years."""
    for number in range(n_files):
        facility = f"lab{number % N_FACILITIES}"
        landed_at = FIRST + timedelta(days=365.25 * YEARS * number / n_files)
        sha256 = hashlib.sha256(str(number).encode()).hexdigest()
        given = {"facility": facility, "source_sha256": sha256}
        source = given | {
            "source_name": f"{number}.csv",
            "delivered_at": landed_at,
            "landed_at": landed_at,
            "format": "csv",
            "content": "results",
            "n_messages": 0,
            "n_results": RESULTS_PER_FILE,
            "n_results_skipped": 0,
            "n_other_rows": 0,
        }
        rows = [_row(given, number, n, landed_at) for n in range(RESULTS_PER_FILE)]
        _write(home, "observation", given, rows)
        _write(home, "source_file", given, [source])


def _row(given: dict, number: int, n: int, landed_at: datetime) -> dict:
    return given | {
        "line_number": n + 2,
        "position": n + 1,
        "message_at": landed_at,
        "patient_id": f"P{number * 7 % 100_000 + n}",
        "assigning_authority": given["facility"].upper(),
        "birth_date": date(1980, 1, 5),
        "administrative_sex": "F",
        "collected_at": landed_at - timedelta(days=1),
        "observation_identifier": ("2472-9", "2465-3", "2458-8")[n % 3],
        "coding_system": "LN",
        "observation_value": f"{0.5 + (number + n) % 90 / 100:.2f}",
        "units": "g/L",
        "observation_result_status": "F",
    }


def _write(home: Home, table: str, given: dict, rows: list[dict]) -> None:
    path = raw_path(home.root, table, given["facility"], given["source_sha256"])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, SCHEMAS[table]), path, compression="zstd")


def measured(name: str, work: Callable[[], object]) -> object:
    began = os.times()
    found = work()
    ended = os.times()
    seconds = ended.user + ended.system - began.user - began.system
    print(f"{name:<44}{seconds:>9.1f} s", flush=True)
    return found


def flags_of(home: Home, settings: Settings) -> str:
    """A digest of all that is published from this raw."""
    work = build.build(home, settings, AS_OF)
    build.course(work, settings)
    run_id = work.name
    generation = publish(work / "build.duckdb", home.root, run_id, build.DICTIONARY)
    shutil.rmtree(work)
    sums = sorted((name, table.sha256) for name, table in generation.tables.items())
    shutil.rmtree(generation.path)
    return hashlib.sha256(repr(sums).encode()).hexdigest()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("files", nargs="?", type=int, default=40_000)
    n_files = asked.parse_args().files
    with tempfile.TemporaryDirectory() as folder:
        home = home_at(Path(folder) / "home").prepare()
        settings = Settings(home=home.root, memory_limit="1GB", threads=2)
        print(f"{n_files:,} source files, {n_files * RESULTS_PER_FILE:,} results")
        write_raw(home, n_files)
        before = measured("a build from loose files", lambda: flags_of(home, settings))
        measured("compaction", lambda: compact_months(home.root, "9999-01"))
        n_compacted = sum(1 for _ in home.raw.glob("*/*/*.parquet"))
        after = measured("a build from compacted files", lambda: flags_of(home, settings))
        print(f"{n_compacted:,} raw files instead of {2 * n_files:,}")
        print("published tables identical:", before == after)
        if before != after:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
