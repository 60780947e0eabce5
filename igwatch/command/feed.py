"""`igwatch preview` and `igwatch simulate`: how a file would be read; feeds to try on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from igwatch.command.screen import (
    HomeOption,
    JsonOption,
    home_of,
    progress,
    screen,
    show_json,
    show_rows,
)
from igwatch.preview import preview_file
from igwatch.settings import Settings
from samples.simulate import simulate as simulate_region


def preview(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    facility: Annotated[str, typer.Option(help="read it as a file of this facility")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How a file would be read: rows, rejects, unmapped codes and units. Writes nothing.

    Example: igwatch preview results.csv --facility lakeside
    """
    settings = Settings()
    seen = preview_file(file, facility, home_of(home, settings), settings)
    if as_json:
        show_json(seen)
        return
    screen.print(
        f"{seen['format']}, {seen['content']}, {seen['encoding']}: "
        f"{seen['n_messages']} messages, {seen['n_results']} results, "
        f"collected {seen['first_collected_on']} to {seen['last_collected_on']}; "
        f"{seen['n_results_skipped']} results passed over: no code or name of interest near them"
    )
    show_rows(
        "Where the results would end",
        seen["dispositions"],
        ("disposition", "reason_code", "n", "reason"),
    )
    show_rows(
        "Refused",
        seen["rejects"],
        ("level", "message_number", "line_number", "field", "found", "reason", "mend"),
        empty="nothing",
    )
    show_rows(
        "Not mapped",
        seen["unmapped"],
        ("code", "code_system", "test_name", "units", "references_range", "reason_code", "n"),
        empty="nothing",
    )


def simulate(
    out: Annotated[Path, typer.Option(help="a folder to write into")],
    patients: Annotated[int, typer.Option(min=1)] = 1000,
    nights: Annotated[int, typer.Option(min=1)] = 30,
    seed: Annotated[int, typer.Option()] = 1,
    dirty: Annotated[float, typer.Option(min=0, max=1, help="share of damaged records")] = 0.01,
) -> None:
    """A region's feeds, with the truth beside them; the same seed gives the same bytes.

    Example: igwatch simulate --out /tmp/region --patients 10000 --nights 30 --seed 7
    """
    with progress() as say:
        simulate_region(out, patients, nights, seed, dirty, progress=say)
    screen.print(f"feeds by night and truth.csv in {out}", soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    app.command()(preview)
    app.command()(simulate)
