"""Every week: compact the raw files of each facility and month that is over into one, lossless;
remove what crashed runs left behind and the generations and reports beyond those kept.

It waits for the pool `warehouse`. Wherever it is killed, it can be run again and goes on from
there; what was compacted, with the digest of its rows, is written in `ledger/compaction`.
"""

from airflow.sdk import dag, task

from dags.dag_defaults import COMMON, IF_MACHINE_LOST, WAREHOUSE, cron


@dag(schedule=cron("0 3 * * 0"), doc_md=__doc__, **COMMON)
def igwatch_compact():
    @task(pool=WAREHOUSE, **IF_MACHINE_LOST)
    def compact() -> dict:
        from dags.task_steps import compact

        return compact()

    compact()


igwatch_compact()
