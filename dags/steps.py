"""The pipeline's steps at this site's home, as the tasks call them: paths and counts in and out.

Imported inside tasks, so that reading the DAG files stays quick.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from pathlib import Path

from igwatch import pipeline
from igwatch.home import Home, home_at
from igwatch.landing import land_batch, plan_landing
from igwatch.settings import Settings

log = logging.getLogger("igwatch")


def _site() -> tuple[Home, Settings]:
    settings = Settings()
    return home_at(settings.home).prepare(), settings


def discover() -> list[dict]:
    plan, n_batches = plan_landing(*_site())
    return [{"plan": str(plan), "number": number} for number in range(n_batches)]


def land(batch: dict) -> dict:
    home, _ = _site()
    done = land_batch(home, Path(batch["plan"]), batch["number"])
    return {"new_files": done.n_new, "known_files": done.n_known}


def build(as_of: str | None) -> str:
    home, settings = _site()
    clock = date.fromisoformat(as_of) if as_of else datetime.now(settings.zone_info).date()
    return str(pipeline.build(home, settings, clock))


def course(work: str) -> str:
    _, settings = _site()
    pipeline.course(Path(work), settings)
    return work


def check(work: str) -> str:
    home, settings = _site()
    for facility in pipeline.check(home, Path(work), settings):
        log.warning("withheld: the new files of %s failed a critical check", facility)
    return work


def publish(work: str) -> str:
    home, settings = _site()
    return pipeline.publish(home, Path(work), settings).run_id


def report() -> int:
    home, _ = _site()
    return len(pipeline.report(home))


def compact() -> int:
    return pipeline.compact(*_site())


def replay(as_of: str) -> dict:
    """How many flags of each state a past date would show; nothing is published."""
    from igwatch.past import states_as_of

    return states_as_of(*_site(), date.fromisoformat(as_of))
