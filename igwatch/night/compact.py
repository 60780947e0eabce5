"""What is done once a week: months are packed; what crashed runs left, or is too old, goes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from time import time

from igwatch.night.inputs import duckdb_limits
from igwatch.night.retention import throw_away, today_utc
from igwatch.site.full_disk import tells_full_disk
from igwatch.site.home import Home
from igwatch.site.scratch import scratch
from igwatch.site.settings import Settings
from transforms.parse.raw.compaction import compact_months
from warehouse.generation import drop_oldest

DAY = 24 * 60 * 60


@tells_full_disk
def compact_home(home: Home, settings: Settings) -> dict[str, int]:
    """Compact raw files of the months that are over; remove what crashed runs left, generations
    and reports beyond those kept, and what the site keeps no longer (retention.py). How many of
    each. The caller holds the home: nobody writes."""
    left = [path for path in home.work.iterdir() if time() - path.stat().st_mtime > DAY]
    left += [part for folder in home.written for part in folder.rglob(".*.part")]
    left += home.root.glob(".*.part")
    for path in left:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    dropped = drop_oldest(home.root, settings.keep_generations)
    old = _old_reports(home, settings.keep_generations)
    for path in old:
        path.unlink()
    with scratch(home):
        n_packed = compact_months(home.root, f"{datetime.now(UTC):%Y-%m}", duckdb_limits(settings))
    return {
        "source_files_packed": n_packed,
        "left_behind": len(left),
        "old_reports": len(old),
        "old_generations": dropped,
        **throw_away(home, settings, today_utc()),
    }


def _old_reports(home: Home, keep: int) -> list[Path]:
    """Dated reports of nights before the last `keep` that have any; they name patients."""
    files = [path for path in home.reports.iterdir() if path.is_file()]
    dated = [path for path in files if not path.name.startswith("latest")]
    nights = sorted({path.name[:10] for path in dated})[-keep:]
    return [path for path in dated if path.name[:10] not in nights]
