"""Every week: remove what crashed runs left behind and the generations beyond those kept.

It waits for the pool `warehouse`, so it never works beside a build.
"""

from airflow.sdk import dag, task

from dags.house import COMMON, IF_MACHINE_LOST, WAREHOUSE, cron


@dag(schedule=cron("0 3 * * 0"), doc_md=__doc__, **COMMON)
def igwatch_compact():
    @task(pool=WAREHOUSE, **IF_MACHINE_LOST)
    def compact() -> int:
        from dags.steps import compact

        return compact()

    compact()


igwatch_compact()
