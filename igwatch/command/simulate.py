"""`igwatch simulate`: feeds to try on, with the truth beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from igwatch.command.terminal import progress, screen
from samples.simulate import simulate as simulate_region

PLACE = 40


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
    app.command()(simulate)
