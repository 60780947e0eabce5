"""What Airflow says when a task has failed for good.

A message names the step, the facility and the reason, never a patient, a value or a file's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from igwatch.site.alarm import raise_alarm


def alarm_of_task(context: Mapping[str, Any]) -> None:
    """Airflow's callback for a task that has failed for good."""
    task = context["task_instance"]
    raise_alarm(
        f"{task.dag_id} {task.task_id}, run {task.run_id}: {reason(context.get('exception'))}"
    )


def reason(fault: object) -> str:
    """Why a task failed; only texts that are known to hold no patient are repeated."""
    from dags.task_steps import StepError

    if isinstance(fault, StepError):
        return str(fault)
    if isinstance(fault, BaseException):
        return f"{type(fault).__name__}; its log says more"
    return "it was killed or its machine was lost"
