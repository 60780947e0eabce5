"""By hand: what would have been flagged on a past date. Nothing is published; counts are logged."""

from datetime import datetime

from airflow.sdk import Param, dag, task


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={
        "as_of": Param(
            "2026-01-01", type="string", format="date", description="the date to go back to"
        )
    },
    tags=["igwatch"],
    doc_md=__doc__,
)
def igwatch_replay():
    @task
    def replay(params: dict | None = None) -> dict:
        from dags.steps import replay

        return replay(params["as_of"])

    replay()


igwatch_replay()
