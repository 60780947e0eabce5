"""Every night: land what was delivered, build, follow each patient, check, publish, report.

* **discover** cuts what lies in the inbox into batches of like size; **land** takes one batch and
  may run on many machines at once.
* **prove** asks invented patients in each feed's own dialect whether they would be found; what is
  lost is told, and the night goes on.
* **build**, **course**, **check**, **publish** hold the one slot of the pool `warehouse`. Until
  `publish` has moved one link, readers see the night before.
* **resolve** and **follow** are there where the site sets IGWATCH_BUCKETS above 1: each builds one
  bucket of patients, on as many workers as there are; **gather** asks in between what only all
  patients together tell. The published tables are the same for any number of buckets.
* **listen** says how long each facility has been silent, and fails when an inbox has vanished.

Run it again whenever you like: the same files give the same tables. What is new is what has not
been landed; no task reads the run's data interval, which is empty in Airflow 3. A clock before the
live night's or after today is refused, and so is a parameter that nobody knows. Tasks pass paths
and counts, never an identifier, a file's name or a result. What to do by what you see:
`docs/runbook.md`.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from dags.dag_defaults import (
    ASK_AGAIN,
    COMMON,
    GENERATION,
    IF_MACHINE_LOST,
    ONCE,
    RAW,
    REPORT,
    SITE,
    WAREHOUSE,
    cron,
)

CLOCK = Param(
    None,
    type=["null", "string"],
    format="date",
    title="As of",
    description="This run PUBLISHES: what it finds becomes what everybody reads. The clock of the "
    "run: results collected later are not seen; empty = today. Before the live night's or after "
    "today it is refused; to look back without publishing, trigger igwatch_replay.",
)
BACKDATE = Param(
    None,
    type=["null", "string"],
    format="date",
    title="The same date again, to publish a night that is not tonight",
    description="Empty, unless the date above lies before the live night's or after today and is "
    "to be PUBLISHED all the same: a night of an older clock takes back what was published since.",
)


@dag(
    schedule=cron(SITE.schedule),
    dagrun_timeout=timedelta(hours=8),
    params={"as_of": CLOCK, "backdate": BACKDATE},
    doc_md=__doc__,
    **COMMON,
)
def igwatch_nightly():
    @task(**ASK_AGAIN)
    def discover(params: Any = None) -> list[dict]:
        from dags.task_steps import discover

        return discover(**params)

    @task(outlets=[RAW], **ASK_AGAIN)
    def land(batch: dict) -> dict:
        from dags.task_steps import land

        return land(batch)

    @task(trigger_rule="none_failed", pool=WAREHOUSE, **IF_MACHINE_LOST)
    def prove(params: Any = None) -> dict:
        from dags.task_steps import prove

        return prove(**params)

    @task(trigger_rule="none_failed", pool=WAREHOUSE, **IF_MACHINE_LOST)
    def build(params: Any = None) -> str:
        from dags.task_steps import build

        return build(**params)

    @task(**IF_MACHINE_LOST)
    def resolve(work: str, bucket: int) -> None:
        from dags.task_steps import resolve

        resolve(work, bucket)

    @task(pool=WAREHOUSE, **IF_MACHINE_LOST)
    def gather(work: str) -> None:
        from dags.task_steps import gather

        gather(work)

    @task(**IF_MACHINE_LOST)
    def follow(work: str, bucket: int) -> None:
        from dags.task_steps import follow

        follow(work, bucket)

    @task(pool=WAREHOUSE, **IF_MACHINE_LOST)
    def course(work: str) -> str:
        from dags.task_steps import course

        return course(work)

    @task(pool=WAREHOUSE, **ONCE)
    def check(work: str) -> str:
        from dags.task_steps import check

        return check(work)

    @task(outlets=[GENERATION], pool=WAREHOUSE, **IF_MACHINE_LOST)
    def publish(work: str) -> str:
        from dags.task_steps import publish

        return publish(work)

    @task(outlets=[REPORT], **IF_MACHINE_LOST)
    def report(generation: str) -> int:
        from dags.task_steps import report

        return report()

    @task(**ONCE)
    def listen(generation: str) -> dict:
        from dags.task_steps import check_freshness

        return check_freshness()

    built: Any = build()  # for now the promise of what the task will return
    land.expand(batch=discover()) >> prove() >> built
    followed: Any = course(built)
    if SITE.buckets > 1:
        buckets = list(range(SITE.buckets))
        resolved = resolve.partial(work=built).expand(bucket=buckets)
        resolved >> (gathered := gather(built))
        gathered >> follow.partial(work=built).expand(bucket=buckets) >> followed
    checked: Any = check(followed)
    published: Any = publish(checked)
    report(published)
    listen(published)


nightly = igwatch_nightly()
