"""Every week: remove what crashed runs left behind and the generations beyond those kept."""

from datetime import datetime

from airflow.sdk import dag, task
from airflow.timetables.trigger import CronTriggerTimetable

from igwatch.settings import Settings


@dag(
    schedule=CronTriggerTimetable("0 3 * * 0", timezone=Settings().zone),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["igwatch"],
    doc_md=__doc__,
)
def igwatch_compact():
    @task
    def compact() -> int:
        from dags.steps import compact

        return compact()

    compact()


igwatch_compact()
