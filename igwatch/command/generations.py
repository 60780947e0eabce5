"""`igwatch generations`: what was published and is kept; what differs; going back to one."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from igwatch.command.access_note import note_access
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    progress,
    screen,
    show_json,
    show_rows,
)
from igwatch.site.home import Home
from igwatch.site.home_lock import hold_home
from igwatch.site.person import person
from igwatch.site.settings import Settings
from warehouse.decision_record import ROLLBACK, record
from warehouse.generation import diff as differing_flags
from warehouse.generation import generations as kept
from warehouse.generation import live_generation, rollback
from warehouse.ledger import publications

PLACE = 110

generations = typer.Typer(
    help="What was published and is kept; what differs between two; going back to one.",
    invoke_without_command=True,
)
LISTED = ("run_id", "as_of", "published_at", "data_to", "flags", "withheld", "live")
DIFFERING = ("patient_id", "assigning_authority", "rule_id", "status_before", "status_after")


@generations.callback()
def listed_by_default(context: typer.Context) -> None:
    """Example: igwatch generations diff 20260102-aa11bb22cc33 20260103-dd44ee55ff66"""
    if context.invoked_subcommand is None:
        list_()


@generations.command("list")
def list_(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Every generation that is kept, the newest publication last.

    Example: igwatch generations list
    """
    rows = _listed(home_of(home, Settings()).prepare())
    show_json(rows) if as_json else show_rows(
        "Generations", rows, LISTED, empty="nothing is published yet; run: igwatch run"
    )


@generations.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="run_id, as generations lists it")],
    after: Annotated[str, typer.Argument(metavar="B", help="run_id to compare with")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Flags whose state differs between two kept generations.

    Example: igwatch generations diff 20260102-aa11bb22cc33 20260103-dd44ee55ff66
    """
    place = home_of(home, Settings()).prepare()
    rows = differing_flags(place.root, before, after).to_pylist()
    note_access(place, "generations diff", what=f"{before} {after}")
    if as_json:
        show_json(rows)
        return
    show_rows(f"Flags that differ, {before} to {after}", rows, DIFFERING, empty="none")
    counted = Counter((r["rule_id"], r["status_before"], r["status_after"]) for r in rows)
    for (rule_id, was, now), n in counted.most_common():
        screen.print(f"{n} {rule_id}: {was} to {now}")


@generations.command("rollback")
def rollback_(
    run_id: Annotated[str, typer.Argument(help="the generation to go back to")],
    why: Annotated[str, typer.Option(help="kept in the ledger; name no patient")],
    by: Annotated[str | None, typer.Option(help="who decides; default: your account")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a kept generation live again, in one swap, and write its reports.

    Nothing is removed; who, why and when are kept in the ledger. The next run builds as normal.

    Example: igwatch generations rollback 20260102-aa11bb22cc33 --why "a table was mapped wrongly"
    """
    from igwatch.decision.reason import refuse_unsayable  # a list needs none of it
    from igwatch.night import pipeline

    settings = Settings()
    place = home_of(home, settings).prepare()
    who = by or person()
    refuse_unsayable(place, why, who)
    with progress() as say, hold_home(place):
        say(f"going back to {run_id}")
        generation = rollback(place.root, run_id, pipeline.DICTIONARY)
        made = record(place.root, ROLLBACK, run_id, who, why)
        say("writing its reports")
        reports = pipeline.report(place, settings)
    if as_json:
        show_json({"live": generation.run_id, "decided_by": made.decided_by, "reports": reports})
    else:
        screen.print(f"live: {generation.run_id}, of {generation.as_of}; next: igwatch run")


def _listed(home: Home) -> list[dict[str, Any]]:
    recorded = {p.run_id: p for p in publications(home.root)}
    live = live_generation(home.root)
    rows = []
    for generation in kept(home.root):
        publication = recorded.get(generation.run_id)
        rows.append(
            {
                "run_id": generation.run_id,
                "as_of": generation.as_of,
                "published_at": publication
                and publication.published_at.replace(microsecond=0).isoformat(),
                "data_to": generation.clock.get("data_to"),
                "flags": generation.tables["flag.patient_flag"].rows,
                "withheld": sorted({f for f, _ in publication.findings.withheld})
                if publication
                else [],
                "live": "live" if live and live.run_id == generation.run_id else "",
            }
        )
    return rows


def add_to(app: typer.Typer) -> None:
    app.add_typer(generations, name="generations")
