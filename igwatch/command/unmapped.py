"""`igwatch unmapped`: what nobody has mapped, each with the line that would map it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.unmapped import unmapped_exposures, unmapped_results
from igwatch.site.settings import Settings
from transforms.parse.facility.exposure_keys import MEANINGS
from transforms.parse.facility.own_exposures import COLUMNS

PLACE = 35

SHOWN = 50
OF_EXPOSURE = (
    *("n_patients", "facility", "kind", "code_system", "code", "name", "why"),
    *("file", "line"),
)
OF_RESULT = ("n_patients", "facility", "code", "test_name", "units", "why", "file", "line")


def unmapped(
    home: HomeOption = None,
    exposures: Annotated[
        bool, typer.Option("--exposures", help="drugs, diagnoses, procedures; else codes of results")
    ] = False,
    facility: Annotated[str | None, typer.Option(help="only this facility")] = None,
    limit: Annotated[int, typer.Option(min=0, help="how many to show; 0 shows all")] = SHOWN,
    as_json: JsonOption = False,
) -> None:
    """What nobody has mapped, most patients first, each with the line that would map it.

    It shows codes and names as they were sent: a name may hold a person's. Nothing is applied.

    Example: igwatch unmapped --exposures --facility lakeside
    """
    settings = Settings()
    asked = unmapped_exposures if exposures else unmapped_results
    found = asked(home_of(home, settings).prepare(), settings, facility)
    shown = found[: limit or None]
    if as_json:
        show_json(shown)
        return
    title = "Drugs, diagnoses and procedures" if exposures else "Codes and units of results"
    columns = OF_EXPOSURE if exposures else OF_RESULT
    used = [c for c in columns if any(row[c] is not None for row in shown)]
    show_rows(f"{title} that nobody has mapped", shown, used, empty="nothing")
    if len(shown) < len(found):
        screen.print(f"and {len(found) - len(shown)} more: --limit 0 shows all")
    if exposures:
        _show_help(shown)


def _show_help(shown: list[dict[str, Any]]) -> None:
    """What to write in the place of the dots, as far as the lines shown have any."""
    files = " ".join(row["file"] for row in shown)
    if ".exposures.csv" in files:
        screen.print(f"the first line of a .exposures.csv: {','.join(COLUMNS)}", soft_wrap=True)
        screen.print("target: a code that the rules ask for; both cells empty: it means nothing")
    if any(row["reason_code"] == "status_not_known" for row in shown):
        screen.print(f"a word means one of: {', '.join(MEANINGS)}", soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    app.command()(unmapped)
