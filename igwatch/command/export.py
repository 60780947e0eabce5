"""`igwatch export`: what was published, for systems of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from igwatch.command.access_note import WhyOption, note_access
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.site.settings import Settings

PLACE = 62
export = typer.Typer(
    no_args_is_help=True,
    help="Hand what was published to systems of others: a file for each clinic.\n\n"
    "Example: igwatch export fhir --out /srv/fhir",
)
COLUMNS = ("clinic", "bundles", "resources", "file", "readable_by")


@export.callback()
def _export() -> None:
    """A group, though it has one command yet."""


@export.command()
def fhir(
    out: Annotated[
        Path, typer.Option(file_okay=False, help="folder for the files, outside of the home")
    ],
    since: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="only what changed since this run (igwatch generations)"),
    ] = None,
    why: WhyOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write FHIR R4: one file for each clinic, a line a patient, readable to the clinic alone.

    Each line is a Bundle (transaction) of the Patient, their results as sent and as compared
    (Observation), patterns (DetectedIssue), repeats (Task) and who made it (Provenance). The files
    name patients: docs/fhir_export.md says who may read them.

    Example: igwatch export fhir --out /srv/fhir --since 20260102-aa11bb22cc33
    """
    from igwatch.exchange.fhir.export import asked_runs, export_fhir

    settings = Settings()
    place = home_of(home, settings).prepare()
    live, _ = asked_runs(place, out, since)
    note_access(place, "export fhir", what=f"{live} since {since}" if since else live, why=why)
    written = export_fhir(place, settings, out, since)
    if as_json:
        show_json(
            [
                {
                    "clinic": made.clinic,
                    "file": str(made.path),
                    "bundles": made.bundles,
                    "resources": dict(made.resources),
                    "readable_by": made.readable_by,
                }
                for made in written
            ]
        )
        return
    rows = [
        {
            "clinic": made.clinic,
            "bundles": made.bundles,
            "resources": made.resources.total(),
            "file": made.path.name,
            "readable_by": made.readable_by,
        }
        for made in written
    ]
    show_rows("FHIR R4, a file for each clinic", rows, COLUMNS, empty="no clinic")
    screen.print(f"in {out}", soft_wrap=True, markup=False)


def add_to(app: typer.Typer) -> None:
    app.add_typer(export, name="export")
