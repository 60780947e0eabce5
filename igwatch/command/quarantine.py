"""`igwatch quarantine`: what was held, why, and after a mapping was added those again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from igwatch.command.screen import HomeOption, JsonOption, home_of, screen, show_json, show_rows
from igwatch.held import rejects, retry_rejects
from igwatch.pipeline import PipelineError
from igwatch.settings import Settings

quarantine = typer.Typer(
    help="What was held, why, and after a mapping was added: those again.",
    invoke_without_command=True,
)
COLUMNS = (
    "id",
    "facility",
    "source_name",
    "level",
    "message_number",
    "line_number",
    "field",
    "reason",
    "mend",
    "n_results",
)


@quarantine.callback()
def listed_by_default(context: typer.Context) -> None:
    """Example: igwatch quarantine list --facility northgate"""
    if context.invoked_subcommand is None:
        list_()


@quarantine.command("list")
def list_(
    home: HomeOption = None,
    facility: Annotated[str | None, typer.Option(help="only this facility")] = None,
    reason: Annotated[str | None, typer.Option(help="only this reason code")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every file, message and row that was refused.

    Example: igwatch quarantine list --reason patient_identifier_missing
    """
    place = home_of(home, Settings()).prepare()
    held = [
        r
        for r in rejects(place)
        if facility in (None, r["facility"]) and reason in (None, r["reason_code"])
    ]
    show_json(held) if as_json else show_rows("Quarantine", held, COLUMNS, empty="nothing is held")


@quarantine.command()
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="as quarantine list shows it")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One refused file, message or row: where it stands, and its bytes' address.

    Example: igwatch quarantine show 9f86d081884c7d65:northgate:1
    """
    place = home_of(home, Settings()).prepare()
    for held in rejects(place):
        if held["id"] == identifier:
            _show_one(held, as_json)
            return
    raise PipelineError(f"nothing is held under {identifier}; see igwatch quarantine list")


@quarantine.command()
def retry(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Read every file again that holds something refused; the next run takes in what now passes.

    Example: igwatch quarantine retry
    """
    place = home_of(home, Settings()).prepare()
    before, after = retry_rejects(place)
    counts = {"held_before": before, "held_now": after}
    if as_json:
        show_json(counts)
    else:
        screen.print(f"{before} held before, {after} now; next: igwatch run")


def _show_one(held: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(held)
        return
    for name, value in held.items():
        if value is not None:
            screen.print(f"{name.replace('_', ' ')}: {value}", markup=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(quarantine, name="quarantine")
