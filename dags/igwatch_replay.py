"""By hand: what would have been flagged on a past date. Nothing is published; counts are logged.

The names behind the counts: `igwatch replay --as-of DATE` on a machine that sees the home.
"""

from typing import Any

from airflow.sdk import Param, dag, task

from dags.dag_defaults import COMMON, IF_MACHINE_LOST, WAREHOUSE

CLOCK = Param(
    "2026-01-01",
    type="string",
    format="date",
    title="As of",
    description="the date to go back to, read as the end of that day",
)


@dag(schedule=None, params={"as_of": CLOCK}, doc_md=__doc__, **COMMON)
def igwatch_replay():
    @task(pool=WAREHOUSE, **IF_MACHINE_LOST)
    def replay(params: Any = None) -> dict:
        from dags.task_steps import replay

        return replay(params["as_of"])

    replay()


replay = igwatch_replay()
