"""Whether patients are named in what a command prints: only to a person, or when asked for.

What cron mails or a script keeps lies where nobody closes it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from igwatch.command.terminal import HIDDEN, aside

ShowPatientsOption = Annotated[
    bool,
    typer.Option("--show-patients", help="name patients also where this is not a terminal"),
]
NAMES = ("patient_id", "patient_key")


def are_shown(show_patients: bool) -> bool:
    """Whether patients are named: to a person who sits there, or to who asked for it."""
    return show_patients or sys.stdout.isatty()


def for_reader(result: dict[str, Any], show_patients: bool) -> dict[str, Any]:
    """The result as it is on a terminal or with --show-patients; else no patient in it is named."""
    if are_shown(show_patients):
        return result
    aside.print("no patient is named here: --show-patients does, and so does a terminal")
    return _unnamed(result)


def _unnamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if key in NAMES and of is not None else _unnamed(of)
            for key, of in value.items()
        }
    if isinstance(value, list | tuple):
        return [_unnamed(part) for part in value]
    return value
