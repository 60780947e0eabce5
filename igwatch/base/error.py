"""The one kind of error that a person can mend: what is wrong, and what to do about it.

The command line prints it as one line and ends with exit code 1; a step of the DAG writes the same
line into Airflow's log and is not tried again. Whatever else is raised is a fault of the program,
and its text may quote a row.
"""

from __future__ import annotations

_MARKS = tuple(":;,.")


class IgwatchError(Exception):
    """Base of all our errors.

    text: what is wrong, and where. mend: what to do. Neither names a patient or holds a result.
    As a string both are one line, parted by a semicolon where `text` ends in no mark of its own.
    """

    def __init__(self, text: str, mend: str) -> None:
        super().__init__(text, mend)
        self.text = text
        self.mend = mend

    def __str__(self) -> str:
        mark = "" if self.text.endswith(_MARKS) else ";"
        return f"{self.text}{mark} {self.mend}"


class PipelineError(IgwatchError):
    """A night, or a question about one, that could not be finished."""
