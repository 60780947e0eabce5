"""`igwatch verify`: does everything add up, from file bytes to flags."""

from __future__ import annotations

from typing import Annotated

import typer

from igwatch.command.night_result import show_sums
from igwatch.command.terminal import HomeOption, JsonOption, home_of, progress, screen, show_json
from igwatch.inquiry.verify import verify_home
from igwatch.site.settings import Settings

PLACE = 120


def verify(
    deep: Annotated[
        bool, typer.Option("--deep", help="also every byte that is kept and not in use tonight")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bytes against archive, raw against bytes, core against raw, published against a rebuild.

    Also the ledger's chain against its digests, and whether the catalogues answer from here. With
    --deep also archived files that no raw knows, and the copy (warehouse.duckdb) of every
    generation that is kept.

    Example: igwatch verify --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with progress() as say:
        found = verify_home(place, settings, say, deep)
    if as_json:
        show_json(found)
    else:
        show_sums(found["conservation"])
        for name, faults in found["checks"].items():
            outcome = "[green]holds[/]" if not faults else "[bold red]does not hold[/]"
            screen.print(f"{name}: {outcome}")
            for fault in faults:
                screen.print(f"  {fault}", markup=False, soft_wrap=True)
        for line in found["reviews"]:
            screen.print(f"[yellow]to review:[/] {line}", soft_wrap=True)
    if any(found["checks"].values()):
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    app.command()(verify)
