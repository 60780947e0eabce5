"""Raises an alarm when a night goes wrong: in the log and, where a site sets one, by its command.

A message names the step, the facility and the reason, never a patient, a value or a file's name.
"""

from __future__ import annotations

import logging
import shlex
import subprocess

from igwatch.site.settings import Settings

log = logging.getLogger("igwatch")
PATIENCE_SECONDS = 30


def raise_alarm(message: str) -> None:
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


def vanished(facilities: list[str]) -> str:
    """The message about facilities that delivered before and whose inbox is not there."""
    return (
        f"the inbox of {', '.join(facilities)} has vanished: is the share mounted? "
        "The night was published without it"
    )
