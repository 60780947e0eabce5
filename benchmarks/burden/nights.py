"""Plays the weeks of a drawn hospital through one release of igwatch, and keeps every worklist.

    python benchmarks/burden/nights.py CODE FEED OUT --feed complete --counted 104 --stride 4

CODE is the folder of the release; it may be older than this file, so nothing of the repository but
the steps of a night is used here.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.parquet as pq

FACILITY = "general"
TRUE = "T-"
"""With this the identifiers of the drawn patients begin who have the disease."""
LINES = "SELECT $week AS week, patient_id, rule_id, status, {ask} AS ask FROM read_parquet($path)"
STATES = """
SELECT $week AS week, patient_id, rule_id, status, urgent FROM read_parquet($path)
WHERE starts_with(patient_id, $true)
"""


def nights(weeks: int, counted: int, stride: int) -> list[int]:
    """The weeks, from 1, that end with a night: one in `stride`, and the last `counted` of all."""
    first = max(weeks - counted, 1)
    return [week for week in range(1, weeks + 1) if week >= first or week % stride == 0]


def play(
    feed: Path, out: Path, exposures: bool, counted: int, stride: int, name: str = "night"
) -> None:
    """Deliver, land, build, course, check and publish night by night; progress on standard error.

    A week without a night is delivered with the next. OUT gets a file of lines and one of states
    per night, and the number of withheld deliveries.
    """
    from igwatch.night import pipeline
    from igwatch.site.home import home_at
    from igwatch.site.settings import Settings

    logging.disable(logging.INFO)
    settings = Settings(settle_seconds=0, memory_limit="1GB", threads=1, processes=1,
                        keep_generations=1, alarm_command="cat > /dev/null")  # fmt: skip
    for table in ("line", "state"):
        (out / table).mkdir(parents=True, exist_ok=True)
    weeks = sorted((feed / "results").iterdir())
    withheld = 0
    with TemporaryDirectory(prefix="igwatch-burden-") as folder:
        home = home_at(Path(folder) / "home").prepare()
        inbox = home.inbox / FACILITY
        inbox.mkdir()
        says = "complete" if exposures else "none"
        rules = f"identifier:\n  authority: GENERAL\nexposure_feed: {says}\n"
        (home.facility / f"{FACILITY}.yaml").write_text(rules, encoding="utf-8")
        done = 0
        for week in nights(len(weeks), counted, stride):
            for results in weeks[done:week]:
                shutil.copy(results, inbox)
                if exposures:
                    told = results.name.replace("results", "exposures")
                    shutil.copy(feed / "exposures" / told, inbox)
            done = week
            as_of = datetime.strptime(weeks[week - 1].stem[-8:], "%Y%m%d").date()
            pipeline.land(home, settings)
            work = pipeline.build(home, settings, as_of)
            pipeline.course(work, settings)
            withheld += len(pipeline.check(home, work, settings))
            pipeline.publish(home, work, settings)
            _keep(home.live.resolve(), out, week)
            print(f"{name}: week {week} of {len(weeks)}", file=sys.stderr, flush=True)
    (out / "withheld.txt").write_text(str(withheld), encoding="utf-8")


def _keep(live: Path, out: Path, week: int) -> None:
    """Write a night's published lines, and the states of the true patients."""
    worklist, flags = live / "mart" / "worklist.parquet", live / "flag" / "patient_flag.parquet"
    columns = duckdb.execute("FROM read_parquet($1) LIMIT 0", [str(worklist)]).description
    has_ask = "ask" in {column[0] for column in columns or []}
    lines = LINES.format(ask="ask" if has_ask else "if(urgent, 'urgent', status)")
    for name, query, path in (("line", lines, worklist), ("state", STATES, flags)):
        given = {"week": week, "path": str(path)} | ({"true": TRUE} if name == "state" else {})
        rows = duckdb.execute(query, given).to_arrow_table()
        pq.write_table(rows, out / name / f"{week:04}.parquet")


def main() -> None:
    """The command line."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("code", type=Path)
    given.add_argument("feed", type=Path)
    given.add_argument("out", type=Path)
    given.add_argument("--feed", dest="exposures", choices=("complete", "none"), required=True)
    given.add_argument("--counted", type=int, required=True, help="last weeks, each with a night")
    given.add_argument("--stride", type=int, required=True, help="before: one night in so many")
    given.add_argument("--name", default="night", help="stands before the progress")
    asked = given.parse_args()
    sys.path.insert(0, str(asked.code))
    import igwatch

    if not Path(igwatch.__file__).resolve().is_relative_to(asked.code.resolve()):
        sys.exit(f"igwatch was found elsewhere than in {asked.code}")
    for name in [key for key in os.environ if key.startswith("IGWATCH_")]:
        del os.environ[name]
    play(
        asked.feed,
        asked.out,
        asked.exposures == "complete",
        asked.counted,
        asked.stride,
        asked.name,
    )


if __name__ == "__main__":
    main()
