"""Who is told when a night goes wrong: the log and, where a site sets one, its own command.

A message names the step, the facility and the reason, never a patient, a value or a file's name.
"""

from __future__ import annotations

import logging
import shlex
import subprocess
from collections.abc import Mapping
from typing import Any

from igwatch.settings import Settings

log = logging.getLogger("igwatch")
PATIENCE_SECONDS = 30


def sound(message: str) -> None:
    """Log an alarm and hand it to IGWATCH_ALARM_COMMAND on standard input."""
    log.critical("ALARM %s", message)
    command = Settings().alarm_command
    if not command:
        return
    try:
        subprocess.run(
            shlex.split(command), input=message, text=True, timeout=PATIENCE_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as fault:
        log.critical("the alarm command did not take it: %s", type(fault).__name__)


def alarm_of_task(context: Mapping[str, Any]) -> None:
    """Airflow's callback for a task that has failed for good."""
    task = context["task_instance"]
    sound(f"{task.dag_id} {task.task_id}, run {task.run_id}: {reason(context.get('exception'))}")


def reason(fault: object) -> str:
    """Why a task failed; only texts that are known to hold no patient are repeated."""
    from dags.steps import StepError

    if isinstance(fault, StepError):
        return str(fault)
    if isinstance(fault, BaseException):
        return f"{type(fault).__name__}; its log says more"
    return "it was killed or its machine was lost"
