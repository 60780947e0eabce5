"""`igwatch unmapped`: what nobody has mapped, each with the line that would map it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    plain,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.unmapped import SITE_MAP, unmapped_exposures, unmapped_results
from igwatch.site.settings import Settings
from transforms.parse.facility.exposure_keys import MEANINGS
from transforms.parse.facility.own_exposures import exposure_groups

PLACE = 35

SHOWN = 50
OF_EXPOSURE = ("n_patients", "facility", "kind", "code_system", "code", "name", "why")
OF_RESULT = ("n_patients", "facility", "code", "code_system", "test_name", "units", "why")


def unmapped(
    home: HomeOption = None,
    exposures: Annotated[
        bool,
        typer.Option("--exposures", help="drugs, diagnoses and so on; else results"),
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
    _show_lines(shown)
    if exposures:
        _show_help(shown)


def _show_lines(shown: list[dict[str, Any]]) -> None:
    """The lines that would map them, by the file where they must stand, each unbroken."""
    files = dict.fromkeys(row["file"] for row in shown)
    for file in files:
        screen.print(f"\nin {file}, `...` for a person to fill:", markup=False)
        if file.endswith(".exposures.csv"):
            screen.print(f"  {','.join(SITE_MAP)}", style="dim", soft_wrap=True)
        for line in dict.fromkeys(row["line"] for row in shown if row["file"] == file):
            screen.print(f"  {plain(line)}", markup=False, highlight=False, soft_wrap=True)


def _show_help(shown: list[dict[str, Any]]) -> None:
    """What may stand in the place of the dots, as far as the lines shown have any."""
    if any(row["file"].endswith(".csv") for row in shown):
        groups = ", ".join(sorted(exposure_groups()))
        screen.print(f"\nan exposure_group, or none: it means nothing to a rule: {groups}")
    if any(row["reason_code"] == "status_not_known" for row in shown):
        screen.print(f"\na word means one of {', '.join(MEANINGS)}", soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    app.command()(unmapped)
