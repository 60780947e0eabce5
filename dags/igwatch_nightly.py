"""Every night: land what was delivered, build, follow each patient, check, publish, report.

What is new is what has not been landed: no task looks at the run's data interval, which is empty
in Airflow 3. Tasks pass paths and counts, never an identifier, a file name of a feed or a result.
"""

from datetime import datetime

from airflow.sdk import Param, dag, task
from airflow.timetables.trigger import CronTriggerTimetable

from igwatch.settings import Settings

SITE = Settings()


@dag(
    schedule=CronTriggerTimetable(SITE.schedule, timezone=SITE.zone),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            description="the clock of the run; empty = today",
        )
    },
    tags=["igwatch"],
    doc_md=__doc__,
)
def igwatch_nightly():
    @task
    def discover() -> list[dict]:
        from dags.steps import discover

        return discover()

    @task
    def land(batch: dict) -> dict:
        from dags.steps import land

        return land(batch)

    @task(trigger_rule="none_failed")
    def build(params: dict | None = None) -> str:
        from dags.steps import build

        return build(params["as_of"])

    @task
    def course(work: str) -> str:
        from dags.steps import course

        return course(work)

    @task
    def check(work: str) -> str:
        from dags.steps import check

        return check(work)

    @task
    def publish(work: str) -> str:
        from dags.steps import publish

        return publish(work)

    @task
    def report(run_id: str) -> int:
        from dags.steps import report

        return report()

    built = build()
    land.expand(batch=discover()) >> built
    report(publish(check(course(built))))


nightly = igwatch_nightly()
