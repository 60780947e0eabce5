"""A night without its checks and reports: what is flagged is the same, and it is quick."""

from datetime import date

from igwatch.night import pipeline
from igwatch.night.clearance import clear
from igwatch.site.home import Home
from tests.home import SETTINGS


def quick_night(home: Home, as_of: str) -> str:
    """Land, build, follow and publish; return the run's name."""
    pipeline.land(home, SETTINGS)
    work = pipeline.build(home, SETTINGS, date.fromisoformat(as_of))
    pipeline.course(work, SETTINGS)
    clear(work)
    return pipeline.publish(home, work, SETTINGS).run_id
