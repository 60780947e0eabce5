"""`igwatch feedback`: back to each sending laboratory, what came of it in a month."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from igwatch.command.terminal import (
    HIDDEN,
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.site.settings import Settings

PLACE = 36

COLUMNS = (
    *("facility", "sender", "results", "month_before", "unusable", "contradictions", "changes"),
    "steps",
)


def feedback(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="the month of the messages")],
    facility: Annotated[str | None, typer.Option(help="only this feed")] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder; default reports/feedback/YYYY-MM in the home")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One page and CSV for each sending laboratory: what came, what was unusable and why, by field.

    Steps of its medians, codes and units that changed, contradictions and delays stand beside the
    month before. No identifier is in them, and no small count. The files are the owner's alone.

    Example: igwatch feedback --month 2026-10
    """
    from igwatch.inquiry.feedback import feedback as feedback_of
    from reports.feedback_page import Feedback, write_feedback

    def summary(told: Feedback) -> dict[str, object]:
        return {
            "facility": told.facility,
            "sender": told.sender,
            "results": told.n("sent"),
            "month_before": told.n("sent", "n_before"),
            "unusable": told.n("unusable"),
            "contradictions": len(told.tables["contradiction"]),
            "changes": len(told.changes),
            "steps": len(told.steps),
        }

    settings = Settings()
    place = home_of(home, settings).prepare()
    first = _first_day(month)
    found = feedback_of(place, settings, first, facility)
    files = write_feedback(found, out or place.reports / "feedback" / month)
    if as_json:
        senders = [summary(told) | {"tables": told.tables} for told in found]
        show_json({"month": month, "senders": senders, "files": [str(path) for path in files]})
        return
    shown = [
        {key: HIDDEN if value is None and key != "sender" else value for key, value in row.items()}
        for row in map(summary, found)
    ]
    show_rows(f"What the laboratories sent in {month}", shown, COLUMNS)
    for path in files:
        screen.print(str(path), soft_wrap=True, markup=False)


def _first_day(month: str) -> date:
    from igwatch.inquiry.feedback import month_of

    try:
        return month_of(month)
    except ValueError:
        raise typer.BadParameter("write the month as YYYY-MM", param_hint="--month") from None


def add_to(app: typer.Typer) -> None:
    app.command()(feedback)
