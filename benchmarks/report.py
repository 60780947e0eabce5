"""How long a clinic's report takes as its patients become more: page, CSV and Excel.

    python -m benchmarks.report [PATIENTS ...]

A small region is simulated and published; its flagged patients are then copied under other numbers
until one clinic has as many as asked for. Each size is a process of its own, of which the processor
seconds and the peak memory are shown, and how they grew with four times the patients.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.population import delivered
from igwatch.base.sql import identifier, quoted
from igwatch.night import pipeline
from igwatch.site.home import home_at
from igwatch.site.settings import Settings
from reports.clinic_files import write_clinic_reports
from samples.simulate import LAST_NIGHT, simulate

SIZES = (1_000, 4_000, 16_000)
N_SIMULATED, NIGHTS, SEED = 1_500, 3, 7
CLINIC = "Bench"
# what tells one patient, or one result, from another
NUMBERED = ("patient_key", "patient_id", "measurement_id")


def main() -> None:
    """Print a line of each size."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("patients", nargs="*", type=int, default=[*SIZES])
    sizes = given.parse_args().patients
    print(f"{'patients':>9}{'cpu s':>9}{'per 1,000':>11}{'page MB':>9}{'memory MB':>11}")
    with TemporaryDirectory(prefix="igwatch-bench-") as folder:
        published = published_region(Path(folder))
        for n_patients in sizes:
            generation = copied(published, Path(folder) / str(n_patients), n_patients)
            seconds, page, memory = measure(generation, Path(folder) / "reports")
            each = seconds / n_patients * 1000
            row = f"{n_patients:>9,}{seconds:>9.1f}{each:>11.2f}{page:>9.1f}{memory:>11,.0f}"
            print(row, flush=True)
            shutil.rmtree(generation)


def published_region(folder: Path) -> Path:
    """The generation of a simulated region's night."""
    settings = Settings(settle_seconds=0)
    simulate(folder / "region", N_SIMULATED, NIGHTS, SEED)
    home = delivered(folder / "region", home_at(folder / "home"))
    pipeline.land(home, settings)
    work = pipeline.build(home, settings, LAST_NIGHT)
    pipeline.course(work, settings)
    pipeline.publish(home, work, settings)
    return home.live.resolve()


def copied(published: Path, out: Path, n_patients: int) -> Path:
    """The generation with its cohort's patients copied until one clinic has `n_patients`."""
    out.mkdir()
    shutil.copy(published / "manifest.json", out)
    with duckdb.connect() as con:
        cohort = f"read_parquet({quoted(published / 'mart' / 'cohort.parquet')})"
        con.execute(f"CREATE TABLE flagged AS SELECT DISTINCT patient_key AS k FROM {cohort}")
        (n_flagged,) = con.execute("SELECT count(*) FROM flagged").fetchone() or (0,)
        con.execute(
            "CREATE TABLE wanted AS SELECT k, n FROM flagged, range($1) AS r(n) "
            "ORDER BY n, k LIMIT $2",
            [-(-n_patients // n_flagged), n_patients],
        )
        for path in sorted(published.glob("*/*.parquet")):
            _copy(con, path, out / path.parent.name / path.name)
    return out


def _copy(con: duckdb.DuckDBPyConnection, path: Path, out: Path) -> None:
    out.parent.mkdir(exist_ok=True)
    rows = f"read_parquet({quoted(path)})"
    columns = con.sql(f"FROM {rows} LIMIT 0").columns
    changed = [f"t.{c} || '-' || w.n AS {identifier(c)}" for c in NUMBERED if c in columns]
    changed += [f"'{CLINIC}' AS clinic"] * ("clinic" in columns)
    if "patient_key" in columns:
        query = f"SELECT t.* REPLACE ({', '.join(changed)}) FROM {rows} AS t "
        query += "INNER JOIN wanted AS w ON t.patient_key = w.k"
    elif path.stem == "source_message":
        of_results = f"read_parquet({quoted(path.parents[1] / 'core' / 'measurement.parquet')})"
        query = f"SELECT t.* REPLACE (t.measurement_id || '-' || w.n AS measurement_id) FROM {rows}"
        query += f" AS t INNER JOIN {of_results} AS m USING (measurement_id)"
        query += " INNER JOIN wanted AS w ON m.patient_key = w.k"
    else:
        query = f"SELECT * {f'REPLACE ({changed[0]})' if changed else ''} FROM {rows} AS t"
    con.execute(f"COPY ({query}) TO {quoted(out)}")


def measure(generation: Path, out: Path) -> tuple[float, float, float]:
    """Processor seconds, megabytes of the page, peak megabytes of the process."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as process:
        return process.submit(_write, generation, out).result()


def _write(generation: Path, out: Path) -> tuple[float, float, float]:
    out.mkdir(exist_ok=True)
    began = time.process_time()
    pages = write_clinic_reports(generation, out)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return seconds, max(page.stat().st_size for page in pages) / 1e6, peak


if __name__ == "__main__":
    main()
