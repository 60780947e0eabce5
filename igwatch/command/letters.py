"""`igwatch letters`: the texts that ask for the repeats that are due."""

from __future__ import annotations

import typer

from igwatch.command.access_note import note_access
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.night import pipeline
from igwatch.site.settings import Settings

PLACE = 60


def letters(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write a letter for each repeat that is due: text files beside the reports.

    A clinic changes its letter in <home>/letter/<clinic>.txt (docs/letter.md). The number in a
    file's name is the patient's place on the report.

    Example: igwatch letters --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    note_access(place, "letters")
    written = pipeline.letters(place, settings)
    if as_json:
        show_json({clinic: [str(path) for path in paths] for clinic, paths in written.items()})
        return
    rows = [
        {"clinic": clinic, "letters": len(paths), "first": paths[0].name if paths else ""}
        for clinic, paths in written.items()
    ]
    show_rows("Letters for repeats that are due", rows, ("clinic", "letters", "first"), "no clinic")
    screen.print(f"in {place.reports}", soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    app.command()(letters)
