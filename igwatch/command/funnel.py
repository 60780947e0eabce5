"""`igwatch funnel`: a site's funnel for a region, and the funnels of several sites together."""

from __future__ import annotations

from pathlib import Path
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
from igwatch.site.settings import Settings

PLACE = 88
TOGETHER = ("name", "feeds", "feeds_told", "at_least", "at_most", "share_of_tested")
BY_LIMITS = ("name", "reference_set", "feeds", "lowest", "median", "highest")
BY_FEED = ("name", "site", "facility", "reference_set", "n_patients", "share_of_tested")

funnel = typer.Typer(
    no_args_is_help=True,
    help="From tested to definite, for a region: a site's counts, hidden where small, and several "
    "sites together.\n\nExample: igwatch funnel export --site northgate",
)


@funnel.command()
def export(
    site: Annotated[str, typer.Option(help="the site's name in the region")],
    out: Annotated[
        Path | None, typer.Option(help="file; default reports/funnel-DATE.csv in the home")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the live night's funnel by feed and table of limits: rounded, nothing small in it.

    Neither a count nor the difference of two can be small: `few` and `close` stand in their place.

    Example: igwatch funnel export --site northgate --out northgate.csv
    """
    from igwatch.base.atomic_file import write_whole
    from igwatch.exchange.funnel import export_funnel, funnel_csv

    settings = Settings()
    place = home_of(home, settings).prepare()
    lines = export_funnel(place, settings, site)
    day = lines[0].as_of if lines else settings.today
    path = write_whole(out or place.reports / f"funnel-{day}.csv", funnel_csv(lines))
    if as_json:
        show_json({"file": str(path), "lines": lines})
        return
    rows = [vars(line) for line in lines]
    show_rows(f"What leaves {site}", rows, ("rule_id", "name", "facility", "n_patients"))
    screen.print(str(path), soft_wrap=True, markup=False)


@funnel.command()
def join(
    files: Annotated[
        list[Path], typer.Argument(help="what sites exported", exists=True, dir_okay=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """Add up what several sites exported: bounds for each question, and how far feeds differ.

    What a site hides lies between bounds. By table of limits: the lowest, middle and highest share
    of the feeds that tell it.

    Example: igwatch funnel join northgate.csv lakeside.csv
    """
    from igwatch.exchange.funnel_join import join_funnels, read_funnel

    found = join_funnels([line for path in files for line in read_funnel(path)])
    if as_json:
        show_json(found)
        return
    for rule in sorted({row["rule_id"] for row in found["together"]}):
        name = rule.replace("_", " ")
        together = [
            row | {"share_of_tested": _span(row["share_at_least"], row["share_at_most"])}
            for row in _of(rule, found["together"])
        ]
        show_rows(f"{name}: all feeds", together, TOGETHER)
        spread = [
            row | {key: _percent(row[key]) for key in ("lowest", "median", "highest")}
            for row in _of(rule, found["by_limits"])
        ]
        show_rows(f"{name}: shares of tested, by tables of limits", spread, BY_LIMITS)
        feeds = [
            row | {"share_of_tested": _percent(row["share_of_tested"])}
            for row in _of(rule, found["by_feed"])
        ]
        show_rows(f"{name}: by feed", feeds, BY_FEED)


def _of(rule: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["rule_id"] == rule]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_percent(low)} to {_percent(high)}"


def add_to(app: typer.Typer) -> None:
    app.add_typer(funnel, name="funnel")
