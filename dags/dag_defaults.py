"""What the three DAGs share: this site's clock, the writer's pool, their assets, how often their
tasks are tried again. It is small, because Airflow reads the DAG files again and again."""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Asset
from airflow.timetables.trigger import CronTriggerTimetable

from dags.task_alarm import alarm_of_task
from igwatch.site.settings import Settings

SITE = Settings()

# one slot: whoever builds or publishes is alone (`airflow pools set warehouse 1 ...`, deploy/init)
WAREHOUSE = "warehouse"

RAW = Asset("igwatch_raw", group="igwatch")
GENERATION = Asset("igwatch_generation", group="igwatch")
REPORT = Asset("igwatch_report", group="igwatch")

# a file share that is away for a minute comes back: ask again, later each time
ASK_AGAIN: dict[str, Any] = {
    "retries": 4,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
}
# the same rows give the same answer: only one more try, in case the machine was lost
IF_MACHINE_LOST: dict[str, Any] = {"retries": 1, "retry_delay": timedelta(minutes=1)}
ONCE: dict[str, Any] = {"retries": 0}

COMMON: dict[str, Any] = {
    # before any logical date that is asked for: before it a run would do nothing and be green
    "start_date": datetime(1970, 1, 1),
    "catchup": False,
    "max_active_runs": 1,
    "tags": ["igwatch"],
    "default_args": {
        "owner": "igwatch",
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": alarm_of_task,
    },
}


def cron(expression: str) -> CronTriggerTimetable | None:
    """A time of day in the site's own zone, or `none`: only when a person triggers it.

    Its data interval is empty and nobody reads it."""
    return None if expression == "none" else CronTriggerTimetable(expression, timezone=SITE.zone)
