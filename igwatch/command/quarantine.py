"""`igwatch quarantine`: what was refused, why, and after a mapping was added: those again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from igwatch.base.error import PipelineError
from igwatch.command.access_note import note_access
from igwatch.command.terminal import HomeOption, JsonOption, home_of, screen, show_json, show_rows
from igwatch.inquiry.rejects import count_by, rejects, still_held
from igwatch.site.home_lock import hold_home
from igwatch.site.settings import Settings

PLACE = 90

quarantine = typer.Typer(
    help="What was held, why, and after a mapping was added: those again.",
    invoke_without_command=True,
)
FacilityOption = Annotated[str | None, typer.Option("--facility", help="only this facility")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="only this reason code")]
COUNTED = ("facility", "reason_code", "level", "n", "n_results", "reason", "mend")
LISTED = (
    *("id", "facility", "source_name", "level", "message_number", "line_number", "field", "found"),
    *("reason_code", "n_results"),
)


@quarantine.callback()
def by_reason(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """How much was refused by facility and reason, with the mend of each.

    What a later file sent again and was read is held no longer; `show` still finds it.

    Example: igwatch quarantine
    """
    if context.invoked_subcommand is not None:
        return
    refused = still_held(home_of(home, Settings()).prepare())
    sums = count_by(refused, "facility", "reason_code", "level", "reason", "mend")
    sums.sort(key=lambda row: (row["facility"], -row["n"]))
    if as_json:
        show_json(sums)
    else:
        show_rows("Quarantine, by facility and reason", sums, COUNTED, empty="nothing is held")


@quarantine.command("list")
def list_(
    home: HomeOption = None,
    facility: FacilityOption = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every file, message and row that was refused, one by one.

    Example: igwatch quarantine list --reason patient_identifier_missing
    """
    refused = still_held(home_of(home, Settings()).prepare(), facility, reason)
    show_json(refused) if as_json else show_rows(
        "Quarantine", refused, LISTED, empty="nothing is held"
    )


@quarantine.command()
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="as quarantine list shows it")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One refused file, message or row: where it stands, why, and where its bytes lie.

    `archive` is the file below the home (packed as it was delivered); byte offset and length are
    places in it unpacked.

    Example: igwatch quarantine show 9f86d081884c7d65:northgate:1
    """
    place = home_of(home, Settings()).prepare()
    for reject in rejects(place):
        if reject["id"] == identifier:
            note_access(place, "quarantine show", patients=(), what=identifier)
            _show_one(reject, as_json)
            return
    raise PipelineError(f"nothing is held under {identifier}", "see igwatch quarantine list")


@quarantine.command()
def retry(
    home: HomeOption = None,
    facility: FacilityOption = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read every file again that holds something refused; the next run takes in what now passes.

    Other files are not touched. The archive holds the bytes: nothing is asked of the sender.

    Example: igwatch quarantine retry --facility lakeside
    """
    from igwatch.decision.retry import retry_rejects  # a list needs none of it

    place = home_of(home, Settings()).prepare()
    with hold_home(place):
        reread = retry_rejects(place, facility, reason)
    if as_json:
        show_json(reread)
        return
    columns = ("facility", "reason_code", "held_before", "held_now")
    show_rows("Read again", reread, columns, empty="nothing is held")
    before, now = (sum(row[name] for row in reread) for name in ("held_before", "held_now"))
    screen.print(f"{before} held before, {now} now" + ("; next: igwatch run" if reread else ""))


def _show_one(reject: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(reject)
        return
    for name, value in reject.items():
        if value is not None:
            screen.print(f"{name.replace('_', ' ')}: {value}", markup=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(quarantine, name="quarantine")
